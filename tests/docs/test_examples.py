"""What pages show of files that somebody writes: each is written, and does what the page says."""

import shutil
from pathlib import Path

import aiohttp
import loops
import serving
from apis import Answer
from snippets import ROOT, block
from visiting import Visitor

import oriel
from oriel import look
from oriel.service import plans
from oriel.service.settings import Settings

AROUND = '''"""Greetings."""

from oriel.web.api.call import Call
from oriel.web.api.models import Asked
from oriel.web.pages import flash
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


class Greeting(Asked):
    """Whom to greet."""

    whom: str


'''


def test_a_look_s_file_is_read(tmp_path: Path) -> None:
    written = tmp_path / "my-look.json"
    written.write_text(block("docs/looks.md", "{").text, "utf-8")

    read = look.load(str(written))

    assert read["shape"] == "torusKnot"
    assert list(read.effects) == ["vignette", "rgb_shift"]


def test_a_file_of_plans_changes_one_and_adds_one(tmp_path: Path) -> None:
    written = tmp_path / "plans.toml"
    written.write_text(block("docs/settings.md", "[personal]").text, "utf-8")
    settings = Settings.read({"ORIEL_DATA": str(tmp_path), "ORIEL_PLANS": str(written)})

    table = plans.of(settings)

    assert table["personal"].price_cents == 399
    assert (table["label"].name, table["label"].fps) == ("Label", 60)
    assert "free" in table


def test_a_new_page_is_found_shown_and_sent(tmp_path: Path) -> None:
    package = tmp_path / "oriel"
    shutil.copytree(
        Path(oriel.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("migrations", "web"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    handlers = AROUND + block("docs/pages.md", "@page").text
    (package / "web" / "pages" / "greetings.py").write_text(handlers, "utf-8")
    template = block("docs/pages.md", "{% extends").text
    (package / "web" / "templates" / "greetings.html").write_text(template, "utf-8")
    with serving.served(
        cwd=tmp_path, environment={"ORIEL_DATA": str(tmp_path / "data")}, complete=True
    ) as server:
        unknown, shown, greeted, after = loops.once(_greeting(server.url))

    assert unknown.headers["Location"].startswith("/sign-in")
    assert "<h1>Greetings, Ada</h1>" in shown.body.decode()
    assert (greeted.status, greeted.headers["Location"]) == (303, "/greetings")
    assert "They will be glad." in after.body.decode()


async def _greeting(url: str) -> list[Answer]:
    """What a stranger is told, and then whoever has signed up, before and after the form is sent."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        ada = Visitor(url, http)
        unknown = await ada.get("/greetings")
        await ada.sign_up()
        shown = await ada.get("/greetings")
        greeted = await ada.post("/greetings", whom="Grace")
        return [unknown, shown, greeted, await ada.get("/greetings")]
