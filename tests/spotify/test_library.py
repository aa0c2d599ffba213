"""Imports and saved lists, with the real spotipy in front of the stand-in (or of Spotify, where a token is given)."""

from __future__ import annotations

import time

import pytest

from moodlib.spotify import library
from moodlib.spotify.auth import Desk
from moodlib.spotify.client import Account
from moodlib.spotify.library import SAVED, TOP, Import, Source
from moodlib.spotify.services import RateLimitedError, SignedOutError, SpotifyError
from tests.spotify.conftest import connect
from tests.spotify.standin import StandIn, Trouble, track, track_id


def run(account: Account, *sources: Source) -> Import:
    going = Import(account.id, sources)
    while not going.done:
        going.step(account)
    return going


def test_saved_top_and_own_playlists_are_read_page_by_page(account: Account, spotify: StandIn) -> None:
    spotify.add_playlist("Somebody else's", [track(900)], owner="another")
    playlists = library.own_playlists(account)
    assert [playlist.name for playlist in playlists] == ["Road trip"]
    going = run(account, SAVED, TOP[0], *playlists)
    assert spotify.count("GET /v1/me/tracks") == 3
    assert spotify.count("GET /v1/me/top/tracks") == 2
    assert set(going.songs) == {track_id(n) for n in [*range(120), *range(200, 260)]}
    assert going.read == 120 + 60 + 60
    assert going.skipped == []
    first = going.table().iloc[0]
    assert (first["title"], first["artist"], first["year"]) == ("Song number 0", "Band 0", 1960)


@pytest.mark.parametrize("shape", ["item", "track"])
def test_both_shapes_of_a_playlist_are_read(account: Account, spotify: StandIn, shape: str) -> None:
    spotify.shape = shape
    assert len(run(account, *library.own_playlists(account)).songs) == 60


def test_progress_goes_from_nothing_to_all(account: Account) -> None:
    going = Import(account.id, (SAVED, TOP[0]))
    shares = [going.share]
    while not going.done:
        going.step(account)
        shares.append(going.share)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_what_is_no_song_is_listed_with_its_reason(account: Account, spotify: StandIn) -> None:
    made = spotify.add_playlist(
        "Mixed",
        [
            track(1),
            None,
            track(2, id=None, uri="spotify:local:x", is_local=True, name="Home tape"),
            track(3, type="episode", name="A podcast"),
            track(4, id=None, name=""),
            track(5, artists=[], album=None, duration_ms=None),
            track(1),
        ],
    )
    going = run(account, Source("playlist", "Mixed", made))
    assert list(going.songs) == [track_id(1), track_id(5)]
    assert {(each.name, each.reason.split(",")[0]) for each in going.skipped} == {
        ("(no name)", "no longer on Spotify"),
        ("Home tape", "a file of your own"),
        ("A podcast", "a podcast's episode"),
    }
    assert len(going.skipped) == 4


def test_a_long_wait_is_said_at_once_and_the_import_goes_on_where_it_was(account: Account, spotify: StandIn) -> None:
    spotify.trouble.append(Trouble("GET /v1/me/tracks", 429, {"Retry-After": "7200"}, after=1))
    going = Import(account.id, (SAVED,))
    going.step(account)
    began = time.monotonic()
    with pytest.raises(RateLimitedError, match=r"2\.0 h") as refused:
        going.step(account)
    assert time.monotonic() - began < 2
    assert refused.value.retry_after == 7200
    assert len(going.songs) == 50
    while not going.done:
        going.step(account)
    assert len(going.songs) == going.read == 120


@pytest.mark.parametrize("trouble", [
    Trouble("GET /v1/me/tracks", 500), Trouble("GET /v1/me/tracks", 503, body="<html>busy</html>"),
    Trouble("GET /v1/me/tracks", 502, body='{"error": "bad gateway"}'), Trouble("GET /v1/me/tracks", cut=True),
    Trouble("GET /v1/me/tracks", 200, body='{"items": ['), Trouble("GET /v1/me/tracks", 200, body='{"items": null}'),
])  # fmt: skip
def test_trouble_changes_nothing_and_the_next_try_goes_on(account: Account, spotify: StandIn, trouble: Trouble) -> None:
    spotify.trouble.append(Trouble(trouble.where, trouble.status, body=trouble.body, cut=trouble.cut, after=1))
    going = Import(account.id, (SAVED,))
    going.step(account)
    with pytest.raises(SpotifyError, match=r"\.$"):
        going.step(account)
    assert (len(going.songs), going.read) == (50, 50)
    going.step(account)
    going.step(account)
    assert going.done
    assert len(going.songs) == 120


