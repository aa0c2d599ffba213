"""The loader reads every shape that people have, and says what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.training import fer2013

RNG = np.random.default_rng(1)
FACES = RNG.integers(0, 256, (7, 48, 48), dtype=np.uint8)
USAGE = ["Training", "Training", "Training", "PublicTest", "PublicTest", "PrivateTest", "PrivateTest"]


def _pixels(face: np.ndarray) -> str:
    return " ".join(map(str, face.ravel()))


def _kaggle(path: Path, header: tuple[str, str, str] = ("emotion", "pixels", "Usage")) -> Path:
    columns = {"emotion": range(7), "pixels": [_pixels(face) for face in FACES], "Usage": USAGE}
    pd.DataFrame({name: columns[name.strip()] for name in header}).to_csv(path, index=False)
    return path


def _parquet(path: Path, **changes: object) -> Path:
    encoded = [cv2.imencode(".webp", face, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes() for face in FACES]
    votes = {column: np.full(7, 1, np.uint8) for column in fer2013.VOTE_COLUMNS}
    table = pd.DataFrame({"usage": USAGE, "fer2013_label": list(NAMES), "image_webp": encoded, **votes, **changes})
    table.to_parquet(path)
    return path


@pytest.mark.parametrize("header", [("emotion", "pixels", "Usage"), ("emotion", " Usage", " pixels")])
def test_kaggle_csv_in_both_shapes(tmp_path: Path, header: tuple[str, str, str]) -> None:
    faces = fer2013.load(_kaggle(tmp_path / "data.csv", header))
    assert np.array_equal(faces.images, FACES)
    assert faces.labels.tolist() == list(range(7))
    assert faces.usage.tolist() == USAGE
    assert faces.votes is None


def test_parquet_is_lossless_and_has_votes(tmp_path: Path) -> None:
    faces = fer2013.load(_parquet(tmp_path / "data.parquet"))
    assert np.array_equal(faces.images, FACES)
    assert faces.votes is not None
    assert faces.votes.shape == (7, 10)


def test_folder_of_class_folders(tmp_path: Path) -> None:
    for split, name, face in (("train", "happy", FACES[0]), ("train", "sad", FACES[1]), ("test", "fear", FACES[2])):
        (tmp_path / split / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / split / name / "1.png"), face)
    faces = fer2013.load(tmp_path)
    assert [NAMES[i] for i in faces.labels] == ["happy", "sad", "fear"]
    assert faces.usage.tolist() == ["Training", "Training", "PublicTest"]
    assert np.array_equal(faces.images, FACES[:3])


def test_splits_are_chosen_by_usage(tmp_path: Path) -> None:
    faces = fer2013.load(_kaggle(tmp_path / "data.csv"))
    assert len(faces.of("PublicTest")) == 2
    with pytest.raises(InputError, match='no rows with usage "Other"; it has PrivateTest, PublicTest, Training'):
        faces.of("Other")


def test_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        fer2013.load(tmp_path / "none.csv")
    (tmp_path / "faces.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        fer2013.load(tmp_path / "faces.zip")
    (tmp_path / "broken.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        fer2013.load(tmp_path / "broken.parquet")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="column 'emotion' is missing; it has a, b"):
        fer2013.load(tmp_path / "other.csv")
    (tmp_path / "emotion.csv").write_text(f"emotion,pixels,Usage\n9,{_pixels(FACES[0])},Training\n")
    with pytest.raises(InputError, match="row 1: emotion is 9"):
        fer2013.load(tmp_path / "emotion.csv")
    (tmp_path / "pixels.csv").write_text("emotion,pixels,Usage\n1,1 2 3,Training\n")
    with pytest.raises(InputError, match="row 1: pixels must be 2304 whole numbers"):
        fer2013.load(tmp_path / "pixels.csv")
    with pytest.raises(InputError, match="row 1: the label 'bored'"):
        fer2013.load(_parquet(tmp_path / "label.parquet", fer2013_label=["bored"] * 7))
    with pytest.raises(InputError, match="row 1: image_webp"):
        fer2013.load(_parquet(tmp_path / "image.parquet", image_webp=[b"x"] * 7))
    (tmp_path / "classes" / "bored").mkdir(parents=True)
    with pytest.raises(InputError, match="named after one of"):
        fer2013.load(tmp_path / "classes")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no class folders"):
        fer2013.load(tmp_path / "empty")


def _votes(**given: int) -> np.ndarray:
    return np.array([[given.get(c.removeprefix("votes_"), 0) for c in fer2013.VOTE_COLUMNS]], np.uint8)


def test_single_votes_are_dropped_from_the_targets() -> None:
    targets, weights = fer2013.ferplus_targets(_votes(happiness=6, neutral=3, fear=1))
    assert weights.tolist() == [1]
    assert targets[0, NAMES.index("happy")] == pytest.approx(6 / 9)
    assert targets[0, NAMES.index("fear")] == 0
    targets, weights = fer2013.ferplus_targets(_votes(unknown=9, fear=1))
    assert weights.tolist() == [0]
    assert targets.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ({"happiness": 6, "neutral": 4}, NAMES.index("happy")),
        ({"happiness": 5, "neutral": 5}, -1),
        ({"contempt": 7, "neutral": 3}, 7),
        ({"unknown": 8, "neutral": 2}, -1),
        ({"happiness": 4, "neutral": 3, "not_a_face": 3}, -1),
    ],
)
def test_majority_needs_more_than_half_of_all_votes(votes: dict[str, int], expected: int) -> None:
    assert fer2013.ferplus_majority(_votes(**votes)).tolist() == [expected]


def test_the_shared_data_is_as_described(data_dir: Path) -> None:
    faces = fer2013.load(data_dir / "fer2013" / "fer2013_train_valid.parquet")
    assert len(faces.of("Training")) == 28_558
    public = faces.of("PublicTest")
    assert len(public) == 3_579
    assert public.votes is not None
    assert int((fer2013.ferplus_majority(public.votes) >= 0).sum()) == 2_862
