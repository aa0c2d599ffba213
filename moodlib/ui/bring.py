"""Songs from a file: looked at first, added when the listener says so."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from moodlib.errors import InputError
from moodlib.music import imports
from moodlib.music.imports import Preview
from moodlib.ui import words
from moodlib.ui.session import Listener

_SHOWN: Final = 200


def from_file(listener: Listener) -> None:
    """Choose a file, see what was understood and what not, then add its songs or leave it."""
    upload = st.file_uploader(
        "CSV or Parquet with songs: Exportify, the Kaggle tables, or a list saved here",
        type=["csv", "tsv", "txt", "parquet"],
        key="songs_file",
    )
    if upload is None:
        st.caption(
            "Titles are enough; with Spotify's audio features the songs are ranked too. "
            "The file is read on this computer, and its songs are kept until you leave."
        )
        _brought(listener)
        return
    preview = _looked_at(upload)
    if preview is not None:
        _show(listener, preview, upload.file_id)
    _brought(listener)


def _looked_at(upload: Any) -> Preview | None:
    held: tuple[str, Preview] | None = st.session_state.get("songs_preview")
    if held is not None and held[0] == upload.file_id:
        return held[1]
    try:
        with st.spinner("Reading …", show_time=False):
            preview = imports.read(upload.getvalue(), upload.name)
    except InputError as error:
        st.error(str(error), icon=":material/broken_image:")
        return None
    st.session_state["songs_preview"] = (upload.file_id, preview)
    return preview


def _show(listener: Listener, preview: Preview, file_id: str) -> None:
    ready, refused = len(preview.songs), len(preview.rejected)
    with st.container(border=True, key="import_preview"):
        encoding = f", read as {preview.encoding}" if preview.encoding else ""
        st.markdown(f"**{preview.shape}**{encoding}: {ready:,} songs can be added, {refused:,} rows cannot.")
        st.caption(
            "Understood: "
            + ", ".join(f"{ours} from “{theirs}”" for ours, theirs in preview.understood.items())
            + (f". Not used: {len(preview.ignored)} columns." if preview.ignored else ".")
        )
        if ready:
            names = [c for c in ("title", "artist", "year", "genre", "energy", "valence") if c in preview.songs]
            st.dataframe(
                preview.songs[names].head(_SHOWN), hide_index=True, height=210, key="import_ready", alt="Songs to add"
            )
        if refused:
            with st.expander(f"{refused:,} rows that cannot be added, and why", expanded=refused <= 20):
                for reason, count in list(preview.reasons.items())[:6]:
                    st.caption(f"{count:,} × {reason.replace('*', '')}")
                st.dataframe(
                    preview.rejected.head(_SHOWN), hide_index=True, height=210, key="import_refused", alt="Rejected"
                )
                st.download_button(
                    "All of them as CSV",
                    data=lambda: preview.rejected.to_csv(index=False).encode("utf-8-sig"),
                    file_name="rejected.csv",
                    on_click="ignore",
                    key="import_refused_csv",
                )
        done = st.session_state.get("songs_added") == file_id
        st.button(
            "Added" if done else f"Add {ready:,} songs",
            key="import_add",
            type="primary",
            icon=":material/check:" if done else ":material/library_add:",
            disabled=done or not ready,
            on_click=_add,
            args=(listener, preview, file_id),
        )


def _add(listener: Listener, preview: Preview, file_id: str) -> None:
    bar = st.progress(0.0, "Working out what they feel like …")
    try:
        gained = listener.add_songs(preview.songs, preview.name, progress=lambda share: _moved(bar, share))
    except InputError as error:
        st.toast(str(error), icon=":material/error:")
        return
    finally:
        bar.empty()
    st.session_state["songs_added"] = file_id
    st.toast(f"{gained:,} songs added; lists are chosen from them too.", icon=":material/check:")


def _moved(bar: Any, share: float) -> None:
    bar.progress(share, "Working out what they feel like …")


def _brought(listener: Listener) -> None:
    """Where added songs came from, each with the way to take them out again."""
    if listener.own.empty:
        return
    counts: pd.Series[int] = listener.own["source"].value_counts()
    for source, count in counts.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{count:,} songs from {words.plain(str(source)[:80])}", width="content")
            st.button("Take out", key=f"forget_{source}", on_click=_forget, args=(listener, str(source)))


def _forget(listener: Listener, source: str) -> None:
    listener.shelf.forget(source)
    if listener.own.empty:
        listener.pool = "All songs"
    st.session_state.pop("songs_added", None)
