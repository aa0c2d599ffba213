"""The address: any setting comes back from it, and no address breaks the page."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from moodlib.emotions import NAMES
from moodlib.mood.target import MOODS, STRATEGIES
from moodlib.music import address
from moodlib.music.address import Link
from moodlib.music.filters import Filters
from moodlib.music.presets import DEFAULT, ERA, LENGTHS, MINUTES, PER_ARTIST, PRESETS, TEMPO, Setting
from moodlib.music.weights import WEIGHTS, Weights

KEYS = ["mood", "seed", *address.KEYS, *(address.OTHER + key for key in address.KEYS)]


@st.composite
def ranges(draw: st.DrawFn, ends: tuple[int, int]) -> tuple[int | None, int | None]:
    """Two ends in order, each perhaps open."""
    low, high = sorted(draw(st.tuples(st.integers(*ends), st.integers(*ends))))
    return draw(st.sampled_from([(low, high), (None, high), (low, None), (None, None)]))


@st.composite
def settings(draw: st.DrawFn) -> Setting:
    weights = {w.name: draw(st.floats(w.low, w.high, allow_subnormal=False)) for w in WEIGHTS}
    assume(any(weights.values()))
    return Setting(
        strategy=draw(st.sampled_from(sorted(STRATEGIES))),
        to=draw(st.sampled_from(list(MOODS))),
        length=draw(st.integers(*LENGTHS)),
        minutes=draw(st.none() | st.integers(*MINUTES)),
        weights=Weights(**weights),
        filters=Filters(*draw(ranges(ERA)), *draw(ranges(TEMPO))),
        per_artist=draw(st.integers(*PER_ARTIST)),
        fresh=draw(st.booleans()),
    )


links = st.builds(
    Link,
    setting=settings(),
    other=st.none() | settings(),
    mood=st.none() | st.sampled_from(NAMES),
    seed=st.none() | st.integers(0, 10**15),
)


@given(links)
def test_a_link_comes_back_as_it_was_written(link: Link) -> None:
    assert address.read(address.write(link)) == (link, [])


def test_each_preset_comes_back() -> None:
    for preset in PRESETS:
        assert address.read(address.write(Link(preset.setting))) == (Link(preset.setting), [])


def test_what_is_left_out_is_the_default() -> None:
    assert address.read({}) == (Link(DEFAULT), [])
    link, problems = address.read({"songs": "12"})
    assert (link.setting.length, problems) == (12, [])


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=12), st.text(max_size=40), max_size=8))
def test_no_address_breaks_the_page(said: dict[str, str]) -> None:
    link, problems = address.read(said)
    # What was understood can be written down again and is then understood without complaint.
    assert address.read(address.write(link)) == (link, [])
    assert all(sentence.endswith(".") and len(sentence) < 400 for sentence in problems)
    assert all(any(key[:40] in sentence for sentence in problems) for key in said if key not in KEYS)
