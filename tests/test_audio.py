"""Files of many kinds go in: the samples must be the song's, at the song's time."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import audio, downmix

HALF_POWER = np.sqrt(0.5)


def _samples(path: Path, rate: int, channels: Any = 1, start: float = 0.0) -> NDArray[np.float32]:
    return np.concatenate(list(audio.load(path).blocks(rate, channels, start)))


def _assert_clicks(path: Path, seconds: float, within: float) -> None:
    """Each click of so long a track is heard where it was put, at every half second."""
    samples = np.abs(_samples(path, 44_100))
    for moment in np.arange(0.5, seconds - 0.1, 0.5):
        begin = round((moment - 0.2) * 44_100)
        loudest = begin + np.argmax(samples[begin : begin + 17_640])
        assert loudest / 44_100 == pytest.approx(moment, abs=within)


def _tone(seconds: float, rate: int, hertz: float = 440.0) -> NDArray[np.float64]:
    """A sine that rises and falls, so that it is clear where it begins and ends."""
    time = np.arange(round(seconds * rate)) / rate
    return 0.5 * np.sin(2 * np.pi * hertz * time) * np.sin(np.pi * time / seconds)


LOSSLESS = ["wav", "aiff", "au", "caf", "flac", "tta", "wv", "avi"]
LOSSY = ["mp3", "ogg", "opus", "m4a", "mp4", "mov", "mkv", "webm"]


@pytest.mark.parametrize("ending", LOSSLESS + LOSSY)
@pytest.mark.parametrize("wanted", [44_100, 48_000])
def test_a_click_is_heard_at_its_own_time_in_every_format(
    tmp_path: Path, ending: str, wanted: int
) -> None:
    rate = 48_000 if ending in ("opus", "webm") else 44_100
    path = media.click_track(tmp_path / f"clicks.{ending}", 4.0, 0.5, rate)

    samples = np.abs(_samples(path, wanted))

    for moment in np.arange(0.5, 3.9, 0.5):
        begin = round((moment - 0.2) * wanted)
        loudest = begin + np.argmax(samples[begin : begin + round(0.4 * wanted)])
        assert loudest / wanted == pytest.approx(moment, abs=0.0005)
    assert len(samples) / wanted == pytest.approx(4.0, abs=0.03)


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        (["lame", "--quiet", "-V2", "IN", "OUT"], "mp3"),
        (["lame", "--quiet", "-b", "128", "IN", "OUT"], "mp3"),
        (["oggenc", "--quiet", "-o", "OUT", "IN"], "ogg"),
        (["opusenc", "--quiet", "IN", "OUT"], "opus"),
        (["flac", "--silent", "-8", "-o", "OUT", "IN"], "flac"),
        (["sox", "IN", "-b", "24", "OUT"], "wav"),
    ],
)
def test_files_by_other_programs_keep_the_time_too(
    tmp_path: Path, program: list[str], ending: str
) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"lacks {program[0]} (Debian: lame, vorbis-tools, opus-tools, flac, sox)")
    source = media.click_track(tmp_path / "in.wav", 4.0, 0.5)
    path = tmp_path / f"out.{ending}"
    names = {"IN": str(source), "OUT": str(path)}
    subprocess.run([names.get(word, word) for word in program], check=True, capture_output=True)

    _assert_clicks(path, 4.0, within=0.0005)
    assert len(_samples(path, 44_100)) / 44_100 == pytest.approx(4.0, abs=0.005)


@pytest.mark.parametrize(
    ("codec", "rate", "tolerance"),
    [
        ("pcm_u8", 11_025, 1 / 100),
        ("pcm_s16le", 44_100, 1e-4),
        ("pcm_s24le", 96_000, 1e-6),
        ("pcm_s32le", 48_000, 1e-6),
        ("pcm_f32le", 44_100, 1e-7),
        ("pcm_f64le", 192_000, 1e-7),
        ("pcm_s16le", 8_000, 1e-4),
        ("pcm_alaw", 8_000, 1 / 30),
    ],
)
def test_wav_of_every_depth_keeps_its_samples(
    tmp_path: Path, codec: str, rate: int, tolerance: float
) -> None:
    tone = _tone(0.5, rate)
    path = media.write(tmp_path / "tone.wav", tone, rate, codec)

    samples = _samples(path, rate)

    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, tone, atol=tolerance)


@pytest.mark.parametrize("rate", [11_025, 22_050, 48_000, 88_200, 96_000])
def test_a_song_at_another_rate_is_resampled_in_place(tmp_path: Path, rate: int) -> None:
    path = media.write(tmp_path / "tone.wav", _tone(1.0, rate), rate, "pcm_f32le")

    samples = _samples(path, 44_100)

    assert len(samples) == pytest.approx(44_100, abs=32)
    count = min(len(samples), 44_100)
    np.testing.assert_allclose(samples[:count], _tone(1.0, 44_100)[:count], atol=0.003)


@pytest.mark.parametrize("layout", [1, 2, 4, 6])
@pytest.mark.parametrize("channels", [1, 2])
def test_channels_are_mixed_as_web_audio_does_stereo_with_headroom(
    tmp_path: Path, layout: int, channels: Any
) -> None:
    planes = np.random.default_rng(layout).uniform(-0.2, 0.2, (layout, 4_410))
    path = media.write(tmp_path / "song.wav", planes.T, 44_100, "pcm_f32le")

    samples = _samples(path, 44_100, channels)

    np.testing.assert_allclose(samples.T, _web_audio_mix(planes, channels), atol=1e-6)


def _web_audio_mix(planes: NDArray[np.float64], channels: int) -> NDArray[np.float64]:
    """The specification's formulas, as it words them."""
    if len(planes) == 1:
        return np.repeat(planes, channels, axis=0)[0 if channels == 1 else slice(None)]
    if len(planes) == 2:
        return 0.5 * (planes[0] + planes[1]) if channels == 1 else planes
    if len(planes) == 4:
        left, right, rear_left, rear_right = planes
        if channels == 1:
            return 0.25 * (left + right + rear_left + rear_right)
        return np.stack([0.5 * (left + rear_left), 0.5 * (right + rear_right)])
    left, right, centre, _, rear_left, rear_right = planes
    if channels == 1:
        return HALF_POWER * (left + right) + centre + 0.5 * (rear_left + rear_right)
    loudest = 1 + 2 * HALF_POWER
    sides = [left + HALF_POWER * (centre + rear_left), right + HALF_POWER * (centre + rear_right)]
    return np.stack(sides) / loudest


