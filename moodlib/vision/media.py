"""Pictures and videos from outside, bounded and checked before they are believed."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

import av
import av.container
import av.error
import av.video.stream
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from moodlib import settings
from moodlib.errors import InputError
from moodlib.settings import Limits
from moodlib.vision import gif

IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ogv", ".y4m"})

MOST_RATE: Final = 240
"""Most frames a second that a video is believed to have."""

# Containers of video files. FFmpeg also opens playlists and scripts, which name other files and addresses; an upload
# must not make the server read those.
_CONTAINERS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,ogg,yuv4mpegpipe,flv,asf"


class VideoFrame(NamedTuple):
    """One frame that was chosen from a video.

    Attributes:
        number: Which frame of the video it is, from 0, counting those that were not chosen.
        seconds: Its time in the video.
        frame: BGR, shape (h, w, 3), upright.
        share_done: How much of the video has been read, in [0, 1].
    """

    number: int
    seconds: float
    frame: NDArray[np.uint8]
    share_done: float


def kind(path: Path) -> Literal["image", "video"] | None:
    """What a file's name says that it holds; None when it says neither."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return "image"
    return "video" if suffix in VIDEO_SUFFIXES else None


def read_image(source: Path | bytes, limits: Limits | None = None) -> NDArray[np.uint8]:
    """A picture, as a camera would have given it.

    Its size is taken from the header before a pixel is decoded. 16-bit pictures are reduced to 8 bits, grey ones get
    three channels, transparent ones are laid on white, the EXIF orientation is applied, and an animation gives its
    first frame. The size is kept, so that boxes found in it are in the picture's own pixels.

    Args:
        source: A file, or what a file holds.
        limits: What is allowed; None: what `settings.toml` allows.

    Returns:
        BGR, shape (h, w, 3).

    Raises:
        InputError: Missing, empty, not a picture, damaged, with more pixels or, animated, with more frames than
            allowed.
    """
    limits = limits or settings.limits()
    name = _name(source, "The picture")
    data = _bytes(source, name, limits)
    if gif.more_frames_than(data, limits.animation_frames):
        raise InputError(f"{name} is an animation of over {limits.animation_frames:,} pictures; give one of them.")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            _check_pixels(picture.width, picture.height, limits.picture_megapixels, name)
            upright = ImageOps.exif_transpose(picture)
            rgb = _rgb8(upright)
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is not a picture that can be read; give a JPEG, PNG or WebP file.") from error
    except Image.DecompressionBombError as error:
        most = f"{limits.picture_megapixels:g} million"
        raise InputError(f"{name} has far too many pixels; at most {most} are read.") from error
    except InputError:
        raise
    # Pillow's decoders answer damaged files with any of these.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise InputError(f"{name} is damaged or cut short; give another copy of it.") from error
    return np.ascontiguousarray(rgb[..., ::-1])


