"""What people do with looks: choose, turn, undo, randomise, compare, share, keep, load."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import playing
import pytest
from PIL import Image, ImageChops, ImageStat

LOOK = "oriel.state.get('look')"
GROUND = "getComputedStyle(document.body).backgroundColor"
PATIENCE_SECONDS = 60  # for a picture: a busy machine draws a new look seconds later


@pytest.fixture
def opened(page: Any, studio: str) -> Any:
    """The studio, ready, with all that moves by itself at rest."""
    page.emulate_media(reduced_motion="reduce")
    return _open(page, studio)


def _open(page: Any, url: str) -> Any:
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("#picture[data-drawn]")
    return page


def _look(page: Any) -> Any:
    return page.evaluate(LOOK)


def _adjust(page: Any) -> Any:
    page.get_by_role("tab", name="Adjust").click()
    return page


def _button(page: Any, name: str) -> Any:
    return page.get_by_role("toolbar").get_by_role("button", name=name, exact=True)


def _picture(page: Any) -> Image.Image:
    """The picture as a person sees it, without the words over it."""
    page.evaluate(
        "for (const id of ['empty', 'notices']) document.getElementById(id).hidden = true"
    )
    page.wait_for_timeout(600)
    shot = page.locator("#picture").screenshot()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures, 0..255."""
    return float(sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3)


def _at_rest(page: Any) -> Image.Image:
    """The picture, once it is the same twice."""
    before, last = _picture(page), time.monotonic() + PATIENCE_SECONDS
    while _difference(before, now := _picture(page)) > 0:
        assert time.monotonic() < last, "it never rests"
        before = now
    return now


