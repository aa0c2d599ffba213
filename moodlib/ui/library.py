"""The Library page's parts: find songs, look at one, take lists in and out."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, get_args

import numpy as np
import pandas as pd
import streamlit as st

from moodlib.errors import InputError
from moodlib.music import exports, neighbours, search
from moodlib.music.search import Index, Wanted
from moodlib.ui import charts, device, library_charts, players, session, words
from moodlib.ui.session import Listener

FOUND: Final = 500
"""Most songs that a search by words shows."""
_COLUMNS: Final = ("title", "artist", "year", "genre", "popularity", "energy", "valence", "tempo", "source")


@st.cache_resource(show_spinner=False, max_entries=1)
def _catalogue_index() -> Index:
    """Words of the catalogue's songs. Shared by all sessions."""
    return Index(session.songs())


def _index(listener: Listener) -> Index:
    """Words of all this session's songs, made anew when songs came or went."""
    if not len(listener.own):
        return _catalogue_index()
    held: tuple[int, Index] | None = st.session_state.get("library_index")
    if held is None or held[0] != listener.shelf.version:
        held = (listener.shelf.version, Index(listener.shelf.library))
        st.session_state["library_index"] = held
    return held[1]


def songs(listener: Listener) -> pd.DataFrame | None:
    """All songs with their felt places; says what is wrong when they cannot be read."""
    try:
        return listener.shelf.library
    except InputError as error:
        st.error(str(error), icon=":material/library_music:")
        return None


