"""The window: a real one, on an X server without a screen, seen and pressed from outside."""

import json
import os
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from oriel.look import load
from oriel.render import picture
from tests import desktop, media
from tests.desktop import Desktop, Window, until

SIZE = (320, 180)
SECONDS = 60.0  # whatever it takes until it is paused, it is far from its end


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = media.song(SECONDS)
    return media.write(tmp_path_factory.mktemp("song") / "song.wav", samples, 44_100)


@pytest.fixture
def shown(screen: Desktop, tmp_path: Path, song: Path) -> Iterator[Window]:
    """A window at 25 frames/s with a vignette, paused somewhere after 2 s."""
    options = ("--size", "320x180", "--fps", "25", "--start", "2", "--set", "effects.vignette={}")
    with desktop.window(screen, tmp_path, song, *options) as opened:
        until(lambda: seen(screen).max() > 100, "the shape is seen")
        screen.press("space")
        for _ in range(2):  # keys that come together are all heard before the next picture is drawn
            save(screen, opened)
        yield opened


def seen(screen: Desktop) -> NDArray[np.uint8]:
    """What lies where the window is: no window manager moves it from the corner."""
    return screen.pixels()[: SIZE[1], : SIZE[0]]


def save(screen: Desktop, window: Window) -> float:
    """Have the picture saved; the second of the song that it is named for."""
    before = len(window.saved())
    screen.press("s")
    until(lambda: len(window.saved()) > before, "a picture is saved")
    return float(window.saved()[-1].stem.rpartition("-")[2].removesuffix("s"))


def edit(window: Window, file: str, old: str, new: str) -> None:
    path = window.folder / "oriel" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def filled_with(color: str) -> str:
    return json.dumps({"background": color, "backgroundEdge": color, "glow": 0})


