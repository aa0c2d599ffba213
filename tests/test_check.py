from __future__ import annotations

import shutil

import pytest

from moodlib import cli, paths, settings


def run(*words: str) -> int:
    try:
        cli.main(["check", *words])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_what_is_shipped_is_whole(capsys):
    assert run() == 0
    assert capsys.readouterr().out.strip() == "All is well."


def test_a_model_that_is_cut_short_is_named(tmp_path, monkeypatch, capsys):
    for path in paths.MODELS.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    model = tmp_path / "emotion.tflite"
    model.write_bytes(model.read_bytes()[:-1])
    monkeypatch.setattr(paths, "MODELS", tmp_path)
    assert run() == 2
    said = capsys.readouterr().err
    assert "emotion.tflite is cut short" in said
    assert said.count("\n") == 1


def test_a_wrong_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("MOOD_DJ_CAMERAS", "none")
    assert run() == 2
    assert "MOOD_DJ_CAMERAS" in capsys.readouterr().err


@pytest.mark.parametrize(("url", "said"), [("http://127.0.0.1:9", "does not answer"), ("localhost", "not an address")])
def test_an_app_that_does_not_answer_is_said(url, said, capsys):
    assert run("--url", url) == 2
    assert said in capsys.readouterr().err


def test_the_container_installs_what_the_app_needs_and_nothing_for_training():
    serve = (paths.ROOT / "requirements-serve.txt").read_text()
    assert "requirements-serve.txt" in (paths.ROOT / "Dockerfile").read_text()
    assert not any(name in serve for name in ("tensorflow", "keras", "scikit-learn"))


def test_limits_of_the_proxy_are_not_below_those_of_the_app():
    proxy = (paths.ROOT / "deploy" / "Caddyfile").read_text()
    assert f"max_size {settings.load().upload_mb + 10}MB" in proxy