@pytest.mark.parametrize("layout", [3, 4, 6, 8])
def test_stereo_of_many_full_channels_passes_full_scale_nowhere(
    tmp_path: Path, layout: int
) -> None:
    sine = 0.99 * np.sin(2 * np.pi * 440 * np.arange(4_410) / 44_100)
    path = media.write(tmp_path / "song.wav", np.stack([sine] * layout, axis=1), 44_100)

    samples = _samples(path, 44_100, 2)

    assert np.abs(samples).max() == pytest.approx(0.99, abs=0.001)


def test_no_speaker_but_the_subwoofer_is_lost_in_seven_point_one() -> None:
    speakers = ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")

    mono, stereo = downmix.weights(speakers, 1), downmix.weights(speakers, 2)

    assert (mono[0] > 0).tolist() == [name != "LFE" for name in speakers]
    assert stereo[0].tolist() == pytest.approx(stereo[1][[1, 0, 2, 3, 5, 4, 7, 6]].tolist())


@pytest.mark.parametrize("count", range(1, 9))
def test_speakers_of_unknown_name_are_heard_too(count: int) -> None:
    weights = downmix.weights(("?",) * count, 1)

    assert weights.shape == (1, count)
    assert weights.any()


@pytest.mark.parametrize("start", [0.5, 1.0, 1.2345])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_part_has_exactly_the_samples_of_the_whole(
    tmp_path: Path, start: float, rate: int
) -> None:
    path = media.write(tmp_path / "song.mp3", media.song(2.0), 44_100)

    part = _samples(path, rate, 2, start)

    np.testing.assert_array_equal(part, _samples(path, rate, 2)[round(start * rate) :])


