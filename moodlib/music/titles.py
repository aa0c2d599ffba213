"""When two titles are the same song: the core of a title, without what only says which release it is."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BRACKETS: Final = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]\s*")
_FEATURING: Final = re.compile(r"\s+(?:feat|ft|featuring)\b\.?\s.*$", re.IGNORECASE)
_PART: Final = re.compile(r"\b(?:pt|part|vol|volume|chapter|interlude)\b\.?\s*(\w+)", re.IGNORECASE)
# The same few thousand names are asked for at every new list; a catalogue of the starter's size fits.
_KEPT: Final = 32_768
_NOT_A_WORD: Final = re.compile(r"[^\w]+")

# "Another recording": sounds different from the song that people know. What is left after " - " or in brackets and is
# not this (Remastered 2011, Radio Edit, Single Version, feat. ...) is the same recording on another release.
_OTHER_RECORDING: Final = re.compile(
    r"\b(?:remix|re-?mixed|mix|rmx|live|ao vivo|en vivo|acoustic|ac[uú]stic[oa]|unplugged|demo|instrumental|a ?cappella"
    r"|re-?recorded|re-?work|bootleg|flip|vip|dub|extended|session[s]?|performance|recorded at|orchestral|stripped"
    r"|piano|version)\b",
    re.IGNORECASE,
)
_SAME_RECORDING: Final = re.compile(
    r"\b(?:original mix|original version|album version|single version|radio (?:edit|mix|version)|single mix"
    r"|main version|lp version|ep version|remaster(?:ed)?(?: version)?|\d{4}(?: digital)? remaster\w*|mono|stereo"
    r"|explicit(?: album)? version|clean version|\d+\"? version)\b",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Lower case, accents off, single spaces between words; scripts other than Latin are kept."""
    folded = text.casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    folded = folded.replace("&", " and ").replace("'", "").replace("’", "")
    return _NOT_A_WORD.sub(" ", folded).strip()


@lru_cache(_KEPT)
def core_title(title: str) -> str:
    """The part of a title that names the song.

    Drops brackets, what follows " - ", guests and accents, but keeps the number of a part: "Happy - Pt. 2" is another
    song than "Happy - Pt. 1".

    Example:
        >>> core_title("Señorita (feat. X) - 2011 Remastered")
        'senorita'
    """
    part = _PART.search(title)
    head = title.split(" - ")[0]
    stripped = _FEATURING.sub("", _BRACKETS.sub(" ", head))
    core = plain(stripped) or plain(head) or plain(title) or title.strip().casefold()
    number = f" part {part.group(1).casefold()}" if part and not _PART.search(stripped) else ""
    return core + number


@lru_cache(_KEPT)
def artist_key(artist: str) -> str:
    """An artist's name without case, accents and a leading "The"."""
    name = plain(artist) or artist.strip().casefold()
    return name.removeprefix("the ") or name


def song_key(artist: str, title: str) -> str:
    """The same for every release of one song by one artist: `artist|title`, both reduced to their core."""
    return f"{artist_key(artist)}|{core_title(title)}"


def is_other_recording(title: str) -> bool:
    """Whether the title says that this is a remix, a concert or the like, and not the known recording."""
    notes = " ".join([*_BRACKETS.findall(title), *title.split(" - ")[1:]])
    return bool(_OTHER_RECORDING.search(_SAME_RECORDING.sub(" ", notes)))
