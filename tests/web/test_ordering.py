"""From a song to its video without leaving the studio, on an Oriel with nothing but its defaults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import playing
import pytest
import studios


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole Oriel that pretends to sell, and takes songs of up to four minutes."""
    folder = tmp_path_factory.mktemp("service")
    changed = {"ORIEL_PAYMENTS": "off:simulated", "ORIEL_SONG_LIMIT_MINUTES": "4"}
    with studios.service(folder, **changed) as url:
        yield url


@pytest.fixture
def visitor(browser: Any, service: str) -> Iterator[Any]:
    """Somebody who sees the studio for the first time."""
    with studios.visit(browser, service) as page:
        yield page


def corner(video: studios.Video) -> Any:
    """Where the mark is."""
    height, width, _ = video.picture.shape
    return video.picture[height * 9 // 10 :, width * 3 // 4 :].astype(int)


def told(page: Any) -> dict[str, str]:
    """What is said of the video before it is ordered."""
    lines = "[...document.querySelectorAll('.order-said dt')]"
    pairs = page.evaluate(f"{lines}.map((one) => [one.textContent, one.nextSibling.innerText])")
    return {name: " ".join(words.split()) for name, words in pairs}


def test_a_guest_gets_the_command_and_no_error(visitor: Any, tmp_path: Path) -> None:
    studios.choose(visitor, studios.a_song(tmp_path))

    visitor.get_by_text("Make it on your own computer").click()

    command = visitor.locator("#order-command").text_content()
    assert command.startswith("oriel render song-220.wav --look neon-knot --size 1280x720")
    assert visitor.locator(".order-button").is_enabled()


def test_a_guest_signs_up_on_the_way_and_downloads_a_marked_video_and_then_a_bought_one(
    visitor: Any, tmp_path: Path
) -> None:
    studios.choose(visitor, studios.a_song(tmp_path))
    visitor.evaluate("oriel.editing.choose(oriel.looks.paper, 'paper')")
    studios.part(visitor, "0:00.5", "0:01.5")
    free_video = told(visitor)
    studios.order(visitor)
    studios.sign_up(visitor)
    (free,) = studios.finished(visitor)
    marked = studios.downloaded(visitor, free, tmp_path)

    studios.tier(visitor, "Personal")
    studios.size(visitor).select_option("1280x720")
    bought_video = told(visitor)
    assert visitor.locator(".order-button").inner_text() == "Pay $2.99 and make video"
    studios.order(visitor)
    visitor.get_by_role("button", name="Pretend to pay").click()
    studios.wait_for_service(visitor)
    bought = next(one for one in studios.finished(visitor, 2) if one != free)
    plain = studios.downloaded(visitor, bought, tmp_path)

    both = {"Length": "0:01, 30 frames", "Takes": "a few seconds"}
    assert {name: free_video[name].partition(" Once")[0] for name in both} == both
    assert {name: bought_video[name].partition(" Once")[0] for name in both} == both
    assert free_video["Video"] == "1280 × 720 30 fps, MP4 · H.264, with Oriel’s mark in a corner"
    assert bought_video["Video"] == "1280 × 720 30 fps, MP4 · H.264, no watermark"
    assert free_video["Price"] == "Free 5 free videos with a new account"
    assert bought_video["Price"] == "$2.99 Paid at another page; you come back here."
    assert (marked.width, marked.height, marked.frames, marked.sound) == (1280, 720, 30, True)
    assert (plain.width, plain.height, plain.frames, plain.sound) == (1280, 720, 30, True)
    assert np.abs(corner(marked) - corner(plain)).max() > 60
    assert studios.credits(visitor) == {"free": 4, "personal": 0}
    assert playing.known(visitor, "song")["name"] == "song-220.wav"
    assert playing.known(visitor, "lookName") == "paper"
    assert watched(visitor, bought) == ([1280, 720], "song-220 1280x720.mp4")


def watched(page: Any, render: str) -> tuple[list[int], str]:
    """The size of what plays on a video's own page, on a phone, and the name of its file."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(f'.render[data-render="{render}"]').get_by_role("link", name="Watch").click()
    video = page.locator("video")
    video.evaluate("e => { e.muted = true; return e.play(); }")
    playing.until(page, "document.querySelector('video').currentTime > 0.2")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    return video.evaluate("e => [e.videoWidth, e.videoHeight]"), download.value.suggested_filename


def test_who_leaves_the_page_to_pay_finds_the_order_waiting_and_pays_later(
    visitor: Any, tmp_path: Path
) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 1, 330))
    studios.join(visitor)
    studios.tier(visitor, "Commercial")
    studios.order(visitor)
    visitor.get_by_role("link", name="Go back").click()
    studios.wait_for_service(visitor)

    waiting = visitor.locator(".ordering")
    waiting.get_by_text("nothing was charged").wait_for()
    playing.until(visitor, "oriel.state.get('song')?.name === 'song-330.wav'")
    before = studios.credits(visitor), studios.renders(visitor)
    whole = "1920 × 1080, 30 fps, MP4 · H.264, standard quality, the whole song."
    waiting.get_by_text(whole).wait_for()
    waiting.get_by_role("button", name="Go on and pay").click()
    visitor.get_by_role("button", name="Pretend to pay").click()
    studios.wait_for_service(visitor)
    studios.finished(visitor)

    assert before == ({"free": 5}, [])
    paid = visitor.request.get(f"{visitor.url_of_studio}/api/payments/history").json()["payments"]
    assert [one["status"] for one in paid] == ["paid"], "the same page was gone on with"
    assert [one["size"] for one in studios.renders(visitor)] == ["1920x1080"]


def test_an_order_given_up_is_forgotten(visitor: Any, tmp_path: Path) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 1, 340))
    studios.join(visitor)
    studios.tier(visitor, "Personal")
    studios.order(visitor)
    visitor.get_by_role("link", name="Go back").click()
    studios.wait_for_service(visitor)

    visitor.get_by_role("button", name="Give the order up").click()
    studios.open_studio(visitor)

    assert visitor.locator(".ordering").is_hidden()
    assert visitor.evaluate("localStorage.getItem('oriel.order')") is None


# What is said of an order under way, all of it.
NOTE_WORDS = """() => {
  const words = document.querySelector(".ordering [role=status]");
  window.said = "";
  new MutationObserver(() => (window.said += words.textContent)).observe(words, { childList: true });
}"""


def noted(page: Any, pattern: str) -> list[str]:
    """What fits among all that was said since it is noted."""
    return re.findall(pattern, page.evaluate("said"))


def shares(page: Any) -> list[int]:
    """How far the song was, each time that it was said."""
    return [int(one) for one in noted(page, r"Sending the song, (\d+) %")]


def test_the_song_is_sent_once_and_several_shapes_are_made_of_it(
    visitor: Any, tmp_path: Path
) -> None:
    sent: list[Any] = []
    visitor.on("requestfinished", lambda one: sent.append(one))
    studios.choose(visitor, studios.a_song(tmp_path, 3, 350))
    studios.part(visitor, "0:00", "0:01")
    studios.join(visitor)
    studios.also(visitor, "9:16")
    studios.also(visitor, "1:1")
    assert visitor.locator(".order-button").inner_text() == "Make 3 videos"
    visitor.evaluate(NOTE_WORDS)
    line = visitor.context.new_cdp_session(visitor)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", slow)
    studios.order(visitor)
    for _ in range(600):  # until it was said twice, however slow the page itself is
        if len({one for one in shares(visitor) if 0 < one < 100}) >= 2:
            break
        visitor.wait_for_timeout(100)
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    studios.finished(visitor, 3)
    told = shares(visitor)
    visitor.get_by_label("Frame rate").select_option("24")
    studios.also(visitor, "9:16", wanted=False)
    studios.also(visitor, "1:1", wanted=False)
    studios.order(visitor)
    studios.finished(visitor, 4)

    sizes = [one["size"] for one in studios.renders(visitor)]
    assert sorted(sizes) == ["1280x720", "1280x720", "720x1280", "720x720"]
    assert studios.credits(visitor) == {"free": 1}
    orders = [one.post_data or "" for one in sent if one.url.endswith("/submit")]
    assert ["song_hash" in one for one in orders] == [False, True], "the server knew the song"
    assert told == sorted(told)
    assert len({one for one in told if 0 < one < 100}) >= 2, "how far the song was"


def test_a_connection_that_breaks_makes_no_second_order(visitor: Any, tmp_path: Path) -> None:
    """Once the song does not arrive; then it does, and the answer is lost."""
    keys: list[str] = []

    def break_off(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 2:
            route.fetch()
        if len(keys) < 3:
            route.abort()
        else:
            route.continue_()

    visitor.route("**/api/jobs/submit", break_off)
    studios.choose(visitor, studios.a_song(tmp_path, 1, 360))
    studios.join(visitor)
    visitor.evaluate(NOTE_WORDS)

    studios.order(visitor)
    studios.finished(visitor)

    assert noted(visitor, "Trying again")
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len(studios.renders(visitor)) == 1
    assert studios.credits(visitor) == {"free": 4}
    lost = [one for one in visitor.complaints if "ERR_FAILED" in one]
    assert len(lost) == 2
    visitor.complaints.clear()


def test_without_events_a_render_is_asked_for(visitor: Any, tmp_path: Path) -> None:
    visitor.route("**/events", lambda route: route.fulfill(status=204))
    studios.choose(visitor, studios.a_song(tmp_path, 1, 370))
    studios.join(visitor)

    studios.order(visitor)

    assert len(studios.finished(visitor)) == 1


def test_a_browser_that_is_closed_loses_nothing(
    browser: Any, visitor: Any, service: str, tmp_path: Path
) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 60, 380))  # under way until it is stopped
    address = studios.join(visitor)
    studios.order(visitor)
    visitor.locator(".render").wait_for(timeout=60_000)
    render = visitor.locator(".render").get_attribute("data-render")
    visitor.goto("about:blank")

    with studios.visit(browser, service) as other:
        studios.sign_in(other, address)
        other.get_by_role("tab", name="Video").click()
        found = other.locator(".render").get_attribute("data-render")
        other.get_by_role("button", name="Stop it").click()
        said = other.locator(".render[data-status=cancelled] .render-stage")
        said.wait_for()
        told = said.inner_text()

    assert found == render
    assert "credit" in told
    studios.open_studio(visitor)
    visitor.get_by_role("tab", name="Video").click()
    visitor.locator(".render[data-status=cancelled]").wait_for()


def before_the_limit(route: Any) -> None:
    """What is offered, as it was when songs might be longer."""
    told = route.fetch()
    route.fulfill(response=told, json={**told.json(), "song_limit_minutes": 60})


def test_a_render_that_fails_says_why_and_gives_its_credit_back(
    visitor: Any, tmp_path: Path
) -> None:
    """A song that is too long is told of at once; by a page that is older than the limit, when heard."""
    song = studios.a_song(tmp_path, 241, 390, rate=3000)
    studios.choose(visitor, song)
    studios.part(visitor, "0:01", "0:02")
    said = visitor.locator(".order-problems").inner_text()
    blocked = visitor.locator(".order-button").is_disabled()
    visitor.route("**/api/payments/tiers", before_the_limit)
    studios.open_studio(visitor)
    studios.choose(visitor, song)
    studios.part(visitor, "0:01", "0:02")
    studios.join(visitor)

    studios.order(visitor)
    card = visitor.locator(".render[data-status=failed]")
    card.wait_for(timeout=studios.PATIENCE_SECONDS * 1000)

    assert (
        said
        == "Songs may last up to 4 minutes here, and this one lasts 4:01: choose a shorter one."
    )
    assert blocked
    assert "Your credit is back." in card.locator(".render-stage").inner_text()
    assert studios.credits(visitor) == {"free": 5}
    visitor.locator(".order-said").get_by_text("4 free videos left after this").wait_for()
    failed = card.get_attribute("data-render")
    card.get_by_role("button", name="Try again").click()
    visitor.locator(f".render:not([data-render='{failed}'])").wait_for()
    playing.until(visitor, "document.querySelectorAll('.render').length === 1")
    assert len(studios.renders(visitor)) == 2


def test_a_sign_in_of_an_hour_ago_still_orders(visitor: Any, tmp_path: Path) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 1, 400))
    studios.join(visitor)
    visitor.context.clear_cookies(name="oriel_access")  # which browsers do after a quarter of one

    studios.order(visitor)

    assert len(studios.finished(visitor)) == 1


def test_a_render_is_gone_on_with_in_another_browser_and_its_beat_is_known(
    browser: Any, visitor: Any, service: str, tmp_path: Path
) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 8, 410))
    unheard = playing.known(visitor, "rhythm")
    address = studios.join(visitor)
    visitor.evaluate("oriel.editing.choose(oriel.looks.vapor, 'vapor')")
    visitor.evaluate("oriel.editing.turn('rotationSpeed', 0.3)")
    studios.part(visitor, "0:00", "0:01")
    studios.order(visitor)
    (render,) = studios.finished(visitor)
    playing.until(visitor, "oriel.state.get('bands')?.beats.length")

    with studios.visit(browser, service) as other:
        studios.open_studio(other, f"?render={render}")
        other.get_by_label("E-mail").fill(address)
        other.get_by_label("Password", exact=True).fill(studios.PASSWORD)
        other.locator("#signin").get_by_role("button", name="Sign in").click()
        playing.until(other, "oriel.state.get('song')?.file === 'song-410.wav'")
        look = studios.look(other)
        playing.until(other, "oriel.state.get('bands')?.beats.length")
        seconds = playing.known(other, "song")["seconds"]
        rhythm = playing.known(other, "rhythm")
        query = other.evaluate("location.search")

    assert look == studios.look(visitor)
    assert seconds == pytest.approx(8)
    assert unheard is None
    assert rhythm == playing.known(visitor, "rhythm")
    assert rhythm["tempo"] == pytest.approx(120, abs=1)
    assert query == ""


def test_what_a_tier_or_the_song_does_not_include_cannot_be_ordered(
    visitor: Any, tmp_path: Path
) -> None:
    studios.choose(visitor, studios.a_song(tmp_path, 200, 420, rate=3000))
    size = studios.size(visitor)

    def lacking(select: Any) -> list[str]:
        return [one.inner_text() for one in select.locator("option[disabled]").all()]

    free = lacking(size), lacking(visitor.get_by_label("Frame rate"))
    said = visitor.locator(".order-problems").inner_text()
    blocked = visitor.locator(".order-button").is_disabled()
    studios.tier(visitor, "Premium")
    whole = visitor.locator(".order-button").is_enabled()
    studios.part(visitor, "1:30", "1:00")

    assert free == (
        ["1920 × 1080 · Full HD", "2560 × 1440 · QHD", "3840 × 2160 · 4K"],
        ["50 fps", "60 fps"],
    )
    assert said == "Free videos last up to 3:00: choose a part of the song."
    assert blocked
    assert lacking(size) == []
    assert whole
    assert visitor.locator(".order-button").is_disabled(), "it would be the whole song"
    assert "must end after it begins" in visitor.locator(".order-problems").inner_text()
    assert visitor.locator("#order-command").is_hidden()
