"""The command line ends with 0 or 2, and with one line instead of a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moodlib import cli, paths


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "moodlib", *arguments], cwd=paths.ROOT, capture_output=True, text=True, check=False
    )


def _fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert ended.value.code == cli.USAGE_ERROR
    said = capsys.readouterr().err
    assert said
    assert "Traceback" not in said
    return said


def test_module_runs_and_bad_input_is_one_line() -> None:
    done = _run("evaluate", "emotion", "--data", "nowhere.csv")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("moodlib: nowhere.csv: no such file")
    assert done.stderr.count("\n") == 1


def test_usage_errors_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    _fails(capsys, "evaluate", "emotion")
    _fails(capsys, "no-such-command")


def test_a_model_that_is_not_the_manifests_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("emotion.tflite", "manifest.json"):
        (tmp_path / name).write_bytes((paths.MODELS / name).read_bytes())
    whole = (tmp_path / "emotion.tflite").read_bytes()
    (tmp_path / "emotion.tflite").write_bytes(whole[:1000])
    said = _fails(capsys, "evaluate", "emotion", "--data", "x.csv", "--model", str(tmp_path / "emotion.tflite"))
    assert "cut short" in said


def test_evaluate_on_kaggles_csv_gives_the_agreed_keys(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = [" ".join(map(str, rng.integers(0, 256, 48 * 48))) for _ in range(8)]
    table = pd.DataFrame({"emotion": [0, 1, 2, 3, 4, 5, 6, 3], "pixels": pixels, "Usage": ["PrivateTest"] * 8})
    table.to_csv(tmp_path / "fer2013.csv", index=False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", "emotion", "--data", str(tmp_path / "fer2013.csv"), "--usage", "PrivateTest", "--json"])
    assert ended.value.code == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 8
    assert {"fer2013_accuracy", "ferplus_majority_accuracy", "ferplus_n", "served", "macro_f1", "per_class"} <= set(
        figures
    )
    assert set(figures["served"]) >= {"fer2013_accuracy", "ferplus_majority_accuracy", "ece"}
    assert figures["ferplus_n"] is None
    assert np.sum(figures["confusion"]) == 8
