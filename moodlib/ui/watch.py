"""What the browser knows about its camera before a picture comes: refused, missing, or not allowed on this address.

The video component keeps such errors to itself. This small component asks the browser and tells the page, so that the
page can say it in a sentence and offer another way. It shows nothing and sends nothing anywhere but to this app.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

PROBLEMS: Final[dict[str, str]] = {
    "refused": "The browser has refused the camera to this page; allow it beside the address bar, "
    "or use a photo, a file or your own word instead.",
    "missing": "No camera was found on this device; use a photo, a file or your own word instead.",
    "insecure": "The browser lends the camera only to https addresses or to this computer's own; "
    "use a file or your own word instead.",
    "old": "This browser is too old to send video to a page; update it, "
    "or use a photo, a file or your own word instead.",
}
"""One sentence for each state that keeps the camera from working."""

LATE: Final = (
    "No picture has come from the camera for ten seconds; check that no other program holds it, "
    "or use a photo, a file or your own word instead."
)

# A click into the video component's frame is seen as this window losing the focus to that frame. It stands for START
# being pressed, which the component itself reports only once it has a picture.
_JS: Final = """
export default function (component) {
  const { setStateValue, setTriggerValue } = component
  const report = async () => {
    const media = navigator.mediaDevices
    if (!window.isSecureContext) return setStateValue("camera", "insecure")
    if (!window.RTCPeerConnection || !media || !media.getUserMedia) return setStateValue("camera", "old")
    let state = "prompt"
    try {
      state = (await navigator.permissions.query({ name: "camera" })).state
    } catch { /* Not every browser tells. */ }
    if (state === "denied") return setStateValue("camera", "refused")
    const devices = await media.enumerateDevices().catch(() => [])
    const found = devices.some((device) => device.kind === "videoinput")
    setStateValue("camera", found ? "ready" : "missing")
  }
  const pressed = () => {
    const active = document.activeElement
    if (active && active.tagName === "IFRAME" && /webrtc/i.test(active.title + active.src)) {
      setTriggerValue("pressed", true)
    }
  }
  let status = null
  report()
  try {
    navigator.permissions.query({ name: "camera" })
      .then((found) => { status = found; status.onchange = report })
      .catch(() => {})
  } catch { /* As above. */ }
  navigator.mediaDevices?.addEventListener("devicechange", report)
  window.addEventListener("blur", pressed)
  return () => {
    if (status) status.onchange = null
    navigator.mediaDevices?.removeEventListener("devicechange", report)
    window.removeEventListener("blur", pressed)
  }
}
"""

_watch = st.components.v2.component("camera_watch", html="<span hidden></span>", js=_JS)


def camera_watch() -> tuple[str, bool]:
    """Ask the browser about its camera.

    Returns:
        "ready", one of `PROBLEMS`, or "" while the browser has not answered; and whether START or STOP may just have
        been pressed.
    """
    answer = _watch(
        key="camera_watch", on_camera_change=lambda: None, on_pressed_change=lambda: None, width=1, height=1
    )
    return str(answer.get("camera") or ""), bool(answer.get("pressed"))
