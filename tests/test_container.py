"""What `docker build` takes along: all that the app reads, nothing that is private or only for development."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moodlib import paths
from moodlib.ui import runs, training_speed


def pattern(line: str) -> re.Pattern[str]:
    """A line of .dockerignore as Docker reads it: `*` within a name, `**` over any number of folders."""
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = [known.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", line.strip("/"))]
    # What matches a folder holds for all that is in it.
    return re.compile("".join(parts) + "(?:/.*)?")


def left_out(name: str, root: Path) -> bool:
    out = False
    for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.strip()
        if rule and not rule.startswith("#") and pattern(rule.removeprefix("!")).fullmatch(name):
            out = not rule.startswith("!")
    return out


@pytest.fixture
def root() -> Path:
    return paths.ROOT


def test_the_app_takes_along_what_its_pages_read(root):
    served = [
        *(str(file.relative_to(root)) for folder in ("pages", "static") for file in (root / folder).rglob("*.*")),
        *(str(file.relative_to(root)) for file in (root / "moodlib").rglob("*.py")),
        *(str(file.relative_to(root)) for file in (runs.SERVED_RESULTS, training_speed.RESULTS)),
        *(str(file.relative_to(root)) for file in (root / "models" / "runs").glob("*/*.json")),
        *("app.py", ".streamlit/config.toml", "models/tried.csv", "models/emotion.tflite", "requirements-serve.txt"),
    ]
    assert len(served) > 150
    for name in served:
        assert (root / name).exists(), name
        assert not left_out(name, root), name


@pytest.mark.parametrize(
    "name",
    [
        ".streamlit/secrets.toml",
        ".git/config",
        ".venv/bin/python",
        "moodlib/__pycache__/cli.pyc",
        "tests/conftest.py",
        "models/runs/residual-1/checkpoint/latest.weights.h5",
        "models/runs/residual-1/averaged.weights.h5",
        "models/runs/residual-1/teacher.npz",
        "deploy/secrets.toml",
        "fer2013_train_valid.parquet",
    ],
)
def test_what_is_private_or_only_for_development_stays_out(name, root):
    assert left_out(name, root)
