"""Real WebRTC without a browser: the app's own receiving end in this process, cameras made of a film in another.

The server's side is streamlit-webrtc's worker around `CameraLink.on_frame`, as the live page runs it; the clients are
aiortc's. Both code and decode VP8, so what is measured is what a browser would cause, less its pages.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

# Before anything that may load another OpenSSL.
import pylibsrtp  # noqa: F401
import skimage.data
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.ui.camera import CameraLink, latest_only

SIZE: Final = (640, 480)
_CLOCK: Final = 90_000
PATIENCE: Final = 120.0


def film(face: bool, count: int = 30) -> list[np.ndarray]:
    """RGB frames (480, 640, 3): a face, or a cup of coffee, that sways a little."""
    picture = skimage.data.astronaut() if face else skimage.data.coffee()[:, :512]
    picture = cv2.resize(picture, (640, 640), interpolation=cv2.INTER_AREA)[:480]
    return [np.roll(picture, round(4 * np.sin(2 * np.pi * step / count)), axis=1) for step in range(count)]


class FilmTrack(MediaStreamTrack):
    """A webcam: frames at an even rate, each with the time at which it was due."""

    kind = "video"

    def __init__(self, frames: list[np.ndarray], rate: float) -> None:
        super().__init__()
        self._frames = [
            av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p") for frame in frames
        ]
        self._rate, self._number, self._began = rate, 0, 0.0

    async def recv(self) -> av.VideoFrame:
        """The next frame, when it is due."""
        self._began = self._began or time.monotonic()
        wait = self._began + self._number / self._rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        frame = self._frames[self._number % len(self._frames)]
        frame.pts, frame.time_base = int(self._number / self._rate * _CLOCK), Fraction(1, _CLOCK)
        self._number += 1
        return frame


class _Client:
    """One visitor's end, in the clients' process."""

    def __init__(self, face: bool, rate: float) -> None:
        self.connection = RTCPeerConnection()
        self.received = 0
        self._task: asyncio.Task[None] | None = None
        self.connection.addTrack(FilmTrack(film(face), rate))
        self.connection.on("track", self._on_track)

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.ensure_future(self._count(track))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            await track.recv()
            self.received += 1

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        await self.connection.close()


async def _serve_clients(pipe: Connection) -> None:
    clients: dict[int, _Client] = {}
    loop = asyncio.get_running_loop()
    while True:
        verb, *given = await loop.run_in_executor(None, pipe.recv)
        answer: Any = None
        if verb == "offer":
            number, face, rate = given
            clients[number] = _Client(face, rate)
            answer = await clients[number].offer()
        elif verb == "answer":
            number, sdp = given
            await clients[number].connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        elif verb == "received":
            answer = {number: client.received for number, client in clients.items()}
        elif verb == "close":
            await clients.pop(given[0]).close()
        elif verb == "end":
            for client in clients.values():
                await client.close()
            pipe.send(None)
            return
        pipe.send(answer)


def _clients(pipe: Connection) -> None:
    asyncio.run(_serve_clients(pipe))


@dataclass
class Session:
    """One visitor as the server has it."""

    link: CameraLink
    worker: WebRtcWorker[Any, Any]
    face: bool


class House:
    """The server's side of several visitors, and the process that plays them."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._relay = asyncio.run_coroutine_threadsafe(self._make_relay(), self._loop).result()
        self._next = 0
        self.sessions: dict[int, Session] = {}

    @staticmethod
    async def _make_relay() -> MediaRelay:
        return latest_only(MediaRelay())

    def ask(self, *what: Any) -> Any:
        """Ask the clients' process."""
        self._pipe.send(what)
        if not self._pipe.poll(PATIENCE):
            raise SystemExit(f"The clients did not answer {what[0]} within {PATIENCE:g} s.")
        return self._pipe.recv()

    def connect(self, face: bool, rate: float, link: CameraLink | None = None, *, sent_back: bool = True) -> int:
        """One more visitor with a camera; returns its number. Without `sent_back` no picture goes back to it."""
        number, self._next = self._next, self._next + 1
        link = link or CameraLink()
        worker: WebRtcWorker[Any, Any] = WebRtcWorker(
            mode=WebRtcMode.SENDRECV if sent_back else WebRtcMode.SENDONLY,
            rtc_configuration=None,
            source_video_track=None,
            source_audio_track=None,
            sink_video_track=None,
            sink_audio_track=None,
            player_factory=None,
            in_recorder_factory=None,
            out_recorder_factory=None,
            video_frame_callback=link.on_frame,
            audio_frame_callback=None,
            queued_video_frames_callback=None,
            queued_audio_frames_callback=None,
            on_video_ended=link.ended,
            on_audio_ended=None,
            video_processor_factory=None,
            audio_processor_factory=None,
            async_processing=True,
            video_receiver_size=1,
            audio_receiver_size=1,
            sendback_video=sent_back,
            sendback_audio=False,
            loop=self._loop,
            relay=self._relay,
        )
        answer = worker.process_offer(self.ask("offer", number, face, rate), "offer", timeout=PATIENCE)
        self.ask("answer", number, answer.sdp)
        self.sessions[number] = Session(link, worker, face)
        return number

    def disconnect(self, number: int) -> None:
        """The visitor leaves."""
        session = self.sessions.pop(number)
        self.ask("close", number)
        session.worker.stop()
        session.link.ended()

    def close(self) -> None:
        """Everybody leaves."""
        for number in list(self.sessions):
            self.disconnect(number)
        self.ask("end")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@contextmanager
def house() -> Iterator[House]:
    """A server's side and a process of clients, both ended afterwards."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_clients, args=(theirs,), daemon=True)
    process.start()
    built = House(ours)
    try:
        yield built
    finally:
        built.close()
        process.join(5)
        process.terminate()
