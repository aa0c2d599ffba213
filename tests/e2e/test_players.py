"""Spotify's players in a real browser; a script in Spotify's place does what its iFrame API is documented to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.e2e.conftest import Visit

SCRIPT = "https://open.spotify.com/embed/iframe-api/v1"
# The controller that the page made last is `window.controller`; a test plays Spotify's part through it.
STAND_IN = """
window.onSpotifyIframeApiReady({
  createController(element, options, callback) {
    const frame = document.createElement("iframe")
    const listeners = {}
    const show = (uri) => { frame.src = "https://open.spotify.com/embed/track/" + uri.split(":")[2] }
    show(options.uri)
    element.replaceWith(frame)
    window.controller = {
      played: 0,
      addListener: (name, listener) => { (listeners[name] ??= []).push(listener) },
      loadUri: show,
      play() { this.played += 1 },
      destroy: () => frame.remove(),
      say: (name, data) => (listeners[name] ?? []).forEach((listener) => listener({ data })),
    }
    callback(window.controller)
    window.controller.say("ready")
  },
})
"""


def spotify(route: Route) -> None:
    if route.request.url == SCRIPT:
        route.fulfill(content_type="text/javascript", body=STAND_IN)
    else:
        route.fulfill(content_type="text/html", body="<title>player</title>")


def say(visitor: Visit, position: int, *, paused: bool = False) -> None:
    """Spotify tells where in a song of three minutes it is."""
    visitor.page.evaluate(
        "now => window.controller.say('playback_update', now)",
        {"isPaused": paused, "isBuffering": False, "duration": 180_000, "position": position},
    )


def happy_songs(visitor: Visit) -> list[str]:
    visitor.open()
    visitor.choose("source", "By hand")
    visitor.choose("hand_mood", "happy")
    return visitor.wait_for_songs()


def test_the_list_plays_through_by_itself(visitor: Visit) -> None:
    ids = happy_songs(visitor)
    asked = len(visitor.strangers)
    visitor.page.route("https://open.spotify.com/**", spotify)
    visitor.at("queue_all").get_by_role("button").click()
    visitor.wait_for_text("queue", r"1 of 10")
    visitor.wait_for_text("song_1", "playing")
    assert visitor.strangers[asked] == SCRIPT
    assert visitor.page.evaluate("window.controller.played") == 1
    # The song runs to its end, where Spotify says more than once that it stands still.
    for position in (1_000, 90_000, 178_500):
        say(visitor, position)
    say(visitor, 180_000, paused=True)
    say(visitor, 180_000, paused=True)
    visitor.wait_for_text("queue", r"2 of 10")
    visitor.wait_for_text("song_2", "playing")
    expect(visitor.at("song_1")).not_to_contain_text("playing")
    frame = visitor.at("queue").locator("iframe")
    assert (frame.get_attribute("src") or "").endswith(ids[1])
    # A pause in the middle is no end; a jump back to the beginning after the end is one.
    say(visitor, 60_000)
    say(visitor, 60_000, paused=True)
    assert "2 of 10" in visitor.text("queue")
    say(visitor, 179_000)
    say(visitor, 0, paused=True)
    visitor.wait_for_text("queue", r"3 of 10")
    visitor.at("queue").get_by_role("button", name="Previous").click()
    visitor.wait_for_text("queue", r"2 of 10")
    # The page may be drawn anew meanwhile: the player stays where it is.
    visitor.at(f"like_{ids[0]}").get_by_role("button").click()
    visitor.settle()
    assert "2 of 10" in visitor.text("queue")
    visitor.at("queue_stop").get_by_role("button").click()
    expect(visitor.at("queue").locator("iframe")).to_have_count(0)
    assert visitor.errors == []


def test_without_a_network_there_is_title_artist_and_link_instead_of_a_broken_frame(visitor: Visit) -> None:
    ids = happy_songs(visitor)
    # No name can be resolved in this browser: Spotify cannot be reached.
    visitor.at(f"play_{ids[0]}").get_by_role("button").click()
    visitor.wait_for_text("song_1", "cannot be reached")
    card = visitor.at("song_1")
    assert card.locator("iframe").count() == 0
    links = card.locator(".lost a")
    assert links.get_attribute("href") == f"https://open.spotify.com/track/{ids[0]}"
    title, artist = (card.locator(f".lost {kind}").inner_text() for kind in ("strong", "span"))
    assert title
    assert title in visitor.text("song_1", '[data-testid="stMarkdown"]')
    assert artist in visitor.text("song_1", '[data-testid="stMarkdown"]')
    visitor.at("queue_all").get_by_role("button").click()
    visitor.wait_for_text("queue", "cannot be reached")
    expect(visitor.at("queue").locator("iframe")).to_have_count(0)
    # Once the network is back, trying again is enough.
    visitor.page.route("https://open.spotify.com/**", spotify)
    visitor.at("queue").get_by_role("button", name="Try again").click()
    visitor.at("queue").locator("iframe").wait_for()
    card.get_by_role("button", name="Try again").click()
    card.locator("iframe").wait_for()
    assert visitor.errors == []


def test_spotifys_script_may_come_and_say_nothing(visitor: Visit) -> None:
    happy_songs(visitor)
    visitor.page.route("https://open.spotify.com/**", lambda route: route.fulfill(body=""))
    visitor.at("queue_all").get_by_role("button").click()
    visitor.wait_for_text("queue", "cannot be reached")


def test_the_queue_fits_on_a_phone(phone: Visit) -> None:
    happy_songs(phone)
    phone.page.route("https://open.spotify.com/**", spotify)
    phone.at("queue_all").get_by_role("button").click()
    phone.wait_for_text("queue", r"1 of 10")
    assert phone.page.evaluate("() => document.scrollingElement.scrollWidth - window.innerWidth") <= 1
