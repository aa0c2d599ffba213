from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from moodlib import settings
from moodlib.errors import InputError
from moodlib.vision import media


def png(picture: np.ndarray) -> bytes:
    """OpenCV's own encoding: BGR, BGRA, grey, 8 or 16 bits."""
    return cv2.imencode(".png", picture)[1].tobytes()


def saved(picture: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def film(path: Path, pictures: list[np.ndarray], fps: int = 10, rotation: int = 0, codec: str = "libx264") -> Path:
    """A video of RGB pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode())
    return path


def sound(path: Path) -> Path:
    """A file with a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for number in range(43):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, 1024 * number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def quadrants() -> np.ndarray:
    """RGB (40, 60, 3): red top left, green top right, blue bottom left, white bottom right."""
    picture = np.full((40, 60, 3), 255, np.uint8)
    picture[:20, :30], picture[:20, 30:], picture[20:, :30] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return picture


def test_a_picture_comes_as_it_is(astronaut):
    assert np.array_equal(media.read_image(png(astronaut)), astronaut)


def test_from_a_file_and_from_bytes_alike(tmp_path, astronaut):
    file = tmp_path / "face.png"
    file.write_bytes(png(astronaut))
    assert np.array_equal(media.read_image(file), media.read_image(file.read_bytes()))


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_common_form_is_read(form, astronaut):
    picture = media.read_image(saved(Image.fromarray(astronaut[..., ::-1]), form))
    assert picture.shape == astronaut.shape
    assert np.abs(picture.astype(int) - astronaut).mean() < 8


def test_sixteen_bits_become_eight(astronaut):
    grey = astronaut[..., 1]
    for deep in (astronaut.astype(np.uint16) * 257, grey.astype(np.uint16) * 257):
        picture = media.read_image(png(deep))
        expected = deep if deep.ndim == 3 else np.dstack([deep] * 3)
        assert picture.dtype == np.uint8
        assert np.abs(picture.astype(int) - expected // 257).max() <= 1


def test_floats_are_read_from_nought_to_one():
    picture = media.read_image(saved(Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32)[None]), "TIFF"))
    assert np.abs(picture[0, :, 0].astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_colour_models_get_three_channels(mode, astronaut):
    picture = media.read_image(saved(Image.fromarray(astronaut[..., ::-1]).convert(mode), "TIFF"))
    assert picture.shape == astronaut.shape
    assert picture.dtype == np.uint8


def test_what_is_transparent_is_white(astronaut):
    alpha = np.full(astronaut.shape[:2], 255, np.uint8)
    alpha[:100] = 0
    picture = media.read_image(png(np.dstack([astronaut, alpha])))
    assert (picture[:100] == 255).all()
    assert np.array_equal(picture[100:], astronaut[100:])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_orientation_is_applied(orientation, quadrants):
    # How each orientation stores a picture, so that turning it back gives the picture (EXIF 2.32, tag 274).
    stored = {
        1: quadrants,
        2: quadrants[:, ::-1],
        3: quadrants[::-1, ::-1],
        4: quadrants[::-1],
        5: quadrants.transpose(1, 0, 2),
        6: np.rot90(quadrants, 1),
        7: quadrants[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(quadrants, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(Image.fromarray(np.ascontiguousarray(stored)), "PNG", exif=exif)
    assert np.array_equal(media.read_image(data), quadrants[..., ::-1])


def test_one_pixel_is_a_picture():
    assert media.read_image(png(np.full((1, 1, 3), 9, np.uint8))).shape == (1, 1, 3)


def bomb(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(8_000, 8_000), (60_000, 60_000), (50_000_001, 1)])
def test_a_huge_picture_is_refused_by_its_header(size):
    with pytest.raises(InputError, match=r"pixels|million"):
        media.read_image(bomb(*size))


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"<svg/>", b"GIF89a"])
def test_what_is_no_picture_is_an_input_error(data):
    with pytest.raises(InputError, match=r"^The picture "):
        media.read_image(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_picture_that_is_cut_short_is_an_input_error(form, share, astronaut):
    data = saved(Image.fromarray(astronaut[..., ::-1]), form)
    with pytest.raises(InputError):
        media.read_image(data[: int(len(data) * share)])


def test_the_message_names_the_file(tmp_path):
    file = tmp_path / "notes.png"
    with pytest.raises(InputError, match=r"notes\.png: no such file"):
        media.read_image(file)
    file.write_text("hello")
    with pytest.raises(InputError, match=r"notes\.png is not a picture"):
        media.read_image(file)
    with pytest.raises(InputError, match="cannot be read"):
        media.read_image(tmp_path)


@pytest.fixture
def shades() -> list[np.ndarray]:
    """Thirty frames, each brighter than the one before."""
    return [np.full((64, 96, 3), 40 + 6 * number, np.uint8) for number in range(30)]


def test_frames_come_in_order_at_the_chosen_interval(tmp_path, shades):
    frames = list(media.iter_video(film(tmp_path / "a.mp4", shades), 0.5))
    assert [frame.number for frame in frames] == [0, 5, 10, 15, 20, 25]
    assert [frame.seconds for frame in frames] == pytest.approx([0, 0.5, 1.0, 1.5, 2.0, 2.5])
    for frame in frames:
        assert frame.frame.shape == (64, 96, 3)
        assert frame.frame.mean() == pytest.approx(40 + 6 * frame.number, abs=3)


def test_the_share_done_grows_to_the_end(tmp_path, shades):
    shares = [frame.share_done for frame in media.iter_video(film(tmp_path / "a.mp4", shades), 0.0)]
    assert len(shares) == 30
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.9 < shares[-1] <= 1.0


def test_an_interval_that_is_no_multiple_of_a_frame_keeps_its_pace(tmp_path, shades):
    frames = list(media.iter_video(film(tmp_path / "a.mp4", shades, fps=30), 0.125))
    assert len(frames) == 8
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(8) * 0.125, abs=1 / 30)


@pytest.mark.parametrize(
    ("suffix", "codec"), [("webm", "libvpx"), ("mkv", "libx264"), ("avi", "mpeg4"), ("mov", "mpeg4")]
)
def test_other_containers_from_bytes(tmp_path, shades, suffix, codec):
    data = film(tmp_path / f"a.{suffix}", shades, codec=codec).read_bytes()
    assert [frame.number for frame in media.iter_video(data, 1.0)] == [0, 10, 20]


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_a_sideways_film_is_turned_upright(tmp_path, quadrants, turn):
    # The file says: turn me counter-clockwise by so much; so it is stored turned clockwise.
    large = quadrants.repeat(4, axis=0).repeat(4, axis=1)
    stored = np.rot90(large, -turn // 90)
    (first, *_) = media.iter_video(film(tmp_path / "a.mp4", [stored] * 3, rotation=turn))
    assert first.frame.shape == large.shape
    assert np.abs(first.frame[..., ::-1].astype(int) - large).mean() < 12


def test_a_video_without_a_picture_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="only audio"):
        media.iter_video(sound(tmp_path / "a.mp4"))


def test_a_video_without_frames_is_an_input_error(tmp_path):
    path = tmp_path / "a.y4m"
    path.write_bytes(b"YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg\n")
    with pytest.raises(InputError, match=r"no frame|not a video"):
        list(media.iter_video(path))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello world" * 50,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
    ],
)
def test_what_is_no_video_is_an_input_error_and_playlists_are_not_followed(data):
    with pytest.raises(InputError, match=r"^The video "):
        media.iter_video(data)


