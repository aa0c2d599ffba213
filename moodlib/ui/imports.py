"""The Spotify page's parts: songs that come out of the account, and how they sound."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from moodlib.errors import InputError
from moodlib.music.catalogue import FEATURES
from moodlib.spotify import library
from moodlib.spotify.features import Lookup, from_catalogue
from moodlib.spotify.library import Import, Source
from moodlib.ui import connection, session
from moodlib.ui.connection import Connection
from moodlib.ui.session import Listener

_FIXED: Final = (library.SAVED, *library.TOP)


def importing(listener: Listener) -> None:
    """Choose what to import, watch it come, stop it or go on."""
    link = listener.link
    with st.container(border=True, key="importing"):
        st.markdown("## Import your songs", anchors=False)
        if link.going is None:
            _choose(link)
        else:
            _run_import(listener, link.going)


def _choose(link: Connection) -> None:
    sources = {source.name: source for source in (*_FIXED, *_named_once(link.playlists or []))}
    names = st.multiselect("From", list(sources), default=[library.SAVED.name], key="sources")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Import",
            key="import",
            type="primary",
            icon=":material/download:",
            disabled=not names,
            on_click=_begin,
            args=([sources[name] for name in names],),
        )
        if link.playlists is None:
            st.button("List my playlists", key="list", icon=":material/queue_music:", on_click=_list_playlists)


def _named_once(playlists: list[Source]) -> list[Source]:
    """Playlists whose names can be told apart."""
    seen = [source.name for source in _FIXED]
    named: list[Source] = []
    for source in playlists:
        again = seen.count(source.name)
        seen.append(source.name)
        named.append(Source(source.kind, f"{source.name} ({again + 1})" if again else source.name, source.id))
    return named


def _list_playlists() -> None:
    link = session.current().link
    if link.account is None:
        return
    try:
        link.playlists = library.own_playlists(link.account)
    except InputError as error:
        link.message = str(error)


def _begin(sources: list[Source]) -> None:
    link = session.current().link
    if link.account is not None:
        link.going, link.problem = Import(link.account.id, tuple(sources)), ""


def _run_import(listener: Listener, going: Import) -> None:
    link = listener.link
    bar = st.progress(going.share, _progress(going))
    with st.container(horizontal=True, gap="small"):
        st.button("Cancel", key="cancel", icon=":material/close:", on_click=_cancel)
        if link.problem:
            st.button("Go on", key="go_on", type="primary", icon=":material/play_arrow:", on_click=_go_on)
    if link.problem or link.account is None:
        st.warning(link.problem or "Connect again to go on.", icon=":material/pause_circle:")
        return
    # A click elsewhere ends this run between two pages; the next run goes on from there.
    while not going.done:
        try:
            going.step(link.account)
        except InputError as error:
            link.problem = str(error)
            st.rerun()
        bar.progress(going.share, _progress(going))
    link.going = None
    link.skipped = going.skipped
    _take(listener, from_catalogue(going.table(), session.songs()))
    st.rerun()


def _progress(going: Import) -> str:
    name = "" if going.done else f" · {going.sources[going.at].name}"
    return f"{len(going.songs):,} songs{name}"


def _cancel() -> None:
    link = session.current().link
    link.going, link.lookup, link.problem = None, None, ""


def _go_on() -> None:
    session.current().link.problem = ""


def _take(listener: Listener, songs: pd.DataFrame) -> None:
    """Add songs to those imported before, and all to the listener's own."""
    before = listener.link.imported
    if before is not None:
        # What was found or rated before stays, when the song comes again without.
        new = songs[~songs["track_id"].isin(before["track_id"])]
        songs = pd.concat([before, new], ignore_index=True) if len(new) else before
    listener.link.imported = songs
    _rank(listener)


def _rank(listener: Listener) -> None:
    if listener.link.imported is not None:
        listener.add_songs(listener.link.imported, "Spotify")


def _without_sound(songs: pd.DataFrame) -> pd.DataFrame:
    missing: pd.DataFrame = songs[songs["energy"].isna() | songs["valence"].isna()]
    return missing


def _learn(listener: Listener, track_id_to_values: dict[str, dict[str, float]], how: str) -> None:
    """Write found features into the imported songs."""
    songs = listener.link.imported
    if songs is None or not track_id_to_values:
        return
    found = pd.DataFrame.from_dict(track_id_to_values, orient="index").reindex(songs["track_id"]).reset_index(drop=True)
    learnt = songs.copy()
    for name in FEATURES:
        if name in found:
            learnt[name] = learnt[name].astype(float).fillna(found[name])
    learnt.loc[songs["track_id"].isin(list(track_id_to_values)).to_numpy(), "known_by"] = how
    listener.link.imported = learnt
    _rank(listener)


