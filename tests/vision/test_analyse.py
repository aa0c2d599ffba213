from __future__ import annotations

import json
import subprocess
import sys

import av
import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from moodlib.commands import vision
from moodlib.emotions import NAMES, circumplex
from moodlib.errors import InputError
from moodlib.vision.cascades import overlap
from moodlib.vision.reading import Box


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    vision.register(app)
    # With a second command it stays a command with a name, as it is in the whole command line.
    app.command("other")(lambda: None)
    return app


@pytest.fixture
def folder(tmp_path, astronaut):
    """Two pictures, one with a face, a video and a text."""
    inside = tmp_path / "album"
    inside.mkdir()
    cv2.imwrite(str(inside / "b-face.png"), astronaut)
    cv2.imwrite(str(inside / "a-empty.png"), np.full((200, 300, 3), 120, np.uint8))
    (inside / "notes.txt").write_text("hello")
    with av.open(str(inside / "c-film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 512, 512, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(astronaut, format="bgr24")))
        container.mux(stream.encode())
    return inside


def run(app, *arguments):
    result = CliRunner().invoke(app, ["analyse", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_astronaut_is_happy(app, folder):
    (entry,) = json.loads(run(app, folder / "b-face.png", "--json").stdout)
    assert set(entry) == {"path", "frame", "faces"}
    assert (entry["path"], entry["frame"]) == (str(folder / "b-face.png"), 0)
    (face,) = entry["faces"]
    assert set(face) == {"box", "emotion", "probabilities", "valence", "arousal"}
    assert face["emotion"] == "happy"
    assert overlap(Box(*face["box"]), Box(177, 67, 96, 96)) > 0.6
    assert tuple(face["probabilities"]) == NAMES
    assert sum(face["probabilities"].values()) == pytest.approx(1.0, abs=1e-4)
    expected = circumplex(np.array(list(face["probabilities"].values()), np.float32))
    assert (face["valence"], face["arousal"]) == pytest.approx(expected, abs=1e-3)


def test_boxes_of_a_large_picture_are_in_its_own_pixels(app, tmp_path, astronaut):
    large = tmp_path / "large.jpg"
    cv2.imwrite(str(large), cv2.resize(astronaut, (3000, 3000), interpolation=cv2.INTER_CUBIC))
    (entry,) = json.loads(run(app, large, "--json").stdout)
    scale = 3000 / 512
    assert overlap(Box(*entry["faces"][0]["box"]), Box(*(round(v * scale) for v in (177, 67, 96, 96)))) > 0.6
    assert entry["faces"][0]["emotion"] == "happy"


def test_a_folder_is_read_in_order_and_says_what_it_skips(app, folder):
    result = run(app, folder, "--json", "--every", "0.5")
    entries = json.loads(result.stdout)
    names = [(entry["path"].rpartition("/")[2], entry["frame"], len(entry["faces"])) for entry in entries]
    assert names == [("a-empty.png", 0, 0), ("b-face.png", 0, 1), ("c-film.mp4", 0, 1), ("c-film.mp4", 5, 1)]
    assert "notes.txt" in result.stderr
    assert "notes.txt" not in result.stdout


def test_the_table_can_be_read(app, folder):
    out = run(app, folder / "b-face.png", folder / "a-empty.png").stdout
    assert "happy" in out
    assert "no face" in out


def test_a_file_is_known_by_its_content_when_its_name_says_nothing(app, folder):
    for name in ("b-face.png", "c-film.mp4"):
        (folder / name).rename(folder / "unnamed")
        entries = json.loads(run(app, folder / "unnamed", "--json", "--every", "9").stdout)
        assert len(entries) == 1
        assert entries[0]["faces"][0]["emotion"] == "happy"


def test_the_first_bad_file_is_named_and_no_result_is_printed(app, folder):
    (folder / "bad.png").write_text("hello")
    with pytest.raises(InputError, match=r"bad\.png is not a picture"):
        run(app, folder / "bad.png", folder / "b-face.png")
    with pytest.raises(InputError, match=r"gone\.png: no such file"):
        run(app, folder / "gone.png")
    with pytest.raises(InputError, match=r"notes\.txt is neither"):
        run(app, folder / "notes.txt")
    with pytest.raises(InputError, match="holds no pictures"):
        run(app, (folder / "empty").mkdir() or folder / "empty")


def test_a_one_pixel_picture_has_no_face(app, tmp_path):
    cv2.imwrite(str(tmp_path / "dot.png"), np.zeros((1, 1, 3), np.uint8))
    (entry,) = json.loads(run(app, tmp_path / "dot.png", "--json").stdout)
    assert entry["faces"] == []


def test_bad_input_is_one_line_and_status_two_and_no_traceback(repo_root, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    command = [sys.executable, "-m", "moodlib", "analyse", str(tmp_path / "bad.jpg"), "--json"]
    done = subprocess.run(command, cwd=repo_root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "bad.jpg" in done.stderr


def test_analysing_needs_neither_tensorflow_nor_keras_nor_streamlit(repo_root):
    code = (
        "import sys, moodlib.commands.vision, moodlib.vision.annotate;"
        "print([m for m in ('tensorflow', 'keras', 'streamlit', 'moodlib.training') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repo_root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
