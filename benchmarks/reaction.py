"""From face to chart: how long until the page says what a face in the camera has begun to show, in a real browser.

The webcam is a film of two FER-2013 faces that take turns, with a corner that turns white for one and black for the
other. The browser notes when the corner changes in what its own camera gives, and when the mood on the page does; both
on one clock. Then the camera shows one still face, and every change of the mood on the page is a false one. It ends
with an error when changes are late or missed, or one is false.

    python benchmarks/reaction.py --data FILE [--turns N] [--still-minutes N] [--out FILE]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.browser import ROOT, launch, server, write_webcam
from benchmarks.margin import scene
from moodlib.emotions import BY_NAME, NAMES
from moodlib.training import fer2013
from moodlib.vision.pipeline import Pipeline

RATE: Final = 15
EACH: Final = 5.0
"""Seconds that each face is shown."""
IN_TIME: Final = 1.5
"""Seconds within which 95 % of the changes are to be on the page."""
CORNER: Final = 48
RESULTS: Final = ROOT / "benchmarks" / "results"
SURE: Final = 0.75
PATIENCE: Final = 120_000

# In the video component's frame: its camera is also played into a hidden video whose corner is looked at.
_WATCH_CAMERA: Final = """
window.__turns = []
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await ask(what)
    const video = document.createElement("video")
    video.muted = true
    video.srcObject = stream.clone()
    await video.play()
    const canvas = new OffscreenCanvas(1, 1)
    const look = canvas.getContext("2d", { willReadFrequently: true })
    let before = null
    const see = () => {
      look.drawImage(video, 8, 8, 16, 16, 0, 0, 1, 1)
      const white = look.getImageData(0, 0, 1, 1).data[0] > 127
      if (before !== null && white !== before) window.__turns.push([Date.now(), white])
      before = white
      video.requestVideoFrameCallback(see)
    }
    video.requestVideoFrameCallback(see)
    return stream
  }
}
"""
_WATCH_MOOD: Final = """
() => {
  window.__moods = []
  let before = ""
  const look = () => {
    const heading = document.querySelector(".st-key-mood_now h2")
    const said = heading ? heading.innerText.trim() : ""
    if (said && said !== before) window.__moods.push([Date.now(), said])
    before = said || before
  }
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  look()
}
"""


def pair(faces: fer2013.Faces) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Two scenes, grey (480, 640), that the app reads surely and rightly, and what they show."""
    pipeline, rng = Pipeline.load(), np.random.default_rng(0)
    scenes: list[NDArray[np.uint8]] = []
    names: list[str] = []
    for name in ("happy", "surprise"):
        rows = np.flatnonzero(faces.labels == NAMES.index(name))
        for row in rows:
            frame, _ = scene(faces.images[row], rng)
            face = pipeline.still(frame).listener
            if face is not None and face.emotion == name and face.probabilities.max() >= SURE:
                scenes.append(frame)
                names.append(name)
                break
        else:
            raise SystemExit(f"No {name} face of the data is read surely enough; give another file.")
    return scenes, names


def write_turns(path: Path, scenes: list[NDArray[np.uint8]]) -> None:
    """A Y4M film in which the scenes take turns, swaying by a pixel or two, the corner telling which."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W640 H480 F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for turn, still in enumerate(scenes):
            for step in range(int(EACH * RATE)):
                frame = np.roll(still, round(2 * np.sin(2 * np.pi * step / RATE)), axis=1)
                frame[:CORNER, :CORNER] = 255 * (turn == 0)
                film.write(b"FRAME\n" + frame.tobytes() + bytes([128]) * (640 * 480 // 2))


def _start(browser: Browser, address: str) -> Page:
    page = browser.new_context(permissions=["camera"], viewport={"width": 1440, "height": 1000}).new_page()
    page.add_init_script(_WATCH_CAMERA)
    page.goto(address)
    page.frame_locator('iframe[src*="webrtc"]').get_by_role("button", name="START").click(timeout=PATIENCE)
    page.locator(".st-key-song_10").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(5000)
    page.evaluate(_WATCH_MOOD)
    return page


def reactions(page: Page, names: list[str], turns: int) -> dict[str, Any]:
    """Milliseconds from each change of the face to the change of the page."""
    page.wait_for_timeout((turns * EACH + 4) * 1000)
    seen = next(frame for frame in page.frames if "webrtc" in frame.url).evaluate("window.__turns")
    said = page.evaluate("window.__moods")
    began = said[0][0]
    waits, missed = [], 0
    for at, white in (turn for turn in seen if turn[0] > began):
        word = BY_NAME[names[0 if white else 1]].adjective.lower()
        wait = next((when - at for when, text in said if when >= at and word in text.lower()), None)
        if wait is None or wait > EACH * 1000:
            missed += wait is not None or at < began + turns * EACH * 1000
        else:
            waits.append(wait)
    if not waits:
        raise SystemExit(f"The page never followed the face; it said {said}.")
    median, late = np.percentile(waits, (50, 95))
    return {
        "turns": len(waits) + missed,
        "missed": missed,
        "seconds": {
            "median": round(median / 1e3, 2),
            "p95": round(late / 1e3, 2),
            "longest": round(max(waits) / 1e3, 2),
        },
    }


def false_changes(page: Page, minutes: float) -> dict[str, Any]:
    """How often the page says another mood while the camera shows one still face."""
    page.wait_for_timeout(minutes * 60_000)
    said = page.evaluate("window.__moods")
    return {"minutes": minutes, "false_changes": len(said) - 1, "said": sorted({text for _, text in said})}


def main(
    data: Annotated[Path, typer.Option(help="FER-2013, in any form that training takes.")],
    turns: Annotated[int, typer.Option(min=2, help="How often the face changes.")] = 20,
    still_minutes: Annotated[float, typer.Option(min=0.1, help="How long a still face is shown.")] = 10.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT
    / "benchmarks"
    / "results"
    / "reaction.json",
) -> None:
    """Measure, write, and fail when what is wanted does not hold."""
    scenes, names = pair(fer2013.load(data).of("PublicTest"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, server() as (address, _):
        film, still = Path(folder) / "turns.y4m", Path(folder) / "still.y4m"
        write_turns(film, scenes)
        write_webcam(still)
        browser = launch(playwright, film)
        changed = reactions(_start(browser, address), names, turns)
        browser.close()
        browser = launch(playwright, still)
        kept = false_changes(_start(browser, address), still_minutes)
        browser.close()
    options = f"--turns {turns} --still-minutes {still_minutes:g}"
    figures = {
        "command": f"python benchmarks/reaction.py --data {data.name} {options}",
        "cores": os.cpu_count(),
        "load_at_the_end": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "faces": names,
        "from_face_to_page": changed,
        "still_face": kept,
    }
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures, indent=2))
    if changed["missed"] or changed["seconds"]["p95"] > IN_TIME or kept["false_changes"]:
        raise SystemExit(f"A change was missed or later than {IN_TIME:g} s, or a still face changed the mood.")


if __name__ == "__main__":
    typer.run(main)
