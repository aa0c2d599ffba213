"""What kind of device the page is shown on, as far as a server can tell."""

from __future__ import annotations

import streamlit as st


def on_a_phone() -> bool:
    """Whether the browser calls itself one of a phone; those of phones all have this in their names."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
