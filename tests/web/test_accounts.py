"""An account within the studio: signing up and in, and looks that are kept on the server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import accessible
import layouts
import playing
import pytest
import studios


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole Oriel that sells nothing."""
    with studios.service(tmp_path_factory.mktemp("service")) as url:
        yield url


@pytest.fixture
def visitor(browser: Any, service: str) -> Iterator[Any]:
    """Somebody who sees the studio for the first time."""
    with studios.visit(browser, service) as page:
        yield page


def keep(page: Any) -> None:
    page.get_by_role("button", name="Keep this look").click()
    page.wait_for_selector("#notices :text('Kept as')")


def own(page: Any) -> list[str]:
    """The names of one's own looks, and where they are if that is said."""
    return [one.inner_text() for one in page.locator(".look:has(.look-remove) .look-name").all()]


def test_signing_up_and_in_keeps_the_page_as_it_is(visitor: Any, tmp_path: Path) -> None:
    studios.choose(visitor, studios.a_song(tmp_path))
    visitor.evaluate("oriel.editing.turn('glowColor', '#00ff88')")
    visitor.evaluate("window.here = true")

    address = studios.join(visitor)
    visitor.get_by_role("button", name="Account").click()
    told = visitor.locator("#account-menu").inner_text()
    visitor.get_by_role("menuitem", name="Sign out").click()
    visitor.get_by_role("button", name="Sign in", exact=True).wait_for()
    studios.sign_in(visitor, address)

    assert address in told
    assert visitor.evaluate("window.here"), "the page was not left"
    assert studios.look(visitor)["glowColor"] == "#00ff88"
    assert playing.known(visitor, "song")["name"] == "song-220.wav"


def test_no_token_is_kept_where_scripts_can_read_it(visitor: Any) -> None:
    studios.join(visitor)
    keep(visitor)

    readable = (
        "[document.cookie, JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})]"
    )
    kept = "".join(visitor.evaluate(readable))
    kept += visitor.evaluate(
        "fetch('/api/auth/refresh', {method: 'POST'}).then((one) => one.text())"
    )

    cookies = {one["name"]: one["value"] for one in visitor.context.cookies()}
    assert len(cookies) >= 2, "it is signed in by cookies"
    assert [name for name, value in cookies.items() if value in kept] == []
    assert "eyJ" not in kept, "no JSON Web Token either"
    assert '"expires_in"' in kept, "it was renewed, by a script that would have liked to know how"


def test_what_is_wrong_is_said_where_it_is_wrong(visitor: Any) -> None:
    visitor.get_by_role("button", name="Sign in", exact=True).click()
    visitor.get_by_role("button", name="Make an account").click()
    email = visitor.get_by_label("E-mail")
    password = visitor.get_by_label("Password", exact=True)

    assert password.get_attribute("type") == "password"
    assert password.get_attribute("autocomplete") == "new-password"
    visitor.get_by_role("button", name="Make my account").click()
    empty = visitor.locator("#signin-email-said").inner_text()
    email.fill("nobody")
    password.fill("short")
    visitor.get_by_role("button", name="Make my account").click()
    visitor.locator("#signin-password-said.signin-wrong").wait_for()

    assert empty == "Your e-mail address is missing."
    assert visitor.locator("#signin-email-said").inner_text().startswith("The e-mail address ")
    assert visitor.locator("#signin-password-said").inner_text().startswith("The password ")
    assert email.get_attribute("aria-invalid") == "true"
    assert visitor.evaluate("document.activeElement.id") == "signin-email"
    refused = [one for one in visitor.complaints if "422" in one]
    assert len(refused) == 1
    visitor.complaints.clear()


def test_a_wrong_password_is_told_and_there_is_a_way_to_a_new_one(visitor: Any) -> None:
    visitor.get_by_role("button", name="Sign in", exact=True).click()
    visitor.get_by_label("E-mail").fill("nobody@example.com")
    visitor.get_by_label("Password", exact=True).fill("not the password")

    visitor.locator("#signin").get_by_role("button", name="Sign in").click()
    visitor.locator("#signin [role=alert]:not(:empty)").wait_for()

    forgot = visitor.get_by_role("link", name="Forgot your password?")
    answer = visitor.request.get(visitor.url_of_studio + forgot.get_attribute("href"))
    assert answer.status == 200
    assert forgot.get_attribute("target") == "_blank", "the song stays here"
    visitor.complaints.clear()


def test_password_managers_know_the_fields(visitor: Any) -> None:
    visitor.get_by_role("button", name="Sign in", exact=True).click()

    def told() -> list[str]:
        fields = visitor.locator("#signin input").all()
        return [one.get_attribute("autocomplete") for one in fields]

    visitor.locator("#signin").get_by_label("E-mail").wait_for()
    signing_in = told()
    visitor.get_by_role("button", name="Show the password").click()
    visitor.get_by_role("button", name="Hide the password").click()
    visitor.get_by_role("button", name="Make an account").click()

    assert signing_in == ["username", "current-password"]
    assert told() == ["username", "new-password"]


