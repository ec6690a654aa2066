"""The writer: times, sound, tags and pictures, all read back from the files that it wrote."""

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
from oriel.errors import BadOption, Fault
from oriel.video import Writer

RATES = [
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60_000, 1001),
    Fraction(60),
]


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_frames_are_exactly_one_frame_apart_and_the_file_lasts_as_long(
    tmp_path: Path, fps: Fraction
) -> None:
    song = sounds.load(media.click_track(tmp_path / "song.wav", 4, 1))
    frames = round(3 * fps)

    film.write(tmp_path / "out.mp4", frames, fps=fps, audio=song)

    assert film.times(tmp_path / "out.mp4") == [index / fps for index in range(frames)]
    with av.open(str(tmp_path / "out.mp4")) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert video.average_rate == fps
        assert video.duration * video.time_base == frames / fps
        assert abs(sound.duration * sound.time_base - frames / fps) < Fraction(1, 44_000)
        assert container.duration == pytest.approx(float(frames / fps) * 1e6, abs=50)


@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
@pytest.mark.parametrize("fps", RATES, ids=str)
def test_matroska_keeps_the_rate_and_rounds_times_to_its_milliseconds(
    tmp_path: Path, fps: Fraction, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out, 40, fps=fps)

    with av.open(str(out)) as container:
        assert float(container.streams.video[0].average_rate) == pytest.approx(float(fps), rel=1e-4)
    shown = film.times(out)
    assert all(abs(shown[i] - i / fps) <= Fraction(1, 1000) for i in range(40))


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
    assert 4.5 < samples.shape[1] / rate < 5.1


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


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_title_and_artist_are_kept(tmp_path: Path, suffix: str) -> None:
    tags = {"title": "Über den Wolken 🎈", "artist": "Ö & the “Quotes”"}
    song = sounds.load(media.write(tmp_path / "a.flac", np.zeros((9000, 2)), 44_100, tags=tags))

    film.write(tmp_path / f"out{suffix}", audio=song)

    with av.open(str(tmp_path / f"out{suffix}")) as container:
        kept = {key.lower(): value for key, value in container.metadata.items()}
    assert {key: kept[key] for key in tags} == tags


def test_a_video_without_a_song_has_no_sound(tmp_path: Path) -> None:
    film.write(tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_index_comes_before_the_pictures_so_that_playing_starts_at_once(
    tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out)

    data = out.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


@pytest.mark.parametrize("size", [(160, 96), (1366, 768), (202, 362), (2, 2), (18, 34)], ids=str)
def test_pictures_come_back_as_they_were_given(tmp_path: Path, size: tuple[int, int]) -> None:
    film.write(tmp_path / "out.mp4", 5, size, quality=4)

    for index, y in enumerate(film.luma(tmp_path / "out.mp4")):
        difference = y.astype(int) - film.planes(size, index)[0]
        assert np.abs(difference).mean() < 2


def test_planes_may_be_overwritten_as_soon_as_write_returns(tmp_path: Path) -> None:
    y, u, v = film.planes((160, 96), 0)

    with Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 20, quality=4) as writer:
        for index in range(20):
            y[:] = 10 * index + 20
            writer.write(y, u, v)
            y[:] = 255

    means = [frame.mean() for frame in film.luma(tmp_path / "out.mp4")]
    assert means == pytest.approx([10 * index + 20 for index in range(20)], abs=2)


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"the one before")

    with Writer(out, (160, 96), Fraction(30), 12) as writer:
        for index in range(12):
            writer.write(*film.planes((160, 96), index))
            assert out.read_bytes() == b"the one before"

    assert len(film.times(out)) == 12
    assert film.debris(tmp_path) == ["out.mp4"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.mp4").symlink_to("real/out.mp4")

    film.write(tmp_path / "link.mp4")

    assert (tmp_path / "link.mp4").is_symlink()
    assert len(film.times(tmp_path / "real" / "out.mp4")) == 12


@pytest.mark.parametrize(
    "name", ["a:b.mp4", "concat:x.mp4", "-n.mp4", "50%d.mp4", "é ü.MP4", "x" * 240 + ".mp4"]
)
def test_any_name_will_do(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    film.write(Path(name))

    assert film.debris(tmp_path) == [name]
    assert len(film.times(tmp_path / name)) == 12


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    film.write(tmp_path / "out.mp4")

    assert (tmp_path / "out.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (161, 96)},
        {"size": (160, 97)},
        {"size": (0, 96)},
        {"size": (160, -2)},
        {"size": (16_386, 96)},
        {"fps": Fraction(0)},
        {"fps": Fraction(-30)},
        {"fps": Fraction(10_000)},
        {"frames": 0},
        {"frames": -1},
        {"start": -1.0},
        {"start": float("nan")},
        {"start": float("inf")},
    ],
    ids=str,
)
def test_nonsense_is_refused_before_a_file_is_made(tmp_path: Path, wrong: dict[str, Any]) -> None:
    sane = {"size": (160, 96), "fps": Fraction(30), "frames": 10}

    with pytest.raises(BadOption):
        Writer(tmp_path / "out.mp4", **(sane | wrong))

    assert film.debris(tmp_path) == []


def test_planes_of_the_wrong_shape_are_our_own_fault(tmp_path: Path) -> None:
    y, u, v = film.planes((160, 96), 0)

    with (
        pytest.raises(Fault, match="plane"),
        Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 10) as writer,
    ):
        writer.write(y[:-2], u, v)

    assert film.debris(tmp_path) == []


@pytest.mark.parametrize("written", [0, 9, 11])
def test_more_or_fewer_frames_than_announced_leave_no_file(tmp_path: Path, written: int) -> None:
    with (
        pytest.raises(Fault, match="frames"),
        Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 10) as writer,
    ):
        film.fill(writer, written, (160, 96))

    assert film.debris(tmp_path) == []


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


def click_times_of(song: Audio) -> list[float]:
    """The same in the song itself, as Oriel hears it, for the clicks at about 1, 2, 3 and 4 s."""
    samples = np.concatenate(list(song.blocks(song.rate, 2))).T
    return click_times(samples, song.rate, [1.0, 2.0, 3.0, 4.0])
