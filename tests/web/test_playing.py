"""The song in the studio: dropped, played, looped, refused in words, and ordered as a video."""

import json
import shlex
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import asking
import av
import film
import media
import numpy as np
import playing
import pytest
import serving

from oriel.audio import load

RATE = 44100
# Each sample of this song tells where it is.
RAMP_SECONDS = 6.0

TAP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) window.tapped = this;
  return connect.call(this, target, ...rest);
};
"""
# What leaves for the loudspeaker at the context's time, and what the player says of that time.
MEASURE = """
() => {
  const context = tapped.context;
  window.scope ??= connectScope();
  const wave = new Float32Array(2048);
  scope.getFloatTimeDomainData(wave);
  return wave.at(-1) / tapped.gain.value;
  function connectScope() {
    const scope = new AnalyserNode(context, {fftSize: 2048});
    tapped.connect(scope);
    return scope;
  }
}
"""


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds in which the sample at t seconds is t / 6, but for a start of silence."""
    samples = np.arange(int(RAMP_SECONDS * RATE)) / (RAMP_SECONDS * RATE)
    return media.write(tmp_path_factory.mktemp("ramp") / "ramp.wav", samples, RATE)


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of noise bursts."""
    chance = np.random.default_rng(1)
    samples = 0.02 * chance.standard_normal(3 * RATE)
    for at in (0.5, 1.0, 1.5, 2.0, 2.5):
        samples[int(at * RATE) : int((at + 0.05) * RATE)] *= 20
    return media.write(tmp_path_factory.mktemp("clicks") / "clicks.wav", samples, RATE)


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


def notices(page: Any) -> str:
    return " ".join(page.locator(".notice p").all_text_contents())


def test_a_dropped_song_plays_and_is_heard(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    heard = page.evaluate(
        "(() => { const {bass, level, fps, seconds} = oriel.state.get('bands');"
        " return [bass.length, Math.max(...level), fps, seconds]; })()"
    )
    assert heard[0] == 180
    assert heard[1] > 0.8
    assert heard[2:] == [60, 3]
    assert page.locator("#empty").is_hidden()


def test_playing_goes_on_in_real_time(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    before = playing.position(page)
    clock = page.evaluate("performance.now()")

    page.wait_for_timeout(700)

    passed = (page.evaluate("performance.now()") - clock) / 1000
    assert playing.position(page) - before == pytest.approx(passed, abs=0.08)


def test_the_space_bar_pauses_and_plays(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    page.keyboard.press("Space")
    paused = playing.position(page)
    page.wait_for_timeout(200)
    still = playing.position(page)
    page.keyboard.press("Space")
    playing.until(page, "oriel.state.get('playing')")

    assert still == paused
    playing.until(page, f"oriel.player.position() > {paused}")


def test_a_song_that_ends_rests_at_its_end_and_then_begins_anew(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    page.evaluate("oriel.player.seek(2.8)")
    playing.until(page, "!oriel.state.get('playing')")
    at_end = playing.position(page)
    page.keyboard.press("Space")
    playing.until(page, "oriel.state.get('playing')")

    assert at_end == 3
    assert playing.position(page) < 1


def test_a_song_ends_also_where_nobody_sees_it(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    page.evaluate("window.requestAnimationFrame = () => 0")  # as in a hidden tab

    page.evaluate("oriel.player.seek(2.7)")

    playing.until(page, "!oriel.state.get('playing')")
    assert playing.known(page, "position") == 3


@pytest.mark.parametrize(
    ("to", "expected"), [("1e9", 3), ("-5", 0), ("NaN", 0), ("Infinity", 0), ("3", 3)]
)
def test_seeking_anywhere_stays_within_the_song(
    page: Any, clicks: Path, to: str, expected: float
) -> None:
    playing.play(page, clicks)
    page.evaluate("oriel.player.pause()")

    page.evaluate(f"oriel.player.seek({to})")

    assert playing.position(page) == expected
    assert playing.known(page, "position") == expected


def test_seeking_beyond_the_end_while_it_plays_ends_the_song(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    page.evaluate("oriel.player.seek(99)")

    assert playing.known(page, "playing") is False
    assert playing.position(page) == 3


def test_the_position_is_what_is_heard_through_loops_and_seeks(
    page: Any, studio: str, ramp: Path
) -> None:
    page.add_init_script(TAP)
    playing.opened(page, studio)
    playing.play(page, ramp)
    page.evaluate("oriel.state.set({volume: 1, loop: [1, 1.5]})")
    page.evaluate("oriel.player.seek(1.25)")
    page.evaluate(MEASURE)
    page.wait_for_timeout(300)

    # The scope holds what was made for the context's time; the player tells what is heard by now,
    # which is later by the device's delay: both lie in the loop, that delay apart.
    apart = []
    for _ in range(12):
        made, told = page.evaluate(f"(() => [({MEASURE})(), oriel.player.position()])()")
        made *= RAMP_SECONDS
        assert 1 <= made < 1.5
        assert 1 <= told < 1.5
        apart.append((made - told) % 0.5)
        page.wait_for_timeout(110)
    middle = np.median(apart)
    assert middle < 0.15
    assert np.abs(np.array(apart) - middle).max() < 0.05


def test_a_loop_that_is_passed_already_is_not_jumped_into(page: Any, ramp: Path) -> None:
    playing.play(page, ramp)

    page.evaluate("oriel.state.set({loop: [1, 2]})")
    page.evaluate("oriel.player.seek(4)")

    playing.until(page, "oriel.player.position() > 4.2")


def test_bluetooth_delay_holds_the_picture_back_but_not_the_sound(page: Any, ramp: Path) -> None:
    playing.play(page, ramp)
    page.evaluate("oriel.player.seek(1)")
    page.wait_for_timeout(700)

    apart = page.evaluate(
        "(() => { const before = oriel.player.position(); oriel.state.set({latency: 250});"
        " return before - oriel.player.position(); })()"
    )

    assert apart == pytest.approx(0.25, abs=0.02)


def test_a_newer_song_takes_the_place_of_one_that_plays(
    page: Any, clicks: Path, ramp: Path
) -> None:
    playing.play(page, clicks)
    page.evaluate("oriel.state.set({loop: [1, 2]})")

    playing.play(page, ramp)

    assert playing.known(page, "loop") is None
    assert page.evaluate("oriel.state.get('bands').seconds") == 6
    assert 0 <= playing.position(page) < 2


def test_of_songs_dropped_in_haste_the_last_one_wins(page: Any, clicks: Path, ramp: Path) -> None:
    for path in (ramp, clicks, ramp, clicks):
        playing.drop(page, path)

    playing.until(page, "oriel.state.get('bands') && oriel.state.get('playing')")
    page.wait_for_timeout(500)

    assert page.evaluate("oriel.state.get('song').name") == "clicks.wav"
    assert page.evaluate("oriel.state.get('bands').seconds") == 3
    assert playing.known(page, "loading") is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", b"la la la", "“notes.txt” is not a song"),
        ("empty.mp3", b"", "“empty.mp3” is empty"),
        ("broken.mp3", b"ID3" + bytes(2000), "finds no sound that it can decode in “broken.mp3”"),
        ("cut.wav", b"RIFF\x24\0\0\0WAVEfmt ", "finds no sound that it can decode in “cut.wav”"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(99), "“picture.png” is not a song"),
    ],
)
def test_a_file_that_is_no_song_is_refused_in_words_and_the_song_plays_on(
    page: Any, clicks: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    playing.play(page, clicks)
    bad = tmp_path / name
    bad.write_bytes(content)

    playing.drop(page, bad)
    playing.until(page, "document.querySelector('.notice p')")

    assert words in notices(page)
    assert page.evaluate("oriel.state.get('song').name") == "clicks.wav"
    assert playing.known(page, "loading") is None


def test_a_song_of_no_length_is_refused_in_words(page: Any, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.wav"
    with wave.open(str(nothing), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))

    playing.drop(page, nothing)
    playing.until(page, "document.querySelector('.notice p')")

    assert "finds no sound" in notices(page)
    assert page.locator("#empty").is_visible()


def test_a_song_too_long_for_the_device_is_refused_before_it_is_decoded(
    page: Any, studio: str, tmp_path: Path
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'deviceMemory', {value: 1})")
    playing.opened(page, studio)
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes([128]) * 8000 * 1000)

    page.set_input_files("#song-file", long)
    playing.until(page, "document.querySelector('.notice p')")

    assert "“long.wav” lasts 16:40, too long for this browser (15:00 at most)" in notices(page)


def test_a_look_is_dropped_as_a_song_is(page: Any, tmp_path: Path) -> None:
    look = tmp_path / "mine.json"
    look.write_text('{"shape": "torus", "glow": 0.25}')

    playing.drop(page, look, "application/json")

    playing.until(page, "oriel.state.get('look').shape === 'torus'")
    assert playing.known(page, "song") is None


def test_full_screen_shows_the_picture_alone_and_hides_the_cursor(page: Any) -> None:
    page.keyboard.press("f")
    playing.until(page, "document.fullscreenElement?.id === 'stage'")
    playing.until(page, "getComputedStyle(document.getElementById('picture')).cursor === 'none'")

    page.keyboard.press("f")

    playing.until(page, "!document.fullscreenElement")


def test_a_song_of_a_few_samples_plays_to_its_end(page: Any, tmp_path: Path) -> None:
    blip = media.write(tmp_path / "blip.wav", 0.5 * np.ones(64), RATE)

    playing.drop(page, blip)

    playing.until(page, "oriel.state.get('bands') && !oriel.state.get('playing')")
    assert notices(page) == ""


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm"])
def test_the_browser_hears_what_the_renderer_hears_at_the_same_time(
    page: Any, tmp_path: Path, suffix: str
) -> None:
    samples = np.zeros((2 * 48000, 2))
    samples[48000 : 48000 + 480, 0] = np.sin(np.linspace(0, 60 * np.pi, 480))
    song = media.write(tmp_path / f"click{suffix}", samples, 48000)
    ours = np.concatenate(list(load(song).blocks(RATE, 1)))

    playing.drop(page, song)
    playing.until(page, "oriel.state.get('song')")
    theirs = np.array(page.evaluate("[...oriel.state.get('song').samples]"), np.float32)

    assert abs(_middle(theirs) - _middle(ours)) < 2 / 1000
    assert np.abs(theirs).max() == pytest.approx(np.abs(ours).max(), rel=0.1)


def test_a_videos_sound_is_played(page: Any, tmp_path: Path, clicks: Path) -> None:
    video = tmp_path / "film.mp4"
    film.write(video, frames=90, audio=load(clicks))

    playing.drop(page, video, "video/mp4")
    playing.until(page, "oriel.state.get('bands')")

    assert page.evaluate("oriel.state.get('song').seconds") == pytest.approx(3, abs=0.1)
    assert page.evaluate("Math.max(...oriel.state.get('bands').level)") > 0.8


def test_the_demo_song_comes_with_its_beats(page: Any) -> None:
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')", 60)

    assert page.evaluate("oriel.state.get('rhythm').tempo") == pytest.approx(122, abs=1)
    assert page.evaluate("oriel.state.get('bands').beats.length") > 50
    assert "122 bpm" in page.locator("#transport").inner_text()


def test_an_address_opens_its_song(page: Any, studio: str) -> None:
    playing.opened(page, studio, "?song=/demo/song.wav")

    playing.until(page, "oriel.state.get('bands')", 60)

    assert page.evaluate("oriel.state.get('song').file") == "song.wav"


def test_a_song_that_is_not_there_is_told_of(page: Any, studio: str) -> None:
    playing.opened(page, studio, "?song=/nothing.mp3")

    playing.until(page, "document.querySelector('.notice p')")

    assert "“nothing.mp3” cannot be fetched: the server answers 404" in notices(page)
    page.complaints.clear()  # Chromium logs every 404


@pytest.mark.parametrize("address", ["https://example.org/a.mp3", "http://", "data:audio/wav,x"])
def test_a_song_from_elsewhere_is_not_fetched(page: Any, studio: str, address: str) -> None:
    playing.opened(page, studio, f"?song={address}")

    playing.until(page, "document.querySelector('.notice p')")

    assert "lies elsewhere" in notices(page)
    assert playing.known(page, "loading") is None


def test_the_waveform_is_a_slider_for_pointer_and_keyboard(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    page.keyboard.press("Space")
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
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')", 60)

    page.keyboard.press("l")
    looped = playing.known(page, "loop")
    page.keyboard.press("l")
    page.keyboard.press("m")
    muted = playing.known(page, "volume")
    page.keyboard.press("m")
    page.keyboard.press("v")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("?")
    sheet = page.locator("#keys").is_visible()
    page.keyboard.press("Escape")

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
    page.keyboard.press("Space")
    page.keyboard.press("e")
    page.get_by_text("A part", exact=True).click()
    field = page.get_by_role("textbox", name="From")

    field.fill("")
    field.press_sequentially("0 l")

    assert field.input_value() == "0 l"
    assert playing.known(page, "playing") is False
    assert playing.known(page, "loop") is None


def test_the_looks_change_by_themselves_on_the_beat(page: Any) -> None:
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')", 60)
    before = playing.known(page, "lookName")
    bar = 4 * 60 / 122

    page.evaluate("oriel.state.set({autopilot: {bars: 1, looks: Object.keys(oriel.looks)}})")
    page.evaluate(f"oriel.player.seek({bar - 0.2})")
    playing.until(page, "oriel.state.get('blend')?.share < 1")
    at = playing.position(page)

    assert playing.known(page, "lookName") != before
    assert bar - 0.05 < at < bar + 1
    playing.until(page, "(oriel.state.get('blend')?.share ?? 1) === 1")


def test_the_microphone_moves_the_picture_until_a_song_plays(page: Any, clicks: Path) -> None:
    page.evaluate("oriel.panel.show('Sound')")

    page.get_by_role("button", name="Microphone").click()
    playing.until(page, "oriel.state.get('heard')?.bass > 0.2")
    live = playing.known(page, "live")
    page.evaluate("oriel.panel.show('Looks')")
    playing.play(page, clicks)

    assert live == "microphone"
    assert playing.known(page, "live") is None
    assert playing.known(page, "heard") is None


def test_a_microphone_that_is_refused_is_told_of(page: Any, studio: str) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    playing.opened(page, studio)
    page.evaluate("oriel.panel.show('Sound')")

    page.get_by_role("button", name="Microphone").click()
    playing.until(page, "document.querySelector('.notice p')")

    assert "The microphone was not allowed" in notices(page)
    assert playing.known(page, "live") is None


def test_who_asks_for_less_motion_starts_the_song_himself(page: Any, clicks: Path) -> None:
    page.emulate_media(reduced_motion="reduce")

    playing.drop(page, clicks)
    playing.until(page, "document.querySelector('.notice p')")
    rested = playing.known(page, "playing")
    page.keyboard.press("Space")

    assert "asks for less motion" in notices(page)
    assert rested is False
    playing.until(page, "oriel.state.get('playing')")


def test_a_server_that_goes_is_told_of_and_the_song_goes_on(
    page: Any, tmp_path: Path, clicks: Path
) -> None:
    with serving.served(cwd=tmp_path) as server:
        page.complaints.clear()
        playing.opened(page, server.url)
        playing.play(page, clicks)
        server.child.terminate()
        server.child.wait(timeout=60)

        page.evaluate("dispatchEvent(new Event('offline'))")
        playing.until(page, "document.querySelector('.notice-lasting')")

    assert "server does not answer" in notices(page)
    assert playing.known(page, "playing") is True
    page.complaints.clear()  # Chromium logs what cannot be fetched


def test_a_graphics_card_that_goes_and_comes_back_is_told_of(page: Any) -> None:
    page.evaluate(
        "window.loss = document.getElementById('picture').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context'); loss.loseContext()"
    )
    playing.until(page, "document.querySelector('.notice-lasting')")
    told = notices(page)

    page.evaluate("loss.restoreContext()")

    assert "the picture comes back by itself" in told
    playing.until(page, "!document.querySelector('.notice-lasting')")


def test_a_telephone_shows_picture_and_player_without_scrolling_sideways(
    browser: Any, studio: str, clicks: Path
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = playing.opened(context.new_page(), studio)

    playing.play(page, clicks)
    page.locator("#play").tap()
    playing.until(page, "!oriel.state.get('playing')")

    boxes = {name: page.locator(name).bounding_box() for name in ("#picture", ".wave", "#play")}
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width == 390
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= 844 for box in boxes.values())
    assert min(boxes["#play"]["width"], boxes["#play"]["height"]) >= 44


def test_the_ordered_command_makes_that_video(page: Any, studio: str, tmp_path: Path) -> None:
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')", 60)
    page.keyboard.press("Space")
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
    subprocess.run(run, cwd=tmp_path, check=True, timeout=120)

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


def _middle(samples: Any) -> float:
    """Seconds at which half of the sound's energy has been heard."""
    energy = np.cumsum(np.asarray(samples, np.float64) ** 2)
    return float(np.searchsorted(energy, energy[-1] / 2) / RATE)


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
