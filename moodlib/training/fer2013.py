"""FER-2013 faces with their labels, and FER+'s votes where they are given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.training import votes as plus

SIDE: Final = 48
"""Height and width of a FER-2013 face in pixels."""

# The order in which Kaggle's files number the emotions. It happens to be ours; a test holds that.
KAGGLE_ORDER: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

FERPLUS_NAMES: Final = (*NAMES, "contempt")
"""The eight classes of the FER+ head: our seven in our order, then contempt, which the seven do not have."""

_VOTE_COLUMN: Final = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
    "contempt": "contempt",
}
VOTE_COLUMNS: Final = (
    *(f"votes_{_VOTE_COLUMN[name]}" for name in FERPLUS_NAMES),
    "votes_unknown",
    "votes_not_a_face",
)
USAGES: Final = ("Training", "PublicTest", "PrivateTest")


@dataclass(frozen=True, slots=True)
class Faces:
    """A set of labelled faces.

    Attributes:
        images: uint8, shape (n, 48, 48), grey.
        labels: int64, shape (n,), FER-2013's label as an index into `emotions.EMOTIONS`.
        votes: uint8, shape (n, 10), FER+ votes in the order of `VOTE_COLUMNS`; None when the data has none.
        usage: str, shape (n,), one of `USAGES`.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.uint8] | None
    usage: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Faces:
        """The faces that a mask or an index array chooses, in its order."""
        votes = None if self.votes is None else self.votes[chosen]
        return Faces(self.images[chosen], self.labels[chosen], votes, self.usage[chosen])

    def of(self, usage: str) -> Faces:
        """The faces of one of FER-2013's own splits.

        Raises:
            InputError: The data holds no such split.
        """
        chosen = self.usage == usage
        if not chosen.any():
            held = ", ".join(sorted(set(self.usage.tolist())))
            raise InputError(f'The data has no rows with usage "{usage}"; it has {held}.')
        return self.where(chosen)


def ferplus_targets(votes: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """FER+ votes as soft targets for the eight classes.

    A vote that stands alone for its class is dropped as an outlier (Barsoum et al. 2016, arXiv 1608.01041).

    Args:
        votes: uint8, shape (n, 10), order of `VOTE_COLUMNS`.

    Returns:
        Targets of shape (n, 8), rows summing to 1, and weights of shape (n,): 0 where no vote is left, else 1. A row
        of weight 0 has a uniform target, so that a loss stays finite before it is weighted.
    """
    kept = np.where(votes[:, : len(FERPLUS_NAMES)] > 1, votes[:, : len(FERPLUS_NAMES)], 0).astype(np.float32)
    total = kept.sum(axis=1, keepdims=True)
    weights = (total[:, 0] > 0).astype(np.float32)
    targets = np.where(total > 0, kept / np.maximum(total, 1), 1 / len(FERPLUS_NAMES)).astype(np.float32)
    return targets, weights


def ferplus_majority(votes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The class with more than half of all ten votes, where it is one of the eight emotions.

    Args:
        votes: uint8, shape (n, 10), order of `VOTE_COLUMNS`.

    Returns:
        int64, shape (n,): an index into `FERPLUS_NAMES`, or -1 where no emotion has the majority.
    """
    best = votes.argmax(axis=1)
    majority = votes.max(axis=1) * 2 > votes.sum(axis=1)
    return np.asarray(np.where(majority & (best < len(FERPLUS_NAMES)), best, -1), dtype=np.int64)


def load(path: Path, votes: Path | None = None) -> Faces:
    """Read labelled faces from any of the shapes that people have.

    Args:
        path: Kaggle's `fer2013.csv` or `icml_face_data.csv` (columns emotion, pixels, Usage), a folder of class
            folders (`train/happy/*.jpg`, `test/...`; `test` is read as PublicTest), or a Parquet file with the
            columns `usage`, `fer2013_label`, `image_webp` and, for FER+, `votes_*`.
        votes: FER+'s `fer2013new.csv`, to be joined: by the pictures' names where a Parquet file has a column `name`,
            else row by row.

    Raises:
        InputError: A path is missing or holds something else; the message names what is wrong.
    """
    faces, names = _load(Path(path))
    if votes is None:
        return faces
    if Path(path).is_dir():
        raise InputError(
            f"{votes}: votes cannot be joined to a folder, whose pictures do not say which row of fer2013.csv they "
            "were; give fer2013.csv itself."
        )
    return replace(faces, votes=plus.join(votes, faces.usage, names))


def _load(path: Path) -> tuple[Faces, NDArray[np.str_] | None]:
    """The faces, and FER+'s names of their pictures where the file has them."""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder. Give FER-2013 as fer2013.csv, a folder or a Parquet file.")
    if path.is_dir():
        return _from_folder(path), None
    if path.suffix.lower() == ".parquet":
        return _from_parquet(path)
    if path.suffix.lower() == ".csv":
        return _from_csv(path), None
    raise InputError(f"{path}: FER-2013 comes as a .csv or .parquet file or as a folder of class folders.")


def _need(path: Path, have: pd.Index[str], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in have]
    if missing:
        raise InputError(f"{path.name}: the column {missing[0]!r} is missing; it has {', '.join(map(str, have))}.")


def _checked_usage(path: Path, usage: pd.Series[str]) -> NDArray[np.str_]:
    """The splits as strings; also where a file without any row is turned away."""
    if usage.empty:
        raise InputError(f"{path.name} has no rows.")
    clean = usage.astype(str).str.strip()
    wrong = ~clean.isin(USAGES)
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise InputError(f"{path.name}, row {row + 1}: the usage {clean.iloc[row]!r} is none of {', '.join(USAGES)}.")
    return clean.to_numpy(dtype=np.str_)


def _label_indices(path: Path, labels: pd.Series[str]) -> NDArray[np.int64]:
    wrong = ~labels.isin(NAMES)
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise InputError(f"{path.name}, row {row + 1}: the label {labels.iloc[row]!r} is none of {', '.join(NAMES)}.")
    return np.array([NAMES.index(label) for label in labels], dtype=np.int64)


def _from_parquet(path: Path) -> tuple[Faces, NDArray[np.str_] | None]:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}.") from error
    _need(path, table.columns, ("usage", "fer2013_label", "image_webp"))
    usage = _checked_usage(path, table["usage"])
    images = np.empty((len(table), SIDE, SIDE), np.uint8)
    for row, encoded in enumerate(table["image_webp"]):
        whole = isinstance(encoded, bytes) and len(encoded) > 0
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE) if whole else None
        if image is None or image.shape != (SIDE, SIDE):
            raise InputError(f"{path.name}, row {row + 1}: image_webp is not a picture of {SIDE} by {SIDE} pixels.")
        images[row] = image
    votes = None
    if any(str(column).startswith("votes_") for column in table.columns):
        _need(path, table.columns, VOTE_COLUMNS)
        try:
            votes = table[list(VOTE_COLUMNS)].to_numpy(dtype=np.uint8)
        except (TypeError, ValueError) as error:
            raise InputError(f"{path.name}: the columns votes_* must hold whole numbers from 0 to 10.") from error
    names = table["name"].to_numpy(dtype=np.str_) if "name" in table.columns else None
    return Faces(images, _label_indices(path, table["fer2013_label"]), votes, usage), names


