from __future__ import annotations

import tomllib

import pytest

from moodlib import settings
from moodlib.errors import InputError
from moodlib.paths import ROOT
from moodlib.settings import Limits


def test_the_file_names_every_limit_with_the_default_that_the_code_documents(monkeypatch):
    written = tomllib.loads(settings.FILE.read_text())
    assert written == {name: field.default for name, field in Limits.model_fields.items()}


def test_the_environment_counts_before_the_file(monkeypatch):
    monkeypatch.setenv("MOOD_DJ_CAMERAS", "3")
    assert settings.load().cameras == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [("cameras = 0\n", "cameras"), ("camera = 3\n", "camera"), ("cameras = many\n", "TOML"), ("\xff\xfe", "TOML")],
)
def test_a_wrong_file_is_said_in_one_line(tmp_path, monkeypatch, text, said):
    file = tmp_path / "settings.toml"
    file.write_bytes(text.encode("latin-1"))
    monkeypatch.setattr(settings, "FILE", file)
    with pytest.raises(InputError, match=said) as refused:
        settings.load()
    assert "\n" not in str(refused.value)


def test_the_servers_own_bound_is_not_below_the_limit():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] >= settings.load().upload_mb
    assert config["server"]["enableXsrfProtection"] is True
