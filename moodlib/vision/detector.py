"""Where the faces are: OpenCV's Haar cascades on a small picture, near the last faces first.

An upright search comes first. Only where it finds nothing are tilted heads, half-profiles and faces that another
cascade knows looked for, one such search a frame, so that no frame waits for all of them. What is found is shown to the
emotion network, which says whether it is a face; what is doubtful in the frames after.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.vision.believed import STILL_THERE, FaceCheck, believed, beyond, log_odds, sure
from moodlib.vision.cascades import (
    FRONT,
    UPRIGHT,
    Cascades,
    Hit,
    Look,
    View,
    around,
    bordered,
    overlap,
    whole,
    without_duplicates,
)
from moodlib.vision.looks import IDLE_LOOKS, IDLE_STEPS, STILL_LOOKS, Step, beside
from moodlib.vision.reading import Found

SMALLEST_FRAME: Final = 24
"""A picture with a shorter side than this, in pixels, holds no face that 48 x 48 pixels could be made of."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """How a stream of frames is searched.

    Attributes:
        side: Shorter side, in pixels, of the picture that a full search looks at; larger frames are reduced to it, so
            that a wide frame loses no small faces.
        smallest: Smallest face of a full search, in pixels of that picture.
        step: Ratio between two sizes that a full search tries, > 1.
        other_smallest: As `smallest`, for the searches after the upright one and for those beside followed faces; a
            little larger, for the smallest sizes cost most.
        other_step: As `step`, for the same searches.
        neighbours: How many overlapping hits make a face in a full search; few, for the network is asked about them.
        full_every: Seconds between full searches while faces are being followed: how late a second face may be seen.
        idle_every: Seconds between searches while there is no face; each is for one way of looking and some sizes.
        still_every: The same once every look was tried twice and nothing has stirred since. At 30 frames a second less
            than one frame in twenty is searched then: an empty room costs little.
        patient: Whether each frame without a face is looked at in every way, however long that takes.
        near_face: Size in pixels to which a followed face is reduced before it is looked for. At 48 the box grows by a
            tenth within eight frames of following; at 60 it stays as a full search has it.
        near_grow: How far around the last box a followed face is looked for, in box widths on each side.
        near_step: As `step`, near the last box.
        near_neighbours: As `neighbours`, near the last box; lower, for a face was there a moment ago.
        turn_every: Seconds after which a followed face that is tilted or has few votes is also looked at otherwise.
        most: Most faces that are reported, the largest ones.
    """

    side: int = 240
    smallest: int = 20
    step: float = 1.15
    other_smallest: int = 24
    other_step: float = 1.2
    neighbours: int = 2
    full_every: float = 1.0
    idle_every: float = 0.03
    still_every: float = 0.7
    patient: bool = False
    near_face: int = 60
    near_grow: float = 0.3
    near_step: float = 1.2
    near_neighbours: int = 2
    turn_every: float = 0.3
    most: int = 8


THUMBNAIL: Final = (32, 24)
"""Size in pixels of the picture in which it is seen whether anything has stirred."""
STIRRED: Final = 6
"""Grey levels by which a pixel of it must have changed; few, for in the dark a person is little brighter."""

WIDEST: Final = 3
"""Most that a reduced frame is longer than it is high; a still wider one is reduced further."""

SMALL: Final = 1.3
"""Size, for the smallest that is looked for, up to which a face is a small one: half of the time goes there."""
ROUNDS: Final = 2
"""Times that every look is tried before a still room is left alone. Every other round looks for the sizes that lie
between those of the first: the cascade's own ladder of sizes always begins at its window's."""
WITH_A_SEARCH: Final = 1
BETWEEN: Final = 3
"""Doubtful hits that the network is asked about in the frame of the search that found them, and in the next frame."""
FEW: Final = 8
"""Votes below which a followed face may be better seen with the head tilted otherwise."""

STILL_SIDE: Final = 800
STILL_LEAST: Final = 320
STILL_STEP: Final = 1.08
STILL_NEIGHBOURS: Final = 2
STILL_DOUBTS: Final = 8
STILL_SMALLEST: Final = 30
STILL_OTHER_SIDE: Final = 360
STILL_OTHER_STEP: Final = 1.15
# A face that fills the picture is only found when there is something around it; a quarter of the picture on each side
# is what the cascade's window needs.
STILL_BORDER: Final = 0.25


class HaarDetector:
    """Finds the faces of one stream of frames.

    It remembers the last boxes and looks there first, which costs a tenth of a full search; a full search follows when
    one of them is lost, and every `full_every` seconds for faces that came in. One instance a session: it is not
    shared between threads.

    Example:
        >>> from moodlib.vision.classifier import EmotionClassifier
        >>> detector = HaarDetector(EmotionClassifier().face_probability)
        >>> detector.detect(np.zeros((480, 640), np.uint8), at=0.0)
        []
    """

    def __init__(self, check: FaceCheck, config: DetectorConfig | None = None) -> None:
        """A detector for one stream.

        Args:
            check: What says how likely a picture is a face: `EmotionClassifier.face_probability`.
            config: How to search.
        """
        self._check = check
        self._config = config or DetectorConfig()
        self._cascades = Cascades()
        self.reset()

    def reset(self) -> None:
        """Forget the last faces: the next frame is searched whole."""
        self._last: list[Hit] = []
        self._shape: tuple[int, int] = (0, 0)
        self._searched_at: float | None = None
        self._turned_at: float | None = None
        self._idle = 0
        self._doubts: list[Hit] = []
        self._quiet: NDArray[np.uint8] | None = None

    def detect(self, grey: NDArray[np.uint8], at: float) -> list[Found]:
        """The faces of the next frame of the stream.

        Args:
            grey: Shape (h, w). The size may change from frame to frame; then the last faces are forgotten.
            at: Seconds. A step back in time is answered with a full search.

        Returns:
            Boxes in pixels of the frame, inside it, largest first, at most `most`. Empty when there is no face, and
            for some frames after one came in: for one when it is near and upright, for half a second when it is small,
            tilted or turned.
        """
        height, width = grey.shape[:2]
        if grey.shape[:2] != self._shape:
            self.reset()
            self._shape = (height, width)
        if min(height, width) < SMALLEST_FRAME:
            return []
        config, known = self._config, len(self._last)
        turn = not _recent(self._turned_at, at, config.turn_every)
        hits = [hit for last in self._last if (hit := self._follow(grey, last, turn)) is not None]
        if turn:
            self._turned_at = at
        lost = len(without_duplicates(hits)) < known
        if known and (lost or not _recent(self._searched_at, at, config.full_every)):
            hits += self._full(grey, Step(UPRIGHT), hits, whole_step=True, thorough=lost)
            self._searched_at, self._idle = at, 0
        elif self._doubts:
            now, self._doubts = self._doubts[:BETWEEN], self._doubts[BETWEEN:]
            hits += believed(self._check, self._cascades, grey, beyond(now, hits))
        elif not known and not _recent(self._searched_at, at, self._pause(grey), strictly=True):
            hits = self._idle_search(grey)
            self._searched_at = at
        self._last = without_duplicates(hits)[: config.most]
        return [hit.found for hit in self._last]

    def _pause(self, grey: NDArray[np.uint8]) -> float:
        """Seconds between two searches while there is no face."""
        if self._idle < ROUNDS * len(IDLE_STEPS):
            self._quiet = None
            return self._config.idle_every
        now = np.asarray(cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if self._quiet is None:
            self._quiet = now
        if int(cv2.absdiff(now, self._quiet).max()) <= STIRRED:
            return self._config.still_every
        # Whoever came in is most likely upright: begin again with that.
        self._idle = 0
        return self._config.idle_every

    def _idle_search(self, grey: NDArray[np.uint8]) -> list[Hit]:
        """One look at a frame without a known face, the next one of the round; all of them when patient."""
        if not self._config.patient:
            rounds, place = divmod(self._idle, len(IDLE_STEPS))
            step, first, between = IDLE_STEPS[place], self._searched_at is None, rounds % ROUNDS == 1
            self._idle += 1
            return self._full(grey, step, [], whole_step=first, thorough=step.look == UPRIGHT, between=between)
        for look in IDLE_LOOKS:
            if hits := self._full(grey, Step(look), [], whole_step=True, thorough=look == UPRIGHT):
                return hits
        return []

    def search(self, grey: NDArray[np.uint8]) -> list[Found]:
        """The faces of a still picture: slower and more thorough, without memory of any frame before.

        Args:
            grey: Shape (h, w).

        Returns:
            Boxes in pixels of the picture, inside it, largest first.
        """
        if min(grey.shape[:2]) < SMALLEST_FRAME:
            return []
        longer = max(grey.shape)
        scale = min(STILL_SIDE / longer, max(1.0, STILL_LEAST / longer))
        hits = self._believed(grey, self._still(grey, scale, UPRIGHT, STILL_STEP))
        scale = min(scale, STILL_OTHER_SIDE / longer)
        for look in STILL_LOOKS:
            hits += self._believed(grey, self._still(grey, scale, look, STILL_OTHER_STEP))
        return [hit.found for hit in without_duplicates(hits)]

    def _still(self, grey: NDArray[np.uint8], scale: float, look: Look, step: float) -> list[Hit]:
        view = whole(grey, scale)
        view = bordered(view, round(STILL_BORDER * min(view.grey.shape)))
        return self._cascades.hits(view, look, step, STILL_NEIGHBOURS, STILL_SMALLEST, max(view.grey.shape))

    def _believed(self, grey: NDArray[np.uint8], hits: list[Hit]) -> list[Hit]:
        return believed(self._check, self._cascades, grey, beyond(hits, (), STILL_DOUBTS))

    def _full(
        self,
        grey: NDArray[np.uint8],
        step: Step,
        known: list[Hit],
        *,
        thorough: bool,
        whole_step: bool = False,
        between: bool = False,
    ) -> list[Hit]:
        """The faces of the whole frame.

        A whole step looks for faces of all sizes and asks about all hits at once, the others keep most of the doubtful
        ones for the next frame. One between looks at a picture larger by half a step of sizes, for as small a face.
        """
        config = self._config
        ratio, least = (config.step, config.smallest) if thorough else (config.other_step, config.other_smallest)
        side = config.side
        if between:
            side, least = round(side * math.sqrt(ratio)), int(least * math.sqrt(ratio))
        view = whole(grey, min(1.0, side / min(grey.shape), WIDEST * side / max(grey.shape)))
        split, largest = round(SMALL * least), min(view.grey.shape)
        part_of_them = (least, split) if step.small else (split + 1, largest)
        smallest, largest = (least, largest) if whole_step else part_of_them
        # Turned by 22 degrees the corners of a 4:3 picture reach a quarter of its height over it.
        hits = self._cascades.hits(view, step.look, ratio, config.neighbours, smallest, largest, 1.25)
        new = beyond(hits, known)
        at_once = len(new) if whole_step else max(WITH_A_SEARCH, sum(map(sure, new)))
        self._doubts = new[at_once:]
        return believed(self._check, self._cascades, grey, new[:at_once])

    def _follow(self, grey: NDArray[np.uint8], last: Hit, turn: bool) -> Hit | None:
        """The face that was at `last` a moment ago, however the head is held now; None when it is not there."""
        config = self._config
        view, size = around(grey, last, config.near_grow, config.near_face)
        best = self._near(view, last, last.look, size)
        if best is not None and not (turn and (best.votes < FEW or best.look != UPRIGHT)):
            return best
        # Votes of different cascades cannot be compared: another one's count only when this one sees nothing.
        looks = [look for look in beside(last.look) if best is None or look.cascade == FRONT]
        others = [hit for look in looks if (hit := self._near(view, last, look, size)) is not None]
        seen = max(([best] if best else []) + others, key=lambda hit: hit.votes, default=None)
        return seen or self._held(grey, last)

    def _held(self, grey: NDArray[np.uint8], last: Hit) -> Hit | None:
        """The face where it was, when no cascade sees it for a moment, but the network still does."""
        (odds,) = log_odds(self._check, grey, [last])
        # With one vote it is looked for in other ways soon.
        return replace(last, votes=1) if odds >= STILL_THERE else None

    def _near(self, view: View, last: Hit, look: Look, size: float) -> Hit | None:
        config = self._config
        smallest, largest = max(20, int(0.78 * size)), int(1.3 * size) + 1
        hits = self._cascades.hits(view, look, config.near_step, config.near_neighbours, smallest, largest)
        best = max(hits, key=lambda hit: (overlap(hit.box, last.box), hit.votes), default=None)
        return best if best is not None and overlap(best.box, last.box) > 0.2 else None


def _recent(then: float | None, now: float, seconds: float, *, strictly: bool = False) -> bool:
    """Whether `then` is less than `seconds` ago; a step back in time is not recent, nor, strictly, the same moment."""
    since = now - then if then is not None else None
    return since is not None and 0.0 <= since < seconds and not (strictly and since == 0.0)
