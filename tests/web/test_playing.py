"""The song in the studio: played, sought through, looped, ended."""

from pathlib import Path
from typing import Any

import media
import numpy as np
import playing
import pytest

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


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


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


def test_playing_goes_on_in_real_time(page: Any, ramp: Path) -> None:
    playing.play(page, ramp)
    both = "[oriel.player.position(), performance.now() / 1000]"

    told = []
    for _ in range(6):
        told.append(page.evaluate(both))
        page.wait_for_timeout(150)

    played, passed = np.diff(told, axis=0).T
    assert np.median(played - passed) == pytest.approx(0, abs=0.03)


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
    assert playing.position(page) < at_end


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
        made *= playing.RAMP_SECONDS
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


def test_a_song_of_a_few_samples_plays_to_its_end(page: Any, tmp_path: Path) -> None:
    blip = media.write(tmp_path / "blip.wav", 0.5 * np.ones(64), 44100)

    playing.drop(page, blip)

    playing.until(page, "oriel.state.get('bands') && !oriel.state.get('playing')")
    assert playing.notices(page) == ""
