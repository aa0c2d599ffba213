from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from moodlib import memory


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(not sys.platform.startswith("linux") or memory._trim() is None, reason="only glibc trims")
def test_freed_memory_is_handed_back() -> None:
    # Many pieces, each too small for a mapping of its own, with one in use behind them: they stay in the heap.
    pieces = [np.ones(12_000, np.uint8) for _ in range(8000)]
    kept = pieces[-1]
    full = resident_mb()
    del pieces
    memory.give_back()
    assert resident_mb() < full - 60
    assert kept.sum() == 12_000


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    assert memory.give_back() is False
