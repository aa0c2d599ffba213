"""The Live page's moving parts. Each fragment runs on its own clock and nothing else is run again for it."""

from __future__ import annotations

import streamlit as st

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.mood.state import MoodState
from moodlib.ui import camera, cards, charts, journeys, map_charts, session, song_map, stills, watch, words
from moodlib.ui.camera import Snapshot
from moodlib.ui.session import Choice, Listener, Source
from moodlib.ui.steady import steady_chart

MOOD_EVERY = 0.5
TIMELINE_EVERY = 1.0
NOTICE_EVERY = 1.0
WINDOW = 120.0
TRAIL = 20.0
POINTS = 240
BUSY = (
    "This server reads as many cameras as it can right now, and yours as soon as one goes off; "
    "use a photo, a file or your own word meanwhile."
)
_WINDOWS = {"Last 2 minutes": WINDOW, "Whole session": None}


def live_camera(listener: Listener) -> bool:
    """The video.

    Returns:
        Whether the camera is connected or connecting.
    """
    browser, pressed = watch.camera_watch()
    if pressed:
        listener.camera.asked()
    active = camera.stream(listener.camera)
    waiting = listener.camera.snapshot().waiting > 0 or pressed
    st.fragment(camera_notice, run_every=NOTICE_EVERY if active or waiting else None)(browser)
    return active


def seen(listener: Listener) -> bool:
    """Whether the camera has shown anything in this session."""
    return listener.camera.snapshot().frames > 0


def camera_notice(browser: str) -> None:
    """One sentence on what keeps the camera from working, if anything does, with the ways around it."""
    snapshot = session.current().camera.snapshot()
    sentence = _notice(browser, snapshot)
    with st.container(key="camera_notice"):
        if sentence:
            st.warning(sentence, icon=":material/videocam_off:")
            with st.container(horizontal=True):
                for source in session.SOURCES[1:]:
                    st.button(source, key=f"instead_{source}", on_click=_use, args=(source,))
        elif snapshot.live:
            st.caption(f":material/speed: {snapshot.rate:.0f} frames a second read on this computer, none kept.")
        elif snapshot.waiting:
            st.caption(":material/hourglass_top: Waiting for the camera …")
        else:
            steps()


def _notice(browser: str, snapshot: Snapshot) -> str:
    if snapshot.live:
        return snapshot.problem
    if snapshot.busy:
        return BUSY
    if browser in watch.PROBLEMS:
        return watch.PROBLEMS[browser]
    return watch.LATE if snapshot.late else ""


def _use(source: Source) -> None:
    listener = session.current()
    listener.source = source
    listener.camera.left()


def mood_now(active: bool) -> None:
    """The mood now, on its own clock while the camera is on."""
    st.fragment(_mood_now, run_every=MOOD_EVERY if active else None)()


def _mood_now() -> None:
    listener = session.current()
    listener.diary.flush()
    snapshot = listener.camera.snapshot()
    if snapshot.live and listener.follow(snapshot.state):
        # The one thing outside of this fragment that a mood changes is the song list, and that only now.
        st.rerun(scope="app")
    state = snapshot.state
    with st.container(border=True, key="mood_now", gap="xsmall"):
        if state is None or not snapshot.live:
            waiting = snapshot.waiting > 0
            st.markdown(f"## :gray[{'Waiting for the camera …' if waiting else 'Camera off'}]", anchors=False)
            st.caption("The browser may be asking you." if waiting else "The songs below stay as they are.")
            return
        headline, caption = _said(state)
        trail = listener.camera.timeline.frame(TRAIL, points=40)
        place = (state.valence, state.arousal) if state.known else None
        cards.mood(
            state.probabilities if state.known else 0 * state.probabilities,
            state.emotion,
            headline,
            caption,
            place,
            trail,
            "now",
            listener.chosen,
        )
        with st.container(key="stable_mood"):
            st.markdown(
                f"Songs follow a mood that holds: {words.badge(state.stable)}"
                if state.stable is not None
                else "Songs follow a mood that holds: :gray-badge[none yet]"
            )


def _said(state: MoodState) -> tuple[str, str]:
    if not state.known or state.emotion is None:
        if state.faces:
            return ":gray[:material/face: Reading your face …]", "Hold still for a second."
        return ":gray[:material/person_off: No face]", "No face in the picture, so no mood: nothing is made up."
    if state.fading:
        return words.look(state.emotion), "No face right now; the last mood fades."
    others = "" if state.faces <= 1 else f", the largest of {state.faces} faces"
    return words.look(state.emotion), f"{state.confidence:.0%} sure{others}"


