"""What all tests share: where things are, and how long property tests look."""

from __future__ import annotations

import os
from pathlib import Path

import pylibsrtp  # noqa: F401  TensorFlow loaded before it makes its import crash; the app never loads TensorFlow
import pytest
import sklearn  # noqa: F401  The app loads XGBoost without it (moodlib/lean.py), and training in this process needs both
from hypothesis import HealthCheck, settings

# A deadline for one example would measure how busy the machine is. In CI the same examples run every time, so that a
# red build can be repeated.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", deadline=None, max_examples=50, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds app.py."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir(repo_root: Path) -> Path:
    """The training data, which the repository does not hold; without it the test is skipped and says so.

    It is looked for where the environment variable MOODLIB_DATA points, then in `shared` beside the repository.
    """
    named = os.environ.get("MOODLIB_DATA")
    folder = Path(named) if named else repo_root.parent / "shared"
    missing = [part for part in ("fer2013", "music") if not (folder / part).is_dir()]
    if missing:
        pytest.skip(f"needs the training data: no {' and no '.join(missing)} in {folder} (set MOODLIB_DATA)")
    return folder
