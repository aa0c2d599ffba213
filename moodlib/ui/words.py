"""How emotions are written: icon and colour names of Streamlit's own text markup."""

from __future__ import annotations

from typing import Final

from moodlib.emotions import BY_NAME

ICONS: Final[dict[str, str]] = {
    "angry": ":material/sentiment_extremely_dissatisfied:",
    "disgust": ":material/sick:",
    "fear": ":material/sentiment_worried:",
    "happy": ":material/sentiment_very_satisfied:",
    "sad": ":material/sentiment_sad:",
    "surprise": ":material/sentiment_excited:",
    "neutral": ":material/sentiment_neutral:",
}

COLOURS: Final[dict[str, str]] = {
    "angry": "red",
    "disgust": "green",
    "fear": "violet",
    "happy": "yellow",
    "sad": "blue",
    "surprise": "orange",
    "neutral": "gray",
}
"""Streamlit's colour names; `.streamlit/config.toml` gives each the emotion's own colour."""


def chip(name: str) -> str:
    """Icon and name, for a button or a pill."""
    return f"{ICONS[name]} {name}"


def coloured(name: str, text: str) -> str:
    """Text in the emotion's colour."""
    return f":{COLOURS[name]}[{text}]"


def badge(name: str) -> str:
    """Icon and name on the emotion's colour."""
    return f":{COLOURS[name]}-badge[{ICONS[name]} {name}]"


def look(name: str) -> str:
    """The word that completes `You look ...`, with its icon."""
    return coloured(name, f"{ICONS[name]} {BY_NAME[name].adjective.capitalize()}")


def moved(places: float) -> str:
    """Places gained or lost, with an arrow; empty when there is nothing to compare with or nothing moved."""
    if places != places or places == 0:
        return ""
    return f"▲ {places:,.0f}" if places > 0 else f"▼ {-places:,.0f}"


def known(year: float, genre: str) -> list[str]:
    """Of a song's year and genre what is known, as text; nobody tells the year of every song."""
    return [f"{year:.0f}"] * bool(year == year) + [plain(genre)] * bool(genre)


def plain(text: str) -> str:
    """Text from a file, safe inside markup: nothing in a song's title turns into a link, a colour or a formula."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-!|~$:^" else letter for letter in text)
