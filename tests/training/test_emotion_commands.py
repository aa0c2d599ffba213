"""The commands around the emotion network: options, configuration files, a stop that says how to go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from moodlib import cli
from moodlib.training import config, fit

RNG = np.random.default_rng(0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    faces = RNG.integers(0, 256, (8, 48, 48), dtype=np.uint8)
    faces[6] = faces[0]  # a PublicTest face that is also a training face
    table = pd.DataFrame(
        {
            "emotion": np.arange(8) % 7,
            "pixels": [" ".join(map(str, face.ravel())) for face in faces],
            "Usage": ["Training"] * 5 + ["PublicTest"] * 3,
        }
    )
    path = tmp_path / "fer2013.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, config.FitConfig, bool]]:
    """What the trainer was asked to do; it stops as if Ctrl-C had been pressed."""
    asked: list[tuple[Path, config.FitConfig, bool]] = []

    def stopped(faces: object, folder: Path, settings: config.FitConfig, *, resume: bool, **_: Any) -> None:
        asked.append((folder, settings, resume))
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "fit", stopped)
    return asked


def _train(tmp_path: Path, data: Path, *options: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "emotion", "--data", str(data), "--models", str(tmp_path), "--name", "mine", *options])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, data: Path, fitted: list[Any], capsys: Any) -> None:
    assert _train(tmp_path, data, "--epochs", "3") == 130
    said = capsys.readouterr().err
    assert "No epoch was whole yet" in said
    assert f"go on with: python -m moodlib train emotion --data {data} --name mine --resume" in said
    (tmp_path / "runs" / "mine" / "checkpoint").mkdir(parents=True)
    _train(tmp_path, data, "--resume")
    assert "The last whole epoch is kept" in capsys.readouterr().err


def test_options_win_over_the_file_and_the_file_over_the_defaults(
    tmp_path: Path, data: Path, fitted: list[Any]
) -> None:
    recorded = config.FitConfig(epochs=9, rate=0.02, seed=5, architecture=config.MINI_XCEPTION)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"fit": recorded.as_json()}))
    _train(tmp_path, data, "--config", str(file), "--epochs", "4")
    settings = fitted[0][1]
    assert (settings.epochs, settings.rate, settings.seed) == (4, 0.02, 5)
    assert settings.architecture == config.MINI_XCEPTION
    _train(tmp_path, data)
    assert fitted[1][1] == config.FitConfig()


def test_resume_takes_the_recorded_options(tmp_path: Path, data: Path, fitted: list[Any]) -> None:
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    recorded = config.FitConfig(epochs=9, rate=0.02)
    (folder / "config.json").write_text(json.dumps({"fit": recorded.as_json()}))
    _train(tmp_path, data, "--resume")
    assert fitted == [(folder, recorded, True)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--network", "vgg"], 'There is no network "vgg"'),
        (["--config", "none.json"], "no such configuration file"),
        (["--votes", "none.csv"], "cannot be read"),
    ],
)
def test_wrong_options_get_one_sentence(
    tmp_path: Path, data: Path, fitted: list[Any], capsys: Any, options: list[str], said: str
) -> None:
    assert _train(tmp_path, data, *options) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line
    assert not fitted


def _evaluate(capsys: Any, *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["evaluate", *arguments, "--json"])
    assert stop.value.code == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


def test_evaluate_leaves_out_pictures_that_were_learned(data: Path, capsys: Any) -> None:
    figures = _evaluate(capsys, "emotion", "--data", str(data), "--usage", "PublicTest")
    assert figures["n"] == 3
    assert figures["without_duplicates"]["shared"] == 1
    assert figures["without_duplicates"]["n"] == 2
    assert figures["ferplus_majority_accuracy"] is None
    everything = _evaluate(capsys, "emotion", "--data", str(data))
    assert everything["n"] == 8
    assert everything["without_duplicates"] is None


def test_robustness_can_take_a_part_of_the_faces(data: Path, capsys: Any) -> None:
    figures = _evaluate(capsys, "robustness", "--data", str(data), "--limit", "2")
    assert figures["n"] == 2
    assert figures["data"].endswith("PublicTest")
    assert len(figures["rows"]) == 27
