from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from moodlib.ledger import BROWSER, SERVER, Contact, Ledger


def test_requests_are_counted_by_address_and_reason() -> None:
    ledger = Ledger()
    assert (ledger.requests, ledger.bytes_written, ledger.contacts) == (0, 0, [])
    ledger.asked("open.spotify.com", "player", BROWSER)
    ledger.asked("api.spotify.com", "saved songs")
    ledger.asked("api.spotify.com", "saved songs")
    assert ledger.requests == 3
    assert ledger.contacts == [
        Contact("open.spotify.com", "player", BROWSER, 1),
        Contact("api.spotify.com", "saved songs", SERVER, 2),
    ]


def test_bytes_are_counted_by_file_and_never_taken_back() -> None:
    ledger = Ledger()
    ledger.wrote("history", 100)
    ledger.wrote("history", 20)
    ledger.wrote("features", 3)
    with pytest.raises(ValueError, match="negative"):
        ledger.wrote("history", -1)
    assert ledger.bytes_written == 123
    assert ledger.written == {"history": 120, "features": 3}


def test_no_count_is_lost_between_threads() -> None:
    ledger = Ledger()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(400):
            pool.submit(ledger.asked, "example.org", "nothing")
    assert ledger.requests == 400
