"""A video's sound: in time, copied where it can be, and as long as the pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import film
import media
import numpy as np
import pytest

from oriel import audio as sounds
from oriel.audio import Audio
from oriel.video import Writer


@dataclass(frozen=True)
class Source:
    name: str
    rate: int = 44_100
    channels: int = 1


SOURCES = [
    Source("song.wav"),
    Source("song.wav", 48_000, 2),
    Source("song.wav", 22_050),
    Source("song.flac", 96_000, 2),
    Source("song.mp3"),
    Source("song.m4a", 44_100, 2),
    Source("song.aac", 48_000, 2),
]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_click_in_the_song_is_at_the_same_time_in_the_file(
    tmp_path: Path, source: Source, suffix: str
) -> None:
    song = clicks(tmp_path, source)

    film.write(tmp_path / f"out{suffix}", 125, fps=Fraction(25), audio=song)

    expected = click_times_of(song)
    heard = click_times(*film.sound(tmp_path / f"out{suffix}"), expected)
    assert heard == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("start", [0.5, 1.0 / 3.0, 2.021])
def test_a_part_of_the_song_begins_with_its_own_sound(
    tmp_path: Path, start: float, suffix: str
) -> None:
    song = clicks(tmp_path, Source("song.m4a", 44_100, 2))

    film.write(tmp_path / f"out{suffix}", 60, fps=Fraction(25), audio=song, start=start)

    expected = [time - start for time in click_times_of(song) if start < time < start + 2.4]
    heard = click_times(*film.sound(tmp_path / f"out{suffix}"), expected)
    assert heard == pytest.approx(expected, abs=0.0005)


def test_an_aac_song_is_copied_packet_by_packet(tmp_path: Path) -> None:
    song = clicks(tmp_path, Source("song.m4a", 44_100, 2))

    film.write(tmp_path / "out.mp4", 125, fps=Fraction(25), audio=song)

    copied, original = film.packets(tmp_path / "out.mp4"), film.packets(song.path)
    assert copied == original[: len(copied)]
    assert len(copied) >= 5 * 44_100 // 1024


def _each_43rd(packet: int) -> bool:
    return packet % 43 == 20


def _three_seconds(packet: int) -> bool:
    return 65 < packet <= 65 + 3 * 44_100 // 1024


@pytest.mark.parametrize("missing", [_each_43rd, _three_seconds])
def test_an_aac_song_that_lacks_packets_is_encoded_as_it_is_heard(
    tmp_path: Path, missing: Callable[[int], bool]
) -> None:
    whole = clicks(tmp_path, Source("whole.m4a", 44_100, 2)).path
    song = sounds.load(media.without(whole, tmp_path / "song.m4a", missing))

    film.write(tmp_path / "out.mp4", 140, fps=Fraction(25), audio=song)

    heard = np.concatenate(list(song.blocks(44_100, 2))).T
    sounding, _ = film.sound(tmp_path / "out.mp4")
    assert loud(sounding) == pytest.approx(loud(heard), abs=0.0005)
    assert loud(heard)[-1] == pytest.approx(5.0, abs=0.041)
    assert no_packet_is_missing(tmp_path / "out.mp4")


def test_a_gap_too_long_to_be_believed_is_left_out_of_the_sound_as_of_the_pictures(
    tmp_path: Path,
) -> None:
    whole = clicks(tmp_path, Source("whole.m4a", 44_100, 2)).path
    late = np.where(np.arange(300) < 100, 0, 15 * 44_100)
    song = sounds.load(media.without(whole, tmp_path / "song.m4a", lambda _: False, late))

    film.write(tmp_path / "out.mp4", 125, fps=Fraction(25), audio=song)

    assert loud(film.sound(tmp_path / "out.mp4")[0]) == pytest.approx([1, 2, 3, 4], abs=0.001)
    assert no_packet_is_missing(tmp_path / "out.mp4")


@pytest.mark.parametrize("name", ["song.m4a", "song.aac"])
def test_a_damaged_aac_song_makes_a_file_that_every_player_can_decode(
    tmp_path: Path, name: str
) -> None:
    codec = "aac" if name.endswith(".aac") else None
    whole = media.write(tmp_path / name, media.song(6), 44_100, codec).read_bytes()
    half = len(whole) // 2
    (tmp_path / name).write_bytes(whole[:half] + b"\x5a" * 900 + whole[half + 900 :])

    film.write(tmp_path / "out.mp4", 125, fps=Fraction(25), audio=sounds.load(tmp_path / name))

    samples, rate = film.sound(tmp_path / "out.mp4")
    assert samples.shape[1] / rate == pytest.approx(5, abs=0.03)
    assert no_packet_is_missing(tmp_path / "out.mp4")


def test_a_copied_song_with_apples_longer_priming_is_still_in_time(tmp_path: Path) -> None:
    song = sounds.load(primed(tmp_path / "song.m4a", 2112))

    film.write(tmp_path / "out.mp4", 100, fps=Fraction(25), audio=song)

    assert film.packets(tmp_path / "out.mp4")[:100] == film.packets(song.path)[:100]
    expected = click_times_of(song)[:3]
    heard = click_times(*film.sound(tmp_path / "out.mp4"), expected)
    assert heard == pytest.approx(expected, abs=0.0005)


def test_an_aac_song_whose_track_begins_late_is_encoded_anew_to_begin_at_0(tmp_path: Path) -> None:
    song = sounds.load(primed(tmp_path / "song.m4a", -22_050))

    film.write(tmp_path / "out.mp4", 100, fps=Fraction(25), audio=song)

    expected = click_times_of(song)[:3]
    heard = click_times(*film.sound(tmp_path / "out.mp4"), expected)
    assert heard == pytest.approx(expected, abs=0.0005)


def test_what_the_song_lacks_at_the_end_is_silence(tmp_path: Path) -> None:
    song = sounds.load(media.write(tmp_path / "song.wav", np.full(44_100, 0.5), 44_100))

    film.write(tmp_path / "out.mp4", 90, audio=song)

    samples, rate = film.sound(tmp_path / "out.mp4")
    assert abs(samples[:, round(1.1 * rate) :]).max() < 0.01
    assert abs(samples.shape[1] / rate - 3) < 0.03


def test_sound_of_an_odd_rate_is_48_khz_and_44_1_khz_stays(tmp_path: Path) -> None:
    low = clicks(tmp_path, Source("low.wav", 22_050))
    cd = clicks(tmp_path, Source("cd.wav", 44_100))

    film.write(tmp_path / "low.mp4", audio=low)
    film.write(tmp_path / "cd.mp4", audio=cd)

    assert film.sound(tmp_path / "low.mp4")[1] == 48_000
    assert film.sound(tmp_path / "cd.mp4")[1] == 44_100


@pytest.mark.parametrize(("suffix", "bit_rate"), [(".mp4", 192_000), (".webm", 160_000)])
def test_encoded_sound_has_the_bit_rate_that_is_promised(
    tmp_path: Path, suffix: str, bit_rate: int
) -> None:
    noise = np.random.default_rng(2).uniform(-0.3, 0.3, (5 * 48_000, 2))
    song = sounds.load(media.write(tmp_path / "song.wav", noise, 48_000))

    film.write(tmp_path / f"out{suffix}", 125, fps=Fraction(25), audio=song)

    spent = 8 * sum(map(len, film.packets(tmp_path / f"out{suffix}"))) / 5
    assert spent == pytest.approx(bit_rate, rel=0.1)  # Opus varies


def test_stereo_sides_stay_where_they_are(tmp_path: Path) -> None:
    time = np.arange(44_100) / 44_100
    sides = np.stack([0.5 * np.sin(2 * np.pi * 440 * time), np.zeros_like(time)], axis=1)
    song = sounds.load(media.write(tmp_path / "song.wav", sides, 44_100))

    film.write(tmp_path / "out.mp4", 30, audio=song)

    left, right = film.sound(tmp_path / "out.mp4")[0]
    assert left.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    assert right.std() < 0.01


def test_only_as_much_sound_is_read_as_the_video_needs(tmp_path: Path) -> None:
    song = Endless(tmp_path / "none.wav", 48_000, 2, "pcm_s16le")
    size = (64, 64)

    with Writer(tmp_path / "out.mp4", size, Fraction(30), 300, audio=song) as writer:
        for index in range(300):
            writer.write(*film.planes(size, index))
            assert song.given[0] <= (index + 1) / 30 + 1.5

    assert film.sound(tmp_path / "out.mp4")[0].shape[1] == pytest.approx(480_000, abs=1024)


class Endless(Audio):
    """A song without end that remembers how many seconds of it were asked for."""

    given = [0.0]  # noqa: RUF012 - one song, one test

    def blocks(self, rate: int, channels: int, start: float = 0.0) -> Any:
        while True:
            self.given[0] += 1.0
            yield np.zeros((rate, channels), np.float32)


def clicks(folder: Path, source: Source) -> Audio:
    """A song of 6 s with a click each second."""
    mono = media.clicks(6, 1, source.rate)
    samples = np.stack([mono] * source.channels, axis=1)
    codec = "aac" if source.name.endswith(".aac") else None
    return sounds.load(media.write(folder / source.name, samples, source.rate, codec))


def primed(path: Path, priming: int) -> Path:
    """An M4A of 6 s whose packets begin `priming` samples before 0 instead of 1024."""
    plain = clicks(path.parent, Source("plain.m4a", 44_100, 2)).path
    with av.open(str(plain)) as source, av.open(str(path), "w") as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.pts is not None and packet.dts is not None:
                packet.pts += 1024 - priming
                packet.dts += 1024 - priming
                packet.stream = stream
                container.mux(packet)
    return path


def click_times(samples: np.ndarray, rate: int, expected: list[float]) -> list[float]:
    """Where the sound is loudest within 0.4 s of each expected time, in seconds."""
    times = []
    for moment in expected:
        begin = max(0, round((moment - 0.4) * rate))
        level = np.abs(samples[0, begin : round((moment + 0.4) * rate)])
        assert level.max() > 0.2
        times.append((begin + int(np.argmax(level))) / rate)
    return times


def loud(samples: np.ndarray) -> list[float]:
    """When the first channel, at 44,100 Hz, passes 0.2, in seconds: once a click."""
    moments = np.flatnonzero(np.abs(samples[0]) > 0.2) / 44_100
    return moments[np.diff(moments, prepend=-1.0) > 0.1].tolist()


def no_packet_is_missing(path: Path) -> bool:
    """Whether each packet of the sound begins where the one before it ends."""
    with av.open(str(path)) as container:
        begun = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
    return set(np.diff(begun)) == {1024}


def click_times_of(song: Audio) -> list[float]:
    """The same in the song itself, as Oriel hears it, for the clicks at about 1, 2, 3 and 4 s."""
    samples = np.concatenate(list(song.blocks(song.rate, 2))).T
    return click_times(samples, song.rate, [1.0, 2.0, 3.0, 4.0])
