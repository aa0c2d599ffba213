"""Spotify's players: one song, or the whole list as a queue that moves on by itself.

Nothing is loaded before the listener asks for it. When Spotify cannot be reached the card says the song's title and
artist with a link instead of showing a broken frame. The players are Spotify's own, with its logo and its links, and
nothing lies over them.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from moodlib.spotify import embed
from moodlib.ui import session
from moodlib.ui.session import Listener

_COMMON: Final = """
const PATIENCE = 12000

function text(kind, words, parent) {
  const element = document.createElement(kind)
  element.textContent = words
  parent.append(element)
  return element
}

// Titles and artists come from files and accounts: they are only ever set as text.
function link(song, parent) {
  const element = text("a", "Open in Spotify", parent)
  element.href = song.link
  element.target = "_blank"
  element.rel = "noopener noreferrer"
}

function lost(place, song, again) {
  place.replaceChildren()
  const box = document.createElement("div")
  box.className = "lost"
  box.setAttribute("role", "status")
  text("strong", song.title, box)
  text("span", song.artist, box)
  text("em", "Spotify cannot be reached just now.", box)
  const row = document.createElement("div")
  row.className = "row"
  link(song, row)
  text("button", "Try again", row).onclick = again
  box.append(row)
  place.append(box)
}
"""

_CSS: Final = """
.player { width: 100%; color: var(--st-text-color); font-family: var(--st-font); font-size: 0.9rem; }
.player iframe { display: block; width: 100%; height: 152px; border: 0; border-radius: 12px; color-scheme: normal; }
.player .place { min-height: 152px; }
.player .lost { display: flex; flex-direction: column; justify-content: center; gap: 0.2rem; min-height: 152px;
  padding: 0.75rem 1rem; box-sizing: border-box; border-radius: 12px;
  background: var(--st-secondary-background-color); }
.player .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding-top: 0.5rem; }
.player .row span { flex: 1 1 10rem; min-width: 0; overflow-wrap: anywhere; }
.player a { color: var(--st-link-color); }
.player button { font: inherit; color: inherit; background: none; padding: 0.3rem 0.9rem; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 999px; min-height: 2.25rem; }
.player button:disabled { opacity: 0.4; cursor: default; }
"""

_SINGLE_JS: Final = (
    _COMMON
    + """
function load(place, song) {
  place.replaceChildren()
  const again = () => load(place, song)
  if (!navigator.onLine) return lost(place, song, again)
  // A frame does not tell that its page did not come, so the address is tried first.
  fetch(song.src, { mode: "no-cors", signal: AbortSignal.timeout(PATIENCE) }).then(() => {
    const frame = document.createElement("iframe")
    frame.src = song.src
    frame.title = "Spotify player for " + song.title
    frame.allow = "autoplay; clipboard-write; encrypted-media; fullscreen; picture-in-picture"
    place.replaceChildren(frame)
  }, () => lost(place, song, again))
}

export default function (component) {
  const place = component.parentElement.querySelector(".place")
  const song = component.data
  if (!place || place.dataset.src === song.src) return
  place.dataset.src = song.src
  load(place, song)
}
"""
)

_QUEUE_JS: Final = (
    _COMMON
    + """
function api(address) {
  if (!window.moodSpotify) {
    window.moodSpotify = new Promise((resolve, reject) => {
      window.onSpotifyIframeApiReady = resolve
      const script = document.createElement("script")
      script.src = address
      script.onerror = () => reject(new Error("Spotify's script did not load"))
      setTimeout(() => reject(new Error("Spotify's script did not start")), PATIENCE)
      document.head.append(script)
    })
    // Another click may try again.
    window.moodSpotify.catch(() => { window.moodSpotify = undefined })
  }
  return window.moodSpotify
}

function start(host, queue) {
  const place = host.querySelector(".place")
  const song = queue.songs[queue.at]
  const again = () => start(host, queue)
  place.replaceChildren()
  if (!navigator.onLine) return lost(place, song, again)
  api(queue.script).then((spotify) => {
    const spot = document.createElement("div")
    place.replaceChildren(spot)
    spotify.createController(spot, { uri: song.uri, width: "100%", height: 152 }, (controller) => {
      queue.controller = controller
      controller.addListener("playback_update", (event) => follow(host, queue, event.data))
      controller.addListener("ready", () => controller.play())
    })
  }).catch(() => lost(place, song, again))
}

// Spotify says where the song is a few times a second, and not that it has ended: it then stands still at its end, or
// back at its beginning after having been near the end. Each song ends once, however often that is said.
function follow(host, queue, now) {
  if (!now || !(now.duration > 0)) return
  const rest = now.duration - now.position
  if (now.position > 0 && rest > 3000) queue.ended = false
  const over = now.isPaused && (rest <= 500 || (queue.near && now.position === 0))
  queue.near = rest <= 3000
  if (over && !queue.ended) {
    queue.ended = true
    queue.near = false
    go(host, queue, queue.at + 1)
  }
}

