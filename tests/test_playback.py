"""The sound of the window: a player gets the song's samples, and the picture's time follows it."""

import stat
import sys
import time
from collections.abc import Iterator
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

SECONDS = 6.0
RATE = 44_100
BYTES_PER_SECOND = 4 * RATE
BUFFER_SECONDS = 0.08

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


class SlowSong(Audio):
    """A song that is decoded no faster than it is played, as from a slow disk."""

    def blocks(
        self, rate: int, channels: Literal[1, 2], start: float = 0.0
    ) -> Iterator[NDArray[np.float32]]:
        for block in super().blocks(rate, channels, start):
            time.sleep(len(block) / rate)
            yield block


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    path = tmp_path_factory.mktemp("song") / "song.wav"
    return audio.load(media.write(path, media.song(SECONDS), RATE))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is searched for players, and that they run in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def install(folder: Path, name: str, program: str) -> Player:
    path = folder / name
    path.write_text(program)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return next(player for player in PLAYERS if player.name == name)


def slow(song: Audio) -> Audio:
    return SlowSong(song.path, song.rate, song.channels, song.codec)


def watch(playback: Playback, seconds: float) -> list[tuple[float, float]]:
    """Pairs of the machine's time and the song's, for so long."""
    end = time.monotonic() + seconds
    pairs = []
    while time.monotonic() < end:
        pairs.append((time.monotonic(), playback.position))
        time.sleep(0.01)
    return pairs


def test_the_picture_shows_what_the_sound_card_plays(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        playback.seek(1.0, playing=True)
        shown = watch(playback, 4.0)

    log = np.loadtxt(desk / "taken.txt")
    shown = [pair for pair in shown if pair[1] > 1.0]
    heard = [1.0 + np.interp(now, log[:, 0], log[:, 1] / BYTES_PER_SECOND) for now, _ in shown]
    lag = [at - (taken - BUFFER_SECONDS) for (_, at), taken in zip(shown, heard, strict=True)]
    followed = [late for (now, _), late in zip(shown, lag, strict=True) if now > shown[-1][0] - 1]
    assert len(followed) > 25
    assert np.abs(np.median(followed)) < 0.03
    assert np.diff([at for _, at in shown]).min() >= 0


def test_the_player_gets_the_song_from_that_very_sample_on(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        playback.seek(2.5, playing=True)
        watch(playback, 0.8)

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
        watch(playback, 0.5)
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
        assert playback.position < 0.5


def test_at_the_end_it_stops(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)

    with closing(Playback(song, SECONDS, [player])) as playback:
        playback.seek(SECONDS - 0.3, playing=True)
        watch(playback, 1.0)

        assert playback.position == SECONDS
        assert not playback.playing


def test_a_player_that_fails_is_followed_by_the_next(song: Audio, desk: Path) -> None:
    first, second = install(desk, "pacat", BROKEN), install(desk, "aplay", SOUND_CARD)
    told: list[str] = []

    with closing(Playback(song, SECONDS, [first, second], told.append)) as playback:
        playback.play()
        watch(playback, 0.6)

        assert playback.position > 0.1
    assert (desk / "samples.raw").stat().st_size > 0
    assert told == []


def test_when_no_player_works_one_sentence_says_so_and_the_time_goes_on(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", BROKEN)
    told: list[str] = []

    with closing(Playback(song, SECONDS, [player], told.append)) as playback:
        playback.seek(1.0, playing=True)
        watch(playback, 0.5)

        assert 1.2 < playback.position < 1.6
    assert told == ["aplay does not play: the picture goes on without sound."]


def test_one_who_goes_ahead_of_the_decoder_need_not_wait_to_go_elsewhere(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    playback = Playback(slow(song), SECONDS, [player])
    playback.seek(SECONDS - 1, playing=True)
    watch(playback, 0.2)

    before = time.monotonic()
    playback.seek(SECONDS - 2)
    playback.close()

    assert time.monotonic() - before < 1


def test_a_player_is_not_given_up_while_the_decoder_is_on_its_way(song: Audio, desk: Path) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    told: list[str] = []

    with closing(Playback(slow(song), SECONDS, [player], told.append)) as playback:
        playback.seek(3.0, playing=True)
        waited = watch(playback, 2.5)
        deadline = time.monotonic() + 20
        while playback.position < 3.2 and time.monotonic() < deadline:
            time.sleep(0.01)

        assert {at for _, at in waited} == {3.0}
        assert playback.position >= 3.2
    assert told == []
    assert (desk / "samples.raw").stat().st_size > 0


def test_a_player_is_not_to_blame_where_the_song_has_no_samples_left(
    song: Audio, desk: Path
) -> None:
    player = install(desk, "aplay", SOUND_CARD)
    told: list[str] = []

    with closing(Playback(song, SECONDS + 0.5, [player], told.append)) as playback:
        playback.seek(SECONDS, playing=True)
        watch(playback, 1.0)

        assert playback.position == SECONDS + 0.5
    assert told == []


def test_without_a_player_the_time_goes_on(song: Audio) -> None:
    with closing(Playback(song, SECONDS, [])) as playback:
        playback.play()
        pairs = watch(playback, 0.2)

    now, shown = (np.array(each) for each in zip(*pairs, strict=True))
    assert np.abs((shown - shown[0]) - (now - now[0])).max() < 0.01


def test_the_players_of_this_machine_are_found_by_their_names(desk: Path) -> None:
    assert players() == []

    install(desk, "ffplay", BROKEN)
    install(desk, "aplay", BROKEN)

    assert [player.name for player in players()] == ["aplay", "ffplay"]
