"""The curves of a run as a small SVG picture in its folder, for readers without the Training page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

CURVES: Final = "curves.svg"
"""Name of the picture in a run folder."""

_WIDE, _HIGH, _LEFT, _TOP, _GAP, _FOOT = 400, 260, 52, 34, 56, 84
_PANELS: Final[Mapping[str, Mapping[str, str]]] = {
    "Accuracy": {
        "val_fer2013_accuracy": "FER-2013 label, PublicTest",
        "fer2013_accuracy": "FER-2013 label, training",
        "val_ferplus_accuracy": "FER+ majority, PublicTest",
    },
    "Loss": {"val_loss": "PublicTest", "loss": "training"},
}
_COLOURS: Final = ("#b8508f", "#b8508f", "#1f7a8c")
# GitHub and browsers show the picture on a light or a dark page: grey is read on both.
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#80758a}.head{font-weight:600;font-size:14px}"
    ".grid{stroke:#80758a;stroke-opacity:.25}.line{fill:none;stroke-width:2.2}.dotted{stroke-dasharray:2 4}"
)


def draw(history: pd.DataFrame) -> str:
    """Accuracy and loss by epoch.

    Args:
        history: One row per epoch, as the trainer's `history.csv`; columns that are missing are left out.

    Returns:
        An SVG document. Training is dotted, for it is measured on augmented faces while the weights move.
    """
    panels, left = [], _LEFT
    for title, columns in _PANELS.items():
        known = {
            column: words for column, words in columns.items() if column in history and history[column].notna().any()
        }
        if known:
            panels.append(f'<g transform="translate({left},{_TOP})">{_panel(title, history, known)}</g>')
            left += _WIDE + _GAP
    size = f'width="{left}" height="{_TOP + _HIGH + _FOOT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {left} {_TOP + _HIGH + _FOOT}">'
        f"<style>{_STYLE}</style>{''.join(panels)}</svg>\n"
    )


def _panel(title: str, history: pd.DataFrame, columns: Mapping[str, str]) -> str:
    values = history[list(columns)].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.05 * (high - low) or 0.05
    low, high = low - room, high + room
    last = max(1, len(history) - 1)
    parts = [f'<text class="head" y="-14">{escape(title)}</text>']
    for step in range(5):
        y = _HIGH * (1 - step / 4)
        value = low + (high - low) * step / 4
        parts.append(f'<line class="grid" x2="{_WIDE}" y1="{y:g}" y2="{y:g}"/>')
        words = f"{value:.0%}" if title == "Accuracy" else f"{value:.2f}"
        parts.append(f'<text x="-8" y="{y + 4:g}" text-anchor="end">{words}</text>')
    ends = {1: "start", len(history): "end"}
    for epoch in sorted({1, (len(history) + 1) // 2, len(history)}):
        x, anchor = _WIDE * (epoch - 1) / last, ends.get(epoch, "middle")
        parts.append(f'<text x="{x:.1f}" y="{_HIGH + 18}" text-anchor="{anchor}">epoch {epoch}</text>')
    for index, (column, words) in enumerate(columns.items()):
        points = " ".join(
            f"{_WIDE * row / last:.1f},{_HIGH * (high - value) / (high - low):.1f}"
            for row, value in enumerate(history[column].astype(float))
            if value == value
        )
        kind = "line" if column.startswith("val_") else "line dotted"
        key, colour = _HIGH + 34 + 16 * index, f'stroke="{_COLOURS[index]}"'
        parts.append(f'<polyline class="{kind}" {colour} points="{points}"/>')
        parts.append(f'<line class="{kind}" {colour} x1="0" x2="24" y1="{key}" y2="{key}"/>')
        parts.append(f'<text x="32" y="{key + 4}">{escape(words)}</text>')
    return "".join(parts)


def write(folder: Path) -> None:
    """Draw the history of a run folder into `curves.svg` beside it; a run without epochs gets none."""
    file = folder / "history.csv"
    if file.is_file() and file.stat().st_size:
        history = pd.read_csv(file)
        if len(history):
            (folder / CURVES).write_text(draw(history), encoding="utf-8")