def _comes(page: Any, other: Image.Image, apart: Callable[[float], bool]) -> Image.Image:
    """The picture, once its difference from another is as it has to be."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not apart(found := _difference(other, now := _picture(page))):
        assert time.monotonic() < last, f"{found} of 255 apart"
    return now


def test_a_chosen_look_is_shown_and_marked(opened: Any) -> None:
    before = _picture(opened)

    opened.locator('[data-look="blueprint"] .look-choose').click()

    assert _look(opened)["background"] == "#1c4fa0"
    assert opened.locator('[data-look="blueprint"] [aria-pressed="true"]').count() == 1
    assert opened.locator(".look-title").inner_text().split("\n")[-1] == "Blueprint"
    _comes(opened, before, lambda apart: apart > 20)


def test_a_slider_changes_the_look_and_undo_brings_it_back(opened: Any) -> None:
    _adjust(opened)
    slider = opened.get_by_role("slider", name="Size", exact=True)
    before = _look(opened)["size"]

    slider.fill("9")
    changed = _look(opened)["size"]
    opened.keyboard.press("Control+z")
    undone = _look(opened)["size"]
    opened.keyboard.press("Control+Shift+z")

    assert (before, changed, undone) == (4, 9, 4)
    assert _look(opened)["size"] == 9
    assert slider.input_value() == "9"


def test_a_slider_s_drag_is_one_step(opened: Any) -> None:
    _adjust(opened)
    box = opened.get_by_role("slider", name="Size", exact=True).bounding_box()
    middle = box["y"] + box["height"] / 2

    opened.mouse.move(box["x"] + 20, middle)
    opened.mouse.down()
    for step in range(5):
        opened.mouse.move(box["x"] + 20 + 15 * step, middle)
    opened.mouse.up()
    dragged = _look(opened)["size"]
    _button(opened, "Undo").click()

    assert dragged != 4
    assert _look(opened)["size"] == 4
    assert _button(opened, "Undo").is_disabled()


def test_a_double_click_on_a_field_resets_it(opened: Any) -> None:
    _adjust(opened)
    opened.get_by_role("slider", name="Size", exact=True).fill("9")

    opened.locator("#field-size-label").dblclick()

    assert _look(opened)["size"] == 4


def test_numbers_are_typed_and_brought_into_their_range(opened: Any) -> None:
    _adjust(opened)
    box = opened.get_by_label("Size, number", exact=True)

    box.fill("99")
    box.press("Enter")
    high = _look(opened)["size"]
    box.fill("wide")
    box.press("Enter")

    assert high == 12
    assert _look(opened)["size"] == 12
    assert box.input_value() == "12.0"


def test_a_colour_is_typed_as_people_write_it(opened: Any) -> None:
    _adjust(opened)
    box = opened.get_by_label("Glow colour, as letters")

    box.fill("0AF")
    box.press("Enter")

    assert _look(opened)["glowColor"] == "#00aaff"
    assert box.input_value() == "#00aaff"


def test_each_effect_is_switched_on_with_its_own_controls(opened: Any) -> None:
    _adjust(opened)
    effects = opened.evaluate("Object.keys(oriel.catalog.schema.properties.effects.properties)")

    for name in effects:
        opened.locator(f"#field-effects-{name}").check()

    shown = _look(opened)["effects"]
    assert sorted(shown) == sorted(effects)
    for name in effects:
        for key in shown[name]:
            assert opened.locator(f"#field-effects-{name}-{key}").is_visible()


def test_every_field_of_the_schema_has_a_control(opened: Any) -> None:
    fields = opened.evaluate("Object.keys(oriel.catalog.schema.properties)")

    lost = [key for key in fields if key != "effects" and not _has_control(opened, key)]

    assert lost == []


def _has_control(page: Any, key: str) -> bool:
    label = {"sensitivity": "Sensitivity", "smoothing": "Smoothing"}.get(key)
    if label:  # these stand beside the meters
        return bool(page.get_by_label(label).count())
    return bool(page.locator(f"#field-{key}").count())


def test_a_random_look_leaves_what_is_locked(opened: Any) -> None:
    _adjust(opened)
    opened.get_by_role("button", name="Lock Shape").click()
    before = _look(opened)

    looks = []
    for _ in range(5):
        opened.keyboard.press("r")
        looks.append(_look(opened))

    assert {look["shape"] for look in looks} == {before["shape"]}
    assert len({look["glowColor"] for look in looks}) == 5


def test_before_is_shown_for_as_long_as_it_is_held(opened: Any) -> None:
    chosen = _at_rest(opened)
    opened.evaluate("oriel.editing.turn('background', '#2060c0')")
    changed = _comes(opened, chosen, lambda apart: apart > 0.5)

    box = _button(opened, "Before").bounding_box()
    opened.mouse.move(box["x"] + 10, box["y"] + 10)
    opened.mouse.down()
    held = _comes(opened, chosen, lambda apart: apart < 0.5)
    opened.mouse.up()

    assert _difference(changed, held) > 0.5
    _comes(opened, changed, lambda apart: apart < 0.5)


def test_a_shared_link_opens_the_same_picture(opened: Any, browser: Any, studio: str) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.evaluate("oriel.editing.choose(oriel.looks.vapor, 'vapor')")
    opened.evaluate("oriel.editing.turn('rotationSpeed', 0.3)")
    _button(opened, "Share").click()
    opened.wait_for_selector("#notices :text('Link copied')")
    link = opened.evaluate("navigator.clipboard.readText()")

    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    other = _open(context.new_page(), link)

    assert _look(other) == _look(opened)
    last = time.monotonic() + PATIENCE_SECONDS
    while (apart := _difference(_picture(opened), _picture(other))) >= 0.5:
        assert time.monotonic() < last, f"{apart} of 255 apart"
    context.close()


def test_a_broken_link_says_so_and_shows_the_page(page: Any, studio: str) -> None:
    _open(page, f"{studio}#look=eyJnbG93")

    page.wait_for_selector("#notices :text('cannot be read')")


def test_a_file_that_is_no_look_is_refused_in_a_sentence(opened: Any, tmp_path: Path) -> None:
    before = _look(opened)
    bad = tmp_path / "bad.json"

    bad.write_text(json.dumps({"glow": 40, "shpae": "cube"}))
    opened.set_input_files("#look-file", bad)
    opened.wait_for_selector("#notices :text('glow is 40 but must be a number from 0 to 2')")
    bad.write_text("{not json")
    opened.set_input_files("#look-file", bad)
    opened.wait_for_selector("#notices :text('its text is not JSON')")

    assert _look(opened) == before


def _focused(page: Any, key: str) -> str:
    """What has the focus after a key."""
    page.keyboard.press(key)
    return str(page.evaluate("document.activeElement.textContent"))


def test_a_saved_look_loads_again(opened: Any, tmp_path: Path) -> None:
    opened.evaluate("oriel.editing.turn('effects.grain', {amount: 0.7})")
    saved = _look(opened)

    opened.get_by_role("button", name="More for this look").click()
    playing.until(opened, "document.activeElement.textContent === 'Save as a file'")
    stepped = [_focused(opened, key) for key in ("ArrowDown",) * 4 + ("ArrowUp",) * 4]
    with opened.expect_download() as download:
        opened.get_by_role("menuitem", name="Save as a file").click()
    download.value.save_as(tmp_path / "mine.json")
    opened.evaluate("oriel.editing.choose(oriel.looks.default, 'default')")
    opened.set_input_files("#look-file", tmp_path / "mine.json")
    opened.wait_for_selector(".look-title :text-is('Mine')")

    assert _look(opened) == saved
    down = ["Copy as JSON", "Load a look…", "Reset changes", "Save as a file"]
    assert stepped == [*down, *down[-2::-1], down[-1]]


def test_a_kept_look_is_there_after_a_reload(opened: Any, studio: str) -> None:
    opened.evaluate("oriel.editing.turn('glowColor', '#00ff88')")

    opened.get_by_role("button", name="Keep this look").click()
    opened.get_by_role("button", name="Rename").click()
    opened.get_by_label("New name of").fill("Meadow")
    opened.keyboard.press("Enter")
    _open(opened, studio)

    kept = opened.get_by_role("button", name="Remove Meadow")
    assert kept.count() == 1
    assert opened.evaluate("oriel.state.get('lookName')") == "Meadow"
    assert _look(opened)["glowColor"] == "#00ff88"
    kept.focus()
    opened.keyboard.press("Enter")
    assert kept.count() == 0
    assert opened.evaluate("document.activeElement.textContent") == "Keep this look"
    opened.locator(".notice").get_by_role("button", name="Undo").click()
    assert kept.count() == 1


def test_keys_step_through_one_s_own_looks_too(opened: Any) -> None:
    opened.get_by_role("button", name="Keep this look").click()
    mine = opened.evaluate("oriel.state.get('lookName')")

    opened.keyboard.press(".")
    next_one = opened.evaluate("oriel.state.get('lookName')")
    opened.keyboard.press(",")

    assert next_one in opened.evaluate("Object.keys(oriel.looks)")
    assert opened.evaluate("oriel.state.get('lookName')") == mine


def test_all_thumbnails_are_drawn(opened: Any) -> None:
    looks = opened.evaluate("Object.keys(oriel.looks).length")

    opened.locator(".look canvas[data-drawn]").nth(looks - 1).wait_for(timeout=60_000)

    bright = opened.evaluate(
        """[...document.querySelectorAll('.look canvas')].map((canvas) => {
             const { data } = canvas.getContext('2d').getImageData(0, 0, 320, 180);
             return data.filter((value, i) => i % 4 !== 3).some((value) => value > 60);
           })"""
    )
    assert all(bright)


def test_a_picture_at_rest_has_all_its_pixels(page: Any, studio: str) -> None:
    _open(page, studio)
    page.evaluate("oriel.songs.demo()")
    page.wait_for_selector("#empty", state="hidden")
    page.wait_for_timeout(4000)

    page.evaluate("oriel.player.pause()")
    page.wait_for_timeout(1500)

    width = page.locator("#picture").bounding_box()["width"]
    playing.until(page, f"document.getElementById('picture').width === {round(width)}")
    playing.until(page, "document.getElementById('governor').textContent === ''")
    finer = {"width": 0, "height": 0, "deviceScaleFactor": 1.5, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", finer)
    playing.until(page, f"document.getElementById('picture').width === {round(1.5 * width)}")


def test_a_motion_that_is_not_wanted_does_not_begin(opened: Any) -> None:
    first = _at_rest(opened)

    opened.wait_for_timeout(700)

    assert _difference(first, _picture(opened)) == 0


def test_the_stage_is_alive_before_there_is_a_song(page: Any, studio: str) -> None:
    _open(page, studio)
    first = _picture(page)

    _comes(page, first, lambda apart: apart > 0.2)


def test_it_is_dark_until_somebody_chooses_light_and_that_is_kept(opened: Any, studio: str) -> None:
    opened.emulate_media(color_scheme="light")
    at_first = opened.evaluate(GROUND)

    opened.get_by_role("button", name="Light theme").click()
    _open(opened, studio)

    assert at_first == "rgb(10, 10, 12)"
    assert opened.evaluate(GROUND) == "rgb(237, 237, 239)"
    assert opened.get_by_role("button", name="Dark theme").is_visible()


@pytest.fixture
def phone(browser: Any, studio: str) -> Iterator[Any]:
    """The studio on a telephone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    yield _open(context.new_page(), studio)
    context.close()


