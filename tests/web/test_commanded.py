"""The command that makes the video, as the studio shows it."""

import json
import shlex
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import asking
import av
import playing
import pytest


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


def test_the_ordered_command_makes_that_video(page: Any, studio: str, tmp_path: Path) -> None:
    page.keyboard.press("e")
    without = page.locator("#notices").inner_text()
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')")
    playing.pause(page)
    page.evaluate("oriel.editing.turn('glow', 1.25); oriel.state.set({loop: [2, 2.5]})")
    page.keyboard.press("e")
    page.locator("#order").get_by_label("Size").select_option("1280x720")
    page.get_by_label("Frame rate").select_option("24")
    page.get_by_text("Draft", exact=True).click()

    with page.expect_download() as download:
        page.click("#save-look")
    command = shlex.split(page.locator("#order-command").text_content())
    download.value.save_as(tmp_path / download.value.suggested_filename)
    (tmp_path / "song.wav").write_bytes(asking.ask(studio, "/demo/song.wav").body)
    run = [sys.executable, "-m", "oriel", *command[1:]]
    subprocess.run(run, cwd=tmp_path, check=True, timeout=300)

    assert "Choose a song first" in without
    assert command[0] == "oriel"
    assert json.loads((tmp_path / download.value.suggested_filename).read_text())["glow"] == 1.25
    with av.open(str(tmp_path / "song.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
        assert stream.average_rate == Fraction(24)
        assert stream.frames == 12


def test_a_look_of_oriels_own_is_ordered_by_its_name(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    page.evaluate("oriel.editing.choose(oriel.looks.paper, 'paper')")
    page.evaluate("oriel.panel.show('Video')")

    assert "--look paper " in page.locator("#order-command").text_content()
    assert page.locator("#save-look").is_hidden()
