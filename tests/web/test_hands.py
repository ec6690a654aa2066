"""The studio under somebody's hands: pointer, keys, telephone, full screen; and when something goes."""

from pathlib import Path
from typing import Any

import playing
import pytest
import serving


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


def test_the_waveform_is_a_slider_for_pointer_and_keyboard(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    playing.pause(page)
    slider = page.locator(".wave-slider")
    box = slider.bounding_box()

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    clicked = playing.position(page)
    slider.focus()
    page.keyboard.press("Home")
    home = playing.position(page)
    page.keyboard.press("ArrowRight")

    assert clicked == pytest.approx(1.5, abs=0.02)
    assert home == 0
    assert playing.position(page) == 3
    assert slider.get_attribute("aria-valuenow") == "3"
    assert slider.get_attribute("aria-valuetext") == "3 seconds of 3 seconds"


def test_a_loop_is_drawn_along_the_ruler_and_its_ends_are_moved(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    box = page.locator(".wave-ruler").bounding_box()
    y = box["y"] + box["height"] / 2

    page.mouse.move(box["x"] + box["width"] / 3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.move(box["x"] + box["width"] * 2 / 3, y)
    page.mouse.up()
    drawn = playing.known(page, "loop")
    page.locator(".wave-end-1").focus()
    page.keyboard.press("ArrowRight")
    longer = playing.known(page, "loop")
    page.mouse.click(box["x"] + box["width"] * 0.9, y)

    assert drawn == pytest.approx([1, 2], abs=0.02)
    assert longer[1] - drawn[1] == pytest.approx(0.1, abs=1e-3)
    assert playing.known(page, "loop") is None


def test_everything_is_done_with_the_keyboard_alone(page: Any) -> None:
    page.locator("#play-demo").focus()
    page.keyboard.press("Enter")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')")

    page.keyboard.press("Space")
    paused = not playing.known(page, "playing")
    page.keyboard.press("Home")  # a slow machine may be bars into the song already
    playing.until(page, "oriel.state.get('bands').beats.length", playing.BEATS_SECONDS)
    page.keyboard.press("l")
    looped = playing.known(page, "loop")
    page.keyboard.press("l")
    page.keyboard.press("m")
    muted = playing.known(page, "volume")
    page.keyboard.press("m")
    page.keyboard.press("v")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("?")
    sheet = page.locator("#keys").is_visible()
    page.keyboard.press("Escape")

    assert paused
    assert looped[0] < 0.05
    assert looped[1] == pytest.approx(32 * 60 / 122, abs=0.1)
    assert muted == 0
    assert playing.known(page, "volume") > 0
    assert playing.known(page, "aspect") == "9:16"
    assert playing.position(page) == pytest.approx(27, abs=0.1)
    assert sheet
    assert page.locator("#keys").is_hidden()


def test_keys_typed_into_a_field_stay_in_it(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    playing.pause(page)
    page.keyboard.press("e")
    page.get_by_text("A part", exact=True).click()
    field = page.get_by_role("textbox", name="From")

    field.fill("")
    field.press_sequentially("0 l")

    assert field.input_value() == "0 l"
    assert playing.known(page, "playing") is False
    assert playing.known(page, "loop") is None


def test_full_screen_shows_the_picture_alone_and_hides_the_cursor(page: Any) -> None:
    page.keyboard.press("f")
    playing.until(page, "document.fullscreenElement?.id === 'stage'")
    playing.until(page, "getComputedStyle(document.getElementById('picture')).cursor === 'none'")

    page.keyboard.press("f")

    playing.until(page, "!document.fullscreenElement")


def test_who_asks_for_less_motion_starts_the_song_himself(page: Any, clicks: Path) -> None:
    page.emulate_media(reduced_motion="reduce")

    playing.drop(page, clicks)
    playing.until(page, "document.querySelector('.notice p')")
    rested = playing.known(page, "playing")
    page.keyboard.press("Space")

    assert "asks for less motion" in playing.notices(page)
    assert rested is False
    playing.until(page, "oriel.state.get('position') > 0")


def test_a_telephone_shows_picture_and_player_without_scrolling_sideways(
    browser: Any, studio: str, clicks: Path
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    playing.patient(page)
    playing.opened(page, studio)

    playing.play(page, clicks)
    playing.endlessly(page)
    page.locator("#play").tap()
    playing.until(page, "!oriel.state.get('playing')")

    boxes = {name: page.locator(name).bounding_box() for name in ("#picture", ".wave", "#play")}
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width == 390
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= 844 for box in boxes.values())
    assert min(boxes["#play"]["width"], boxes["#play"]["height"]) >= 44


def test_a_server_that_goes_is_told_of_and_the_song_goes_on(
    page: Any, tmp_path: Path, clicks: Path
) -> None:
    with serving.served(cwd=tmp_path) as server:
        page.complaints.clear()
        playing.opened(page, server.url)
        playing.play(page, clicks)
        playing.endlessly(page)
        server.child.terminate()
        server.child.wait(timeout=60)

        page.evaluate("dispatchEvent(new Event('offline'))")
        playing.until(page, "document.querySelector('.notice-lasting')")

    assert "server does not answer" in playing.notices(page)
    assert playing.known(page, "playing") is True
    page.complaints.clear()  # Chromium logs what cannot be fetched


def test_a_graphics_card_that_goes_and_comes_back_is_told_of(page: Any) -> None:
    page.evaluate(
        "window.loss = document.getElementById('picture').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context'); loss.loseContext()"
    )
    playing.until(page, "document.querySelector('.notice-lasting')")
    told = playing.notices(page)

    page.evaluate("loss.restoreContext()")

    assert "the picture comes back by itself" in told
    playing.until(page, "!document.querySelector('.notice-lasting')")
