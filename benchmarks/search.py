"""How long a forgiving search over 100,000 songs takes, and whether it finds the song: benchmarks/results/search.json.

Titles and artists are those of the catalogue, each word of a made-up song drawn from them, so that words are as long
and as common as in real names. A query is the artist's and title's words with one typo in each word of four letters or
more.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib.music import catalogue
from moodlib.music.search import Index

SONGS, QUERIES, SEED = 100_000, 400, 0
RESULT = Path(__file__).parent / "results" / "search.json"


def made_up(count: int, random: np.random.Generator) -> pd.DataFrame:
    """So many songs from the words of the catalogue."""
    real = catalogue.load()
    titles, artists = (np.array(" ".join(real[name]).split()) for name in ("title", "artist"))

    def phrase(words: np.ndarray, most: int) -> str:
        return " ".join(random.choice(words, random.integers(1, most + 1)))

    return pd.DataFrame(
        {
            "title": [phrase(titles, 5) for _ in range(count)],
            "artist": [phrase(artists, 3) for _ in range(count)],
            "popularity": random.integers(0, 101, count).astype(float),
        }
    )


def typo(word: str, random: np.random.Generator) -> str:
    """One letter wrong, gone, doubled or swapped; short words stay."""
    if len(word) < 4:
        return word
    at = int(random.integers(0, len(word) - 1))
    letter = chr(97 + int(random.integers(26)))
    return str(
        random.choice(
            [
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )


def main() -> None:
    """Measure, print and write."""
    random = np.random.default_rng(SEED)
    songs = made_up(SONGS, random)
    began = time.perf_counter()
    index = Index(songs)
    built = time.perf_counter() - began
    times, found = [], {1: 0, 10: 0}
    for row in random.choice(SONGS, QUERIES, replace=False):
        words = f"{songs['artist'].iloc[row]} {songs['title'].iloc[row]}".split()
        query = " ".join(typo(word, random) for word in random.permutation(words))
        began = time.perf_counter()
        rows = index.find(query)
        times.append(time.perf_counter() - began)
        for top in found:
            found[top] += int(row in rows[:top])
    result = {
        "command": "python benchmarks/search.py",
        "songs": SONGS,
        "queries": QUERIES,
        "median_ms": round(float(np.percentile(times, 50)) * 1000, 1),
        "p95_ms": round(float(np.percentile(times, 95)) * 1000, 1),
        "worst_ms": round(max(times) * 1000, 1),
        "index_s": round(built, 2),
        "found_first": round(found[1] / QUERIES, 3),
        "found_in_first_10": round(found[10] / QUERIES, 3),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
