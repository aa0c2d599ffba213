"""What one session read, wrote and asked of others, counted where it happens and not worked out afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

Asker = Literal["this computer", "your browser"]
SERVER: Final[Asker] = "this computer"
BROWSER: Final[Asker] = "your browser"


@dataclass(frozen=True, slots=True)
class Contact:
    """Requests to one address for one reason.

    Attributes:
        host: Name of the address, without path or query: those can hold what is nobody's business.
        why: What they were for.
        asker: Who asked.
        count: How many.
    """

    host: str
    why: str
    asker: Asker
    count: int


class Ledger:
    """Counters of one session. They only grow. Safe to share between threads.

    Frames have no place in it: nothing in the code keeps one, so there is nothing to count.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contacts: Counter[tuple[str, str, Asker]] = Counter()
        self._written: Counter[str] = Counter()

    def asked(self, host: str, why: str, asker: Asker = SERVER) -> None:
        """Count a request to somebody else, just before it is sent: one that fails has been sent too.

        Args:
            host: Name of the address, such as `api.spotify.com`.
            why: What it is for, in a word or two.
            asker: The server that runs this app, or the listener's browser on its behalf.
        """
        with self._lock:
            self._contacts[host, why, asker] += 1

    def wrote(self, what: str, size: int) -> None:
        """Count bytes that were written to disk.

        Args:
            what: Which file, in words.
            size: How many bytes; never negative.
        """
        if size < 0:
            raise ValueError(f"size is {size}; what is written has no negative size")
        with self._lock:
            self._written[what] += size

    @property
    def requests(self) -> int:
        """How many requests went to others than the page's own server."""
        with self._lock:
            return sum(self._contacts.values())

    @property
    def bytes_written(self) -> int:
        """How many bytes were written to disk."""
        with self._lock:
            return sum(self._written.values())

    @property
    def contacts(self) -> list[Contact]:
        """Who was asked, in the order of the first time."""
        with self._lock:
            return [Contact(host, why, asker, n) for (host, why, asker), n in self._contacts.items()]

    @property
    def written(self) -> dict[str, int]:
        """Bytes by file."""
        with self._lock:
            return dict(self._written)
