"""Free memory handed back to the system.

The C library keeps what was freed for the next time. After a video that can be 40 MB, on a server that may wait for the
next visitor for hours.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _trim() -> Any:
    """The C library's function, or None where it has none: it is glibc's own."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> bool:
    """Hand free memory back; takes a few milliseconds.

    Returns:
        Whether any was; never elsewhere than on Linux with glibc.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))
