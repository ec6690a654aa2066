"""People at a browser, on one whole service: signing up to deleting, by hand and by keyboard alone."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import accessible
import pytest
import serving
from accessible import WHOLE, violations
from apis import PASSWORD, a_song
from phones import Phone

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SHADES = {"runOnly": ["color-contrast", "target-size"]}  # what differs by theme and by size
LOOKS = [
    ("desktop", "light", WHOLE),
    ("phone", "dark", WHOLE),
    ("desktop", "dark", SHADES),
    ("phone", "light", SHADES),
]
PICTURES = (  # bytes of each that came over the network
    "performance.getEntriesByType('resource').filter((one) => one.name.includes('/poster'))"
    ".map((one) => one.transferSize)"
)
STILL = "document.getAnimations().every((one) => !(one instanceof CSSTransition))"
PATIENCE_SECONDS = 120
PUBLIC = ["/sign-in", "/sign-up", "/forgot-password", "/pricing", "/terms", "/privacy", "/licence"]
OWN = ["/dashboard", "/presets", "/payments", "/account"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a whole service with nothing set but that buying is pretended."""
    folder = tmp_path_factory.mktemp("service")
    home = {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "ORIEL_PAYMENTS": "off:simulated",
        "ORIEL_RATE_FACTOR": "0",
        "ORIEL_SEGMENT_SECONDS": "1",
    }
    with serving.served(cwd=folder, environment=home, complete=True) as server:
        yield server.url


