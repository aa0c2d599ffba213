"""What kind of device the page is shown on, as far as a server can tell."""

from __future__ import annotations

from typing import Any

import streamlit as st

from moodlib.ui import charts


def on_a_phone() -> bool:
    """Whether the browser calls itself one of a phone; those of phones all have this in their names."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def pointing() -> dict[str, Any]:
    """A chart's settings where a mouse points at things; on a phone a finger scrolls the page over it instead."""
    return charts.STILL if on_a_phone() else charts.CONFIG