def test_a_slow_answer_is_given_up(account: Account, spotify: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    spotify.trouble.append(Trouble("GET /v1/me/tracks", slow=1.0))
    monkeypatch.setattr(account._api, "requests_timeout", 0.3)
    with pytest.raises(SpotifyError, match="did not answer"):
        Import(account.id, (SAVED,)).step(account)


@pytest.mark.parametrize(("status", "words"), [(403, "Premium"), (404, "any more"), (400, "did not take")])
def test_refusals_say_what_to_do(account: Account, spotify: StandIn, status: int, words: str) -> None:
    spotify.trouble.append(Trouble("GET /v1/me/tracks", status))
    with pytest.raises(SpotifyError, match=words):
        Import(account.id, (SAVED,)).step(account)


def test_a_permission_taken_back_half_way_keeps_what_came_and_goes_on_after(
    desk: Desk[str], account: Account, spotify: StandIn
) -> None:
    going = Import(account.id, (SAVED,))
    going.step(account)
    spotify.revoke()
    with pytest.raises(SignedOutError):
        going.step(account)
    again = connect(desk)
    while not going.done:
        going.step(again)
    assert len(going.songs) == 120


def test_another_accounts_token_does_not_go_on_with_an_import(
    desk: Desk[str], account: Account, spotify: StandIn
) -> None:
    going = Import(account.id, (SAVED,))
    going.step(account)
    spotify.user = {"id": "somebody else", "display_name": "S. Else"}
    other = connect(desk)
    with pytest.raises(SpotifyError, match="another account"):
        going.step(other)
    assert len(going.songs) == 50


def test_a_list_becomes_a_private_playlist(account: Account, spotify: StandIn) -> None:
    ids = [track_id(n) for n in range(130)]
    made = library.save_playlist(account, "Mood DJ:\nhappy", "For happy.\nMade today.", ["no id", *ids])
    held = spotify.playlists[made.id]
    assert (held["name"], held["description"], held["public"]) == ("Mood DJ: happy", "For happy. Made today.", False)
    assert [song["uri"] for song in held["songs"]] == [f"spotify:track:{each}" for each in ids]
    assert made.songs == 130
    assert made.url.endswith(made.id)
    assert spotify.count("POST /v1/me/playlists") == 1
    assert spotify.count(f"POST /v1/playlists/{made.id}/items") == 2


def test_a_playlist_whose_songs_cannot_be_added_is_taken_away_again(account: Account, spotify: StandIn) -> None:
    before = set(spotify.playlists)
    spotify.trouble.append(Trouble("POST /v1/playlists/", 500))
    with pytest.raises(SpotifyError, match="trouble on its side"):
        library.save_playlist(account, "Mood DJ", "", [track_id(1)])
    assert set(spotify.playlists) == before
    spotify.trouble += [Trouble("POST /v1/playlists/", 500), Trouble("DELETE /v1/me/library", 500)]
    with pytest.raises(SpotifyError, match="delete it at Spotify"):
        library.save_playlist(account, "Mood DJ", "", [track_id(1)])


def test_nothing_on_spotify_makes_no_playlist(account: Account, spotify: StandIn) -> None:
    with pytest.raises(SpotifyError, match="None of these songs"):
        library.save_playlist(account, "Mood DJ", "", ["own-1"])
    assert spotify.count("POST /v1/") == 0


def test_songs_are_added_to_the_library_once(account: Account, spotify: StandIn) -> None:
    assert library.add_to_library(account, [track_id(n) for n in range(100, 190)]) == 70
    assert len(spotify.saved) == 190
    assert library.add_to_library(account, [track_id(n) for n in range(100, 190)]) == 0
    assert spotify.count("PUT /v1/me/library") == 3, "forty at a time, and none that are there"


def test_only_living_endpoints_are_called(account: Account, spotify: StandIn) -> None:
    """A run through everything; the stand-in refuses what was removed, and the paths are written down here."""
    run(account, SAVED, *TOP, *library.own_playlists(account))
    library.add_to_library(account, [track_id(3), track_id(500)])
    library.save_playlist(account, "Mood DJ", "", [track_id(1)])
    paths = {request.partition("?")[0] for request in spotify.requests if "/v1/" in request}
    assert {path.replace("playlist" + "0" * 14, "ID").replace("playlist" + "0" * 13 + "1", "ID") for path in paths} == {
        "GET /v1/me", "GET /v1/me/tracks", "GET /v1/me/top/tracks", "GET /v1/me/playlists",
        "GET /v1/playlists/ID/items", "POST /v1/me/playlists", "POST /v1/playlists/ID/items",
        "GET /v1/me/library/contains", "PUT /v1/me/library",
    }  # fmt: skip


def test_a_round_trip(any_account: Account) -> None:
    """What the real service is asked as well: one page of everything, then a playlist that is taken away again."""
    for source in (SAVED, TOP[0], *library.own_playlists(any_account)[:1]):
        going = Import(any_account.id, (source,))
        going.step(any_account)
        assert going.read == len(going.songs) + len(going.skipped)
    made = library.save_playlist(any_account, "Mood DJ test", "Taken away at once.", ["4uLU6hMCjMI75M1A2tKUQC"])
    held = Import(any_account.id, (Source("playlist", made.name, made.id),))
    held.step(any_account)
    any_account.delete("me/library", uris=f"spotify:playlist:{made.id}")
    assert held.read == 1