def sound(listener: Listener) -> None:
    """How many of the imported songs can be ranked, and what to do about the others."""
    songs = listener.link.imported
    if songs is None:
        return
    missing = _without_sound(songs)
    with st.container(border=True, key="sound"):
        st.markdown("## What came", anchors=False)
        counts = songs["known_by"].value_counts()
        with st.grid(4, min_column_width=140, gap="small"):
            st.metric("Imported", f"{len(songs):,}", border=True)
            st.metric("Known here", f"{counts.get('id', 0) + counts.get('title', 0):,}", border=True)
            st.metric("Asked or rated", f"{counts.get('ReccoBeats', 0) + counts.get('hand', 0):,}", border=True)
            st.metric("Without sound", f"{len(missing):,}", border=True)
        st.caption("Titles and artists: [Spotify](https://open.spotify.com).")
        if listener.link.skipped:
            count = len(listener.link.skipped)
            what = "entry is no song" if count == 1 else "entries are no songs"
            with st.expander(f"{count:,} {what} of Spotify's", icon=":material/info:"):
                st.dataframe(
                    pd.DataFrame(
                        [(each.name, each.source, each.reason) for each in listener.link.skipped],
                        columns=["Entry", "From", "Why not"],
                    ),
                    hide_index=True,
                )
        if len(missing):
            _ask(listener, missing)
            _rate(listener, missing)


def _ask(listener: Listener, missing: pd.DataFrame) -> None:
    link = listener.link
    if link.lookup is not None:
        _run_lookup(listener, link.lookup)
        return
    open_ids = [track_id for track_id in missing["track_id"] if track_id not in link.asked]
    if not open_ids:
        st.caption(f"ReccoBeats does not know {len(missing):,} of them; rate those you care for.")
        return
    st.markdown(
        f"**{len(open_ids):,} songs are not in the catalogue here.** ReccoBeats, a free service that has nothing to do "
        "with Spotify, may know how they sound. It is told their ids and nothing else; its answers are kept in a file "
        f"of your cache folder (`{connection.feature_cache().path}`)."
    )
    with st.container(horizontal=True):
        st.button(
            "Ask ReccoBeats", key="ask", icon=":material/travel_explore:", on_click=_begin_lookup, args=(open_ids,)
        )
        cache = connection.feature_cache()
        if cache.path.exists():
            st.button("Delete that file", key="delete_cache", icon=":material/delete:", on_click=cache.delete)


def _begin_lookup(ids: list[str]) -> None:
    link = session.current().link
    link.lookup, link.problem = Lookup.begin(ids, connection.feature_cache()), ""


def _run_lookup(listener: Listener, lookup: Lookup) -> None:
    link, cache = listener.link, connection.feature_cache()
    bar = st.progress(lookup.share, "Asking ReccoBeats …")
    with st.container(horizontal=True, gap="small"):
        st.button("Stop", key="stop", icon=":material/close:", on_click=_end_lookup, args=(listener, lookup))
        if link.problem:
            st.button("Go on", key="ask_on", type="primary", icon=":material/play_arrow:", on_click=_go_on)
    if link.problem:
        st.warning(link.problem, icon=":material/pause_circle:")
        return
    while lookup.waiting:
        listener.ledger.asked("api.reccobeats.com", "audio features")
        before = cache.written
        try:
            lookup.step(cache, connection.desk().services)
        except InputError as error:
            link.problem = str(error)
            st.rerun()
        listener.ledger.wrote("audio features by song", cache.written - before)
        bar.progress(lookup.share, f"{len(lookup.found):,} found")
    _end_lookup(listener, lookup)
    if cache.problem:
        st.toast(cache.problem, icon=":material/database_off:")
    st.rerun()


def _end_lookup(listener: Listener, lookup: Lookup) -> None:
    """Take what was found so far."""
    link = listener.link
    link.asked |= {*lookup.found, *lookup.unknown}
    link.lookup, link.problem = None, ""
    _learn(listener, lookup.found, "ReccoBeats")


def _rate(listener: Listener, missing: pd.DataFrame) -> None:
    names = {
        str(track_id): f"{title} – {artist}"
        for track_id, title, artist in zip(missing["track_id"], missing["title"], missing["artist"], strict=True)
    }
    with st.expander(f"Songs without sound ({len(names):,}): rate them by hand", icon=":material/tune:", key="rating"):
        st.dataframe(
            missing[["title", "artist", "source"]],
            hide_index=True,
            height=220,
            column_config={"title": "Song", "artist": "Artist", "source": "From"},
        )
        with st.form("rate", border=False, clear_on_submit=True):
            st.selectbox("Song", list(names), format_func=lambda each: names.get(each, each), key="rated")
            st.slider("Quiet to energetic", 0, 100, 50, key="rated_energy")
            st.slider("Dark to bright", 0, 100, 50, key="rated_valence")
            st.form_submit_button("Take it", icon=":material/check:", on_click=_take_rating)


def _take_rating() -> None:
    track_id = st.session_state["rated"]
    if track_id is not None:
        values = {"energy": st.session_state["rated_energy"] / 100, "valence": st.session_state["rated_valence"] / 100}
        _learn(session.current(), {str(track_id): values}, "hand")
