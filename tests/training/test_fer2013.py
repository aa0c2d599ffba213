"""The loader reads every shape that people have, and says what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.training import duplicates, fer2013
from moodlib.training import votes as plus

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


def test_more_wrong_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "nothing.csv").write_text("")
    with pytest.raises(InputError, match=r"nothing\.csv cannot be read as CSV"):
        fer2013.load(tmp_path / "nothing.csv")
    (tmp_path / "header.csv").write_text("emotion,pixels,Usage\n")
    with pytest.raises(InputError, match=r"header\.csv has no rows"):
        fer2013.load(tmp_path / "header.csv")
    (tmp_path / "usage.csv").write_text(f"emotion,pixels,Usage\n1,{_pixels(FACES[0])},Trainig\n")
    with pytest.raises(InputError, match="row 1: the usage 'Trainig' is none of Training, PublicTest, PrivateTest"):
        fer2013.load(tmp_path / "usage.csv")
    with pytest.raises(InputError, match="row 1: image_webp"):
        fer2013.load(_parquet(tmp_path / "numbers.parquet", image_webp=[3] * 7))
    with pytest.raises(InputError, match=r"votes_\* must hold whole numbers"):
        fer2013.load(_parquet(tmp_path / "votes.parquet", votes_anger=["many"] * 7))
    (tmp_path / "classes" / "happy").mkdir(parents=True)
    (tmp_path / "classes" / "happy" / "note.txt").write_text("hello")
    with pytest.raises(InputError, match=r"note\.txt: not a picture"):
        fer2013.load(tmp_path / "classes")


def test_hidden_files_and_folders_are_no_faces(tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "happy" / ".DS_Store").write_bytes(b"x")
    cv2.imwrite(str(tmp_path / "happy" / "1.png"), FACES[0])
    assert len(fer2013.load(tmp_path)) == 1


def _ferplus(path: Path, rows: int = 7, **changes: object) -> Path:
    votes = {column: np.zeros(rows, int) for column in plus.COLUMNS}
    votes["happiness"] = np.arange(rows)
    votes["NF"] = 10 - np.arange(rows)
    names = [f"fer{i:07}.png" for i in range(rows)]
    pd.DataFrame({"Usage": USAGE[:rows], "Image name": names, **votes, **changes}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("header", [("emotion", "pixels", "Usage"), ("emotion", " Usage", " pixels")])
def test_votes_are_joined_row_by_row(tmp_path: Path, header: tuple[str, str, str]) -> None:
    faces = fer2013.load(_kaggle(tmp_path / "data.csv", header), _ferplus(tmp_path / "fer2013new.csv"))
    assert faces.votes is not None
    assert faces.votes[:, fer2013.VOTE_COLUMNS.index("votes_happiness")].tolist() == list(range(7))
    assert faces.votes[:, fer2013.VOTE_COLUMNS.index("votes_not_a_face")].tolist() == [10 - i for i in range(7)]
    assert (faces.votes.sum(axis=1) == 10).all()


def test_votes_are_joined_by_name_where_there_are_names(tmp_path: Path) -> None:
    names = [f"fer{i:07}.png" for i in reversed(range(7))]
    faces = fer2013.load(_parquet(tmp_path / "data.parquet", name=names), _ferplus(tmp_path / "votes.csv"))
    assert faces.votes is not None
    assert faces.votes[:, fer2013.VOTE_COLUMNS.index("votes_happiness")].tolist() == list(reversed(range(7)))
    with pytest.raises(InputError, match=r"has no votes for none\.png"):
        fer2013.load(_parquet(tmp_path / "data.parquet", name=["none.png"] * 7), tmp_path / "votes.csv")


def test_votes_of_other_data_are_refused(tmp_path: Path) -> None:
    data = _kaggle(tmp_path / "data.csv")
    with pytest.raises(InputError, match="has 5 rows and the data 7"):
        fer2013.load(data, _ferplus(tmp_path / "short.csv", rows=5))
    with pytest.raises(InputError, match="row 1: the split is PrivateTest and the data's Training"):
        fer2013.load(data, _ferplus(tmp_path / "order.csv", Usage=USAGE[::-1]))
    with pytest.raises(InputError, match="row 1: a vote is a whole number"):
        fer2013.load(data, _ferplus(tmp_path / "vote.csv", anger=-1))
    with pytest.raises(InputError, match="the column 'Image name' is missing"):
        fer2013.load(data, data)
    with pytest.raises(InputError, match="cannot be read"):
        fer2013.load(data, tmp_path / "none.csv")
    (tmp_path / "classes" / "happy").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "classes" / "happy" / "1.png"), FACES[0])
    with pytest.raises(InputError, match="cannot be joined to a folder"):
        fer2013.load(tmp_path / "classes", tmp_path / "short.csv")


def test_exact_duplicates_are_found_by_their_pixels() -> None:
    faces = fer2013.Faces(FACES, np.zeros(7, np.int64), None, np.array(USAGE))
    learned = faces.where(np.array([2, 5]))
    assert np.flatnonzero(duplicates.exact(faces, learned)).tolist() == [2, 5]


def test_near_duplicates_are_found_brighter_and_mirrored() -> None:
    smooth = RNG.integers(30, 200, (7, 6, 6)).repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)
    smooth[6] = 90  # without contrast it resembles nothing
    learned = fer2013.Faces(smooth, np.zeros(7, np.int64), None, np.array(USAGE))
    changed = np.stack([smooth[0] + 20, smooth[1][:, ::-1], 255 - smooth[2], smooth[6] + 1]).astype(np.uint8)
    faces = fer2013.Faces(changed, np.zeros(4, np.int64), None, np.array(USAGE[:4]))
    assert duplicates.near(faces, learned).tolist() == [True, True, False, False]
    assert not duplicates.exact(faces, learned).any()


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
