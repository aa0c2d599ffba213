"""Audio features for songs that come without."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moodlib.music import catalogue
from moodlib.spotify.features import BATCH, Cache, Lookup, cache_path, from_catalogue
from moodlib.spotify.services import RateLimitedError, SpotifyError
from tests.spotify.standin import StandIn, Trouble, track_id

SOUND = {
    "danceability": 0.5, "energy": 0.6, "key": 3, "loudness": -7.0, "mode": 1, "speechiness": 0.05, "acousticness": 0.2,
    "instrumentalness": 0.0, "liveness": 0.1, "valence": 0.7, "tempo": 120.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def songs() -> pd.DataFrame:
    return catalogue.load()


def asked(song: pd.Series, **changes: object) -> dict[str, object]:
    kept = {name: song[name] for name in ("track_id", "title", "artist", "year", "duration_ms")}
    return {**kept, "source": "Saved songs", **changes}


def test_songs_are_known_by_id_then_by_artist_and_title(songs: pd.DataFrame) -> None:
    plain = songs[~songs["title"].str.contains(r"[-(\[]")].drop_duplicates(["artist", "title"]).reset_index(drop=True)
    first, second, third, fourth = (plain.iloc[row] for row in range(4))
    new = track_id(1)
    tracks = pd.DataFrame(
        [
            asked(first),
            asked(second, track_id=new, title=f"{second['title'].upper()} (Remastered 2011)"),
            asked(third, track_id=track_id(2), title=f"{third['title']} - Live at Home"),
            asked(fourth, track_id=track_id(3), duration_ms=float(fourth["duration_ms"]) + 60_000),
            asked(fourth, track_id=track_id(4), duration_ms=float("nan")),
            asked(fourth, track_id=track_id(5), title="A song that nobody wrote"),
        ]
    )
    found = from_catalogue(tracks, songs)
    assert list(found["known_by"]) == ["id", "title", "", "", "title", ""]
    assert list(found["track_id"]) == list(tracks["track_id"])
    assert found["energy"].iloc[0] == first["energy"]
    assert found["valence"].iloc[1] == second["valence"]
    assert found["energy"].isna().tolist() == [False, False, True, True, False, True]


def test_reccobeats_is_asked_for_forty_at_a_time(spotify: StandIn, cache: Cache) -> None:
    ids = [track_id(n) for n in range(95)]
    spotify.features = dict.fromkeys(ids[:60], SOUND)
    lookup = Lookup.begin(ids, cache)
    while lookup.waiting:
        lookup.step(cache, spotify.services)
    assert lookup.asked == spotify.count("GET /reccobeats") == -(-95 // BATCH) == 3
    assert set(lookup.found) == set(ids[:60])
    assert set(lookup.unknown) == set(ids[60:])
    assert lookup.found[ids[0]]["valence"] == 0.7


def test_what_was_asked_once_is_on_disk_and_not_asked_again(spotify: StandIn, cache: Cache) -> None:
    ids = [track_id(n) for n in range(50)]
    spotify.features = dict.fromkeys(ids[:40], SOUND)
    lookup = Lookup.begin(ids, cache)
    while lookup.waiting:
        lookup.step(cache, spotify.services)
    again = Lookup.begin(ids, Cache(cache.path))
    assert again.waiting == []
    pd.testing.assert_frame_equal(pd.DataFrame(again.found), pd.DataFrame(lookup.found), check_like=True)
    assert again.found[ids[0]]["loudness"] == -7.0
    assert np.isnan(again.found[ids[0]]["duration_ms"])
    assert set(again.unknown) == set(ids[40:])
    later = Cache(cache.path, clock=lambda: 9e12)
    assert set(Lookup.begin(ids, later).waiting) == set(ids[40:])
    with sqlite3.connect(cache.path) as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(features)")]
    assert columns == ["track_id", "at", *catalogue.FEATURES], "nothing of the listener"
    cache.delete()
    assert not cache.path.exists()


def test_a_wait_is_said_and_nothing_is_lost(spotify: StandIn, cache: Cache) -> None:
    spotify.trouble.append(Trouble("GET /reccobeats", 429, {"Retry-After": "300"}, after=1))
    lookup = Lookup.begin([track_id(n) for n in range(90)], cache)
    lookup.step(cache, spotify.services)
    with pytest.raises(RateLimitedError, match=r"ReccoBeats asks to wait 5 min"):
        lookup.step(cache, spotify.services)
    assert len(lookup.waiting) == 50
    while lookup.waiting:
        lookup.step(cache, spotify.services)
    assert len(lookup.unknown) == 90


@pytest.mark.parametrize("trouble", [
    Trouble("GET /reccobeats", 500), Trouble("GET /reccobeats", cut=True),
    Trouble("GET /reccobeats", 200, body="no json"), Trouble("GET /reccobeats", 200, body="[]"),
    Trouble("GET /reccobeats", 200, body='{"content": [3]}'),
])  # fmt: skip
def test_trouble_is_said_and_nothing_is_kept(spotify: StandIn, cache: Cache, trouble: Trouble) -> None:
    spotify.trouble.append(Trouble(trouble.where, trouble.status, body=trouble.body, cut=trouble.cut))
    lookup = Lookup.begin([track_id(1)], cache)
    with pytest.raises(SpotifyError, match="ReccoBeats"):
        lookup.step(cache, spotify.services)
    assert lookup.waiting == [track_id(1)]
    assert not cache.path.exists()


def test_values_out_of_range_are_not_taken(spotify: StandIn, cache: Cache) -> None:
    spotify.features = {
        track_id(1): SOUND | {"energy": 7.0},
        track_id(2): SOUND | {"tempo": -4, "key": "C"},
        track_id(3): SOUND | {"valence": None},
    }
    lookup = Lookup.begin([track_id(n) for n in (1, 2, 3)], cache)
    lookup.step(cache, spotify.services)
    assert set(lookup.found) == {track_id(2)}
    assert np.isnan(lookup.found[track_id(2)]["tempo"])
    assert np.isnan(lookup.found[track_id(2)]["key"])


def test_a_cache_that_cannot_be_used_is_no_reason_to_stop(spotify: StandIn, tmp_path: Path) -> None:
    broken = tmp_path / "features.sqlite"
    broken.write_bytes(b"not a database at all" * 100)
    blocked = tmp_path / "file"
    blocked.write_text("in the way of a folder")
    for path in (broken, blocked / "features.sqlite"):
        cache = Cache(path)
        lookup = Lookup.begin([track_id(1)], cache)
        lookup.step(cache, spotify.services)
        assert lookup.unknown == [track_id(1)]
        assert str(path) in cache.problem


def test_the_cache_is_in_the_users_cache_folder() -> None:
    assert cache_path({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/mood-dj/features.sqlite")