def timeline(active: bool) -> None:
    """All seven emotions over time."""
    with st.container(border=True, key="timeline"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("### Your mood over time", anchors=False, width="content")
            st.space("stretch")
            window = st.segmented_control(
                "Window",
                list(_WINDOWS),
                default="Last 2 minutes",
                required=True,
                key="window",
                label_visibility="collapsed",
            )
        st.fragment(_timeline, run_every=TIMELINE_EVERY if active else None)(_WINDOWS[window])


def _timeline(seconds: float | None) -> None:
    link = session.current().camera
    figure = charts.timeline(link.timeline.frame(seconds, points=POINTS), seconds)
    steady_chart(figure, "timeline_chart", "Confidence of the seven emotions over time")
    st.caption(f"{link.timeline.readings:,} readings")


def photo(listener: Listener) -> stills.Sitting | None:
    """Take a photo and read it."""
    shot = st.camera_input("Look into the camera and take a photo", key="photo", label_visibility="collapsed")
    if shot is None:
        st.caption("The photo is read on this computer and never kept.")
        return None
    return _read(listener, "Photo", shot.file_id, lambda: stills.read_photo(shot.getvalue()))


def file(listener: Listener) -> stills.Sitting | None:
    """Take a picture or a video from a file and read it."""
    upload = st.file_uploader(
        "A picture or a video with a face", type=[*stills.IMAGE_TYPES, *stills.VIDEO_TYPES], key="file"
    )
    if upload is None:
        st.caption("A picture or a video of up to ten minutes. It is read on this computer and never kept.")
        return None
    if not stills.is_video(upload.name):
        return _read(listener, "File", upload.file_id, lambda: stills.read_photo(upload.getvalue()))
    bar = st.empty()

    def show(share: float) -> None:
        bar.progress(share, "Reading the video …")

    sitting = _read(listener, "File", upload.file_id, lambda: stills.read_video(upload.getvalue(), show))
    bar.empty()
    return sitting


def _read(listener: Listener, source: Source, file_id: str, read: stills.Reader) -> stills.Sitting | None:
    try:
        sitting, new = stills.kept("sitting", file_id, read)
    except InputError as error:
        st.error(str(error), icon=":material/broken_image:")
        return None
    if new:
        listener.stills += sitting.frames
        if sitting.emotion is not None:
            listener.found(sitting.emotion, source)
    return sitting


def still_mood(sitting: stills.Sitting) -> None:
    """What a photo or a file said."""
    with st.container(border=True, key="mood_now", gap="xsmall"):
        if sitting.emotion is None:
            st.markdown("## :gray[:material/person_off: No face]", anchors=False)
            st.caption("No face was found, so there is no mood; try another picture, or pick a mood by hand.")
            return
        sure = float(sitting.probabilities[NAMES.index(sitting.emotion)])
        caption = f"{sure:.0%} sure" + ("" if sitting.faces <= 1 else f", the largest of {sitting.faces} faces")
        cards.mood(
            sitting.probabilities, sitting.emotion, words.look(sitting.emotion), caption, sitting.place, key="still",
            chosen=_choice(session.current()),
        )  # fmt: skip


def still_timeline(sitting: stills.Sitting) -> None:
    """A video's mood over time."""
    if sitting.timeline is None:
        return
    with st.container(border=True, key="timeline"):
        st.markdown("### The mood over the video", anchors=False)
        st.plotly_chart(
            charts.timeline(sitting.timeline),
            key="video_timeline",
            config=charts.CONFIG,
            alt="Confidence of the seven emotions over the video",
        )
        st.caption(f"{sitting.frames:,} readings")


def steps() -> None:
    """What to do, for somebody who has never been here."""
    st.markdown(
        ":material/counter_1: Press **START** and let the browser use your camera.\n\n"
        ":material/counter_2: Look at it for two seconds. A mood that holds becomes your list.\n\n"
        ":material/counter_3: Press **Play** on a song. Nothing leaves this computer before that."
    )


def sky(listener: Listener) -> None:
    """All songs on the plane of moods, and the list among them: something to look at before anything is known."""
    choice = _choice(listener)
    figure = map_charts.mood_map(picks=None if choice is None else choice.songs, height=430)
    journey = choice is not None and choice.strategy == "journey"
    if choice is not None and journey:
        journeys.draw(figure, choice.songs, choice.list.start, choice.target)
    try:
        songs = song_map.all_songs()
    except InputError:
        # The songs below say what is wrong with the catalogue; the plane alone is still worth its place.
        st.plotly_chart(figure, key="sky_alone", config=charts.STILL, alt="The seven emotions on the plane of moods")
        st.caption("The songs cannot be shown here.")
        return
    song_map.marks_over_songs(
        songs,
        song_map.over_songs(figure),
        "sky",
        "Every song as a dot between unpleasant and pleasant, calm and lively, with the seven emotions",
    )
    if journey:
        st.caption(journeys.CAPTION)
    else:
        st.caption(
            f"Each dot is one of {len(session.songs()):,} songs: the pleasant ones to the right, the lively ones at "
            "the top."
        )


def _choice(listener: Listener) -> Choice | None:
    """The list, if there can be one; the songs' own part of the page says why not."""
    try:
        return listener.choose()
    except InputError:
        return None
