"""What a moved slider on the Tune page costs, for the catalogue that is shipped: benchmarks/results/tune.json.

Three layers, each with its own clock: choosing the list (with the reasons, which take trees apart), the figures, and
the whole run of the page through Streamlit's own headless runner, with what it would send to the browser. CPU time of
this process and wall time; each move goes to a value that was not there before, so that nothing is answered from a
memory of the same question.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.mood.target import target_of_emotion
from moodlib.music import catalogue, explain, shown
from moodlib.music.presets import DEFAULT, Setting
from moodlib.music.ranker import Ranker
from moodlib.music.taste import NO_TASTE, Taste

ROOT: Final = Path(__file__).resolve().parent.parent
MOVES: Final = 20
LIMIT_MS: Final = 300.0
RESULT: Final = Path(__file__).parent / "results" / "tune.json"


def settings(start: Setting = DEFAULT) -> Iterator[Setting]:
    """As a slider is pulled along: one setting after the other, none twice."""
    for value in np.linspace(-1.0, 1.0, MOVES):
        yield replace(start, weights=replace(start.weights, acousticness=round(float(value), 3)))


def timed(what: Callable[[], Any]) -> tuple[float, float]:
    """CPU time of this process and wall time, in milliseconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    what()
    return (time.process_time() - cpu) * 1000.0, (time.perf_counter() - wall) * 1000.0


def summary(times: list[tuple[float, float]]) -> dict[str, float]:
    """Median and 95th percentile of both clocks."""
    cpu, wall = np.array(times).T
    return {
        "cpu_ms": round(float(np.median(cpu)), 1),
        "cpu_ms_p95": round(float(np.percentile(cpu, 95)), 1),
        "wall_ms": round(float(np.median(wall)), 1),
        "wall_ms_p95": round(float(np.percentile(wall, 95)), 1),
    }


def choosing() -> dict[str, dict[str, float]]:
    """Choosing the list for each strategy, without and with likes; and the reasons alone."""
    songs, ranker = catalogue.load(), Ranker.load()
    start = target_of_emotion("happy")
    first = shown.choose(ranker, songs, DEFAULT, start, NO_TASTE, 1)
    likes = Taste(liked=tuple(first.songs["track_id"]))
    found = {}
    for name, setting, taste in (
        ("list of 10", DEFAULT, NO_TASTE),
        ("list of 10, ten likes", DEFAULT, likes),
        ("list of 30", replace(DEFAULT, length=30), NO_TASTE),
        ("journey of 10 from sad", replace(DEFAULT, strategy="journey"), NO_TASTE),
    ):
        place = target_of_emotion("sad") if setting.strategy == "journey" else start
        found[name] = summary(
            [timed(partial(shown.choose, ranker, songs, each, place, taste, 1)) for each in settings(setting)]
        )
    targets = [first.target] * len(first.songs)
    found["its reasons alone"] = summary(
        [timed(lambda: explain.reasons(ranker, first.songs, targets, NO_TASTE)) for _ in range(MOVES)]
    )
    return found


def page() -> dict[str, Any]:
    """A run of the whole page for each move of a slider, and the bytes of the figures that it sends."""
    video = SimpleNamespace(state=SimpleNamespace(playing=False, signalling=False))
    with patch("streamlit_webrtc.webrtc_streamer", return_value=video), patch("moodlib.ui.camera.get_global_relay"):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
        app.switch_page("pages/tune.py").run()
        times: list[tuple[float, float]] = []
        sent: list[int] = []
        before = charts(app)
        for value in np.linspace(-1.0, 1.0, MOVES):
            slider = app.slider(key="weight_acousticness").set_value(round(float(value), 2))
            times.append(timed(slider.run))
            # Streamlit answers a large element that the browser has already with a reference of some bytes.
            sent.append(sum(len(message) for message in charts(app) - before))
            before = charts(app)
    first = sum(map(len, before))
    return {**summary(times), "bytes_of_charts_at_first": first, "bytes_of_charts_a_move": int(np.median(sent))}


def charts(app: AppTest) -> set[bytes]:
    """The page's figures as they are sent."""
    return {element.proto.SerializeToString() for kind in CHARTS for element in app.get(kind)}


CHARTS: Final = ("plotly_chart", "bidi_component")


def main() -> None:
    """Measure and write."""
    result = {
        "songs": len(catalogue.load()),
        "moves": MOVES,
        "limit_ms": LIMIT_MS,
        "choosing": choosing(),
        "page": page(),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