def test_a_video_that_is_cut_short_gives_what_it_holds_or_an_input_error(tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (64, 96, 3), dtype=np.uint8) for _ in range(30)]
    webm = film(tmp_path / "a.webm", noise, codec="libvpx").read_bytes()
    some = list(media.iter_video(webm[: len(webm) * 2 // 3], 0.0))
    assert 0 < len(some) < 30
    mp4 = film(tmp_path / "a.mp4", noise).read_bytes()
    with pytest.raises(InputError, match="not a video"):
        media.iter_video(mp4[: len(mp4) // 2])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"video_minutes": 2 / 60}, "longer than"),
        ({"video_megapixels": 64 * 95 / 1e6}, "96 x 64 pixels"),
    ],
)
def test_a_video_that_is_too_large_or_too_long_is_refused(tmp_path, shades, given, said):
    path = film(tmp_path / "a.mp4", shades)
    with pytest.raises(InputError, match=said):
        media.iter_video(path, limits=settings.load(**given))


def test_a_video_of_an_unknown_coding_is_refused(tmp_path, shades):
    # Found by fuzzing: the stream is there, and nothing that could decode it.
    data = film(tmp_path / "a.avi", shades, codec="mpeg4").read_bytes()
    with pytest.raises(InputError, match="coded in a way"):
        media.iter_video(data.replace(b"FMP4", b"XXXX"))


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(InputError, match="larger than 1 MB"):
        media.read_image(path, settings.load(upload_mb=1))


def test_a_video_that_takes_too_long_to_read_is_given_up(tmp_path, shades):
    frames = media.iter_video(film(tmp_path / "a.mp4", shades), 0.0, settings.load(video_seconds_of_work=1e-9))
    with pytest.raises(InputError, match="takes longer than"):
        list(frames)


def test_kinds_by_name():
    assert media.kind(Path("a/B.JPG")) == "image"
    assert media.kind(Path("b.webm")) == "video"
    assert media.kind(Path("notes.txt")) is None
