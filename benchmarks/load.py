"""How many cameras one server carries: real WebRTC sessions at once, each with its own mood.

Every second visitor shows a face and the others a cup of coffee, so that a session which saw another's frames would
be found out. Processor time is the server's alone; the clients run in a process of their own on the same machine.

Last, one visitor to whom no picture is sent back: what coding and sending it costs is the difference.

It ends with an error when a session saw another's mood, or when of up to six cameras one was read too rarely.

    python benchmarks/load.py [--sessions N] [--rate FPS] [--seconds N] [--out FILE]
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rtc import House, house
from moodlib.ui.camera import CameraLink
from moodlib.ui.capacity import Capacity

CARRIED: Final = 6
"""Cameras that two cores are to carry."""
ENOUGH: Final = 8.0
"""Frames a second that are to be read of each of them."""


def run(visitors: House, sessions: int, rate: float, seconds: float, *, sent_back: bool = True) -> dict[str, Any]:
    """Connect, let it settle, count."""
    capacity = Capacity(cameras=sessions, rate=24)
    links = [CameraLink(capacity=capacity) for _ in range(sessions)]
    numbers = [visitors.connect(n % 2 == 0, rate, link, sent_back=sent_back) for n, link in enumerate(links)]
    time.sleep(5)
    frames, shown = [link.snapshot().frames for link in links], visitors.ask("received")
    began, spent = time.monotonic(), time.process_time()
    time.sleep(seconds)
    wall, spent = time.monotonic() - began, time.process_time() - spent
    read = [(link.snapshot().frames - before) / wall for link, before in zip(links, frames, strict=True)]
    received = visitors.ask("received")
    returned = [(received[number] - shown[number]) / wall for number in numbers]
    handled = sum(returned) if sent_back else sum(read)
    moods = [link.snapshot().state for link in links]
    own = all((state is not None and state.known) == (n % 2 == 0) for n, state in enumerate(moods))
    for number in numbers:
        visitors.disconnect(number)
    return {
        "sessions": sessions,
        "picture_sent_back": sent_back,
        "camera_rate": rate,
        "read_per_second": {"least": round(min(read), 1), "median": round(float(np.median(read)), 1)},
        "shown_per_second": {"least": round(min(returned), 1), "median": round(float(np.median(returned)), 1)},
        "processors_used": round(spent / wall, 2),
        "milliseconds_of_processor_per_frame": round(1e3 * spent / max(1.0, handled * wall), 1),
        "each_its_own_mood": own,
    }


def missed(rows: list[dict[str, Any]]) -> list[str]:
    """What does not hold, one sentence each."""
    wrong = ["A session did not see its own mood alone."] if not all(row["each_its_own_mood"] for row in rows) else []
    return wrong + [
        f"Of {row['sessions']} cameras one was read {least:g} times a second, and {ENOUGH:g} are wanted."
        for row in rows
        if row["sessions"] <= CARRIED and (least := row["read_per_second"]["least"]) < min(ENOUGH, row["camera_rate"])
    ]


def main(
    sessions: Annotated[list[int] | None, typer.Option(help="How many at once; may be given several times.")] = None,
    rate: Annotated[float, typer.Option(min=1, help="Frames a second of each camera.")] = 15.0,
    seconds: Annotated[float, typer.Option(min=2, help="How long frames are counted.")] = 10.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/load.json"),
) -> None:
    """Measure, write, and fail when what is wanted does not hold."""
    rows = []
    with house() as visitors:
        for count, sent_back in [*((count, True) for count in sessions or [1, 3, 6]), (1, False)]:
            rows.append(run(visitors, count, rate, seconds, sent_back=sent_back))
            typer.echo(json.dumps(rows[-1]))
    figures = {
        "command": " ".join(["python benchmarks/load.py", *(Path(word).name for word in sys.argv[1:])]),
        "cores": os.cpu_count(),
        "load_at_the_end": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "largest_resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "runs": rows,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if wrong := missed(rows):
        raise SystemExit(" ".join(wrong))


if __name__ == "__main__":
    typer.run(main)
