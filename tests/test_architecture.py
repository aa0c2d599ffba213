"""The arrows of the design: who may import whom, and what serving must never load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from moodlib import paths

MODULES = sorted((paths.ROOT / "moodlib").rglob("*.py"))


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _starts(names: set[str], *prefixes: str) -> set[str]:
    return {name for name in names if any(name == p or name.startswith(f"{p}.") for p in prefixes)}


def _name(path: Path) -> str:
    return path.relative_to(paths.ROOT).as_posix()


def _part(path: Path) -> str:
    return path.relative_to(paths.ROOT / "moodlib").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_follow_the_arrows(path: Path) -> None:
    imports, part = _imports(path), _part(path)
    if part != "ui":
        assert not _starts(imports, "streamlit", "streamlit_webrtc")
        assert not _starts(imports, "moodlib.ui")
    if part not in ("training", "commands"):
        assert not _starts(imports, "moodlib.training", "tensorflow", "keras")
    if part == "vision":
        assert not _starts(imports, "moodlib.mood", "moodlib.music", "moodlib.spotify")
    if part == "mood":
        assert not _starts(imports, "moodlib.music", "moodlib.spotify", "moodlib.vision.pipeline")
    if path.name == "emotions.py":
        assert not _starts(imports, "moodlib")


def test_pages_only_lay_out() -> None:
    for path in [paths.ROOT / "app.py", *(paths.ROOT / "pages").glob("*.py")]:
        forbidden = _starts(_imports(path), "numpy", "pandas", "cv2", "plotly", "pathlib", "json", "moodlib.training")
        assert not forbidden, f"{path.name} imports {forbidden}"


def test_pages_are_drawn_before_xgboost_and_the_database_are_loaded() -> None:
    script = """
import sys
import moodlib.ui.connection, moodlib.ui.live, moodlib.ui.song_cards, moodlib.ui.tune
# They take over a second together, and the visitor waits for START.
loaded = {"alembic", "sqlalchemy", "xgboost", "sklearn", "scipy.stats"} & set(sys.modules)
assert not loaded, loaded
from moodlib.ui import session
session.ranker()
assert "xgboost" in sys.modules
loaded = {"sklearn", "scipy.stats"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_plain_start_hands_over_before_anything_of_the_app_is_loaded() -> None:
    # The video component, loaded before there is a server, is not known to it: its frame stayed empty.
    script = """
import runpy, sys
from streamlit.web import cli
seen = []
cli.main = lambda: seen.append(sys.argv[:2]) or 7
try:
    runpy.run_path("app.py", run_name="__main__")
except SystemExit as end:
    assert end.code == 7
else:
    raise AssertionError("app.py did not hand over")
assert seen == [["streamlit", "run"]]
loaded = {name for name in sys.modules if name.startswith(("moodlib", "streamlit_webrtc"))}
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_serving_loads_neither_tensorflow_nor_keras() -> None:
    script = """
import sys
import numpy as np
import moodlib.cli, moodlib.ui.session, moodlib.ui.charts, moodlib.ui.live, moodlib.ui.training
from moodlib.vision.pipeline import Pipeline
reading = Pipeline.load().process(np.full((480, 640, 3), 90, np.uint8), 0.0)
assert reading.faces == ()
loaded = {"tensorflow", "keras", "torch", "jax"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_training_needs_no_litert_before_it_exports() -> None:
    # A machine that only trains, one with a GPU say, has Keras and a backend; the interpreter is not made for all.
    script = """
import sys
sys.modules["ai_edge_litert"] = None
import moodlib.commands.emotion, moodlib.training.fit
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
