"""A bar chart as SVG, without a plotting library: the milliseconds of a frame, by stage, ours beside the plain way."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

COLOURS: Final = {
    "decode": "#94a3b8",
    "search": "#2563eb",
    "crop": "#14b8a6",
    "network": "#f59e0b",
    "tracking": "#a855f7",
    "drawing": "#ec4899",
    "encode": "#64748b",
}
"""The stages in their order. Grey text and these colours read on white and on black."""
LEFT: Final = 190
WIDTH: Final = 560
BAR: Final = 15


def stacked(rows: Mapping[str, Mapping[str, float]], title: str) -> str:
    """One stacked bar a row, the longest as long as the picture allows.

    Args:
        rows: A row's name to its stages' milliseconds.
        title: What is shown.
    """
    longest = max(sum(stages.values()) for stages in rows.values())
    unit = WIDTH / longest
    height = 64 + len(rows) * (BAR + 7)
    parts = [f'<text x="8" y="18" font-size="14" font-weight="600">{escape(title)}</text>']
    at = 8.0
    for name, colour in COLOURS.items():
        parts.append(f'<rect x="{at:.0f}" y="28" width="11" height="11" fill="{colour}"/>')
        parts.append(f'<text x="{at + 15:.0f}" y="38">{name}</text>')
        at += 30 + 7.2 * len(name)
    for number, (row, stages) in enumerate(rows.items()):
        y = 52 + number * (BAR + 7)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(row)}</text>')
        x = float(LEFT)
        for name, colour in COLOURS.items():
            wide = stages.get(name, 0.0) * unit
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BAR}" fill="{colour}"/>')
            x += wide
        parts.append(f'<text x="{x + 5:.1f}" y="{y + 12}">{sum(stages.values()):.1f} ms</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 80} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#808890">'
    )
    return "\n".join([head, *parts, "</svg>", ""])