def iter_video(source: Path | bytes, every_seconds: float = 0.2, limits: Limits | None = None) -> Iterator[VideoFrame]:
    """Frames of a video, at least `every_seconds` apart.

    The file is opened and checked at once; frames are decoded one at a time as they are asked for. Parts that cannot
    be decoded are left out, as a player does, so that a video that is cut short gives what it still holds.

    Args:
        source: A file, or what a file holds.
        every_seconds: Seconds between two frames, >= 0; 0 gives every frame.
        limits: What is allowed; None: what `settings.toml` allows.

    Returns:
        An iterator over the chosen frames, the first frame always among them.

    Raises:
        InputError: Missing, not a video, without a picture or a single readable frame, with larger frames, longer,
            or taking longer to read than allowed. The last three may come in the middle, when the file's header does
            not tell.
    """
    limits = limits or settings.limits()
    name = _name(source, "The video")
    data = _bytes(source, name, limits)
    try:
        container = av.open(io.BytesIO(data), "r", options={"format_whitelist": _CONTAINERS}, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{name} is not a video that can be read; give an MP4, WebM, MOV, MKV or AVI file.") from error
    if not container.streams.video:
        held = _streams(container)
        container.close()
        raise InputError(f"{name} has no picture, only {held}; give a video with a face in it.")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        container.close()
        raise InputError(f"{name} is coded in a way that cannot be read; give an MP4 (H.264) or WebM file.")
    _check_pixels(stream.width, stream.height, limits.video_megapixels, name)
    length = _length(container, stream)
    if length is not None:
        _check_length(length, name, limits)
    return _frames(container, stream, every_seconds, length, len(data), name, limits)


def _frames(
    container: av.container.InputContainer,
    stream: av.video.stream.VideoStream,
    every_seconds: float,
    length: float | None,
    size: int,
    name: str,
    limits: Limits,
) -> Iterator[VideoFrame]:
    index, due, start = -1, 0.0, None
    rate = float(stream.average_rate or 25)
    # A file that lies about its times ends too.
    most_frames = int(limits.video_minutes * 60 * MOST_RATE)
    work = _Work(limits.video_seconds_of_work)
    with container:
        for position, frame in _decoded(container, stream):
            index += 1
            _check_pixels(frame.width, frame.height, limits.video_megapixels, name)
            at = frame.time if frame.time is not None else index / rate
            start = at if start is None else start
            seconds = max(0.0, at - start)
            _check_length(seconds, name, limits)
            if index >= most_frames:
                raise InputError(f"{name} has more than {most_frames:,} frames; give a shorter one.")
            work.check(name)
            # A hair early is in time: 0.2 s is not a whole number of most time bases.
            if index > 0 and seconds < due - 1e-3:
                continue
            due = max(due + every_seconds, seconds) if index else every_seconds
            done = seconds / length if length else position / size
            yield VideoFrame(index, seconds, _upright(frame), min(1.0, max(0.0, done)))
    if index < 0:
        raise InputError(f"{name} has no frame that can be read; give another copy of it.")


def _decoded(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every frame that can be decoded, with the byte in the file at which its packet lies."""
    packets = container.demux(stream)
    position = 0
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        position = packet.pos or position
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                yield position, frame


def _upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """BGR pixels, turned as the file asks: telephones film sideways and say so."""
    pixels = frame.to_ndarray(format="bgr24")
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters), dtype=np.uint8)


def _length(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    """Seconds of a video as its header tells, None when it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _rgb8(picture: Image.Image) -> NDArray[np.uint8]:
    """Pixels of any of Pillow's modes as RGB, shape (h, w, 3)."""
    if picture.mode.startswith(("I", "F")):
        return _grey8(np.asarray(picture))
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return np.asarray(Image.alpha_composite(white, over).convert("RGB"), dtype=np.uint8)
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def _grey8(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits as RGB: 16-bit ones from 0 to 65535, floats from 0 to 1 or to their largest."""
    numbers = np.nan_to_num(values.astype(np.float32))
    most = float(numbers.max(initial=0.0))
    if values.dtype.kind in "iu" and values.dtype.itemsize == 2:
        white = 65535.0
    else:
        white = next((limit for limit in (1.0, 255.0, 65535.0) if most <= limit), most)
    grey = np.clip(numbers * (255.0 / white), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _name(source: Path | bytes, otherwise: str) -> str:
    return otherwise if isinstance(source, bytes) else str(source)


def _bytes(source: Path | bytes, name: str, limits: Limits) -> bytes:
    """What the source holds, within the limit."""
    most = limits.upload_mb << 20
    limit = f"{name} is larger than {limits.upload_mb} MB; give a smaller one."
    if isinstance(source, bytes):
        data = source
        if len(data) > most:
            raise InputError(limit)
    else:
        try:
            if source.stat().st_size > most:
                raise InputError(limit)
            data = source.read_bytes()
        except FileNotFoundError as error:
            raise InputError(f"{name}: no such file.") from error
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror or error}.") from error
    if not data:
        raise InputError(f"{name} is empty; give a picture or a video.")
    return data


def _check_pixels(width: int, height: int, most: float, name: str) -> None:
    if width < 1 or height < 1:
        raise InputError(f"{name} has no pixels; give another copy of it.")
    if width * height > most * 1e6:
        raise InputError(f"{name} has {width} x {height} pixels; at most {most:g} million are read.")


def _check_length(seconds: float, name: str, limits: Limits) -> None:
    if seconds > limits.video_minutes * 60:
        raise InputError(f"{name} is longer than {limits.video_minutes:g} minutes; give a shorter one.")


class _Work:
    """Seconds of work since it was made, and the most that are allowed."""

    def __init__(self, most: float) -> None:
        self._most, self._began = most, time.monotonic()

    def check(self, name: str) -> None:
        if time.monotonic() - self._began > self._most:
            raise InputError(f"{name} takes longer than {self._most:g} seconds to read; give a shorter or smaller one.")


def _streams(container: av.container.InputContainer) -> str:
    return " and ".join(sorted({stream.type for stream in container.streams})) or "nothing"
