"""What one visitor's session holds, typed, and the songs and models that all sessions share."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from moodlib import lean
from moodlib.emotions import NAMES
from moodlib.history.diary import Diary
from moodlib.ledger import BROWSER, Ledger
from moodlib.mood.state import MoodState
from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import catalogue, playlist, shown
from moodlib.music.presets import Setting
from moodlib.music.shelf import Shelf, nothing
from moodlib.music.shown import Shown
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import Weights
from moodlib.spotify import embed
from moodlib.ui.camera import CameraLink
from moodlib.ui.connection import Connection
from moodlib.ui.wishes import Wishes

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

Source = Literal["Camera", "Photo", "File", "By hand"]
SOURCES: Final[tuple[Source, ...]] = ("Camera", "Photo", "File", "By hand")
Pool = Literal["All songs", "My own"]
POOLS: Final[tuple[Pool, ...]] = ("All songs", "My own")
_KEY: Final = "listener"
_SHOWN_ON: Final = "shown_on"
"""The page that each held widget was last shown on."""


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood that the songs are chosen for.

    Attributes:
        name: One of the seven emotions.
        source: Where it comes from.
    """

    name: str
    source: Source

    @property
    def place(self) -> Target:
        """Where the emotion's word stands on the plane."""
        return target_of_emotion(self.name)


EXAMPLE: Final = Mood("happy", "By hand")
"""What the Tune page ranks for while no mood is known; it is labelled as an example there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The songs chosen for a mood.

    Attributes:
        mood: What they were chosen for.
        list: What was chosen.
        strategy: How the songs answer the mood.
        taste: What the listener had said by then.
    """

    mood: Mood
    list: Shown
    strategy: str
    taste: Taste

    @property
    def target(self) -> Target:
        """Where the ranker aimed."""
        return self.list.target

    @property
    def songs(self) -> pd.DataFrame:
        """The list: see `Shown.songs`."""
        return self.list.songs


@st.cache_resource(show_spinner=False, max_entries=1)
def songs() -> pd.DataFrame:
    """The catalogue. Shared by all sessions: never change it.

    Raises:
        InputError: The file is missing or damaged.
    """
    return catalogue.load()


@st.cache_resource(show_spinner=False, max_entries=1)
def ranker() -> Ranker:
    """The ranker. Shared by all sessions.

    Raises:
        InputError: The model file is missing or damaged.
    """
    # Imported here, since XGBoost takes a second: the page is drawn down to the video meanwhile.
    with lean.without_scikit_learn():
        from moodlib.music.ranker import Ranker

    loaded = Ranker.load()
    # Streamlit collects all garbage after each run of each fragment, several times a second in live mode; what has
    # been loaded by now stays for good and need not be looked through each time.
    gc.collect()
    gc.freeze()
    return loaded


@st.cache_resource(show_spinner=False, max_entries=1)
def cloud() -> pd.DataFrame:
    """Every song's place on the plane: `title`, `artist`, `felt_valence`, `felt_arousal`. Never change it."""
    ranked = ranker().rank(songs(), EXAMPLE.place, NO_TASTE, Weights())
    return ranked[["title", "artist", "felt_valence", "felt_arousal"]]


@st.cache_resource(show_spinner=False, max_entries=1)
def tasters() -> pd.DataFrame:
    """The best song for each of the seven emotions, no song twice, with `emotion`. Never change it."""
    best: list[pd.DataFrame] = []
    taken: set[str] = set()
    for name in NAMES:
        ranked = ranker().rank(songs(), target_of_emotion(name), NO_TASTE, Weights())
        song = playlist.pick(ranked[~ranked["track_id"].isin(taken)], limit=1)
        taken |= set(song["track_id"])
        best.append(song.assign(emotion=name))
    return pd.concat(best, ignore_index=True)