def until(page: Any, told: Any) -> Any:
    """What `told` gives, once it is something."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not (found := told()):
        assert time.monotonic() < last, "it never came"
        page.wait_for_timeout(100)
    return found


def letter(page: Any, service: str, subject: str, address: str) -> str:
    """The page of the newest letter with this in its subject, once it lies in the outbox."""
    pattern = (
        rf'href="(/outbox/\w+)">[^<]*{subject}[^<]*</a></th>\s*<td[^>]*><bdi>{re.escape(address)}<'
    )

    def found() -> str | None:
        return next(iter(re.findall(pattern, _text(f"{service}/outbox"))), None)

    return service + str(until(page, found))


def link_in_letter(page: Any, service: str, subject: str, address: str) -> str:
    """The link in the text of that letter."""
    text = _text(letter(page, service, subject, address))
    return str(re.findall(r'href="(http[^"]+token=[^"]+)"', text)[0])


def _text(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def sign_up(page: Any, service: str, email: str, name: str = "Ada") -> None:
    """A new account by the form; the dashboard is shown then."""
    page.goto(f"{service}/sign-up")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/dashboard")


def order(page: Any, seconds: float = 2, **fields: str) -> str:
    """A render ordered by whoever is signed in, as the studio orders it."""
    body = a_song(seconds)
    asked = page.request.post(
        f"{page.evaluate('location.origin')}/api/jobs/submit",
        multipart={
            "song": {"name": "night drive.wav", "mimeType": "audio/wav", "buffer": body},
            "look": "ember",
            "size": "320x180",
            "fps": "15",
            **fields,
        },
    )
    assert asked.status == 202, asked.text()
    return str(asked.json()["id"])


def flaws(page: Any) -> list[str]:
    """The same at both sizes and in both themes; and where the page is wider than its window."""
    return [one for look in LOOKS for one in _looked_at(page, *look)]


def _looked_at(page: Any, size: str, theme: str, rules: dict[str, list[str]]) -> list[str]:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(reduced_motion="reduce")
    accessible.wear(page, theme)
    until(page, lambda: page.evaluate(STILL))
    found = violations(page, rules) + accessible.too_wide(page)
    return [f"{size}, {theme}: {one}" for one in found]


def test_somebody_signs_up_confirms_and_makes_a_video(page: Any, service: str) -> None:
    sign_up(page, service, "maker@example.com")
    page.goto(link_in_letter(page, service, "Confirm", "maker@example.com"))
    page.wait_for_url("**/dashboard")
    assert page.get_by_text("maker@example.com is confirmed").is_visible()
    assert page.locator(".remind").count() == 0

    render = order(page)
    page.goto(f"{service}/videos/{render}")
    page.locator("video").wait_for(timeout=PATIENCE_SECONDS * 1000)
    page.evaluate("document.querySelector('video').play()")
    until(page, lambda: page.evaluate("document.querySelector('video').currentTime > 0.2"))
    assert page.evaluate("document.querySelector('video').videoWidth") == 320
    assert flaws(page) == []

    fetched = []
    for _ in range(2):
        page.goto(f"{service}/dashboard")
        until(page, lambda: page.evaluate("document.querySelector('.video img')?.complete"))
        fetched.append(until(page, lambda: page.evaluate(PICTURES)))
    assert fetched[1] == [0]
    page.goto(f"{service}/videos/{render}")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename == "night drive 320x180.mp4"


def test_a_page_that_stays_open_leads_to_signing_in_once_that_has_ended(
    page: Any, service: str
) -> None:
    sign_up(page, service, "sleeper@example.com")
    render = order(page, 30)
    page.route("**/events", lambda route: route.fulfill(status=401))  # so that it asks instead
    page.goto(f"{service}/videos/{render}")
    page.locator("[data-follow]").wait_for()

    page.request.post(f"{service}/sign-out", headers={"Origin": service})

    page.wait_for_url("**/sign-in?next=/videos/**")
    page.complaints.clear()  # a browser notes down each 401


def test_a_video_is_shared_with_a_stranger(page: Any, browser: Any, service: str) -> None:
    sign_up(page, service, "sharer@example.com")
    render = order(page)
    page.goto(f"{service}/videos/{render}")
    page.get_by_role("button", name="Make a link").click(timeout=PATIENCE_SECONDS * 1000)
    link = page.get_by_label("Link").input_value()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy").click()  # as where no certificate is
    page.get_by_role("button", name="Copy it by hand").wait_for()
    selected = page.evaluate("getSelection().toString()")

    stranger = browser.new_context().new_page()
    stranger.goto(link)
    stranger.get_by_role("heading", name="night drive").wait_for()
    found = flaws(stranger)
    page.get_by_role("button", name="Take the link back").click()
    page.get_by_text("leads nowhere now").wait_for()
    gone = stranger.goto(link)
    stranger.context.close()

    assert gone.status == 404
    assert found == []
    assert selected == link


def test_a_forgotten_password_is_replaced(page: Any, service: str) -> None:
    sign_up(page, service, "forgetful@example.com")
    page.context.clear_cookies()
    page.goto(f"{service}/dashboard")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill("forgetful@example.com")
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()

    page.goto(letter(page, service, "new password", "forgetful@example.com"))
    page.frame_locator("iframe").get_by_role("link", name="Choose a new password").click()
    page.get_by_label("New password").fill("another long sentence")
    page.get_by_role("button", name="Change my password").click()
    page.get_by_text("Your password is changed").wait_for()
    page.get_by_label("E-mail address").fill("forgetful@example.com")
    page.get_by_label("Password").fill("another long sentence")
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/dashboard")


def test_a_tier_is_bought_and_its_receipt_is_there(page: Any, service: str) -> None:
    page.goto(f"{service}/pricing")
    page.get_by_role("link", name="Sign up and buy").first.click()
    page.get_by_label("E-mail address").fill("buyer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/pricing")

    page.get_by_role("button", name="Buy one video").first.click()
    page.get_by_role("button", name="Pretend to pay").wait_for()
    asked = page.get_by_role("main").inner_text()
    wrong = violations(page)
    page.set_viewport_size({"width": 320, "height": 640})
    wrong += accessible.too_wide(page)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="Pretend to pay").click()

    page.wait_for_url("**/payments/*")
    assert all(words in asked for words in ("no money moves", "One video, Personal", "$2.99"))
    assert wrong == []
    assert page.get_by_text("Personal licence").is_visible()
    assert page.get_by_role("button", name="Print").is_visible()
    page.emulate_media(media="print")
    assert page.get_by_role("heading", level=1).inner_text().startswith("OR-")
    for gone in (".top", ".bottom", ".side", ".back", "#print"):
        assert not page.locator(gone).is_visible(), "on paper it leads nowhere"
    page.emulate_media(media="screen")
    page.goto(f"{service}/dashboard")
    assert page.get_by_text("1 personal video left").is_visible()


def test_an_account_is_renamed_and_deleted_by_keyboard_alone(page: Any, service: str) -> None:
    sign_up(page, service, "leaver@example.com")
    page.goto(f"{service}/account")

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("Countess")
    page.keyboard.press("Enter")
    page.get_by_text("Your name is changed").wait_for()
    page.get_by_label("Type “delete my account”").focus()
    page.keyboard.type("delete my account")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.get_by_text("Your account is deleted").wait_for()
    assert skip == "Skip to the content"
    page.goto(f"{service}/dashboard")
    assert "/sign-in" in page.url


def test_a_second_factor_is_turned_on_and_asked_for_by_pages_and_the_studio(
    page: Any, service: str
) -> None:
    found: dict[str, list[str]] = {}
    address = "careful@example.com"
    sign_up(page, service, address)
    page.goto(link_in_letter(page, service, "Confirm", address))
    page.wait_for_url("**/dashboard")
    page.goto(f"{service}/account")
    page.get_by_role("link", name="Turn it on").click()
    page.get_by_text("It cannot be scanned?").click()
    phone = Phone(page.locator(".secret code").inner_text().replace(" ", ""))
    found["offer"] = flaws(page)
    square = page.locator(".qr").bounding_box()
    page.get_by_role("textbox", name="Code").fill(phone.code())
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    spare = page.locator(".codes code").all_inner_texts()
    found["codes"] = flaws(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    saved = Path(download.value.path()).read_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Recovery codes, and turning it off").click()
    found["on"] = flaws(page)

    page.context.clear_cookies()
    page.goto(f"{service}/sign-in")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("You do not have your phone?").click()
    found["asked"] = flaws(page)
    page.get_by_label("Recovery code").fill(spare[0])
    page.get_by_role("button", name="Sign in with it").click()
    page.wait_for_url("**/dashboard")

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(service)
    page.wait_for_selector("body[data-service=ready]")
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    dialog = page.locator("#signin")
    dialog.get_by_label("E-mail").fill(address)
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    dialog.get_by_role("heading", name="Second factor").wait_for()
    found["dialog"] = violations(page)
    dialog.get_by_label("Code").fill("000000")
    dialog.get_by_role("button", name="Sign in").click()
    dialog.locator("#signin-code-said.signin-wrong").wait_for()
    dialog.get_by_role("button", name="Use a recovery code").click()
    dialog.get_by_label("Recovery code").fill(spare[1])
    dialog.get_by_role("button", name="Sign in").click()
    dialog.wait_for(state="detached")

    assert found == {place: [] for place in found}
    assert square["width"] == square["height"] > 150
    assert [line for line in saved.splitlines() if line in spare] == spare
    assert page.evaluate("oriel.state.get('account').second_factor") is True
    assert [one for one in page.complaints if "401" not in one] == []
    page.complaints.clear()  # of the codes that were asked for


def test_the_account_menu_opens_and_closes_by_keys(page: Any, service: str) -> None:
    sign_up(page, service, "menu@example.com")

    page.locator("#account > summary").focus()
    page.keyboard.press("Enter")
    opened = page.get_by_role("button", name="Sign out").is_visible()
    page.keyboard.press("Escape")

    assert opened
    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_forms_work_without_scripts(browser: Any, service: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    sign_up(page, service, "plain@example.com")
    page.goto(f"{service}/sign-in")

    assert page.url.endswith("/dashboard")
    context.close()


def signed_in_elsewhere(service: str, address: str) -> None:
    """Sign in by a program, beside the browser."""
    told = json.dumps({"email": address, "password": PASSWORD}).encode()
    kind = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{service}/api/auth/login", told, kind)
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200


def test_axe_finds_nothing_on_any_page(page: Any, service: str) -> None:
    found: dict[str, list[str]] = {}

    def looked_at(*paths: str, called: str = "") -> None:
        for path in paths:
            page.goto(service + path)
            found[called or path] = flaws(page)

    looked_at(*PUBLIC, "/reset-password?token=x")
    sign_up(page, service, "axe@example.com")
    signed_in_elsewhere(service, "axe@example.com")  # which can be ended alone
    making = order(page, 150)  # not done before all is looked at
    page.request.post(f"{service}/api/user/presets", data={"name": "A long name " * 6, "look": {}})
    bought = page.request.post(
        f"{service}/api/payments/create-session", data={"tier": "personal"}
    ).json()
    looked_at(*OWN, f"/payments/{bought['id']}", bought["url"].removeprefix(service))
    written = letter(page, service, "Confirm", "axe@example.com").removeprefix(service)
    looked_at("/outbox", written)
    page.goto(f"{service}/presets")
    page.get_by_text("Change", exact=True).click()
    found["/presets, with one to be changed"] = flaws(page)
    page.route("**/api/payments/simulated/**", lambda route: route.fulfill(status=204))
    looked_at(f"/payments/{bought['id']}/pay")  # which would go on at once
    page.unroute_all()

    until(page, lambda: status(page, making)["poster"])
    page.route(
        "**/api/jobs/**", lambda route: route.abort()
    )  # it stays as it is while it is looked at
    looked_at(f"/videos/{making}", called="under way")
    shown = page.locator(".watch-picture > img").count()
    looked_at("/dashboard", called="under way, among others")
    page.unroute_all()
    page.request.post(f"{service}/api/jobs/{making}/cancel")
    page.request.post(bought["url"], headers={"Origin": service})
    looked_at(f"/videos/{making}", f"/payments/{bought['id']}", "/payments")

    page.goto(f"{service}/verify-email?token=x")
    page.get_by_role("alert").wait_for()  # by itself it asks whether the link is good
    found["/verify-email"] = flaws(page)
    page.complaints.clear()  # of what was refused, and of what was held back
    assert found == {path: [] for path in found}
    assert shown == 1


def status(page: Any, render: str) -> dict[str, Any]:
    """How far a render is."""
    origin = page.evaluate("location.origin")
    return dict(page.request.get(f"{origin}/api/jobs/{render}/status").json())


def test_what_was_refused_is_told_at_its_field_and_has_the_focus(page: Any, service: str) -> None:
    page.goto(f"{service}/sign-up")
    page.get_by_label("E-mail address").fill("nobody")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make my account").click()
    page.locator("[aria-invalid]").first.wait_for()

    found = violations(page)
    focused = until(page, lambda: page.evaluate("document.activeElement.name"))
    told = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')"
        ".split(' ').at(-1)).textContent"
    )

    page.complaints.clear()  # a browser notes down that the answer was 422
    assert found == []
    assert focused == "email"
    assert told == "E-mail address must be an e-mail address, such as you@example.com."