def finder(listener: Listener, library: pd.DataFrame) -> pd.DataFrame:
    """Search and filters.

    Returns:
        The songs that match, best first for a search by words.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search",
            key="library_search",
            placeholder="Title or artist, roughly",
            icon=":material/search:",
            max_chars=200,
            label_visibility="collapsed",
        )
        with st.popover("Filters", icon=":material/filter_list:", width="content"):
            wanted = _filters(library)
    kept = wanted.mask(library)
    if text.strip():
        with st.spinner("Searching …", show_time=False):
            rows = _index(listener).find(text, limit=FOUND)
        return library.iloc[rows[kept[rows]]].reset_index(drop=True)
    return library[kept].reset_index(drop=True)


def _filters(library: pd.DataFrame) -> Wanted:
    genres = st.multiselect("Genre", sorted(set(library["genre"]) - {""}), key="library_genres")
    decades = st.multiselect(
        "Decade", search.decades(library), key="library_decades", format_func=lambda year: f"{year}s"
    )
    regions = st.multiselect("Felt as", list(search.REGIONS), key="library_regions")
    low, high = st.slider("Popularity", 0, 100, (0, 100), key="library_popularity")
    sources = sorted(set(library["source"]))
    chosen = st.multiselect("From", sources, key="library_sources") if len(sources) > 1 else []
    return Wanted(tuple(genres), tuple(decades), (low, high), tuple(regions), tuple(chosen))


def lasso(found: pd.DataFrame) -> pd.DataFrame:
    """The mood map; what is circled on it.

    Returns:
        The songs inside the lasso or box, all of them while there is none.
    """
    # A finger that draws cannot scroll: on a phone the map lets it pass until it is asked to be drawn on.
    drawing = st.toggle("Circle songs on the map", value=not device.on_a_phone(), key="library_circle")
    if not drawing:
        st.plotly_chart(
            library_charts.song_map(found, drawing=False),
            key="library_map_still",
            config=charts.CONFIG,
            alt="The songs on the plane of moods",
        )
        return found
    event: Any = st.plotly_chart(
        library_charts.song_map(found),
        key="library_map",
        config=library_charts.MAP_CONFIG,
        on_select="rerun",
        selection_mode=("lasso", "box"),
        alt="The songs on the plane of moods, to be circled",
    )
    drawn = [*event["selection"].get("lasso", []), *event["selection"].get("box", [])]
    corners = [_corners(shape) for shape in drawn]
    circled = found if not corners else found[_any_inside(found, corners)].reset_index(drop=True)
    with st.container(key="library_circled"):
        if corners:
            st.caption(f"{len(circled):,} songs circled. Double-click the map to let go of them.")
        else:
            st.caption("Draw around songs to keep only those: pleasant to the right, lively at the top.")
    return circled


def _corners(shape: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    x, y = shape.get("x", []), shape.get("y", [])
    if len(x) == 2 and len(y) == 2:
        # A box is told by two opposite corners.
        return ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]))
    return tuple(zip(x, y, strict=True))


def _any_inside(found: pd.DataFrame, corners: list[tuple[tuple[float, float], ...]]) -> search.Mask:
    held = np.zeros(len(found), dtype=bool)
    for polygon in corners:
        held |= Wanted(lasso=polygon).mask(found)
    return held


def table(found: pd.DataFrame) -> pd.Series[Any] | None:
    """The songs, sortable by each column.

    Returns:
        The one that is picked.
    """
    st.markdown(f"**{len(found):,} songs**", width="content")
    if found.empty:
        st.info("No song is like that. Loosen a filter, or search for other words.", icon=":material/search_off:")
        return None
    # Another list is another table: a row that was picked in the one before means nothing in it.
    key = f"library_table_{hash((len(found), found['track_id'].iloc[0], found['track_id'].iloc[-1])) & 0xFFFFFF:x}"
    event: Any = st.dataframe(
        found[list(_COLUMNS)],
        key=key,
        hide_index=True,
        height=430,
        on_select="rerun",
        selection_mode="single-row",
        alt="The songs found",
        column_config={
            "title": st.column_config.TextColumn("Song", width="medium"),
            "artist": st.column_config.TextColumn("Artist", width="small"),
            "year": st.column_config.NumberColumn("Year", format="%d", width=60),
            "genre": st.column_config.TextColumn("Genre", width=80),
            "popularity": st.column_config.NumberColumn("Popular", format="%d", width=70),
            "energy": st.column_config.ProgressColumn("Energy", format="percent", min_value=0, max_value=1, width=80),
            "valence": st.column_config.ProgressColumn("Bright", format="percent", min_value=0, max_value=1, width=80),
            "tempo": st.column_config.NumberColumn("Tempo", format="%.0f", width=70),
            "source": st.column_config.TextColumn("From", width=80),
        },
    )
    picked = event["selection"]["rows"]
    return found.iloc[picked[0]] if picked and picked[0] < len(found) else None


def save(found: pd.DataFrame) -> None:
    """Take the list away as a file."""
    with st.popover("Save this list", icon=":material/download:", disabled=found.empty):
        st.caption("M3U8 and XSPF name the songs' Spotify pages; CSV can be imported here again.")
        for form, (suffix, media, write) in exports.FORMS.items():
            st.download_button(
                form,
                # Written only when asked for: 100,000 songs take a second.
                data=partial(write, found),
                file_name=f"songs.{suffix}",
                mime=media,
                key=f"save_{suffix}",
                on_click="ignore",
                width="stretch",
            )


def detail(listener: Listener, library: pd.DataFrame, song: pd.Series[Any] | None) -> None:
    """One song: what it is, its features, where it is felt, its neighbours and its player."""
    if song is None:
        st.caption(":material/ads_click: Pick a song in the table to see its features, its neighbours and its player.")
        return
    with st.container(border=True, key="library_song"):
        _heading(listener, song)
        if pd.isna(song["felt_valence"]):
            st.info(
                "No audio features are known of this song, so it has no place among the moods. The Spotify page can "
                "look them up or take your word for it.",
                icon=":material/help:",
            )
            return
        by: neighbours.By = st.segmented_control(
            "Neighbours by",
            get_args(neighbours.By),
            default="sound",
            required=True,
            key="library_by",
            format_func=lambda name: f"Near by {name}",
            label_visibility="collapsed",
        )
        near = neighbours.nearest(library, str(song["track_id"]), by)
        left, right = st.columns(2, gap="medium")
        with left:
            middle = library[list(library_charts.RADAR)].median()
            st.plotly_chart(
                library_charts.radar(song, middle),
                key="library_radar",
                config=charts.STILL,
                alt="The song's audio features beside those of the middle song",
            )
        with right:
            st.plotly_chart(
                library_charts.song_place(song, near),
                key="library_place",
                config=charts.CONFIG,
                alt="Where the song and its neighbours lie on the plane of moods",
            )
        st.dataframe(
            near[["title", "artist", "year", "genre"]].assign(nr=range(1, len(near) + 1)),
            column_order=("nr", "title", "artist", "year", "genre"),
            column_config={
                "nr": st.column_config.NumberColumn("#", width=40),
                "title": "Song",
                "artist": "Artist",
                "year": st.column_config.NumberColumn("Year", format="%d", width=60),
                "genre": "Genre",
            },
            hide_index=True,
            height="content",
            key="library_near",
            alt="The nearest songs",
        )


def _heading(listener: Listener, song: pd.Series[Any]) -> None:
    track_id = str(song["track_id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"### {words.plain(str(song['title']))}", anchors=False)
            st.markdown(words.plain(str(song["artist"])))
        for known in words.known(song["year"], song["genre"]):
            st.badge(known, color="gray")
        st.badge(_felt(song), color="primary")
        opened = players.play_button(track_id, listener)
    if opened:
        players.single(song.to_dict(), listener)


def _felt(song: pd.Series[Any]) -> str:
    valence, arousal = float(song["felt_valence"]), float(song["felt_arousal"])
    if valence != valence:
        return "no features"
    return f"{'pleasant' if valence > 0 else 'unpleasant'} and {'lively' if arousal > 0 else 'calm'}"
