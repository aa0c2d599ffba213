"""The Tune page's parts: the knobs, the list, and what it is compared with."""

from __future__ import annotations

import streamlit as st

from moodlib.errors import InputError
from moodlib.mood.target import STRATEGIES
from moodlib.music import playlist
from moodlib.music.filters import Filters
from moodlib.music.presets import ERA, LENGTHS, PER_ARTIST, PRESETS, TEMPO, Setting
from moodlib.music.shown import Shown
from moodlib.music.weights import WEIGHTS
from moodlib.ui import cards, charts, journeys, session, song_cards, tune_charts, words
from moodlib.ui.session import Choice, Listener
from moodlib.ui.song_map import all_songs, marks_over_songs
from moodlib.ui.steady import steady_chart

LABELS = {weight.name: weight.label for weight in WEIGHTS}
_WHY = {preset.name: preset.why for preset in PRESETS}


def take_address(listener: Listener) -> None:
    """Take over the setting that the page was opened with, if its address holds one."""
    link = listener.take_address(st.query_params.to_dict())
    if link is not None and link.mood is not None:
        listener.pick(link.mood)


def write_address(listener: Listener) -> None:
    """Keep the whole setting in the address, so that it can be sent on or kept as a bookmark."""
    st.query_params.from_dict(listener.address(listener.picked))


def complaints(listener: Listener) -> None:
    """What could not be taken over, each in a sentence, once."""
    for sentence in listener.complaints:
        st.warning(words.plain(sentence), icon=":material/link_off:")
    listener.complaints = []


# The knobs. Each shows what the setting says and writes into it; none keeps a value of its own.


def knobs(listener: Listener) -> None:
    """Presets, mood, strategy, length, all weights and ranges, and the way back."""
    with st.container(border=True, key="presets"):
        _presets(listener)
    with st.container(border=True, key="wanted"):
        cards.hand_mood(listener, "Rank for")
        _strategy(listener)
        if not listener.own.empty:
            cards.pool(listener)
        if listener.strategy == "journey":
            journeys.controls(listener)
        else:
            _slider("Songs in the list", "length", LENGTHS, listener.length)
            _slider("Songs of one artist, at most", "per_artist", PER_ARTIST, listener.setting.per_artist)
    with st.container(border=True, key="weights"):
        st.markdown("### What counts", anchors=False)
        for weight in WEIGHTS:
            key = f"weight_{weight.name}"
            session.hold(key, float(getattr(listener.weights, weight.name)))
            st.slider(
                weight.label, weight.low, weight.high, step=0.05, key=key, help=weight.help,
                on_change=_take_weight, args=(weight.name,),
            )  # fmt: skip
    with st.container(border=True, key="ranges"):
        st.markdown("### What may be in it", anchors=False)
        filters = listener.setting.filters
        _range("Years", "years", ERA, (filters.year_from, filters.year_to))
        _range("Beats a minute", "tempos", TEMPO, (filters.tempo_from, filters.tempo_to))
        session.hold("fresh", listener.setting.fresh)
        st.toggle(
            "Other songs tomorrow",
            key="fresh",
            on_change=_take,
            args=("fresh", "fresh"),
            help="Songs that fit about equally well change places from day to day.",
        )
    st.button(
        "Reset",
        key="reset",
        icon=":material/restart_alt:",
        on_click=listener.reset,
        width="stretch",
        help="All of this page back to where it was at first. Likes and skips stay.",
    )


def _presets(listener: Listener) -> None:
    now = listener.preset()
    session.hold("preset", now)
    st.pills("Presets", list(listener.all_presets()), key="preset", on_change=_take_preset, wrap=True)
    st.caption(_WHY.get(now or "", "A setting of your own." if now is None else "A preset of your own."))
    with st.popover("Keep this setting", icon=":material/bookmark_add:", key="keep"):
        st.text_input("Name", key="preset_name", placeholder="Sunday morning", max_chars=40)
        st.button("Keep it", key="keep_preset", on_click=_keep_preset)
        st.caption("Kept until you close this page; the address brings the setting back at any time.")


def _keep_preset() -> None:
    session.current().keep(str(st.session_state["preset_name"] or ""))


def _take_preset() -> None:
    listener, name = session.current(), st.session_state["preset"]
    if name is not None:
        listener.setting = listener.all_presets()[name]


def _strategy(listener: Listener) -> None:
    session.hold("strategy_choice", listener.strategy)
    st.selectbox(
        "How the songs answer it",
        list(STRATEGIES),
        key="strategy_choice",
        on_change=_take,
        args=("strategy_choice", "strategy"),
        format_func=lambda name: STRATEGIES[name].label,
    )
    st.caption(STRATEGIES[listener.strategy].why)


def _slider(label: str, field: str, ends: tuple[int, int], value: int) -> None:
    session.hold(field, value)
    st.slider(label, *ends, key=field, on_change=_take, args=(field, field))


def _range(label: str, key: str, ends: tuple[int, int], kept: tuple[float | None, float | None]) -> None:
    low, high = kept
    session.hold(key, (ends[0] if low is None else int(low), ends[1] if high is None else int(high)))
    st.slider(label, *ends, key=key, on_change=_take_ranges)


def _take(key: str, field: str) -> None:
    session.current().set(**{field: st.session_state[key]})


def _take_weight(name: str) -> None:
    session.current().set(**{name: st.session_state[f"weight_{name}"]})


def _take_ranges() -> None:
    years, tempos = (
        [None if value == end else value for value, end in zip(st.session_state[key], ends, strict=True)]
        for key, ends in (("years", ERA), ("tempos", TEMPO))
    )
    session.current().set(filters=Filters(*years, *tempos))


