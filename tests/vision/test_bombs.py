"""Files made to choke whoever opens them: refused within a second and 50 MB, each in a process of its own."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from moodlib.errors import InputError
from moodlib.paths import ROOT
from moodlib.settings import load
from moodlib.vision import gif, media

_REFUSE = """
import json, resource, sys, time
from pathlib import Path
from moodlib.errors import InputError
from moodlib.vision import media

path = Path(sys.argv[1])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
size, before, began = path.stat().st_size / 1e6, peak(), time.process_time()
said = ""
try:
    if media.kind(path) == "video":
        for _ in media.iter_video(path): pass
    else:
        media.read_image(path)
except InputError as error:
    said = str(error)
print(json.dumps({"said": said, "seconds": time.process_time() - began, "mb": peak() - before - size}))
"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(path: Path) -> Path:
    """50,000 by 50,000 pixels of nothing in a few hundred kB."""
    side = 50_000
    squeezer = zlib.compressobj(9)
    rows = b"".join(squeezer.compress(bytes(1 + side // 8)) for _ in range(side)) + squeezer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", rows), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def gif_of(path: Path, frames: int) -> Path:
    """An animation of one pixel."""
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00"
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    path.write_bytes(head + picture * frames + b";")
    return path


def long_video(path: Path, hours: int = 10) -> Path:
    """Ten hours in a few kB: one small frame every ten minutes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1)
        stream.width = stream.height = 32
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, 1)
        for number in range(hours * 6):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), number % 256, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number * 600, Fraction(1, 1)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("make", "name", "said"),
    [
        (png_bomb, "bomb.png", "pixels"),
        (lambda path: gif_of(path, 1_000_000), "million.gif", "animation of over 1,000 pictures"),
        (long_video, "long.mp4", "longer than 30 minutes"),
        (long_video, "long.mkv", "longer than 30 minutes"),
    ],
)
def test_a_bomb_is_refused_within_a_second_and_50_mb(tmp_path, make, name, said):
    path = make(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", _REFUSE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    answer = json.loads(done.stdout)
    assert said in answer["said"]
    assert answer["seconds"] < 1.0
    assert answer["mb"] < 50


@pytest.mark.parametrize("frames", [1, 2, 9, 10, 11])
def test_pictures_of_an_animation_are_counted_as_pillow_counts_them(tmp_path, frames):
    path = gif_of(tmp_path / "a.gif", frames)
    with Image.open(path) as picture:
        assert picture.n_frames == frames
    assert gif.more_frames_than(path.read_bytes(), 10) == (frames > 10)


def test_an_animation_with_colours_and_comments_of_its_own_is_counted_too(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)) for _ in range(7)]
    path = tmp_path / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], comment=b"seven of them", duration=40, loop=0)
    assert gif.more_frames_than(path.read_bytes(), 6)
    assert not gif.more_frames_than(path.read_bytes(), 7)
    assert media.read_image(path).shape == (40, 30, 3)
    with pytest.raises(InputError, match="animation of over 6 pictures"):
        media.read_image(path, load(animation_frames=6))