function go(host, queue, at) {
  if (at < 0) return
  if (at >= queue.songs.length) {
    queue.tell("current", "")
    return
  }
  queue.at = at
  show(host, queue)
  if (queue.controller) {
    queue.controller.loadUri(queue.songs[at].uri)
    queue.controller.play()
  } else {
    start(host, queue)
  }
  queue.tell("current", queue.songs[at].id)
}

function show(host, queue) {
  const song = queue.songs[queue.at]
  const row = host.querySelector(".row.bar")
  row.replaceChildren()
  const before = text("button", "Previous", row)
  before.disabled = queue.at === 0
  before.onclick = () => go(host, queue, queue.at - 1)
  text("span", `${queue.at + 1} of ${queue.songs.length}: ${song.title} – ${song.artist}`, row)
  link(song, row)
  const after = text("button", "Next", row)
  after.disabled = queue.at === queue.songs.length - 1
  after.onclick = () => go(host, queue, queue.at + 1)
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const host = parentElement.querySelector(".player")
  if (!host) return
  const leave = () => {
    if (host.queue && host.queue.controller) host.queue.controller.destroy()
  }
  if (host.queue && host.queue.name === data.name) {
    host.queue.tell = setStateValue
    return leave
  }
  leave()
  host.queue = { ...data, at: 0, near: false, ended: false, tell: setStateValue }
  show(host, host.queue)
  start(host, host.queue)
  return leave
}
"""
)

_single = st.components.v2.component(
    "spotify_song",
    html='<div class="player"><div class="place"></div></div>',
    css=_CSS,
    js=_SINGLE_JS,
    isolate_styles=False,
)
_queue = st.components.v2.component(
    "spotify_queue",
    html='<div class="player"><div class="place"></div><div class="row bar"></div></div>',
    css=_CSS,
    js=_QUEUE_JS,
    isolate_styles=False,
)


def single(song: dict[Any, Any], listener: Listener) -> None:
    """A song's player, or the song with a link while Spotify cannot be reached.

    Args:
        song: `track_id`, `title` and `artist`.
        listener: Whose page it is on.

    Raises:
        InputError: Not a Spotify id.
    """
    track_id = str(song["track_id"])
    _single(key=f"player_{track_id}", data={**_told(song), "src": listener.show_player(track_id)})


def _told(song: dict[Any, Any]) -> dict[str, str]:
    track_id = str(song["track_id"])
    return {
        "id": track_id,
        "title": str(song["title"]),
        "artist": str(song["artist"]),
        "uri": f"spotify:track:{track_id}",
        "link": embed.track_url(track_id),
    }


def queue(songs: pd.DataFrame, listener: Listener) -> None:
    """The button that plays the list, and the player once it is pressed.

    Args:
        songs: The list, in its order; songs that are not on Spotify are left out.
        listener: Whose page it is on.
    """
    playable = songs[songs["track_id"].map(embed.is_track_id)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="queue_bar"):
        st.button(
            "Play them all" if not listener.queue else "Play this list",
            key="queue_all",
            icon=":material/queue_music:",
            disabled=playable.empty,
            on_click=_play,
            args=([_told(song) for song in playable.to_dict("records")],),
            help="Load Spotify's player, which goes through the list by itself.",
        )
        if listener.queue:
            st.button("Stop", key="queue_stop", icon=":material/stop:", type="tertiary", on_click=_stop)
    if listener.queue:
        _queue(
            key="queue",
            data={"name": str(listener.queues), "songs": listener.queue, "script": embed.PLAYER_SCRIPT},
            on_current_change=_moved,
        )


def _play(songs: list[dict[str, str]]) -> None:
    listener = session.current()
    listener.queue, listener.queues = songs, listener.queues + 1
    _now(listener, songs[0]["id"])


def _stop() -> None:
    listener = session.current()
    listener.queue, listener.playing = [], ""


def _moved() -> None:
    state = st.session_state.get("queue", {})
    _now(session.current(), str(state.get("current") or ""))


def _now(listener: Listener, track_id: str) -> None:
    listener.playing = track_id
    if embed.is_track_id(track_id):
        listener.show_player(track_id)


def play_button(track_id: str, listener: Listener) -> bool:
    """The button that loads one song's player.

    Returns:
        Whether the player is loaded, so that its place can be filled.
    """
    playable = embed.is_track_id(track_id)
    opened = playable and (listener.load_at_once or track_id in listener.opened)
    st.button(
        "Play",
        key=f"play_{track_id}",
        icon=":material/play_arrow:",
        disabled=opened or not playable,
        on_click=listener.play,
        args=(track_id,),
        help="Load Spotify's player here." if playable else "Its id is not one of Spotify's.",
    )
    return opened