def hours_of_silence(path: Path) -> Path:
    """A song of 13 hours; the file is sparse, and takes up no room."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
    header = path.read_bytes()
    path.write_bytes(header[:4] + b"\xff" * 4 + header[8:40] + b"\xff" * 4)
    os.truncate(path, 2 * 44_100 * 13 * 3600)
    return path


def test_the_window_shows_what_the_video_will(screen: Desktop, shown: Window, song: Path) -> None:
    at = save(screen, shown)

    expected = picture(song, at, look={"effects": {"vignette": {}}}, size=SIZE).astype(int)
    saved = np.asarray(Image.open(shown.saved()[-1]), int)
    assert 2 <= at < SECONDS
    assert expected.max() > 200
    assert np.abs(seen(screen) - expected).max() <= 2
    assert np.abs(saved - expected).max() <= 2


def test_an_effect_is_drawn_anew_when_its_file_changes(screen: Desktop, shown: Window) -> None:
    before = seen(screen)

    edit(shown, "shaders/effects/vignette.glsl", "return ", "return vec3(0.0, 1.0, 0.0) * ")
    until(lambda: "Shown anew: vignette.glsl" in shown.said(), "the change is told")
    assert before[..., 0].max() > 100
    until(lambda: seen(screen)[..., 0].max() <= 1, "no red is left")
    until(lambda: seen(screen)[..., 1].max() > 100, "there is green")


def test_a_mistake_in_a_shader_is_told_with_its_place_and_the_last_picture_stays(
    screen: Desktop, shown: Window
) -> None:
    before = seen(screen)
    file = "shaders/effects/vignette.glsl"
    lines = (shown.folder / "oriel" / file).read_text("utf-8").splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "float kept" in text)

    edit(shown, file, "float kept = 1.0", "float kept = one")
    until(lambda: f"effects/vignette.glsl:{line}: " in shown.said(), "the mistake is told")

    assert "one" in shown.said()
    assert "Traceback" not in shown.said()
    assert shown.process.poll() is None
    assert (seen(screen) == before).all()

    edit(shown, file, "float kept = one", "float kept = 0.5")
    until(lambda: "Shown anew" in shown.said(), "the mended shader is shown")
    until(lambda: bool((seen(screen) != before).any()), "the picture changes")


def test_an_effect_without_its_header_is_told(screen: Desktop, shown: Window) -> None:
    before = seen(screen)

    edit(shown, "shaders/effects/vignette.glsl", "// stage:", "// staje:")
    until(lambda: "effects/vignette.glsl needs a line" in shown.said(), "the mistake is told")

    assert shown.process.poll() is None
    assert (seen(screen) == before).all()


def test_a_look_is_drawn_anew_when_its_file_changes(
    screen: Desktop, tmp_path: Path, song: Path
) -> None:
    look = tmp_path / "look.json"
    look.write_text(filled_with("#0000ff"))

    with desktop.window(screen, tmp_path, song, "--look", "look.json", "--size", "320x180") as it:
        until(lambda: seen(screen)[0, 0].tolist() == [0, 0, 255], "the window is blue")
        look.write_text(filled_with("#00ff00")[:-2])
        until(lambda: "look.json is not JSON" in it.said(), "the mistake is told")
        look.write_text(filled_with("#00ff00"))
        until(lambda: seen(screen)[0, 0].tolist() == [0, 255, 0], "the window is green")


def test_a_look_given_as_text_is_shown(screen: Desktop, tmp_path: Path, song: Path) -> None:
    text = json.dumps(load(filled_with("#00ff00")).to_json())
    assert len(text) > 255, "longer than a file's name may be"

    with desktop.window(screen, tmp_path, song, "--look", text, "--size", "320x180") as opened:
        until(
            lambda: seen(screen)[0, 0].tolist() == [0, 255, 0] or opened.process.poll() is not None,
            "the window is green",
        )

        assert opened.process.poll() is None, opened.said()


def test_a_song_that_is_gone_is_told_once_and_heard_when_it_is_back(
    screen: Desktop, tmp_path: Path, song: Path
) -> None:
    look, own = tmp_path / "look.json", tmp_path / "own.wav"
    look.write_text(filled_with("#0000ff"))
    shutil.copy(song, own)

    with desktop.window(screen, tmp_path, own, "--look", "look.json", "--size", "320x180") as it:
        until(lambda: seen(screen)[0, 0].tolist() == [0, 0, 255], "the window is blue")
        own.rename(tmp_path / "away.wav")
        look.write_text(json.dumps(json.loads(filled_with("#00ff00")) | {"bassFrequency": 5}))
        until(lambda: "own.wav is not a sound file" in it.said(), "the mistake is told")
        time.sleep(0.5)
        told = it.said().count("own.wav is not a sound file")
        (tmp_path / "away.wav").rename(own)
        look.touch()
        until(lambda: seen(screen)[0, 0].tolist() == [0, 255, 0], "the window is green")

    assert told == 1


def test_a_closed_window_does_not_wait_until_the_song_is_heard(
    screen: Desktop, tmp_path: Path
) -> None:
    hours = hours_of_silence(tmp_path / "hours.wav")

    with desktop.window(screen, tmp_path, hours) as opened:
        until(lambda: "space: pause" in opened.said(), "the window is open")
        time.sleep(1)  # it is listening
        screen.press("q")

        assert opened.process.wait(10) == 0  # it would be heard in most of a minute


def test_keys_move_in_the_song_fill_the_screen_and_close(screen: Desktop, shown: Window) -> None:
    at = save(screen, shown)

    screen.press("Right")
    assert save(screen, shown) == pytest.approx(at + 5, abs=0.041)
    screen.press("Left")
    assert save(screen, shown) == pytest.approx(at, abs=0.081)
    for _ in range(5):
        screen.press("Right")
    assert save(screen, shown) == pytest.approx(at + 25, abs=0.081)
    began = time.monotonic()
    screen.press("r")  # it plays on
    screen.press("space")
    again = save(screen, shown)
    assert again <= time.monotonic() - began

    screen.press("f")
    until(lambda: screen.pixels()[60:420, 320:].max() > 100, "the picture fills the screen")
    until(lambda: screen.pixels()[:55].max() == 0, "a 16:9 picture leaves bars on a 4:3 screen")
    screen.press("f")
    until(lambda: screen.pixels()[:, 325:].max() == 0, "the window is small again")

    screen.press("q")
    assert shown.process.wait(desktop.PATIENCE) == 0


def test_without_a_desktop_one_sentence_says_so(song: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}

    done = subprocess.run(
        [sys.executable, "-m", "oriel", "window", str(song)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("There is no desktop to open a window on")
    assert done.stderr.count("\n") == 1


def test_a_moment_after_the_end_is_refused(screen: Desktop, tmp_path: Path, song: Path) -> None:
    with desktop.window(screen, tmp_path, song, "--start", "99") as opened:
        code = opened.process.wait(desktop.PATIENCE)

    assert code == 2
    assert f"There is nothing at 99 s: the song is {SECONDS:.2f} s long" in opened.said()
