"""How long a listener's CSV takes and how much memory, up to a million rows: benchmarks/results/import_file.json.

The table has the columns of the Kaggle Spotify tables and made-up songs. Each measurement runs in a process of its own;
processor time and the growth of the largest resident size are told, since both hold on a busy machine, too. Above
settings.toml's `import_rows` a file is refused, and the time is that until the sentence; what it would take all the
same is measured with the limit lifted.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.errors import InputError
from moodlib.music import imports
from moodlib.settings import limits

RESULT: Final = Path(__file__).parent / "results" / "import_file.json"
SIZES: Final = (10_000, 100_000, 300_000, 1_000_000)
HEADER: Final = (
    "track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,loudness,mode,"
    "speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,track_genre\n"
)


def write(path: Path, rows: int) -> None:
    """A table of made-up songs."""
    random = np.random.default_rng(0)
    alphabet = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "S1")
    ids = random.choice(alphabet, (rows, 22)).view("S22").ravel().astype(str)
    with path.open("w") as file:
        file.write(HEADER)
        for number, (track_id, (a, b, c, d, e, f, g)) in enumerate(
            zip(ids, random.random((rows, 7)).round(4).tolist(), strict=True)
        ):
            file.write(
                f"{track_id},Artist {number % 50_000},Album {number % 200_000},Song number {number},{number % 101},"
                f"215000,False,{a},{b},5,-7.123,1,{c},{d},{e},{f},{g},120.02,4,pop\n"
            )


def _largest() -> float:
    """Largest resident size so far, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1e6 if sys.platform == "darwin" else 1e3)


def measure(path: Path) -> dict[str, Any]:
    """Read one file, in this process."""
    data = path.read_bytes()
    small = data[: data.index(b"\n", 2000) + 1]
    # Libraries load code at the first use; that is not the file's doing.
    imports.read(small, path.name)
    before, began, asked = _largest(), time.process_time(), time.perf_counter()
    said = ""
    songs = rejected = 0
    try:
        preview = imports.read(data, path.name)
        songs, rejected = len(preview.songs), len(preview.rejected)
    except InputError as error:
        said = str(error)
    return {
        "processor_s": round(time.process_time() - began, 2),
        "wall_s": round(time.perf_counter() - asked, 2),
        "more_memory_mb": round(_largest() - before),
        "songs": songs,
        "rejected": rejected,
        "said": said,
    }


def main() -> None:
    """Measure, print and write."""
    if len(sys.argv) == 2:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    limit = limits().import_rows
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in SIZES:
            path = Path(folder) / f"songs-{rows}.csv"
            write(path, rows)
            for most in sorted({limit, max(limit, rows)}):
                told = subprocess.check_output(
                    [sys.executable, __file__, path], env=os.environ | {"MOOD_DJ_IMPORT_ROWS": str(most)}
                )
                said = {"rows": rows, "limit": most, "file_mb": round(path.stat().st_size / 1e6, 1)} | json.loads(told)
                found.append(said)
                print(said)
            path.unlink()
    result = {"command": "python benchmarks/import_file.py", "import_rows": limit, "files": found}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