def _from_csv(path: Path) -> Faces:
    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read as CSV: {error}.") from error
    # icml_face_data.csv writes its header as "emotion, Usage, pixels".
    table.columns = table.columns.str.strip()
    _need(path, table.columns, ("emotion", "pixels", "Usage"))
    usage = _checked_usage(path, table["Usage"])
    numbers = pd.to_numeric(table["emotion"], errors="coerce")
    wrong = ~numbers.isin(range(len(KAGGLE_ORDER)))
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise InputError(f"{path.name}, row {row + 1}: emotion is {table['emotion'].iloc[row]}; it must be 0 to 6.")
    images = np.empty((len(table), SIDE, SIDE), np.uint8)
    for row, pixels in enumerate(table["pixels"]):
        try:
            values = np.array(str(pixels).split(), dtype=np.uint8)
            images[row] = values.reshape(SIDE, SIDE)
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{path.name}, row {row + 1}: pixels must be {SIDE * SIDE} whole numbers from 0 to 255."
            ) from error
    labels = numbers.astype(int).map(dict(enumerate(KAGGLE_ORDER)))
    return Faces(images, _label_indices(path, labels), None, usage)


def _from_folder(path: Path) -> Faces:
    splits = {"train": "Training", "test": "PublicTest", "validation": "PublicTest"} | {name: name for name in USAGES}
    words = {"anger": "angry", "happiness": "happy", "sadness": "sad", "surprised": "surprise"}
    roots = [(path / name, usage) for name, usage in splits.items() if (path / name).is_dir()]
    images, labels, usages = [], [], []
    for root, usage in roots or [(path, "Training")]:
        for folder in sorted(item for item in root.iterdir() if item.is_dir() and not item.name.startswith(".")):
            name = words.get(folder.name.lower(), folder.name.lower())
            if name not in NAMES:
                raise InputError(f"{folder}: a folder must be named after one of {', '.join(NAMES)}.")
            # File managers leave hidden files behind; they are no faces.
            for file in sorted(item for item in folder.iterdir() if not item.name.startswith(".")):
                image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
                if image is None:
                    raise InputError(f"{file}: not a picture that can be read.")
                if image.shape != (SIDE, SIDE):
                    image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
                images.append(image)
                labels.append(name)
                usages.append(usage)
    if not images:
        raise InputError(f"{path}: no class folders with pictures; expected {path}/train/happy/*.jpg and so on.")
    return Faces(np.stack(images).astype(np.uint8), _label_indices(path, pd.Series(labels)), None, np.array(usages))
