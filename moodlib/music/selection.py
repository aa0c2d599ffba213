"""The rule that chooses the starter catalogue from a public table of Spotify songs. Same input, same catalogue.

The rule, in order; `data/README.md` says it in prose beside the counts that it gave:

1. Only rows of the named source, with a valid id, a title, an artist, a tempo above 0, a length from one to ten minutes
   and a popularity above 0 (0 means that the id has left Spotify, so its player would stay empty).
2. Nothing whose title or artist says karaoke, tribute, cover, ringtone, sped up, slowed, nightcore, 8D and the like.
3. Each song once. All releases of one song by one artist (`titles.song_key`) are one song; so are two rows of different
   artists with the same core title and nearly the same audio features (a duet listed under both names). The known
   recording wins over remixes and concerts, then the more popular id, then the smaller id.
4. Known artists first: songs are ordered by `0.5 song popularity + 0.25 artist's best popularity + 0.25 artist's number
   of playlists`, each as a rank in [0, 1].
5. Quotas, each filled in that order: so many songs of each decade, each subgenre and each cell of a 5 x 5 grid over
   valence and energy; then the best known of the rest up to `SIZE`, at most `PER_ARTIST` of one artist.
6. Genre and subgenre are those of the playlists that hold the song, as `_with_genre` says.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from moodlib.emotions import EMOTIONS
from moodlib.errors import InputError
from moodlib.music import catalogue
from moodlib.music.tables import read_table, require_columns
from moodlib.music.titles import artist_key, core_title, is_other_recording
from moodlib.spotify.embed import is_track_id

SOURCE: Final = "tidytuesday"
SIZE: Final = 7000
PER_ARTIST: Final = 25
PER_DECADE: Final = 150
PER_SUBGENRE: Final = 150
PER_CELL: Final = 260
GRID: Final = 5
RARE: Final = 0.2
"""A genre that fewer of an artist's playlist entries have says little about a song of theirs."""
RADIUS: Final = 0.25
"""Songs this near to an emotion's place in the valence-energy plane (both in [0, 1]) are counted for it."""

_UNWANTED_TITLE: Final = re.compile(
    r"karaoke|\btribute (?:to|version|concert)\b|originally (?:performed|recorded|by)|made famous|in the style of"
    r"|\bsped up\b|\bslowed\b|\bnightcore\b|\b8d\b|\bringtone\b|\binstrumental version\b|\bbacking track\b"
    r"|\bcover(?: version)?\s*[)\]]|-\s[^-]*\bcover\s*$|\bcover version\b|\bworkout (?:mix|remix)\b",
    re.IGNORECASE,
)
_UNWANTED_ARTIST: Final = re.compile(
    r"karaoke|\btribute\b|\bnightcore\b|\bringtones?\b|\bvarious artists\b|\bcover (?:band|nation|masters)\b"
    r"|\binstrumental$|\bmegarock hits\b|\bworkout\b|\blullaby\b|^8d\b|\bsound effects\b",
    re.IGNORECASE,
)
_GENRE: Final = ("playlist_genre", "playlist_subgenre")
_NEEDED: Final = (
    "track_id",
    "title",
    "artist",
    "release_date",
    "popularity",
    "playlist_genre",
    "playlist_subgenre",
    "source",
)


