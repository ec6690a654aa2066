"""The song in the studio: played, sought through, looped, ended."""

from pathlib import Path
from typing import Any

import media
import numpy as np
import playing
import pytest

TRIES = 10  # until the machine is on time
FROM = "(at => { oriel.player.seek(at); return oriel.player.play(); })"  # whether it plays or rests
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

    off = [_hurry(page)]
    while abs(off[-1]) > 0.03 and len(off) < TRIES:
        off.append(_hurry(page))

    assert off[-1] == pytest.approx(0, abs=0.03), off


def _hurry(page: Any) -> float:
    """By how many seconds the song's time runs before the clock's, while it plays from its start."""
    page.evaluate("oriel.player.seek(0); oriel.player.play()")
    told = []
    for _ in range(6):
        told.append(page.evaluate("[oriel.player.position(), performance.now() / 1000]"))
        page.wait_for_timeout(150)
    played, passed = np.diff(told, axis=0).T
    return float(np.median(played - passed))


def test_the_space_bar_pauses_and_plays(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    playing.endlessly(page)

    page.keyboard.press("Space")
    paused = playing.position(page)
    page.wait_for_timeout(200)
    still = playing.position(page)
    page.keyboard.press("Space")
    playing.until(page, "oriel.state.get('playing')")

    assert still == paused
    playing.until(page, f"oriel.player.position() !== {paused}")


def test_a_song_that_ends_rests_at_its_end_and_then_begins_anew(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)

    page.evaluate(f"{FROM}(2.8)")
    playing.until(page, "!oriel.state.get('playing')")
    at_end = playing.position(page)
    page.evaluate(
        "window.heads = []; void oriel.state.on('position', () => oriel.state.get('playing')"
        " && heads.push(oriel.state.get('position')))"
    )
    page.keyboard.press("Space")
    playing.until(page, "heads.length")

    assert at_end == 3
    assert page.evaluate("heads[0]") < at_end


def test_a_song_ends_also_where_nobody_sees_it(page: Any, clicks: Path) -> None:
    playing.play(page, clicks)
    page.evaluate("window.requestAnimationFrame = () => 0")  # as in a hidden tab

    page.evaluate(f"{FROM}(2.7)")

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

    wrong = [_astray(page)]
    while wrong[-1] and len(wrong) < TRIES:
        wrong.append(_astray(page))

    assert wrong[-1] == "", wrong


def _astray(page: Any) -> str:
    """What is wrong with the position in a loop, in words; a machine that stands still is, too.

    The scope holds what was made for the context's time; the player tells what is heard by now,
    which is later by the device's delay: both lie in the loop, that delay apart.
    """
    page.evaluate(f"{FROM}(1.25)")
    page.evaluate(MEASURE)
    page.wait_for_timeout(300)
    pairs = []
    for _ in range(12):
        pairs.append(page.evaluate(f"(() => [({MEASURE})(), oriel.player.position()])()"))
        page.wait_for_timeout(110)
    made, told = np.array(pairs).T * [[playing.RAMP_SECONDS], [1]]
    apart = (made - told) % 0.5
    middle = np.median(apart)
    within = all(((one >= 1) & (one < 1.5)).all() for one in (made, told))
    right = within and middle < 0.15 and np.abs(apart - middle).max() < 0.05
    return "" if right else f"made {made}, told {told}"


def test_a_loop_that_is_passed_already_is_not_jumped_into(page: Any, ramp: Path) -> None:
    playing.play(page, ramp)

    page.evaluate("oriel.state.set({loop: [1, 2]})")
    page.evaluate(f"{FROM}(4)")

    playing.until(page, "oriel.player.position() > 4.2")


def test_bluetooth_delay_holds_the_picture_back_but_not_the_sound(page: Any, ramp: Path) -> None:
    playing.play(page, ramp)
    playing.endlessly(page)

    apart = playing.until(
        page,
        "(() => { const before = oriel.player.position(); if (before < 1 || before > 5) return null;"
        " oriel.state.set({latency: 250}); return [before - oriel.player.position()]; })()",
    )

    assert apart == [pytest.approx(0.25, abs=0.02)]


def test_a_song_of_a_few_samples_plays_to_its_end(page: Any, tmp_path: Path) -> None:
    blip = media.write(tmp_path / "blip.wav", 0.5 * np.ones(64), 44100)

    playing.drop(page, blip)

    playing.until(page, "oriel.state.get('bands') && !oriel.state.get('playing')")
    assert playing.notices(page) == ""
