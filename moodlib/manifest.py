"""The manifest of the model files: what each is, what made it, and that it is whole.

`manifest.json` lies beside the model files. Training records each file that it writes; serving verifies a file before
it is loaded, so that one that is cut short or of another training is named in a sentence and never half works.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from moodlib.errors import InputError

NAME: Final = "manifest.json"
VERSION: Final = 1
"""Version of the manifest's own format."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Returns:
        File name to its entry: `bytes`, `sha256`, `command`, `data`, `run`, `versions`.

    Raises:
        InputError: It is missing, not JSON or of another version.
    """
    path = folder / NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is missing; restore it with `git checkout -- {NAME}` or train the models anew."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it from the repository.") from error
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION or "files" not in manifest:
        raise InputError(f"{path} is not a manifest of version {VERSION}; update the repository or train anew.")
    files: dict[str, Any] = manifest["files"]
    return files


def verify(path: Path) -> None:
    """Make sure that a model file is the one that the manifest beside it describes.

    Raises:
        InputError: The file is missing, not in the manifest, cut short, or another one.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is missing; restore it from the repository or train it anew.")
    entry = read(path.parent).get(path.name)
    if entry is None:
        raise InputError(f"{path.name} is not in {path.parent / NAME}; train it with `python -m moodlib train`.")
    size = path.stat().st_size
    if size < entry["bytes"]:
        raise InputError(f"{path} is cut short ({size:,} of {entry['bytes']:,} bytes); restore it from the repository.")
    if size != entry["bytes"] or _sha256(path) != entry["sha256"]:
        raise InputError(f"{path} is not the file that {NAME} describes; restore both from the same version.")


def contents(path: Path) -> bytes:
    """What a model file holds, made sure of as `verify` does; read once however many sessions ask.

    A model is loaded from this and not from the file: a file that is mapped into memory and replaced while the server
    runs would end the process.

    Raises:
        InputError: As `verify`.
    """
    path = Path(path)
    verify(path)
    status = path.stat()
    return _contents(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _contents(path: Path, changed: int, size: int) -> bytes:
    return path.read_bytes()


def record(path: Path, *, command: str, data: str, run: str, packages: tuple[str, ...]) -> None:
    """Enter a model file that was just written.

    Args:
        path: The file; the manifest beside it is made or changed.
        command: The command line that made the file.
        data: What it was trained on, in words.
        run: Name of the run folder under `runs/`.
        packages: Distributions whose versions matter for the file.
    """
    folder = path.parent
    files = read(folder) if (folder / NAME).exists() else {}
    versions = {name: importlib.metadata.version(name) for name in packages}
    files[path.name] = {
        "bytes": path.stat().st_size,
        "sha256": _sha256(path),
        "command": command,
        "data": data,
        "run": run,
        "versions": {"python": platform.python_version(), **versions},
    }
    text = json.dumps({"version": VERSION, "files": dict(sorted(files.items()))}, indent=2)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
