"""What a ranking costs as the table of songs grows, beside putting every song through the whole model.

The songs are the starter catalogue's, drawn again and again with a little noise on their features, so that no two are
the same. What they feel like is worked out for `FELT_SAMPLE` of them, which gives the time a song takes at loading; in
the larger tables the noise is put on the catalogue's own figures. Queries are random places of the plane, without taste
and with up to ten likes. One thread; on a machine that does other things too, the core's own time is what a ranking
costs and the time on the clock is what that machine made of it.

    OMP_NUM_THREADS=1 python benchmarks/ranking.py [--sizes N ...] [--queries N] [--out FILE]
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table as Printed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.mood.target import Target
from moodlib.music import catalogue, features
from moodlib.music.ranker import CANDIDATES, WHOLE, Ranker
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import Weights
from moodlib.training import ranking_metrics

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
FELT_SAMPLE: Final = 500
LOOKED_AT: Final = 20
"""The list whose quality is compared: a listener sees ten, and can ask for more."""


class Stopwatch:
    """Collects what calls take: the core's own time and the time on the clock, in milliseconds."""

    def __init__(self) -> None:
        self.core: list[float] = []
        self.clock: list[float] = []

    def __enter__(self) -> None:
        self._start = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.core.append((time.process_time() - self._start[0]) * 1e3)
        self.clock.append((time.perf_counter() - self._start[1]) * 1e3)

    def figures(self) -> dict[str, float]:
        """Median and 95th percentile of both, and how many calls there were."""
        core, clock = np.percentile(self.core, (50, 95)), np.percentile(self.clock, (50, 95))
        named = {"core_ms": core[0], "core_ms_p95": core[1], "clock_ms": clock[0], "clock_ms_p95": clock[1]}
        return {name: round(float(value), 1) for name, value in named.items()} | {"calls": len(self.core)}


def grown(
    songs: pd.DataFrame, quadrants: features.Matrix, count: int, seed: int
) -> tuple[pd.DataFrame, features.Matrix]:
    """`count` songs drawn from some, with noise on features and feeling."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(songs), count)
    table = songs.iloc[drawn].reset_index(drop=True)
    table["track_id"] = np.char.add("s", np.arange(count).astype(str))
    for name in features.SONG:
        values = table[name].to_numpy(dtype=np.float32)
        spread = 0.1 * float(songs[name].std())
        bounds = float(songs[name].min()), float(songs[name].max())
        table[name] = np.clip(values + rng.normal(0, spread, count), *bounds).astype(np.float32)
    logits = np.log(quadrants[drawn] + 1e-6) + rng.normal(0, 0.2, (count, 4))
    shares = np.exp(logits)
    return table, (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def asked(songs: pd.DataFrame, count: int, seed: int) -> list[tuple[Target, Taste]]:
    """Queries: a third without taste, a third with one like, a third with ten likes and three skips."""
    rng = np.random.default_rng(seed)
    ids = songs["track_id"].to_numpy()
    queries = []
    for number in range(count):
        valence, arousal = rng.uniform(-1, 1, 2)
        chosen = tuple(str(i) for i in rng.choice(ids, 13, replace=False))
        taste = (NO_TASTE, Taste(chosen[:1]), Taste(chosen[:10], chosen[10:]))[number % 3]
        queries.append((Target(float(valence), float(arousal)), taste))
    return queries


def measure(
    ranker: Ranker, songs: pd.DataFrame, quadrants: features.Matrix, queries: int, compared: int
) -> dict[str, Any]:
    """Times in milliseconds, memory in MB and what is lost by choosing candidates first."""
    before = _resident()
    start = time.perf_counter()
    ranker.know(songs, quadrants)
    ranker.prepare(songs)
    loading = time.perf_counter() - start
    held = _resident() - before
    weights, kept, same = Weights(), [], []
    short, whole_way = Stopwatch(), Stopwatch()
    questions = asked(songs, queries + 2, len(songs))
    for target, taste in questions[:2]:
        ranker.top(songs, target, taste, weights)
    tops = []
    for target, taste in questions[2:]:
        with short:
            top = ranker.top(songs, target, taste, weights)
        tops.append(top)
    # Afterwards, so that the gigabytes of the long way do not disturb the times of the short one.
    for (target, taste), top in list(zip(questions[2:], tops, strict=True))[:compared]:
        with whole_way:
            whole = ranker.rank(songs, target, taste, weights)
        kept.append(quality(whole, top))
        same.append(len(set(whole["track_id"][:LOOKED_AT]) & set(top["track_id"][:LOOKED_AT])) / LOOKED_AT)
    return {
        "songs": len(songs),
        "candidates": len(songs) if len(songs) <= WHOLE else CANDIDATES,
        "top": short.figures(),
        "rank_everything": whole_way.figures(),
        "ndcg_at_20": round(float(np.mean(kept)), 5),
        "worst_ndcg_at_20": round(float(np.min(kept)), 5),
        "same_of_20": round(float(np.mean(same)), 3),
        "load_s": round(loading, 2),
        "held_mb": round(held / 1e6, 1),
    }


def _resident() -> int:
    """Bytes of memory that this process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def quality(whole: pd.DataFrame, top: pd.DataFrame) -> float:
    """NDCG@20 of the short way when a song's gain is how far its whole score lies above the middle song's."""
    gain = (whole.set_index("track_id")["score"] - whole["score"].median()).clip(lower=0.0)
    position = pd.Series(-np.arange(len(top), dtype=float), index=top["track_id"]).reindex(gain.index)
    score = position.fillna(-float(len(whole)) - 1.0).to_numpy(dtype=float)
    return ranking_metrics.ndcg(score, gain.to_numpy(dtype=float), LOOKED_AT)


def main(
    sizes: Annotated[list[int] | None, typer.Option(help="How many songs; may be given again.")] = None,
    queries: Annotated[int, typer.Option(min=1, help="Rankings of each size.")] = 40,
    compared: Annotated[int, typer.Option(min=1, help="How many of them are also answered by ranking everything.")] = 3,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/ranking.json"),
) -> None:
    """Measure, print and write."""
    ranker, songs = Ranker.load(), catalogue.load()
    start = time.perf_counter()
    ranker.quadrants(songs.head(FELT_SAMPLE))
    felt_ms = (time.perf_counter() - start) * 1e3 / FELT_SAMPLE
    quadrants = ranker.quadrants(songs)
    rows = [measure(ranker, *grown(songs, quadrants, size, size), queries, compared) for size in sizes or SIZES]
    figures = {
        "command": "OMP_NUM_THREADS=1 python benchmarks/ranking.py",
        "felt_ms_per_song": round(felt_ms, 4),
        "load_average": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "sizes": rows,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    table = Printed(
        "Songs", "top, ms", "p95", "p95 on the clock", "everything, ms", "NDCG@20 kept", "load, s", "MB", box=None
    )
    for row in rows:
        table.add_row(
            f"{row['songs']:,}",
            f"{row['top']['core_ms']:.1f}",
            f"{row['top']['core_ms_p95']:.1f}",
            f"{row['top']['clock_ms_p95']:.1f}",
            f"{row['rank_everything']['core_ms']:.0f}",
            f"{row['ndcg_at_20']:.4f}",
            f"{row['load_s']:.1f}",
            f"{row['held_mb']:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
