"""Songs come into the studio: dropped, or by address; decoded, heard, or refused in words."""

import wave
from pathlib import Path
from typing import Any

import film
import media
import numpy as np
import playing
import pytest

from oriel.audio import load

RATE = 44100


@pytest.fixture
def page(page: Any, studio: str) -> Any:
    return playing.opened(page, studio)


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

    assert words in playing.notices(page)
    assert page.evaluate("oriel.state.get('song').name") == "clicks.wav"
    assert playing.known(page, "loading") is None


def test_a_song_of_no_length_is_refused_in_words(page: Any, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.wav"
    with wave.open(str(nothing), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))

    playing.drop(page, nothing)
    playing.until(page, "document.querySelector('.notice p')")

    assert "finds no sound" in playing.notices(page)
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

    assert "“long.wav” lasts 16:40, too long for this browser (15:00 at most)" in playing.notices(
        page
    )


def test_a_look_is_dropped_as_a_song_is(page: Any, tmp_path: Path) -> None:
    look = tmp_path / "mine.json"
    look.write_text('{"shape": "torus", "glow": 0.25}')

    playing.drop(page, look, "application/json")

    playing.until(page, "oriel.state.get('look').shape === 'torus'")
    assert playing.known(page, "song") is None


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


def test_an_address_opens_its_song(page: Any, studio: str) -> None:
    playing.opened(page, studio, "?song=/demo/song.wav")

    playing.until(page, "oriel.state.get('bands')")

    assert page.evaluate("oriel.state.get('song').file") == "song.wav"


def test_a_song_that_is_not_there_is_told_of(page: Any, studio: str) -> None:
    playing.opened(page, studio, "?song=/nothing.mp3")

    playing.until(page, "document.querySelector('.notice p')")

    assert "“nothing.mp3” cannot be fetched: the server answers 404" in playing.notices(page)
    page.complaints.clear()  # Chromium logs every 404


@pytest.mark.parametrize("address", ["https://example.org/a.mp3", "http://", "data:audio/wav,x"])
def test_a_song_from_elsewhere_is_not_fetched(page: Any, studio: str, address: str) -> None:
    playing.opened(page, studio, f"?song={address}")

    playing.until(page, "document.querySelector('.notice p')")

    assert "lies elsewhere" in playing.notices(page)
    assert playing.known(page, "loading") is None


def test_the_demo_song_comes_with_its_beats(page: Any) -> None:
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing')")
    playing.until(page, "oriel.state.get('bands')?.beats.length > 50", playing.BEATS_SECONDS)

    assert page.evaluate("oriel.state.get('rhythm').tempo") == pytest.approx(122, abs=1)
    assert "122 bpm" in page.locator("#transport").inner_text()


def test_a_song_does_not_wait_for_its_beats(page: Any) -> None:
    held: list[Any] = []
    page.route("**/demo/beats.json", lambda route: held.append(route))

    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')")
    playing.endlessly(page)
    unheard = (playing.known(page, "rhythm"), page.locator("#transport").inner_text())
    playing.until(page, "oriel.state.get('position') > 0.2")
    held[0].continue_()
    playing.until(page, "oriel.state.get('bands').beats.length > 50", playing.BEATS_SECONDS)

    assert unheard[0] is None
    assert "bpm" not in unheard[1]
    assert "122 bpm" in page.locator("#transport").inner_text()
    assert playing.known(page, "playing") is True


def test_beats_that_come_too_late_are_not_another_songs(page: Any, clicks: Path) -> None:
    held: list[Any] = []
    page.route("**/demo/beats.json", lambda route: held.append(route))

    page.click("#play-demo")
    playing.until(page, "oriel.state.get('bands')")
    playing.play(page, clicks)
    held[0].fulfill(json={"tempo": 122, "beats": [0.5, 1.0]})
    page.wait_for_timeout(300)

    assert playing.known(page, "rhythm") is None


def test_a_newer_song_takes_the_place_of_one_that_plays(
    page: Any, clicks: Path, ramp: Path
) -> None:
    playing.play(page, clicks)
    page.evaluate("oriel.state.set({loop: [1, 2]})")
    dropped = page.evaluate("performance.now() / 1000")

    playing.play(page, ramp)

    assert playing.known(page, "loop") is None
    assert page.evaluate("oriel.state.get('bands').seconds") == 6
    now, at = page.evaluate("[performance.now() / 1000, oriel.player.position()]")
    assert 0 <= at < now - dropped


def test_of_songs_dropped_in_haste_the_last_one_wins(page: Any, clicks: Path, ramp: Path) -> None:
    for path in (ramp, clicks, ramp, clicks):
        playing.drop(page, path)

    playing.until(
        page,
        "oriel.state.get('song')?.name === 'clicks.wav' && oriel.state.get('bands')"
        " && oriel.state.get('loading') === null",
    )
    page.wait_for_timeout(500)

    assert page.evaluate("oriel.state.get('song').name") == "clicks.wav"
    assert page.evaluate("oriel.state.get('bands').seconds") == 3
    assert playing.known(page, "loading") is None


def _middle(samples: Any) -> float:
    """Seconds at which half of the sound's energy has been heard."""
    energy = np.cumsum(np.asarray(samples, np.float64) ** 2)
    return float(np.searchsorted(energy, energy[-1] / 2) / RATE)
