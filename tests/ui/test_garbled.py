"""A camera whose packets arrive garbled: the frames that they carried are lost, the stream is not."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.codecs.vpx import Vp8Encoder

from moodlib.ui.camera import CameraLink
from moodlib.ui.capacity import Capacity
from moodlib.vision.reading import FrameReading

RATE = 20
GARBLED = range(15, 30)
"""Frames, counted from the first, whose packets are spoilt."""
ENOUGH = 60


class Noted:
    """Reads nothing, and notes how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def process(self, frame, at):
        self.count += 1
        return FrameReading(at, frame.shape[1], frame.shape[0], ())


class Camera(MediaStreamTrack):
    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / RATE)
        image = np.full((48, 64, 3), 40 + self.given % 100, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = int(self.given * 90_000 / RATE), Fraction(1, 90_000)
        self.given += 1
        return frame


def spoil(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make the sender's encoder overwrite what it sends for some frames; returns the numbers of those."""
    encode, rng = Vp8Encoder.encode, np.random.default_rng(0)
    sent, spoilt = [0], []

    def garbled(self, frame, force_keyframe=False):
        payloads, stamp = encode(self, frame, force_keyframe)
        sent[0] += 1
        if sent[0] in GARBLED:
            spoilt.append(sent[0])
            # The codec's own header stays, so that what is spoilt reaches the decoder.
            payloads = [data[:4] + rng.bytes(len(data) - 4) for data in payloads]
        return payloads, stamp

    monkeypatch.setattr(Vp8Encoder, "encode", garbled)
    return spoilt


def test_garbled_frames_are_lost_and_the_stream_goes_on(monkeypatch):
    spoilt = spoil(monkeypatch)
    noted = Noted()
    link = CameraLink(lambda: noted, capacity=Capacity(cameras=1, rate=1000))

    async def play() -> None:
        browser, server = RTCPeerConnection(), RTCPeerConnection()
        readers = []

        @server.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            async def read() -> None:
                while True:
                    link.on_frame(await track.recv())

            readers.append(asyncio.ensure_future(read()))

        browser.addTrack(Camera())
        await browser.setLocalDescription(await browser.createOffer())
        await server.setRemoteDescription(browser.localDescription)
        await server.setLocalDescription(await server.createAnswer())
        await browser.setRemoteDescription(server.localDescription)
        until = time.monotonic() + 60
        before = None
        while time.monotonic() < until and (before is None or noted.count < before + ENOUGH - GARBLED.stop):
            await asyncio.sleep(0.05)
            if before is None and len(spoilt) == len(GARBLED):
                before = noted.count
        assert before is not None, "nothing was garbled"
        assert noted.count >= before + ENOUGH - GARBLED.stop, "no frame came after the garbled ones"
        assert not any(reader.done() for reader in readers)
        await browser.close()
        await server.close()

    # In a thread of its own: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, play()).result()
    assert link.snapshot().errors == 0
    assert link.snapshot().live
