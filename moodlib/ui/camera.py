"""The live camera of one session: what runs beside the page, and the one object that both share.

Frames come in on a thread of streamlit-webrtc's own; the page reads a snapshot on Streamlit's. Nothing in here calls
Streamlit except `ice_servers` and `stream`, which the page calls.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import av
import numpy as np
import streamlit as st
import streamlit_webrtc
from aiortc.contrib.media import MediaRelay
from numpy.typing import NDArray
from streamlit_webrtc.relay import get_global_relay

from moodlib import memory
from moodlib.errors import InputError
from moodlib.mood.state import MoodState
from moodlib.mood.timeline import Timeline
from moodlib.mood.tracker import Tracker
from moodlib.ui.capacity import Capacity, shared
from moodlib.vision import annotate, video_frame
from moodlib.vision.pipeline import Pipeline
from moodlib.vision.reading import FrameReading

KEY: Final = "camera"
CONNECT_WITHIN: Final = 10.0
"""Seconds after which a camera that was asked for and shows nothing is spoken of."""
STALE_AFTER: Final = 3.0
"""Seconds without a frame after which the picture no longer counts as live."""
_RATE_OVER: Final = 5.0
# A frame that comes a hair early is in time: cameras are not that even.
_EARLY: Final = 0.005
_CROWDED: Final = 2 / 3
"""Scale of the picture that is sent back while many cameras are on."""


class Processor(Protocol):
    """What reads a frame: `Pipeline`, or a stand-in."""

    def process(self, frame: NDArray[np.uint8], at: float) -> FrameReading:
        """Read one BGR frame taken at `at` monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The camera at one moment, as the page shows it.

    Attributes:
        frames: Frames processed in this session.
        rate: Frames processed a second, over the last five seconds.
        live: A frame has come in within the last `STALE_AFTER` seconds.
        state: The mood; None before the first frame.
        errors: Frames that could not be read and were handed back unchanged.
        problem: What was wrong with the last such frame, in one sentence; empty when all is well.
        readings: How many moods the timeline has taken in.
        waiting: Seconds since the camera was asked for without a frame having come; 0 when not waiting.
        busy: Frames come in and are not read, since the server reads as many other cameras as it may.
    """

    frames: int
    rate: float
    live: bool
    state: MoodState | None
    errors: int
    problem: str
    readings: int
    waiting: float
    busy: bool = False

    @property
    def late(self) -> bool:
        """The camera was asked for and nothing came in time."""
        return self.waiting >= CONNECT_WITHIN


class CameraLink:
    """Turns webcam frames into moods, off Streamlit's thread.

    Args:
        load: Makes the pipeline at the first frame, so that opening the page does not wait for the models.
        clock: Monotonic seconds.
        capacity: What the sessions share; None: what this server's all do.
    """

    def __init__(
        self,
        load: Callable[[], Processor] = Pipeline.load,
        clock: Callable[[], float] = time.monotonic,
        capacity: Capacity | None = None,
    ) -> None:
        self._load = load
        self._clock = clock
        self._capacity = capacity or shared()
        self._turned_away_at = -math.inf
        self._read_at = -math.inf
        self._due = -math.inf
        self._reading: FrameReading | None = None
        self._lock = threading.Lock()
        self._pipeline: Processor | None = None
        self._tracker = Tracker()
        self.timeline = Timeline()
        self.watcher: Callable[[MoodState], None] | None = None
        self.on_end: Callable[[], None] | None = None
        self._frames = 0
        self._errors = 0
        self._problem = ""
        self._state: MoodState | None = None
        self._times: deque[float] = deque(maxlen=256)
        self._asked_at: float | None = None
        self._active = False

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Read a frame and hand it back mirrored and annotated.

        It never raises, for that would end the video: a frame that cannot be read is counted and handed back unchanged.
        When the server has no place for one more camera, frames are handed back unread. When it is slow, frames in
        between are shown with what was last read.
        """
        at = self._clock()
        if not self._capacity.enter(self):
            with self._lock:
                self._turned_away_at = at
            return frame
        try:
            shown, state = self._read(frame, at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the video has to go on, and the page says it
            with self._lock:
                self._errors += 1
                self._problem = str(error) if isinstance(error, InputError) else f"A frame could not be read: {error}"
                self._times.append(at)
            return frame
        if state is not None:
            with self._lock:
                self._frames += 1
                self._state = state
                self._problem = ""
                self._times.append(at)
        return shown

    def ended(self) -> None:
        """Note that the video has ended."""
        self._capacity.leave(self)
        memory.give_back()
        if self.on_end is not None:
            self.on_end()

    def _read(self, frame: av.VideoFrame, at: float) -> tuple[av.VideoFrame, MoodState | None]:
        if self._pipeline is None:
            self._pipeline = self._load()
        # Before reading and drawing, so that the tags can be read.
        image = video_frame.mirrored(frame)
        state = None
        reading, interval = self._reading, self._capacity.interval
        same = reading is not None and (reading.width, reading.height) == (image.shape[1], image.shape[0])
        if not same or at < self._read_at:
            # A clock that jumps back, or a frame of another size, is read at once.
            self._due = at
        if reading is None or at >= self._due - _EARLY:
            began = time.thread_time()
            reading = self._pipeline.process(image, at)
            self._capacity.took(time.thread_time() - began)
            # From when it was due, not from when it came: frames of a camera just as fast as it may be read come a
            # little early or late, and counted from the last one every third was too early.
            self._due = max(self._due, at - interval) + interval
            self._reading, self._read_at = reading, at
            face = reading.listener
            state = self._tracker.update(None if face is None else face.probabilities, at, len(reading.faces))
            self.timeline.add(state)
        if self.watcher is not None and state is not None:
            self.watcher(state)
        annotate.draw(image, reading)
        return video_frame.like(frame, image, _CROWDED if self._capacity.crowded else 1.0), state

    def asked(self) -> None:
        """Note that the listener has asked for the camera; the first time counts until it goes off."""
        with self._lock:
            if self._asked_at is None:
                self._asked_at = self._clock()

    def connection(self, active: bool) -> None:
        """Note whether the browser says that it is connected or connecting.

        One that gives up after it was late has not been stopped by the listener: it stays late.
        """
        late = self.snapshot().late
        with self._lock:
            if active and self._asked_at is None:
                self._asked_at = self._clock()
            elif self._active and not active and not late:
                self._asked_at = None
            self._active = active

    def left(self) -> None:
        """Note that the listener has turned to something else than the camera."""
        with self._lock:
            self._asked_at = None

    def snapshot(self) -> Snapshot:
        """The camera now."""
        now = self._clock()
        with self._lock:
            recent = [at for at in self._times if now - at <= _RATE_OVER]
            last = self._times[-1] if self._times else None
            live = last is not None and now - last <= STALE_AFTER
            busy = not live and 0.0 <= now - self._turned_away_at <= STALE_AFTER
            asked = self._asked_at
            silent_since = None if asked is None else max(asked, last if last is not None else asked)
            span = now - recent[0] if len(recent) > 1 else 0.0
            return Snapshot(
                frames=self._frames,
                rate=(len(recent) - 1) / span if span > 0 else 0.0,
                live=live,
                state=self._state,
                errors=self._errors,
                problem=self._problem,
                readings=self.timeline.readings,
                waiting=0.0 if live or busy or silent_since is None else now - silent_since,
                busy=busy,
            )


def ice_servers() -> list[dict[str, Any]]:
    """STUN and TURN servers from the secrets' `ice_servers`; none, so that nobody is contacted, when there are none."""
    try:
        return [dict(server) for server in st.secrets["ice_servers"]]
    except (KeyError, FileNotFoundError):
        return []


def latest_only(relay: MediaRelay) -> MediaRelay:
    """Make a relay pass on the newest frame instead of queueing.

    Its queues have no end: on a server that codes more slowly than frames come in, the picture falls behind by more
    each second and memory grows by a megabyte for every frame. Without queues frames are dropped instead.
    """
    if getattr(relay.subscribe, "keywords", None) is None:
        relay.subscribe = functools.partial(relay.subscribe, buffered=False)  # type: ignore[method-assign]
    return relay


def stream(link: CameraLink) -> bool:
    """Put the video on the page.

    Returns:
        Whether the camera is connected or connecting.
    """
    latest_only(get_global_relay())
    context = streamlit_webrtc.webrtc_streamer(
        key=KEY,
        mode=streamlit_webrtc.WebRtcMode.SENDRECV,
        # An empty list is the only value that contacts no STUN server; None means a public one.
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={
            "video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 24}},
            "audio": False,
        },
        video_frame_callback=link.on_frame,
        on_video_ended=link.ended,
        sendback_audio=False,
        media_toggle_controls=False,
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "playsInline": True,
            "style": {"width": "100%", "borderRadius": "14px", "display": "block"},
        },
    )
    active = bool(context.state.playing or context.state.signalling)
    link.connection(active)
    return active
