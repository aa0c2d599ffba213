"""A model file that is not whole, or not the right one, is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from moodlib import manifest, paths
from moodlib.errors import InputError


def _record(path: Path) -> None:
    manifest.record(path, command="make it", data="none", run="r", packages=("numpy",))


def test_a_recorded_file_is_accepted_and_a_changed_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"0123456789")
    _record(file)
    manifest.verify(file)
    file.write_bytes(b"01234")
    with pytest.raises(InputError, match=r"cut short \(5 of 10 bytes\)"):
        manifest.verify(file)
    file.write_bytes(b"0123456780")
    with pytest.raises(InputError, match=r"not the file that manifest\.json describes"):
        manifest.verify(file)
    file.unlink()
    with pytest.raises(InputError, match="is missing"):
        manifest.verify(file)


def test_a_second_file_is_added_to_the_same_manifest(tmp_path: Path) -> None:
    for name in ("b.bin", "a.bin"):
        (tmp_path / name).write_bytes(name.encode())
        _record(tmp_path / name)
    assert list(manifest.read(tmp_path)) == ["a.bin", "b.bin"]


@pytest.mark.parametrize(
    ("text", "message"), [("{", "cannot be read"), ("[]", "not a manifest"), ('{"version": 9}', "version 1")]
)
def test_a_broken_manifest_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"x")
    (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(InputError, match=message):
        manifest.verify(file)


def test_a_file_that_is_not_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    _record(tmp_path / "a.bin")
    (tmp_path / "b.bin").write_bytes(b"b")
    with pytest.raises(InputError, match=r"b\.bin is not in"):
        manifest.verify(tmp_path / "b.bin")


def test_the_shipped_files_are_those_of_the_manifest() -> None:
    listed = manifest.read(paths.MODELS)
    assert {"emotion.keras", "emotion.tflite", "ranker.ubj"} <= set(listed)
    for name, entry in listed.items():
        manifest.verify(paths.MODELS / name)
        assert entry["bytes"] < 15_000_000
        assert (paths.RUNS / entry["run"] / "metrics.json").exists()
