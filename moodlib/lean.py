"""Imports without what serving never uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_scikit_learn() -> Iterator[None]:
    """Keep XGBoost's first import from bringing scikit-learn along, which it does whenever that is installed.

    The app only asks boosters for scores; scikit-learn would cost 60 MB and most of the time until the first list.
    Where it has been imported already, as in training, nothing changes. Afterwards it can be imported as ever.
    """
    if "sklearn" in sys.modules:
        yield
        return
    # None is Python's own mark for a module that must not be found.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["sklearn"]
