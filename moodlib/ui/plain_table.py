"""A table of words that stays readable on a phone: there each row becomes a card with its columns' names in it.

Streamlit's own tables keep their columns at every width, which leaves four columns of sentences a thumb's breadth each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

_JS: Final = """
export default function (component) {
  const { parentElement, data } = component
  const table = parentElement.querySelector("table")
  if (!table) return
  const make = (tag, role, text, label) => {
    const cell = document.createElement(tag)
    cell.setAttribute("role", role)
    if (text !== undefined) cell.textContent = text
    if (label !== undefined) cell.dataset.label = label
    return cell
  }
  const row = (cells) => {
    const line = make("tr", "row")
    line.append(...cells)
    return line
  }
  table.setAttribute("aria-label", data.alt)
  const head = make("thead", "rowgroup")
  head.append(row(data.columns.map((name) => make("th", "columnheader", name))))
  head.querySelectorAll("th").forEach((cell, i) => { cell.style.width = `${data.widths[i]}%` })
  const body = make("tbody", "rowgroup")
  body.append(...data.rows.map((cells) => row(cells.map((text, i) => make("td", "cell", text, data.columns[i])))))
  table.replaceChildren(head, body)
}
"""
# The roles are said out loud since a table whose rows are drawn as blocks is else no table to a screen reader.
_HTML: Final = '<div class="frame"><table role="table"></table></div>'
_CSS: Final = """
.frame { container-type: inline-size; }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; line-height: 1.5; color: var(--st-text-color); }
th, td { text-align: left; vertical-align: top; padding: 0.6rem 1.2rem 0.6rem 0; overflow-wrap: anywhere; }
th, td { border-bottom: 1px solid var(--st-border-color); }
th { font-weight: 600; opacity: 0.75; font-size: 0.85rem; }
td:first-child { font-weight: 600; }
tr:last-child td { border-bottom: 0; }
@container (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; width: auto; }
  tr { border: 1px solid var(--st-border-color); border-radius: 14px; padding: 0.9rem 1rem; margin-bottom: 0.75rem; }
  td { border: 0; padding: 0 0 0.55rem; }
  td:last-child { padding-bottom: 0; }
  td:first-child { font-size: 1.05rem; }
  td:not(:first-child)::before {
    content: attr(data-label); display: block; font-size: 0.78rem; font-weight: 600; opacity: 0.7;
  }
}
"""

_table = st.components.v2.component("plain_table", html=_HTML, css=_CSS, js=_JS)


def plain_table(rows: pd.DataFrame, key: str, alt: str, widths: Sequence[float] | None = None) -> None:
    """Show a table of words.

    Args:
        rows: All of it text; the first column says what the row is about.
        key: Its name on the page.
        alt: What it shows, for those who do not see it.
        widths: Of the columns, in per cent of the table where it is wide enough for columns; alike when not given.
    """
    columns = list(rows.columns)
    shares = list(widths) if widths is not None else [100 / len(columns)] * len(columns)
    _table(key=key, data={"columns": columns, "rows": rows.to_numpy().tolist(), "alt": alt, "widths": shares})