# The list.


def choice(listener: Listener) -> Choice | None:
    """The list for the listener's mood, or for the example while there is none."""
    try:
        return listener.choose(listener.mood or session.EXAMPLE, at_once=True)
    except InputError as error:
        st.error(words.plain(str(error)), icon=":material/library_music:")
        return None


def heading(listener: Listener, chosen: Choice) -> None:
    """What the list is for, and the shuffle."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="heading"):
        st.markdown(f"## {journeys.title(chosen.mood.name, listener.setting)}", anchors=False, width="content")
        st.space("stretch")
        st.button(
            "Shuffle",
            key="shuffle",
            icon=":material/shuffle:",
            on_click=listener.refresh,
            disabled=not listener.setting.fresh,
            help=f"Other songs that fit about equally well. This shuffle has the number {listener.seed}.",
        )
    if listener.mood is None:
        st.caption("An example: no mood is known yet. Pick one, or let the Live page find yours.")
    if chosen.strategy == "journey":
        st.caption(journeys.summary(chosen.songs))
    elif len(chosen.songs) < listener.length:
        st.caption(
            f"Only {len(chosen.songs)} of the {chosen.list.left:,} songs within your ranges are left when no artist "
            "and no title comes too often; widen the years or the tempo, or allow more songs of one artist."
        )


def song_list(listener: Listener, chosen: Choice) -> None:
    """The songs, each with its reason, the places it moved, and what can be said of it."""
    song_cards.last_word(listener)
    with st.container(key="tuned"), st.grid(2, min_column_width=360, gap="small", key="tuned_grid"):
        for song in chosen.songs.to_dict("records"):
            song_cards.song_card(song, chosen, listener, play=False)


# Two settings side by side.


def comparison(listener: Listener, chosen: Choice) -> None:
    """The list beside the one that another setting gives."""
    with st.container(border=True, key="comparison"):
        st.markdown("### Two settings side by side", anchors=False)
        names = list(listener.all_presets())
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            session.hold("against", _name_of(listener, listener.other))
            st.selectbox(
                "Compare A, the sliders, with B",
                names,
                key="against",
                index=None,
                placeholder="Nothing" if listener.other is None else "A setting of your own",
                on_change=_take_other,
                width=260,
            )
            st.button("Keep A as B", key="keep_b", on_click=_keep_as_b, help="Then move the sliders and compare.")
            none = listener.other is None
            st.button("Swap", key="swap", icon=":material/swap_horiz:", on_click=listener.swap, disabled=none)
            st.button("Close", key="close_b", icon=":material/close:", on_click=_close_b, disabled=none)
        if listener.other is None:
            return
        try:
            other = listener.list_for(chosen.mood, listener.other)
        except InputError as error:
            st.error(words.plain(str(error)), icon=":material/library_music:")
            return
        _side_by_side(chosen.list, other, listener.setting, listener.other)


def _name_of(listener: Listener, setting: Setting | None) -> str | None:
    return next((name for name, value in listener.all_presets().items() if value == setting), None)


def _take_other() -> None:
    listener, name = session.current(), st.session_state["against"]
    listener.other = None if name is None else listener.all_presets()[name]


def _keep_as_b() -> None:
    listener = session.current()
    listener.other = listener.setting


def _close_b() -> None:
    session.current().other = None


def _side_by_side(mine: Shown, other: Shown, a: Setting, b: Setting) -> None:
    shared = len(set(mine.songs["track_id"]) & set(other.songs["track_id"]))
    st.caption(f"{shared} songs are on both lists. {_difference(a, b)}")
    st.table(
        tune_charts.side_by_side(mine.songs, other.songs),
        hide_index=True,
        border="horizontal",
        alt="The two lists beside each other",
    )


def _difference(a: Setting, b: Setting) -> str:
    """Where two settings differ, A's value first."""
    pairs = [(w.label, getattr(a.weights, w.name), getattr(b.weights, w.name)) for w in WEIGHTS]
    told = [f"{label} {left:g} / {right:g}" for label, left, right in pairs if left != right]
    if a.strategy != b.strategy:
        told.insert(0, f"{STRATEGIES[a.strategy].label} / {STRATEGIES[b.strategy].label}")
    if a.filters != b.filters:
        told.append("other years or tempos")
    return f"A / B: {', '.join(told)}." if told else "Both settings weigh alike."


# The figures.


def parts(chosen: Choice) -> None:
    """What each score is made of."""
    with st.container(border=True, key="parts"):
        st.markdown("### What each score is made of", anchors=False)
        steady_chart(charts.score_parts(chosen.songs, LABELS), "parts_chart", "The parts of each song's score")
        if chosen.strategy == "journey":
            st.caption("Each song is scored for its own step of the way.")
        elif session.current().setting.fresh:
            st.caption(f"The shuffle may swap songs whose scores differ by less than {playlist.NEAR:g}.")


def song_map(chosen: Choice) -> None:
    """Where the songs lie on the plane, and the way of a journey."""
    with st.container(border=True, key="song_map"):
        st.markdown("### Where the songs lie", anchors=False)
        journey = chosen.strategy == "journey"
        marks_over_songs(
            all_songs(),
            tune_charts.song_map(chosen.songs, chosen.list.start, chosen.target, journey),
            "song_map_chart",
            "All songs on the plane of moods, those of the list by their rank",
        )
        st.caption(journeys.CAPTION if journey else tune_charts.MAP)