@pytest.mark.parametrize("tab", ["Looks", "Adjust", "Sound", "Video"])
def test_a_phone_shows_the_picture_above_every_tab_and_never_scrolls_aside(
    phone: Any, tab: str
) -> None:
    phone.get_by_role("tab", name=tab).tap()

    picture = phone.locator("#picture").bounding_box()
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] <= 844 * 0.6
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    wide = phone.evaluate(
        """[...document.querySelectorAll('[role=tabpanel]:not([hidden])')]
             .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id)"""
    )
    assert wide == []


def test_a_phone_s_shapes_lie_in_the_middle(phone: Any) -> None:
    phone.get_by_role("tab", name="Adjust").tap()

    box = phone.locator(".shapes").bounding_box()

    assert box["x"] == pytest.approx(390 - box["x"] - box["width"], abs=1)


@pytest.mark.parametrize("tab", ["Looks", "Adjust", "Sound", "Video"])
def test_a_phone_s_buttons_are_as_large_as_a_finger(phone: Any, tab: str) -> None:
    phone.get_by_role("tab", name=tab).tap()

    small = phone.evaluate(
        """[...document.querySelectorAll('button, select, summary, input:not([type=hidden])')]
             .filter((one) => one.checkVisibility() && !one.closest('.segmented, .aspects'))
             .map((one) => [one, (one.closest('label, .field:has(.switch)') ?? one).getBoundingClientRect()])
             .filter(([one, box]) => box.width > 0 && (box.height < 44 || box.width < 40))
             .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${box.width}x${box.height}`)"""
    )

    assert small == []
