"""The sound of the window: a player gets the song's samples, and the picture's time follows it."""

import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import audio
from oriel.audio import Audio
from oriel.playback import PLAYERS, Playback, Player, players
from tests import media
from tests.desktop import until

SECONDS = 6.0
RATE = 44_100
BYTES_PER_SECOND = 4 * RATE
BUFFER_SECONDS = 0.08
PATIENCE = "oriel.playback._PATIENCE_SECONDS"  # with a player that takes nothing

# A sound card and its player: takes a buffer, and then 20 ms each 20 ms; it writes down when.
SOUND_CARD = f"""#!{sys.executable}
import os, time
log, samples = open("taken.txt", "w"), open("samples.raw", "wb")
taken, begun = 0, None
while True:
    due = {BUFFER_SECONDS} if begun is None else time.monotonic() - begun + {BUFFER_SECONDS}
    while taken < due * {BYTES_PER_SECOND}:
        data = os.read(0, {BYTES_PER_SECOND // 50})
        begun = begun or time.monotonic()
        if not data:
            raise SystemExit
        taken += len(data)
        samples.write(data)
        print(time.monotonic(), taken, file=log, flush=True)
    time.sleep(0.005)
"""
BROKEN = "#!/bin/sh\nexit 1\n"


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    path = tmp_path_factory.mktemp("song") / "song.wav"
    return audio.load(media.write(path, media.song(SECONDS), RATE))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is searched for players, and that they run in: they may start slowly."""
    monkeypatch.setattr(PATIENCE, 60.0)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def install(folder: Path, name: str, program: str) -> Player:
    path = folder / name
    path.write_text(program)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return next(player for player in PLAYERS if player.name == name)


def held(song: Audio, hold: Callable[[float], object]) -> Audio:
    """A song whose decoder waits before each of its blocks, of so many seconds, as for a slow disk."""

    class Held(Audio):
        def blocks(
            self, rate: int, channels: Literal[1, 2], start: float = 0.0
        ) -> Iterator[NDArray[np.float32]]:
            for block in super().blocks(rate, channels, start):
                hold(len(block) / rate)
                yield block

    return Held(song.path, song.rate, song.channels, song.codec)


def written(desk: Path) -> int:
    """Bytes that the sound card has written down so far; of what it plays, less than it has taken."""
    path = desk / "samples.raw"
    return path.stat().st_size if path.exists() else 0


def watch(playback: Playback, seconds: float) -> list[tuple[float, float]]:
    """Pairs of the machine's time and the song's, for so long."""
    end = time.monotonic() + seconds
    pairs = []
    while time.monotonic() < end:
        pairs.append((time.monotonic(), playback.position))
        time.sleep(0.01)
    return pairs


def assert_in_time(playback: Playback) -> None:
    """For a while, the song's time goes on as the machine's does."""
    looks = []
    for _ in range(20):
        looks.append((time.monotonic(), playback.position, time.monotonic()))
        time.sleep(0.01)

    before, at, after = np.array(looks).T
    assert (before - after[0] - 1e-6 <= at - at[0]).all()
    assert (at - at[0] <= after - before[0] + 1e-6).all()


def lag(shown: list[tuple[float, float]], desk: Path) -> float:
    """Seconds that the picture was behind the sound card in the last one, as a rule."""
    last = [(now, at) for now, at in shown if now > shown[-1][0] - 1]
    if len(last) <= 25:
        return float("inf")
    now, at = np.array(last).T
    log = np.loadtxt(desk / "taken.txt", ndmin=2)
    taken = 1.0 + np.interp(now, log[:, 0], log[:, 1] / BYTES_PER_SECOND)
    return float(np.median(at - (taken - BUFFER_SECONDS)))


def test_the_picture_shows_what_the_sound_card_plays(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        for _ in range(5):  # anew, where the machine stood still meanwhile
            playback.seek(1.0, playing=True)
            shown = [pair for pair in watch(playback, 4.0) if pair[1] > 1.0]
            if abs(late := lag(shown, desk)) < 0.03:
                break

    assert abs(late) < 0.03
    now, at = np.array(shown).T
    assert np.diff(at)[np.diff(now) < 0.25].min() >= 0


def test_the_player_gets_the_song_from_that_very_sample_on(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        playback.seek(2.5, playing=True)
        until(lambda: written(desk) > 0.3 * BYTES_PER_SECOND, "a third of a second is played")

    played = np.fromfile(desk / "samples.raw", "<i2").reshape(-1, 2)
    whole = np.concatenate(list(song.blocks(RATE, 2)))
    expected = np.round(whole[round(2.5 * RATE) :] * 32767)
    assert len(played) > 0.3 * RATE
    assert (played == expected[: len(played)]).all()


def test_a_pause_stays_where_it_was_and_a_seek_goes_where_it_should(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        began = time.monotonic()
        playback.play()
        until(lambda: playback.position > 0.1, "the song is heard")
        playback.pause()
        passed, paused = time.monotonic() - began, playback.position
        watch(playback, 0.1)

        assert 0.1 < paused <= passed
        assert playback.position == paused
        playback.seek(3.0)
        assert playback.position == 3.0
        assert not playback.playing
        playback.seek(99.0, playing=True)
        assert playback.position == SECONDS
        playback.play()
        assert playback.playing
        assert playback.position < SECONDS / 2


def test_at_the_end_it_stops(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        playback.seek(SECONDS - 0.3, playing=True)
        until(lambda: playback.position == SECONDS, "the end is reached")

        assert playback.position == SECONDS
        assert not playback.playing


def test_a_player_that_fails_is_followed_by_the_next(song: Audio, desk: Path) -> None:
    first, second = install(desk, "pacat", BROKEN), install(desk, "aplay", SOUND_CARD)
    told: list[str] = []

    with closing(Playback(song, SECONDS, [first, second], told.append)) as playback:
        playback.play()
        until(lambda: playback.position > 0.1, "the song is heard")

    assert written(desk) > 0
    assert told == []


def test_when_no_player_works_one_sentence_says_so_and_the_time_goes_on(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", BROKEN)
    told: list[str] = []

    with closing(Playback(song, SECONDS, [player], told.append)) as playback:
        began = time.monotonic()
        playback.seek(1.0, playing=True)
        until(lambda: playback.position > 1.2 and told != [], "the time goes on")

        assert playback.position - 1.0 <= time.monotonic() - began
        assert_in_time(playback)
    assert told == ["aplay does not play: the picture goes on without sound."]


def test_one_who_goes_ahead_of_the_decoder_need_not_wait_to_go_elsewhere(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    decoded: list[float] = []

    def hold(seconds: float) -> None:
        decoded.append(seconds)
        time.sleep(2 * seconds)

    playback = Playback(held(song, hold), SECONDS, [player])
    playback.seek(SECONDS - 1, playing=True)
    watch(playback, 0.2)

    playback.seek(SECONDS - 2)
    playback.close()

    assert sum(decoded) < SECONDS - 2


def test_a_player_is_not_given_up_while_the_decoder_is_on_its_way(
    song: Audio, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    told: list[str] = []
    arrived = threading.Event()
    on_its_way = held(song, lambda seconds: arrived.wait(60))

    with closing(Playback(on_its_way, SECONDS, [player], told.append)) as playback:
        with monkeypatch.context() as patch:
            patch.setattr(PATIENCE, 0.2)
            playback.seek(3.0, playing=True)
            waited = watch(playback, 1.0)
        arrived.set()
        until(lambda: playback.position >= 3.2, "the song is heard")

    assert {at for _, at in waited} == {3.0}
    assert told == []
    assert written(desk) > 0


def test_a_player_is_not_to_blame_where_the_song_has_no_samples_left(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    told: list[str] = []

    with closing(Playback(song, SECONDS + 0.5, [player], told.append)) as playback:
        playback.seek(SECONDS, playing=True)
        until(lambda: playback.position == SECONDS + 0.5, "the end is reached")

    assert told == []


def test_without_a_player_the_time_goes_on(song: Audio) -> None:
    with closing(Playback(song, SECONDS, [])) as playback:
        playback.play()

        assert_in_time(playback)


def test_the_players_of_this_machine_are_found_by_their_names(desk: Path) -> None:
    assert players() == []

    install(desk, "ffplay", BROKEN)
    install(desk, "aplay", BROKEN)

    assert [player.name for player in players()] == ["aplay", "ffplay"]
