"""Playing live: the microphone, and looks that change by themselves."""

from pathlib import Path
from typing import Any

import playing
import pytest


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


def test_the_looks_change_by_themselves_on_the_beat(page: Any) -> None:
    page.click("#play-demo")
    playing.until(
        page,
        "oriel.state.get('playing') && oriel.state.get('bands')?.beats.length",
        playing.BEATS_SECONDS,
    )
    page.evaluate("oriel.player.pause(); oriel.player.seek(0)")
    first = playing.known(page, "lookName")
    rhythm = playing.known(page, "rhythm")
    second_bar = rhythm["beats"][rhythm["downbeat"] + 4]

    page.evaluate("oriel.state.set({autopilot: {bars: 1, looks: Object.keys(oriel.looks)}})")
    seek = "at => { oriel.player.seek(at); return ['lookName', 'blend'].map(oriel.state.get); }"
    (before, to_come), (after, blend) = (
        page.evaluate(seek, second_bar + late) for late in (-0.001, 0.001)
    )
    page.evaluate("oriel.player.play()")

    assert second_bar == pytest.approx(4 * 60 / 122, abs=0.02)
    assert (before, to_come["share"]) == (first, 1)
    assert after != first
    assert 0 <= blend["share"] < 0.01
    playing.until(page, "(oriel.state.get('blend')?.share ?? 1) === 1")


@pytest.mark.every_picture  # as the microphone beeps for a moment alone
def test_the_microphone_moves_the_picture_until_a_song_plays(page: Any, clicks: Path) -> None:
    page.evaluate("oriel.panel.show('Sound')")
    page.evaluate(
        "window.loudest = 0; void oriel.state.on('heard', () =>"
        " (loudest = Math.max(loudest, oriel.state.get('heard')?.bass ?? 0)))"
    )

    page.get_by_role("button", name="Microphone").click()
    playing.until(page, "loudest > 0.2")
    live = playing.known(page, "live")
    page.evaluate("oriel.panel.show('Looks')")
    playing.play(page, clicks)

    assert live == "microphone"
    assert playing.known(page, "live") is None
    assert playing.known(page, "heard") is None


def test_while_it_plays_live_the_page_says_so(page: Any) -> None:
    said = page.locator(".transport-song")
    before = said.inner_text()
    page.evaluate("oriel.panel.show('Sound')")

    page.get_by_role("button", name="Microphone").click()
    playing.until(page, "oriel.state.get('live')")
    during = said.inner_text()
    page.get_by_role("button", name="Stop: microphone").click()
    playing.until(page, "!oriel.state.get('live')")

    assert (before.split("\n")[0], during.split("\n")) == ("No song yet", ["Microphone", "Live"])
    assert said.inner_text() == before


def test_a_microphone_that_is_refused_is_told_of(page: Any, studio: str) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    playing.opened(page, studio)
    page.evaluate("oriel.panel.show('Sound')")

    page.get_by_role("button", name="Microphone").click()
    playing.until(page, "document.querySelector('.notice p')")

    assert "The microphone was not allowed" in playing.notices(page)
    assert playing.known(page, "live") is None