def build(source: Path, playlists: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Choose the catalogue.

    Args:
        source: Table of tracks: `track_id`, `title`, `artist`, `release_date`, `popularity`, `playlist_genre`,
            `playlist_subgenre`, `source` and the audio features.
        playlists: Table of which playlist held which track: `playlist_id`, `track_id`, `playlist_genre`,
            `playlist_subgenre`.

    Returns:
        The catalogue with columns `catalogue.COLUMNS`, ordered by track id, and what the rule counted on the way.

    Raises:
        InputError: A file or column is missing, or nothing is left.
    """
    rows = read_table(source)
    require_columns(rows, [*_NEEDED, *catalogue.FEATURES], source)
    held = read_table(playlists)
    require_columns(held, ["playlist_id", "track_id", *_GENRE], playlists)
    rows = rows.loc[rows["source"] == SOURCE, [*_NEEDED, *catalogue.FEATURES]]
    steps = {"rows of the source": len(rows)}
    rows = _usable(rows)
    steps["usable rows"] = len(rows)
    unwanted = rows["title"].str.contains(_UNWANTED_TITLE) | rows["artist"].str.contains(_UNWANTED_ARTIST)
    rows = rows[~unwanted]
    steps["without karaoke, tributes, covers and the like"] = len(rows)
    if rows.empty:
        raise InputError(f'{source} holds no usable song whose "source" is {SOURCE}; give the table that does.')
    rows = rows.assign(artist_key=rows["artist"].map(artist_key))
    songs = _once(rows)
    steps["each song once"] = len(songs)
    songs = _chosen(_known_first(songs, rows, held))
    steps["chosen"] = len(songs)
    table = _own_schema(_with_genre(songs, rows, held))
    return table, {"source": SOURCE, "steps": steps, **describe(table)}


def _usable(rows: pd.DataFrame) -> pd.DataFrame:
    year = pd.to_numeric(rows["release_date"].astype(str).str[:4], errors="coerce")
    features = rows[list(catalogue.FEATURES)]
    usable: pd.DataFrame = rows.assign(year=year)[
        rows["track_id"].map(is_track_id).astype(bool)
        & rows["title"].fillna("").str.strip().ne("")
        & rows["artist"].fillna("").str.strip().ne("")
        & year.between(1900, 2100)
        & np.isfinite(features.to_numpy(dtype=float)).all(axis=1)
        & rows["tempo"].gt(0)
        & rows["loudness"].between(-80, 6)
        & rows["duration_ms"].between(60_000, 600_000)
        & rows["popularity"].gt(0)
    ]
    return usable


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per song, the preferred release of each, ordered by that preference."""
    rows = rows.assign(
        core=rows["title"].map(core_title),
        other=rows["title"].map(is_other_recording),
    ).sort_values(["other", "popularity", "track_id"], ascending=[True, False, True])
    songs = rows.drop_duplicates(["artist_key", "core"])
    near = {"valence": 0.02, "energy": 0.02, "danceability": 0.02, "tempo": 1.0, "duration_ms": 3000.0}
    figures = songs[list(near)].to_numpy(dtype=float)
    bound = np.array(list(near.values()))
    keep = np.ones(len(songs), dtype=bool)
    for places in songs.reset_index(drop=True).groupby("core", sort=False).indices.values():
        for later in range(1, len(places)):
            earlier = places[:later][keep[places[:later]]]
            keep[places[later]] = not (np.abs(figures[earlier] - figures[places[later]]) <= bound).all(axis=1).any()
    return songs[keep]


def _known_first(songs: pd.DataFrame, rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The songs in the order of how well known they and their artists are, best known first."""
    by_track = rows.set_index("track_id")["artist_key"]
    artists = held.assign(artist_key=held["track_id"].map(by_track)).dropna(subset="artist_key")
    playlists = artists.groupby("artist_key")["playlist_id"].nunique()
    best = songs.groupby("artist_key")["popularity"].max()
    known = (
        0.5 * songs["popularity"].rank(pct=True)
        + 0.25 * songs["artist_key"].map(best).rank(pct=True)
        + 0.25 * songs["artist_key"].map(playlists).fillna(0).rank(pct=True)
    )
    return songs.assign(known=known).sort_values(["known", "track_id"], ascending=[False, True])


def _chosen(songs: pd.DataFrame) -> pd.DataFrame:
    """The songs that the quotas and the size let in; `songs` are ordered best known first."""
    songs = songs[songs.groupby("artist_key").cumcount() < PER_ARTIST]
    cell = (songs["valence"] * GRID).clip(upper=GRID - 1).astype(int) * GRID + (songs["energy"] * GRID).clip(
        upper=GRID - 1
    ).astype(int)
    taken = (
        (songs.groupby(songs["year"] // 10).cumcount() < PER_DECADE)
        | (songs.groupby("playlist_subgenre").cumcount() < PER_SUBGENRE)
        | (songs.groupby(cell).cumcount() < PER_CELL)
    )
    room = max(0, SIZE - int(taken.sum()))
    taken |= (~taken).cumsum().le(room) & ~taken
    return songs[taken]


def _with_genre(songs: pd.DataFrame, rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The songs with the genre and subgenre of the playlists that hold them.

    Held in several, the genre that is commonest for the artist counts. One that is rare for the artist (a rap classic
    on one playlist of Latin hip hop) gives way to the artist's commonest.
    """
    entries = held[["track_id", *_GENRE]].merge(rows[["track_id", "artist_key"]], on="track_id")
    genre = entries.groupby(["artist_key", _GENRE[0]])["track_id"].transform("size")
    everything = entries.groupby("artist_key")["track_id"].transform("size")
    pair = entries.groupby(["artist_key", *_GENRE])["track_id"].transform("size")
    entries = entries.assign(share=genre / everything, pair=pair).sort_values(
        ["share", "pair", *_GENRE], ascending=[False, False, True, True]
    )
    of_artist = entries.drop_duplicates("artist_key").set_index("artist_key")
    of_song = entries[entries["share"] >= RARE].drop_duplicates("track_id").set_index("track_id")
    chosen = {}
    for name in _GENRE:
        own = songs["track_id"].map(of_song[name].to_dict())
        usual = songs["artist_key"].map(of_artist[name].to_dict())
        chosen[name] = own.where(own.notna(), usual.where(usual.notna(), songs[name]))
    return songs.assign(**chosen)


def _own_schema(songs: pd.DataFrame) -> pd.DataFrame:
    """Our own columns and small types, ordered by track id."""
    songs = songs.rename(columns={"playlist_genre": "genre", "playlist_subgenre": "subgenre"}).sort_values("track_id")
    whole = {"year": "int16", "popularity": "int8", "key": "int8", "mode": "int8", "duration_ms": "int32"}
    types = {name: whole.get(name, "float32") for name in catalogue.COLUMNS if name not in catalogue.TEXT_COLUMNS}
    return songs[list(catalogue.COLUMNS)].astype(types).reset_index(drop=True)


def describe(songs: pd.DataFrame) -> dict[str, Any]:
    """What a catalogue holds, as counts: songs, artists, by genre, subgenre, decade, quadrant and near each emotion."""
    valence, energy = songs["valence"].to_numpy(dtype=float), songs["energy"].to_numpy(dtype=float)
    near = {
        e.name: int((np.hypot(valence - (e.valence + 1) / 2, energy - (e.arousal + 1) / 2) <= RADIUS).sum())
        for e in EMOTIONS
    }
    high, bright = energy >= 0.5, valence >= 0.5
    return {
        "songs": len(songs),
        "artists": int(songs["artist"].map(artist_key).nunique()),
        "genres": _counts(songs["genre"]),
        "subgenres": _counts(songs["subgenre"]),
        "decades": _counts((songs["year"] // 10 * 10).astype(str) + "s"),
        "quadrants": {
            "low valence, low energy": int((~bright & ~high).sum()),
            "low valence, high energy": int((~bright & high).sum()),
            "high valence, low energy": int((bright & ~high).sum()),
            "high valence, high energy": int((bright & high).sum()),
        },
        "near": near,
        "radius": RADIUS,
    }


def _counts(column: pd.Series[str]) -> dict[str, int]:
    return {str(name): int(count) for name, count in column.value_counts().sort_index().items()}


def write(songs: pd.DataFrame, stats: dict[str, Any], out: Path) -> None:
    """Write the catalogue, its counts beside it (`.json`), and the counts into the data card when there is one.

    The catalogue is read back and checked before anything else is written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    songs.to_parquet(out, compression="zstd", index=False)
    catalogue.check(out)
    out.with_suffix(".json").write_text(json.dumps(stats, indent=2) + "\n", encoding="utf-8")
    card = out.parent / "README.md"
    if card.is_file() and BEGIN in (text := card.read_text(encoding="utf-8")):
        before, rest = text.split(BEGIN, 1)
        card.write_text(before + BEGIN + "\n" + tables(stats) + END + rest.split(END, 1)[1], encoding="utf-8")


BEGIN: Final = "<!-- counts: written by `catalogue build` -->"
END: Final = "<!-- end of counts -->"


def tables(stats: dict[str, Any]) -> str:
    """The counts as Markdown tables for the data card."""
    parts = [f"{stats['songs']:,} songs by {stats['artists']:,} artists.\n"]
    titles = {
        "steps": "Step",
        "genres": "Genre",
        "decades": "Decade",
        "quadrants": "Quadrant of the valence-energy plane",
        "near": f"Emotion (songs within {stats['radius']} of its place in the plane)",
        "subgenres": "Subgenre",
    }
    for key, title in titles.items():
        lines = "".join(f"| {name} | {count:,} |\n" for name, count in stats[key].items())
        parts.append(f"\n| {title} | songs |\n|---|---:|\n{lines}")
    return "".join(parts)
