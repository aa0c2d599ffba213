"""Fuzz one kind of input, or all, for a while; what breaks is printed, shrunk to the least that still breaks.

python tests/fuzz/run.py [--minutes N] [--kind picture] [--out FILE]
"""

from __future__ import annotations

import faulthandler
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import pylibsrtp  # noqa: F401 - before anything that may load another OpenSSL

from tests.fuzz.inputs import KINDS

_BATCH = 200


def fuzz(kind: str, minutes: float) -> dict[str, object]:
    """Batches with a new seed each until the time is over."""
    inputs, check = KINDS[kind]
    examples, batch, until = 0, 0, time.monotonic() + 60 * minutes
    while time.monotonic() < until:

        def holds(data: object) -> None:
            nonlocal examples
            examples += 1
            check(data)

        options = settings(
            max_examples=_BATCH,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        seed(batch)(options(given(inputs)(holds)))()
        batch += 1
    return {"kind": kind, "minutes": minutes, "examples": examples}


def main(
    minutes: Annotated[float, typer.Option(min=0.01, help="For each kind.")] = 10.0,
    kind: Annotated[list[str] | None, typer.Option(help="picture, video, table, command line; all by default.")] = None,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/fuzz.json"),
) -> None:
    """Fuzz and write, the kinds not asked for as they are; whatever breaks ends the run with its input."""
    faulthandler.enable()
    rows = {row["kind"]: row for row in (json.loads(out.read_text())["runs"] if out.exists() else [])}
    for each in kind or list(KINDS):
        rows[each] = fuzz(each, minutes)
        typer.echo(json.dumps(rows[each]))
        runs = [rows[name] for name in KINDS if name in rows]
        out.write_text(json.dumps({"command": "python tests/fuzz/run.py", "runs": runs}, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