def test_each_reading_gives_the_same_samples(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.ogg", media.song(1.0), 44_100)
    song = audio.load(path)

    first = np.concatenate(list(song.blocks(44_100, 2)))
    second = np.concatenate(list(song.blocks(44_100, 2)))

    np.testing.assert_array_equal(first, second)


def test_what_a_file_is_and_what_its_tags_say_is_told(tmp_path: Path) -> None:
    tags = {"title": "Été", "artist": "Oriel ✦"}

    for ending, codec in {"mp3": "mp3", "flac": "flac", "m4a": "aac", "ogg": "vorbis"}.items():
        path = media.write(tmp_path / f"song.{ending}", media.song(0.5), 44_100, tags=tags)
        song = audio.load(path)
        assert (song.rate, song.channels) == (44_100, 2)
        assert song.codec.startswith(codec)
        assert (song.title, song.artist) == ("Été", "Oriel ✦")


def test_tags_that_are_no_text_are_no_hindrance(tmp_path: Path) -> None:
    path = media.write(
        tmp_path / "song.flac", media.song(0.5), 44_100, tags={"title": "PLACEHOLDER"}
    )
    path.write_bytes(path.read_bytes().replace(b"PLACEHOLDER", b"\xff\xfeACEHOLDER"))

    song = audio.load(path)

    assert song.title is not None


@pytest.mark.parametrize(("ending", "chapters"), [("mp3", 2), ("m4a", 2), ("flac", 0)])
def test_cover_art_and_chapters_are_passed_over(tmp_path: Path, ending: str, chapters: int) -> None:
    plain = media.write(tmp_path / f"plain.{ending}", media.song(1.0), 44_100)
    path = media.with_cover_and_chapters(plain, tmp_path / f"song.{ending}")

    with av.open(str(path)) as container:
        assert len(container.chapters()) == chapters
        assert len(container.streams.video) == 1
    np.testing.assert_array_equal(_samples(path, 44_100), _samples(plain, 44_100))


def test_a_cover_before_all_else_is_passed_over(tmp_path: Path) -> None:
    plain = media.write(tmp_path / "plain.mp3", media.song(1.0), 44_100)
    path = tmp_path / "song.mp3"
    path.write_bytes(media.id3_with_cover() + plain.read_bytes())

    np.testing.assert_array_equal(_samples(path, 44_100), _samples(plain, 44_100))


def test_the_sound_of_a_video_file_is_heard(tmp_path: Path) -> None:
    path = media.video(tmp_path / "clip.mp4", media.clicks(2.0, 0.5, 44_100), 44_100)

    samples = np.abs(_samples(path, 44_100))

    assert np.argmax(samples[: 44_100 * 3 // 4]) / 44_100 == pytest.approx(0.5, abs=0.0005)


def test_a_rate_that_changes_on_the_way_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "two.mp3"
    first = media.write(tmp_path / "a.mp3", _tone(1.0, 44_100), 44_100)
    second = media.write(tmp_path / "b.mp3", _tone(1.0, 32_000), 32_000)
    path.write_bytes(first.read_bytes() + second.read_bytes())

    samples = _samples(path, 44_100)

    # The second file's encoder delay is not announced within the first: it stays.
    assert len(samples) / 44_100 == pytest.approx(2.0, abs=0.15)
    assert np.abs(samples[66_150:]).max() > 0.3


def test_a_song_may_change_from_mono_to_stereo(tmp_path: Path) -> None:
    path = tmp_path / "two.mp3"
    first = media.write(tmp_path / "a.mp3", _tone(1.0, 44_100), 44_100)
    second = media.write(tmp_path / "b.mp3", media.song(1.0), 44_100)
    path.write_bytes(first.read_bytes() + second.read_bytes())

    samples = _samples(path, 44_100, 2)

    assert samples.shape[1] == 2
    assert len(samples) / 44_100 == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("ending", ["m4a", "flac", "ogg"])
def test_sound_lost_in_the_midst_does_not_shift_what_follows(tmp_path: Path, ending: str) -> None:
    rate = 44_100
    clicks = media.clicks(6.0, 0.5, rate) + 0.01 * np.random.default_rng(1).standard_normal(
        6 * rate
    )
    path = media.write(tmp_path / f"song.{ending}", clicks, rate)
    content = bytearray(path.read_bytes())
    middle = round(len(content) * 0.4)
    content[middle : middle + 3_000] = bytes(3_000)
    path.write_bytes(content)

    samples = np.abs(_samples(path, rate))

    for moment in (0.5, 4.5, 5.0, 5.5):
        begin = round((moment - 0.2) * rate)
        loudest = begin + np.argmax(samples[begin : begin + round(0.4 * rate)])
        assert loudest / rate == pytest.approx(moment, abs=0.002)


@pytest.mark.parametrize("ending", ["m4a", "mkv"])
def test_packets_that_a_recording_lacks_leave_silence_however_short_each_is(
    tmp_path: Path, ending: str
) -> None:
    whole = media.click_track(tmp_path / f"whole.{ending}", 6.0, 0.5)
    path = media.without(whole, tmp_path / f"song.{ending}", lambda index: index % 22 == 11)

    _assert_clicks(path, 6.0, within=0.041)
    assert len(_samples(path, 44_100)) / 44_100 == pytest.approx(6.0, abs=0.041)


def test_times_that_jitter_or_a_clock_that_is_fast_add_no_silence(tmp_path: Path) -> None:
    whole = media.write(tmp_path / "whole.m4a", _tone(4.0, 44_100), 44_100)
    late = np.random.default_rng(5).integers(0, 400, 200) + 15 * np.arange(200)
    late[:3] = 0
    path = media.without(whole, tmp_path / "song.m4a", lambda _: False, late)

    assert len(_samples(path, 44_100)) == len(_samples(whole, 44_100))


def test_a_raw_stream_whose_rate_changes_is_not_pierced_by_silence(tmp_path: Path) -> None:
    first = media.write(tmp_path / "a.aac", _tone(1.0, 22_050), 22_050, "aac")
    second = media.write(tmp_path / "b.aac", _tone(1.0, 44_100), 44_100, "aac")
    path = tmp_path / "two.aac"
    path.write_bytes(first.read_bytes() + second.read_bytes())

    assert len(_samples(path, 44_100)) / 44_100 == pytest.approx(2.0, abs=0.15)


def test_loading_needs_neither_librosa_nor_the_whole_song(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.flac", media.song(1.0), 44_100)
    path.write_bytes(path.read_bytes()[:30_000])

    song = audio.load(path)

    assert song.rate == 44_100
