"""Whether the server stays as it was: visitors who come and go, then one who stays for long.

After each phase everything that a visitor took must have been given back: memory, threads, sockets and other handles.

    python benchmarks/soak.py [--minutes N] [--rounds N] [--rate FPS] [--out FILE]
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rtc import House, house

FLAT_MB: Final = 20.0
_POOLS: Final = ("asyncio_", "ThreadPoolExecutor")
WARM_UP: Final = 3
"""Rounds before the first measure: libraries and allocators take what they keep once."""


def taken() -> dict[str, float]:
    """What this process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "resident_mb": round(pages * 4096 / 1e6, 1),
        # A pool's threads come one by one, stay, and are bounded.
        "threads": sum(not thread.name.startswith(_POOLS) for thread in threading.enumerate()),
        "handles": len(list(Path("/proc/self/fd").iterdir())),
    }


def visit(visitors: House, rate: float, seconds: float) -> int:
    """Come, be read, go; the frames that were read."""
    number = visitors.connect(True, rate)
    link = visitors.sessions[number].link
    until = time.monotonic() + 20
    while link.snapshot().frames == 0 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(seconds)
    visitors.disconnect(number)
    return link.snapshot().frames


def stay(visitors: House, rate: float, minutes: float) -> dict[str, Any]:
    """One long visit: what is held each quarter of a minute after the first minute, and the frames read."""
    number = visitors.connect(True, rate)
    link = visitors.sessions[number].link
    time.sleep(min(60.0, minutes * 15))
    held, frames, began = [taken()], link.snapshot().frames, time.monotonic()
    while time.monotonic() < began + minutes * 60:
        time.sleep(15 if minutes >= 2 else 2)
        held.append(taken())
    snapshot, wall = link.snapshot(), time.monotonic() - began
    visitors.disconnect(number)
    resident = [each["resident_mb"] for each in held]
    slope = float(np.polyfit(np.arange(len(resident)), resident, 1)[0]) * (len(resident) - 1)
    return {
        "minutes": round(wall / 60, 1),
        "frames": snapshot.frames - frames,
        "frames_a_second": round((snapshot.frames - frames) / wall, 1),
        "errors": snapshot.errors,
        "most_threads": max(each["threads"] for each in held),
        "most_handles": max(each["handles"] for each in held),
        "resident_mb_first": resident[0],
        "resident_mb_last": resident[-1],
        "resident_mb_most": max(resident),
        "resident_mb_over_time": resident[:: max(1, len(resident) // 30)],
        "growth_mb_by_trend": round(slope, 1),
    }


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long the long visit lasts.")] = 30.0,
    rounds: Annotated[int, typer.Option(min=1, help="How many short visits.")] = 50,
    rate: Annotated[float, typer.Option(min=1, help="Frames a second of the camera.")] = 15.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/soak.json"),
) -> None:
    """Measure, write, and fail when something is left behind."""
    if not Path("/proc/self/statm").exists():
        raise SystemExit("This script reads /proc, which only Linux has.")
    with house() as visitors:
        for _ in range(WARM_UP):
            visit(visitors, rate, 1.0)
        before = taken()
        frames = [visit(visitors, rate, 0.5) for _ in range(rounds)]
        time.sleep(2)
        after = taken()
        long = stay(visitors, rate, minutes)
        time.sleep(2)
        end = taken()
    figures = {
        "command": f"python benchmarks/soak.py --minutes {minutes:g} --rounds {rounds} --rate {rate:g}",
        "rounds": rounds,
        "rounds_without_a_frame": sum(count == 0 for count in frames),
        "before": before,
        "after_the_rounds": after,
        "long_visit": long,
        "at_the_end": end,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures, indent=2))
    left = [
        f"{name}: {before[name]} before, {now[name]} after"
        for now in (after, end)
        for name, more in (("resident_mb", FLAT_MB), ("threads", 0), ("handles", 0))
        if now[name] > before[name] + more
    ]
    if long["growth_mb_by_trend"] > FLAT_MB:
        left.append(f"the long visit grew by {long['growth_mb_by_trend']} MB")
    if left:
        raise SystemExit("Something is left behind: " + "; ".join(left))


if __name__ == "__main__":
    typer.run(main)
