"""What one listener wants: the setting, the taste, and the ways back. No Streamlit in here; the session holds it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from moodlib.errors import InputError
from moodlib.music import address, shown
from moodlib.music.presets import DEFAULT, PRESETS, Setting
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import Weights

_UNDOS: Final = 100
_OWN_PRESETS: Final = 20
_NAME: Final = 40


@dataclass
class Wishes:
    """What a listener has set and said.

    Attributes:
        setting: What lists are made by, on every page.
        other: Another setting that the first one is compared with.
        presets: Settings that the listener gave a name.
        taste: What was said of songs and artists in this session.
        said: Each click on a song with the taste before it, newest last.
        complaints: Sentences on what could not be taken over; a page shows them once.
        seed: Of the shuffle: today's, and this session's.
        written: The keys and values that the page last wrote into its address.
    """

    setting: Setting = DEFAULT
    other: Setting | None = None
    presets: dict[str, Setting] = field(default_factory=dict)
    taste: Taste = NO_TASTE
    said: list[tuple[str, Taste]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seed: int = field(default_factory=lambda: shown.seed_of(date.today().toordinal(), random.randrange(10_000), 0))
    written: dict[str, str] = field(default_factory=dict)

    @property
    def strategy(self) -> str:
        """How the songs answer the mood."""
        return self.setting.strategy

    @property
    def weights(self) -> Weights:
        """How the ranker weighs its parts."""
        return self.setting.weights

    @property
    def length(self) -> int:
        """How many songs the list holds."""
        return self.setting.length

    def set(self, **changes: object) -> None:
        """Change fields of the setting; what makes no sense is complained about and not taken.

        Args:
            changes: Fields of `Setting`, or weights by their names.
        """
        try:
            ours = {name: value for name, value in changes.items() if name in Setting.__dataclass_fields__}
            weights = {name: value for name, value in changes.items() if name not in ours}
            if weights:
                ours["weights"] = replace(self.setting.weights, **weights)  # type: ignore[arg-type]
            self.setting = replace(self.setting, **ours)  # type: ignore[arg-type]
        except InputError as error:
            self.complaints.append(str(error))

    def reset(self) -> None:
        """The setting back to where it was at first."""
        self.setting, self.other = DEFAULT, None

    def refresh(self) -> None:
        """Another list for the same mood: songs that fit about equally well change places."""
        self.seed += 1

    # Presets and comparison.

    def all_presets(self) -> dict[str, Setting]:
        """The project's own presets and then the listener's, by name."""
        return {preset.name: preset.setting for preset in PRESETS} | self.presets

    def preset(self) -> str | None:
        """The name of the preset that is set now, if one is."""
        return next((name for name, setting in self.all_presets().items() if setting == self.setting), None)

    def keep(self, name: str) -> None:
        """Give the setting a name, for this session."""
        name = " ".join(name.split())[:_NAME]
        if not name:
            self.complaints.append("A preset needs a name; type one first.")
        elif name in {preset.name for preset in PRESETS}:
            self.complaints.append(f"“{name}” is one of the presets that are always there; choose another name.")
        elif name not in self.presets and len(self.presets) >= _OWN_PRESETS:
            self.complaints.append(f"{_OWN_PRESETS} presets of your own are there already; use one of their names.")
        else:
            self.presets[name] = self.setting

    def swap(self) -> None:
        """The two settings that are compared change places."""
        if self.other is not None:
            self.setting, self.other = self.other, self.setting

    # Taste.

    def say(self, words: str, taste: Taste) -> None:
        """Take over a word on a song or an artist.

        Args:
            words: What was said, as a sentence without its full stop.
            taste: The taste with it.
        """
        self.said = [*self.said[-_UNDOS:], (words, self.taste)]
        self.taste = taste

    def undo(self) -> None:
        """Take the last word back."""
        if self.said:
            self.taste = self.said.pop()[1]

    # The address.

    def take_address(self, said: dict[str, str]) -> address.Link | None:
        """Take over what the page's address says, unless this page wrote it there itself.

        Returns:
            What it said; None when there was nothing new.
        """
        if not said or said == self.written:
            return None
        link, problems = address.read(said)
        self.setting, self.other = link.setting, link.other
        self.seed = self.seed if link.seed is None else link.seed
        self.complaints += problems
        return link

    def address(self, mood: str | None) -> dict[str, str]:
        """What the page's address should say.

        Args:
            mood: Only one that was picked by hand: what a camera sees must not end up in the browser's history.
        """
        self.written = address.write(address.Link(self.setting, self.other, mood, self.seed))
        return self.written
