"""What the tests of the studio do with a song: drop it, wait, and ask the page what it knows."""

import base64
import re
import time
from pathlib import Path
from typing import Any

PLAYER = Path(__file__).parents[1] / "web" / "visualizer" / "player.js"
BEATS_SECONDS = 180.0  # the first time, librosa compiles itself, beside all else that is tested
RAMP_SECONDS = 6.0  # of the song whose samples tell where they are

_DROP = """
([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    const how = {bubbles: true, cancelable: true, dataTransfer: transfer};
    document.querySelector('#panel').dispatchEvent(new DragEvent(kind, how));
  }
}
"""

_LATE = """
const later = window.setTimeout;
window.setTimeout = (call, wait, ...given) => later(call, wait === PATIENCE ? 60000 : wait, ...given);
"""


def patient(page: Any) -> None:
    """Let sound begin late: where it takes its time, the page takes its browser for one that wants a click."""
    known = re.search(r"const PATIENCE = (\d+);", PLAYER.read_text("utf-8"))
    assert known is not None
    page.add_init_script(_LATE.replace("PATIENCE", known[1]))


def opened(page: Any, studio: str, query: str = "") -> Any:
    """The studio's page, ready."""
    page.goto(f"{studio}/{query}")
    page.wait_for_selector("body[data-ready]")
    return page


def drop(page: Any, path: Path, kind: str = "") -> None:
    """Let go of a file above the page, as from a file manager."""
    page.evaluate(_DROP, [path.name, kind, base64.b64encode(path.read_bytes()).decode()])


def notices(page: Any) -> str:
    """What the page tells whoever sits before it, without the marks that hold names together."""
    said = " ".join(page.locator(".notice p").all_text_contents())
    return said.replace("\u2068", "").replace("\u2069", "")


def known(page: Any, key: str) -> Any:
    """A value of the page's state."""
    return page.evaluate("key => oriel.state.get(key)", key)


def until(page: Any, expression: str, seconds: float = 60) -> Any:
    """The expression's value in the page, as soon as it is true.

    Playwright's own waiting compiles texts, which the page's policy forbids.
    """
    last = time.monotonic() + seconds
    while not (value := page.evaluate(expression)):
        assert time.monotonic() < last, f"never true: {expression}"
        page.wait_for_timeout(20)
    return value


def play(page: Any, path: Path) -> None:
    """Drop a song, and wait until it plays and is heard; one that has ended by then plays once more."""
    drop(page, path)
    until(
        page,
        f"oriel.state.get('song')?.name === {path.name!r} && oriel.state.get('bands') !== null"
        " && (oriel.state.get('playing')"
        " || oriel.state.get('position') === oriel.state.get('song').seconds)",
    )
    page.evaluate("oriel.player.play()")


def endlessly(page: Any) -> None:
    """Loop the whole song that plays: it does not end, however slow the machine is."""
    whole = "oriel.state.set({loop: [0, oriel.state.get('song').seconds]})"
    page.evaluate(f"{whole}; oriel.player.play()")


def pause(page: Any) -> None:
    """Have the song rest, whether it plays still or not."""
    page.evaluate("oriel.player.pause()")


def position(page: Any) -> float:
    """Seconds into the song that are heard now."""
    return float(page.evaluate("oriel.player.position()"))
