"""The page as somebody with bad intentions meets it: links, files, names and messages."""

import base64
import json
from pathlib import Path
from typing import Any

import playing
import pytest

MARKUP = "<img src=x onerror=alert(1)>"


def _linked(document: Any) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return "#look=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


ADDRESSES = {
    "a prototype": _linked('{"__proto__": {"shape": "cube"}, "constructor": {}}'),
    "an effect's prototype": _linked('{"effects": {"__proto__": {}, "toString": {}}}'),
    "markup as a value": _linked({"shape": MARKUP}),
    "markup as a key": _linked({MARKUP: 1}),
    "a style that fetches": _linked({"background": "url(https://example.org/x)"}),
    "a number too large": _linked('{"size": 1e999}'),
    "very many keys": _linked({f"key{at}": at for at in range(700)}),
    "nested without end": _linked("[" * 9000 + "]" * 5000),
    "no text at all": "#look=" + base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
    "a look named by a prototype": "?look=__proto__",
    "a look that is a script": f"?look={MARKUP}",
    "a song that is a script": "?song=javascript:alert(1)",
    "a song without an address's form": "?song=//[",
    "a song at another's": "?song=//example.org/a.wav",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_a_hostile_link_opens_the_page_and_a_sentence(page: Any, studio: str, address: str) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    playing.opened(page, studio, address)
    playing.until(page, "document.querySelector('.notice-error p')")

    assert asked == []
    assert page.locator("#notices img").count() == 0
    assert playing.known(page, "lookName") == "neon-knot"
    assert playing.known(page, "song") is None


def test_names_are_words_wherever_they_are_shown(page: Any, studio: str, tmp_path: Path) -> None:
    look = tmp_path / "look.json"
    look.write_text('{"shape": "cube"}')
    playing.opened(page, studio)

    drop = (
        "([name, type, data]) => { const transfer = new DataTransfer();"
        " transfer.items.add(new File([data], name, {type}));"
        " document.body.dispatchEvent(new DragEvent('drop',"
        " {bubbles: true, cancelable: true, dataTransfer: transfer})); }"
    )
    page.evaluate(drop, [f"{MARKUP}.json", "application/json", '{"shape": "cube"}'])
    playing.until(page, "oriel.state.get('look').shape === 'cube'")
    page.get_by_role("button", name="Keep this look").click()
    page.evaluate(drop, [f"{MARKUP}.wav", "audio/wav", "no song"])
    playing.until(page, "document.querySelector('.notice-error p')")

    assert page.locator("img").count() == 0
    assert MARKUP in page.locator(".look-title b").inner_text()
    assert MARKUP in page.locator(".notice-error p").first.inner_text()
    assert MARKUP in page.locator(".look-name").first.inner_text()


def test_nobody_frames_the_page_or_speaks_to_it(page: Any, studio: str) -> None:
    playing.opened(page, studio)
    before = playing.known(page, "look")

    page.evaluate("postMessage({kind: 'listen', look: {}, options: {}}, '*')")
    framed = page.evaluate(
        "new Promise(done => { const frame = document.createElement('iframe');"
        " frame.onload = () => done(frame.contentDocument === null); frame.src = '/';"
        " document.body.append(frame); })"
    )

    assert framed
    assert playing.known(page, "look") == before
    page.complaints.clear()  # Chromium logs the frame that it refuses
