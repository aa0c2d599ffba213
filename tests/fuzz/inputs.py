"""Inputs nobody would send on purpose, and what must hold for each: an answer or one clear sentence, never a traceback.

Real files are cut, doubled, overwritten and spliced with each other, which reaches deeper into a decoder than noise.
"""

from __future__ import annotations

import contextlib
import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from hypothesis import strategies as st
from PIL import Image

from moodlib import cli
from moodlib.errors import InputError
from moodlib.music import imports
from moodlib.settings import load
from moodlib.vision import media

LIMITS = load(picture_megapixels=2, video_megapixels=1, video_minutes=1, video_seconds_of_work=5)


def _pictures() -> list[bytes]:
    rng = np.random.default_rng(0)
    colours = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    found = []
    for form, options in (
        ("PNG", {}),
        ("JPEG", {"exif": Image.Exif().tobytes()}),
        ("GIF", {"save_all": True, "append_images": [colours.rotate(90)]}),
        ("WEBP", {}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ):
        file = io.BytesIO()
        colours.save(file, form, **options)
        found.append(file.getvalue())
    grey = io.BytesIO()
    Image.fromarray(rng.integers(0, 65536, (8, 8), dtype=np.uint16)).save(grey, "PNG")
    return [*found, grey.getvalue()]


def _videos() -> list[bytes]:
    found = []
    for suffix, codec in (("mp4", "libx264"), ("webm", "libvpx"), ("avi", "mpeg4")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a.{suffix}"
            with av.open(str(path), "w") as container:
                stream = container.add_stream(codec, rate=10)
                stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
                for shade in range(0, 250, 50):
                    frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), shade, np.uint8), format="rgb24")
                    container.mux(stream.encode(frame))
                container.mux(stream.encode())
            found.append(path.read_bytes())
    return found


def _tables() -> list[bytes]:
    header = "track_id,title,artist,danceability,energy,loudness,valence,tempo,acousticness"
    row = "4uLU6hMCjMI75M1A2tKUQC,Song,Somebody,0.5,0.6,-7.5,0.4,120,0.1"
    text = "\n".join([header, row, row.replace("4uLU", "5uLU").replace("Song", '=HYPERLINK("x")')])
    exportify = 'Track URI,Track Name,"Artist Name(s)",Energy\nspotify:track:4uLU6hMCjMI75M1A2tKUQC,"A, b",C,0.5\n'
    return [text.encode(), exportify.encode("utf-16"), text.replace(",", ";").encode("cp1252"), exportify.encode()]


@st.composite
def spoilt(draw: st.DrawFn, make: Callable[[], list[bytes]]) -> bytes:
    """One of the files, changed in up to six places."""
    files = make()
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["cut", "overwrite", "insert", "double", "splice", "remove"]))
        if kind == "cut":
            del data[at:]
        elif kind == "overwrite":
            new = draw(st.binary(min_size=1, max_size=8))
            data[at : at + len(new)] = new
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif kind == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif kind == "remove":
            del data[at : at + draw(st.integers(1, 64))]
        else:
            other = draw(st.sampled_from(files))
            data[at:] = other[draw(st.integers(0, len(other) - 1)) :]
    return bytes(data)


_cache: dict[str, list[bytes]] = {}


def _once(name: str, make: Callable[[], list[bytes]]) -> Callable[[], list[bytes]]:
    def cached() -> list[bytes]:
        if name not in _cache:
            _cache[name] = make()
        return _cache[name]

    return cached


pictures = st.one_of(spoilt(_once("pictures", _pictures)), st.binary(max_size=200))
videos = st.one_of(spoilt(_once("videos", _videos)), st.binary(max_size=200))
_LETTERS = 'track_id,titleartist;\t"\n\r=@\u202e<b>é0123456789.-eE'
tables = st.one_of(
    spoilt(_once("tables", _tables)),
    st.text(alphabet=st.sampled_from('track_id,titleartist;\t"\n\r=@\u202e<b>é0123456789.-eE'), max_size=300).map(
        str.encode
    ),
    st.binary(max_size=200),
)


def _sentence(error: InputError) -> None:
    said = " ".join(str(error).split())
    assert said, "an error without a word"
    assert "Traceback" not in said


def check_picture(data: bytes) -> None:
    """A picture of whole pixels, or a sentence."""
    try:
        picture = media.read_image(data, LIMITS)
    except InputError as error:
        _sentence(error)
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert picture.size > 0


def check_video(data: bytes) -> None:
    """Frames in the order of their numbers, or a sentence."""
    last = -1
    try:
        for frame in media.iter_video(data, 0.0, LIMITS):
            assert frame.number > last
            last = frame.number
            assert math.isfinite(frame.seconds)
            assert 0.0 <= frame.share_done <= 1.0
            assert frame.frame.ndim == 3
    except InputError as error:
        _sentence(error)


def check_table(data: bytes) -> None:
    """Every row is either understood or rejected with a reason, or the file is refused in a sentence."""
    try:
        preview = imports.read(data, "songs.csv")
    except InputError as error:
        _sentence(error)
        return
    assert preview.songs["title"].str.strip().ne("").all()
    assert preview.rejected["reason"].str.strip().ne("").all()


_WORDS = [
    *("analyse", "recommend", "rank", "journey", "catalogue", "evaluate", "emotion", "ranker", "taste", "check"),
    *("--json", "--mood", "--valence", "--arousal", "--strategy", "--limit", "--songs", "--from", "--to", "--every"),
    *("happy", "sad", "HAPPY", "lift", "0", "-1", "1e999", "nan", "0.5", "", "-", "--", "\x00", "é", "/", "."),
    *("/dev/null", "no/such/file.csv", "settings.toml", "README.md", "static", "--data", "--usage", "--catalogue"),
]
command_lines = st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=12)), max_size=7)


def check_command_line(words: list[str]) -> None:
    """It ends with 0, or with 2 and a word (help, when nothing was asked); it never raises anything but the end."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main(words)
        except SystemExit as end:
            code = end.code or 0
    assert code in (0, 2), (code, err.getvalue())
    assert "Traceback" not in err.getvalue()
    if code == 2:
        assert (err.getvalue() + out.getvalue()).strip(), "an end without a word"


KINDS = {
    "picture": (pictures, check_picture),
    "video": (videos, check_video),
    "table": (tables, check_table),
    "command line": (command_lines, check_command_line),
}