def test_a_look_kept_in_the_account_is_there_in_another_browser(
    browser: Any, visitor: Any, service: str
) -> None:
    address = studios.join(visitor)
    visitor.evaluate("oriel.editing.turn('glowColor', '#00ff88')")
    keep(visitor)

    with studios.visit(browser, service) as other:
        before = own(other)
        studios.sign_in(other, address)
        there = other.locator('.look[data-look="Neon knot, mine"]')
        there.locator(".look-choose").click()
        shown = studios.look(other)
        there.get_by_role("button", name="Rename").click()
        other.get_by_label("New name of Neon knot, mine").fill("Meadow")
        other.keyboard.press("Enter")
        other.locator('.look[data-look="Meadow"] .look-choose:focus').wait_for()

    assert before == []
    assert shown["glowColor"] == "#00ff88"
    studios.open_studio(visitor)
    assert own(visitor) == ["Meadow"]
    visitor.locator('.look[data-look="Meadow"]').get_by_role("button", name="Remove").click()
    playing.until(visitor, "!document.querySelector('.look-remove')")
    visitor.locator(".notice").get_by_role("button", name="Undo").click()
    visitor.locator('.look[data-look="Meadow"]').get_by_role("button", name="Remove").click()
    playing.until(visitor, "!document.querySelector('.look-remove')")
    kept = visitor.request.get(f"{visitor.url_of_studio}/api/user/presets").json()["presets"]
    assert kept == []


def test_the_browser_s_looks_come_along_when_that_is_wanted(visitor: Any) -> None:
    for colour in ("#00ff88", "#ff0088"):
        visitor.evaluate(f"oriel.editing.turn('glowColor', '{colour}')")
        keep(visitor)
    studios.join(visitor)
    offered = visitor.locator(".looks-offer").inner_text()
    visitor.locator(".look-name", has_text="in this browser").nth(1).wait_for()
    beside = own(visitor)

    visitor.get_by_role("button", name="Take along to my account").click()
    visitor.locator(".looks-offer").wait_for(state="hidden")

    assert "2 looks are in this browser only." in offered
    assert all("in this browser" in name for name in beside)
    assert own(visitor) == ["Neon knot, mine 2", "Neon knot, mine"]
    visitor.get_by_role("button", name="Account").click()
    visitor.get_by_role("menuitem", name="Sign out").click()
    playing.until(visitor, "!document.querySelector('.look-remove')")


def test_a_look_that_cannot_be_kept_says_why(visitor: Any) -> None:
    studios.join(visitor)
    visitor.route("**/api/user/presets", lambda route: route.abort())

    visitor.get_by_role("button", name="Keep this look").click()

    visitor.wait_for_selector("#notices :text('does not answer')")
    assert own(visitor) == []
    visitor.complaints.clear()


def test_where_nothing_is_sold_only_what_is_free_is_offered(visitor: Any, tmp_path: Path) -> None:
    studios.choose(visitor, studios.a_song(tmp_path))

    assert visitor.locator(".tier").count() == 1
    assert visitor.locator(".tiers").is_hidden()
    assert visitor.locator(".order-button").inner_text() == "Make video"


@pytest.mark.parametrize(("size", "theme"), [((1440, 900), "dark"), ((390, 844), "light")])
def test_axe_finds_nothing(visitor: Any, tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    visitor.set_viewport_size({"width": size[0], "height": size[1]})
    accessible.wear(visitor, theme)

    studios.choose(visitor, studios.a_song(tmp_path))
    guest = accessible.violations(visitor)
    studios.order(visitor)
    dialog = accessible.violations(visitor)
    studios.sign_up(visitor)
    visitor.locator(".render").wait_for(timeout=60_000)
    member = accessible.violations(visitor)

    assert (guest, dialog, member) == ([], [], [])


def test_the_bar_has_room_for_the_account(visitor: Any) -> None:
    for who in ("guest", "member"):
        if who == "member":
            studios.join(visitor)
        for window, (width, height) in layouts.WINDOWS.items():
            layouts.resize(visitor, width, height)
            assert layouts.misplaced(visitor, "#bar", width, height) == [], (who, window)
        layouts.resize(visitor, 1280, 720)


def test_a_telephone_has_the_account_in_its_menu(browser: Any, service: str) -> None:
    telephone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with studios.visit(browser, service, **telephone) as page:
        page.get_by_role("button", name="More for this look").tap()
        page.get_by_role("menuitem", name="Sign in").tap()
        address = studios.sign_up(page)
        page.get_by_role("tab", name="Video").tap()
        small = page.evaluate(
            """[...document.querySelectorAll('#tab-video button, #tab-video summary, .also, .tier')]
                 .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
                 .map((one) => one.outerHTML.slice(0, 90))"""
        )
        wide = page.evaluate("document.documentElement.scrollWidth")
        account = page.evaluate("oriel.state.get('account').email")

    assert small == []
    assert wide <= 390
    assert account == address


def test_a_guest_signs_up_with_the_keyboard_alone(visitor: Any) -> None:
    visitor.get_by_role("button", name="Sign in", exact=True).focus()
    visitor.keyboard.press("Enter")
    visitor.locator("#signin-email").wait_for()
    focused = visitor.evaluate("document.activeElement.id")
    visitor.keyboard.press("Escape")
    visitor.locator("#signin").wait_for(state="detached")

    assert focused == "signin-email"
    assert visitor.evaluate("document.activeElement.textContent") == "Sign in"
