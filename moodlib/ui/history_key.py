"""The name under which a browser's history is kept: random, and stored in that browser alone."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

_ID: Final = re.compile(r"[0-9a-f]{32}")

# Not a cookie: it is sent to nobody by itself, and only this page reads it.
_JS: Final = """
const NAME = "mood-dj-history"
export default function (component) {
  const { data, setStateValue } = component
  try {
    if (data.forget) localStorage.removeItem(NAME)
    else if (data.keep) localStorage.setItem(NAME, data.keep)
    setStateValue("id", localStorage.getItem(NAME) ?? "")
  } catch { /* A browser that stores nothing has no older history. */ }
}
"""

_key = st.components.v2.component("history_key", html="<span hidden></span>", js=_JS)


def history_key(keep: str = "", *, forget: bool = False) -> str:
    """Ask the browser for its name, or tell it to remember or forget one.

    Args:
        keep: To be remembered.
        forget: Forget it instead.

    Returns:
        32 hexadecimal digits; "" when the browser knows none or has not answered.
    """
    answer = _key(
        key="history_key", data={"keep": keep, "forget": forget}, on_id_change=lambda: None, width=1, height=1
    )
    found = str(answer.get("id") or "")
    return found if _ID.fullmatch(found) else ""