@dataclass
class Listener(Wishes):
    """One visitor.

    Attributes:
        camera: The live camera's side of things.
        source: Where the mood is to come from.
        mood: What the songs are for; None until there is one.
        locked: The mood stays as it is, whatever the camera sees.
        load_at_once: Players load with the list instead of on a click.
        opened: Songs whose player was asked for.
        players: Players that were put on the page so far.
        stills: Photos and frames of files that were read.
        pool: Which songs the list is chosen from.
        ledger: What this session asked of others and wrote to disk.
        diary: Moods by the second and songs of this session; kept on disk only when the listener says so.
        history_id: Whose rows in the history are this listener's; known to this browser alone.
        shelf: The catalogue and the songs that the listener added.
        asked_why: The song whose reasons are shown in full.
    """

    camera: CameraLink = field(default_factory=CameraLink)
    source: Source = "Camera"
    mood: Mood | None = None
    locked: bool = False
    load_at_once: bool = False
    opened: set[str] = field(default_factory=set)
    players: set[str] = field(default_factory=set)
    stills: int = 0
    pool: Pool = "All songs"
    link: Connection = field(default_factory=Connection)
    queue: list[dict[str, str]] = field(default_factory=list)
    queues: int = 0
    playing: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    diary: Diary = field(init=False)
    history_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    # By name and not by value, so that the files are read when a song is first needed.
    shelf: Shelf = field(default_factory=lambda: Shelf(lambda: songs(), lambda: ranker()))
    asked_why: str | None = None
    _asked_for: tuple[object, ...] = ()
    _choice: Choice | None = None

    def follow(self, state: MoodState | None) -> bool:
        """Take over the camera's stable mood.

        Returns:
            Whether the mood that the songs are for has changed. Never while it is locked or picked by hand.
        """
        if state is None or state.stable is None or self.locked or self.picked is not None:
            return False
        new = Mood(state.stable, "Camera")
        changed = self.mood is None or self.mood.name != new.name
        self.mood = new
        return changed

    @property
    def picked(self) -> str | None:
        """The mood that was picked by hand, if it was."""
        return self.mood.name if self.mood is not None and self.mood.source == "By hand" else None

    def pick(self, name: str | None) -> None:
        """Set the mood by hand; None takes the hand off again, so that the camera leads."""
        if name is not None:
            self.mood = Mood(name, "By hand")
        elif self.picked is not None:
            state = self.camera.snapshot().state
            self.mood = Mood(state.stable, "Camera") if state is not None and state.stable is not None else None
            self.locked = self.locked and self.mood is not None

    def found(self, name: str, source: Source) -> None:
        """Set the mood that a photo or a file shows, unless it is locked."""
        if not self.locked:
            self.mood = Mood(name, source)

    def add_songs(self, frame: pd.DataFrame, source: str, progress: Callable[[float], None] = nothing) -> int:
        """Add songs to this session; the next list is chosen from them too. See `Shelf.add`.

        Args:
            frame: With `track_id`, and whichever other columns of the catalogue are known. Songs without audio features
                are listed in the library and not ranked.
            source: Where they come from, in words.
            progress: Told the share that is done, in [0, 1].

        Returns:
            How many songs there are now that were not there before.

        Raises:
            InputError: They cannot be added; then none of them is.
        """
        return self.shelf.add(frame, source, progress)

    @property
    def own(self) -> pd.DataFrame:
        """Songs that the listener brought along, in `catalogue.COLUMNS` and `source`; NaN and "" are unknown."""
        return self.shelf.added

    def forget_songs(self) -> None:
        """Drop all songs that the listener brought along."""
        self.shelf.clear()
        self.pool = "All songs"

    def songs(self) -> pd.DataFrame:
        """The songs that the list is chosen from; the same object until songs come, go or the pool changes.

        Raises:
            InputError: The catalogue is missing or damaged.
        """
        mine = self.shelf.mine if self.pool == "My own" else self.shelf.songs
        return mine if len(mine) else self.shelf.songs

    def show_player(self, track_id: str) -> str:
        """Count a player that is about to be put on the page.

        Returns:
            Its address.

        Raises:
            InputError: Not a Spotify id: the song has no player.
        """
        url = embed.player_url(track_id)
        if track_id not in self.players:
            self.players.add(track_id)
            self.ledger.asked("open.spotify.com", "player", BROWSER)
        return url

    def __post_init__(self) -> None:
        """Let the camera tell the diary."""
        self.diary = Diary(self.ledger)
        self.camera.watcher = self.diary.see
        self.camera.on_end = self.diary.end

    def play(self, track_id: str) -> None:
        """Ask for a song's player."""
        self.opened.add(track_id)
        self.note("played", track_id)

    def note(self, what: str, track_id: str) -> None:
        """Tell the diary that a song was "played", "liked" or "skipped"."""
        library = self.shelf.library
        song = library[library["track_id"] == track_id].head(1)
        title, artist = (str(song[name].iloc[0]) if len(song) else "" for name in ("title", "artist"))
        self.diary.song(what, track_id, title, artist, self.mood.name if self.mood is not None else "")

    def choose(self, mood: Mood | None = None, *, at_once: bool = False) -> Choice | None:
        """The list for the mood.

        It is made anew when the mood's name, the setting or the songs to choose from have changed or `refresh` was
        called, and not otherwise: a like counts from the next list on, so that no player stops under a finger.

        Args:
            mood: Another mood than the listener's.
            at_once: A like counts at once.

        Returns:
            None while there is no mood.

        Raises:
            InputError: Catalogue or ranker cannot be read, or the setting leaves no songs.
        """
        mood = mood or self.mood
        if mood is None:
            return None
        asked_for = self._asks(mood)
        made = self._choice
        if made is None or asked_for != self._asked_for or (at_once and made.taste != self.taste):
            before = made.list if made is not None and made.mood.name == mood.name else None
            self._choice = Choice(mood, self.list_for(mood, self.setting, before), self.strategy, self.taste)
            self._asked_for = asked_for
        return self._choice

    def _asks(self, mood: Mood) -> tuple[object, ...]:
        return (mood.name, self.setting, self.seed, self.pool, self.shelf.version)

    @property
    def chosen(self) -> Choice | None:
        """The list that was made for the mood and the setting of now, if it was; none is made for this."""
        return self._choice if self.mood is not None and self._asked_for == self._asks(self.mood) else None

    def list_for(self, mood: Mood, setting: Setting, before: Shown | None = None) -> Shown:
        """The list that a setting gives; see `shown.choose`."""
        return shown.choose(ranker(), self.songs(), setting, mood.place, self.taste, self.seed, before)

    def recount(self) -> None:
        """Make the list anew with all that was said."""
        self._asked_for = ()

    @property
    def unheard(self) -> bool:
        """Whether the listener has said something that the list does not count yet."""
        return self._choice is not None and self._choice.taste != self.taste


