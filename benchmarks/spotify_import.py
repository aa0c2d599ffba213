"""How long an import of many saved songs takes: `python benchmarks/spotify_import.py`.

The real spotipy asks the stand-in of the tests over a real socket, once answering at once (what this computer adds) and
once with a pause before each answer (about what a request to a far server takes; the pause is an assumption and is
written down). Writes `benchmarks/results/spotify_import.json`.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any, Final

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.music import catalogue
from moodlib.spotify.auth import Desk
from moodlib.spotify.client import Account
from moodlib.spotify.features import from_catalogue
from moodlib.spotify.library import SAVED, Import
from tests.spotify.standin import CLIENT_ID, StandIn, track

RESULTS: Final = Path(__file__).parent / "results" / "spotify_import.json"
REDIRECT: Final = "http://127.0.0.1:8501"


def connect(spotify: StandIn) -> Account:
    """An account, signed in over the stand-in's page."""
    desk: Desk[str] = Desk(spotify.services)
    answer = requests.get(desk.leave(CLIENT_ID, REDIRECT, "benchmark", "none"), allow_redirects=False, timeout=10)
    back = dict(pair.split("=", 1) for pair in answer.headers["Location"].partition("?")[2].split("&"))
    manager, _ = desk.arrive(back["state"], "benchmark")
    manager.finish(back["code"])
    return Account(manager, desk.services)


def measure(songs: int, known: int, pause: float) -> dict[str, Any]:
    """One import and the search for its songs' features in the catalogue.

    Args:
        songs: Saved songs.
        known: How many of them the catalogue holds.
        pause: Seconds before each answer.
    """
    ours = catalogue.load()
    with StandIn(saved=0, latency=pause) as spotify:
        some = ours.head(known)
        spotify.saved = [
            track(number, id=track_id, name=title, artists=[{"name": artist}])
            for number, (track_id, title, artist) in enumerate(
                zip(some["track_id"], some["title"], some["artist"], strict=True)
            )
        ] + [track(number) for number in range(known, songs)]
        account = connect(spotify)
        before = len(spotify.requests)
        began, worked = time.perf_counter(), time.process_time()
        going = Import(account.id, (SAVED,))
        while not going.done:
            going.step(account)
        imported, cpu = time.perf_counter(), time.process_time()
        found = from_catalogue(going.table(), ours)
        matched = time.perf_counter()
        return {
            "pause_s": pause,
            "songs": len(going.songs),
            "requests": len(spotify.requests) - before,
            "import_s": round(imported - began, 2),
            # Of this process, in which the stand-in works too.
            "cpu_s": round(cpu - worked, 2),
            "match_s": round(matched - imported, 2),
            "known_in_catalogue": int((found["known_by"] != "").sum()),
        }


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--known", type=int, default=2_000, help="how many of them the catalogue holds")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds before each answer in the second run")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    runs = [measure(options.songs, options.known, pause) for pause in (0.0, options.pause)]
    figures = {
        "command": "python benchmarks/spotify_import.py",
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, other work was running on it",
        "runs": runs,
    }
    options.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