def current() -> Listener:
    """This session's listener, made at the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Listener()
    listener: Listener = st.session_state[_KEY]
    return listener


def hold(key: str, value: object) -> None:
    """Let a widget show a value.

    Only when it shows another one: whatever is written into a widget's state is sent to the browser, and would there
    undo what the listener moved meanwhile. A widget with the same key on another page is another widget to Streamlit
    and begins at its default, although the key still holds the value that the first one left behind.
    """
    context = get_script_run_ctx()
    page = "" if context is None else context.page_script_hash
    shown_on = st.session_state.setdefault(_SHOWN_ON, {})
    if shown_on.get(key) != page or key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    shown_on[key] = page


@st.cache_resource(scope="session", show_spinner=False, max_entries=2, on_release=lambda diary: diary.end())
def _last_words(_diary: Diary, whose: int) -> Diary:
    """Nothing is computed here: Streamlit lets go of a session's resources when its tab is closed, and says so."""
    return _diary


def adopt(listener: Listener) -> Listener:
    """Go on in this session with what another one held."""
    st.session_state[_KEY] = listener
    return listener


def open_page() -> Listener:
    """What a page begins with: this session's listener, inside the app's frame."""
    if PagesManager.uses_pages_directory:
        # Until `st.navigation` has been called once in the server's life, Streamlit takes a folder called "pages" for
        # its older kind of app, and a first visitor who opens /tune gets that page without app.py's frame around it.
        PagesManager.uses_pages_directory = False
        st.rerun()
    listener = current()
    listener.diary.flush()
    _last_words(listener.diary, id(listener.diary))
    return listener
