"""Bad files: one clear sentence or a song, never a traceback, a hang or a heap of memory."""

import contextlib
import os
import struct
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import media
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oriel import audio, bands
from oriel.errors import BadAudio

FPS = Fraction(30)


def _heard(path: Path) -> bands.Bands:
    return bands.listen(audio.load(path), FPS, rhythm=False)


def _complaint(path: Path) -> str:
    with pytest.raises(BadAudio) as caught:
        _heard(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_song_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.mp3" in _complaint(tmp_path / "nowhere.mp3")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert "There is no song" in _complaint(tmp_path / ("long" * 300))
    assert "There is no song" in _complaint(Path("nul\0byte.mp3"))


def test_a_folder_is_no_song(tmp_path: Path) -> None:
    assert "is a folder" in _complaint(tmp_path)


def test_a_pipe_is_no_song(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")

    assert "a song must be a file" in _complaint(tmp_path / "pipe.mp3")
    assert "a song must be a file" in _complaint(Path("/dev/zero"))


def test_a_song_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.wav", media.song(0.1), 44_100)
    path.chmod(0)
    tmp_path.chmod(0o755)
    if os.geteuid() != 0:
        assert "permission denied" in _complaint(path)
        return

    # The superuser may read everything: ask as nobody.
    os.seteuid(65_534)
    try:
        complaint = _complaint(path)
    finally:
        os.seteuid(0)

    assert "permission denied" in complaint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\0" * 100_000,
        b"This is the text of a song.\n" * 1_000,
        b"<html><body>404</body></html>",
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"OggS" * 1_000,
        b"fLaC" + b"\xff" * 5_000,
        b"\x1aE\xdf\xa3" * 500,
        bytes(range(256)) * 400,
    ],
)
@pytest.mark.parametrize("ending", ["mp3", "wav", "m4a"])
def test_what_is_no_sound_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    path = tmp_path / f"song.{ending}"
    path.write_bytes(content)

    assert path.name in _complaint(path)


@pytest.mark.parametrize("ending", ["mp3", "m3u8", "txt"])
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{song}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{song}'\n",
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/song.ts\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    ],
)
def test_a_playlist_is_never_followed(tmp_path: Path, playlist: str, ending: str) -> None:
    song = media.write(tmp_path / "real.wav", media.song(0.2), 44_100)
    path = tmp_path / f"list.{ending}"
    path.write_text(playlist.format(song=song))

    assert "not a sound file" in _complaint(path)


@pytest.mark.parametrize(
    "name", ["concat:real.wav", "data:audio", "http:", "%03d.wav", "-i", "a b"]
)
def test_a_file_whose_name_means_something_to_ffmpeg_is_just_a_file(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = media.write(tmp_path / "real.wav", media.song(0.2), 44_100)
    song.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)

    assert _heard(Path(name)).seconds == pytest.approx(0.2)


def test_only_cover_art_is_no_song(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp3"
    path.write_bytes(media.id3_with_cover())

    assert path.name in _complaint(path)


def test_a_film_without_sound_is_no_song(tmp_path: Path) -> None:
    assert "no sound in it" in _complaint(media.video(tmp_path / "silent.mp4", None))


@pytest.mark.parametrize("ending", ["wav", "flac", "aiff"])
def test_zero_seconds_are_no_song(tmp_path: Path, ending: str) -> None:
    path = media.write(tmp_path / f"nothing.{ending}", np.zeros((0, 1)), 44_100)

    assert path.name in _complaint(path)


def test_one_sample_is_one_frame(tmp_path: Path) -> None:
    path = media.write(tmp_path / "one.wav", np.array([0.5]), 44_100)

    heard = _heard(path)

    assert heard.bass.shape == (1,)
    assert heard.seconds == pytest.approx(1 / 44_100)


def test_more_channels_than_eight_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.wav"
    path.write_bytes(_wav(np.zeros((100, 12), "<i2"), 44_100, kind=1))

    assert "12 channels; at most 8" in _complaint(path)


@pytest.mark.parametrize("rate", [1, 999, 768_001, 2**31 - 1])
def test_a_rate_that_no_sound_has_is_refused(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(_wav(np.zeros((100_000, 1), "<i2"), rate, kind=1))

    assert path.name in _complaint(path)


def test_floats_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    samples = media.song(1.0).astype("<f4")
    samples[1_000:2_000] = np.nan
    samples[3_000:4_000] = np.inf
    samples[5_000:6_000] = -np.inf
    samples[7_000:7_100] = 3e38
    path = tmp_path / "floats.wav"
    path.write_bytes(_wav(samples, 44_100, kind=3))

    blocks = np.concatenate(list(audio.load(path).blocks(44_100, 2)))
    heard = _heard(path)

    assert np.isfinite(blocks).all()
    assert not blocks[1_000:2_000].any()
    assert not blocks[3_000:4_000].any()
    for values in (heard.bass, heard.treble, heard.spectrum, heard.level, heard.onset):
        assert np.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1


def test_doubles_beyond_float_are_silence(tmp_path: Path) -> None:
    samples = np.full((44_100, 1), 1e300, "<f8")
    path = tmp_path / "doubles.wav"
    path.write_bytes(_wav(samples, 44_100, kind=3))

    assert not np.concatenate(list(audio.load(path).blocks(44_100, 1))).any()


def test_a_header_that_claims_974_hours_is_not_believed(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.mp3", media.song(5.0), 44_100, bit_rate=128_000)
    content = bytearray(path.read_bytes())
    place = max(content.find(b"Xing"), content.find(b"Info"))
    assert place > 0
    content[place + 8 : place + 12] = struct.pack(">I", 974 * 3_600 * 44_100 // 1_152)
    path.write_bytes(content)

    heard = _heard(path)

    assert heard.seconds == pytest.approx(5.0, abs=0.1)


def test_a_wav_that_claims_four_gigabytes_is_as_long_as_it_is(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.wav", media.song(1.0), 44_100)
    content = bytearray(path.read_bytes())
    place = content.find(b"data")
    content[place + 4 : place + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(content)

    assert _heard(path).seconds == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("ending", ["mp3", "wav", "flac", "ogg", "opus", "mkv"])
def test_a_song_that_breaks_off_is_heard_up_to_there(tmp_path: Path, ending: str) -> None:
    rate = 48_000 if ending == "opus" else 44_100
    path = media.write(tmp_path / f"song.{ending}", media.song(4.0, rate), rate)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10 + 7])

    assert 1.0 < _heard(path).seconds < 3.9


def test_an_mp3_cut_in_the_middle_of_a_frame_is_heard_from_there(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.mp3", media.song(4.0), 44_100)
    path.write_bytes(path.read_bytes()[20_001:])

    assert 1.0 < _heard(path).seconds < 4.0


def test_a_gap_in_the_timestamps_of_hours_adds_no_hours(tmp_path: Path) -> None:
    path = media.write(tmp_path / "song.mkv", media.song(2.0), 44_100)
    content = bytearray(path.read_bytes())
    # A SimpleBlock of track 1 in the midst: its time, relative to the cluster's, is 16 bits.
    place = content.find(b"\x81", len(content) // 2)
    content[place + 1 : place + 3] = b"\x7f\xff"
    path.write_bytes(content)

    assert _heard(path).seconds < 40


ENDINGS = (".mp3", ".flac", ".ogg", ".m4a", ".wav", ".opus")


@pytest.fixture(scope="module")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("real")
    files = {}
    for ending in ENDINGS:
        rate = 48_000 if ending == ".opus" else 44_100
        path = media.write(folder / f"song{ending}", media.song(1.0, rate), rate)
        files[ending] = path.read_bytes()
    return files


# Where (a share of the file, most of it near its head), what is done there, with how many bytes.
PLACES = st.one_of(st.floats(0, 0.02), st.floats(0, 1))
WOUNDS = st.lists(
    st.tuples(PLACES, st.sampled_from(["set", "cut", "insert", "repeat"]), st.binary(max_size=64)),
    min_size=1,
    max_size=20,
)


@given(ending=st.sampled_from(ENDINGS), wounds=WOUNDS)
@settings(
    max_examples=300,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_mutilated_song_is_heard_or_refused(
    real_files: dict[str, bytes],
    tmp_path: Path,
    ending: str,
    wounds: list[tuple[float, str, bytes]],
) -> None:
    path = tmp_path / f"song{ending}"
    path.write_bytes(_wounded(real_files[ending], wounds))
    began = time.process_time()

    with contextlib.suppress(BadAudio):
        heard = _heard(path)
        assert heard.seconds < 120
        for values in (heard.bass, heard.treble, heard.spectrum, heard.level, heard.onset):
            assert 0 <= values.min() <= values.max() <= 1
    assert time.process_time() - began < 5  # of a processor: others may have it meanwhile


def _wounded(content: bytes, wounds: list[tuple[float, str, bytes]]) -> bytes:
    wounded = bytearray(content)
    for share, deed, data in wounds:
        place = int(share * len(wounded))
        if deed == "set":
            wounded[place : place + len(data)] = data
        elif deed == "cut":
            del wounded[place : place + 10 * len(data)]
        elif deed == "insert":
            wounded[place:place] = data
        else:
            wounded[place:place] = wounded[place : place + 20 * len(data)]
    return bytes(wounded)


def test_an_hour_of_silence_is_heard_in_bounded_memory(tmp_path: Path) -> None:
    short = media.silence(tmp_path / "short.flac", 60)
    hour = media.silence(tmp_path / "hour.flac", 3_600)
    assert hour.stat().st_size < 2_000_000

    seconds, base, peak = _memory_of_hearing(short, hour)

    assert seconds == 3_600
    assert peak - base < 150 * 2**20


def _memory_of_hearing(first: Path, second: Path) -> tuple[float, int, int]:
    """Seconds of the second song, and peak bytes after the first and after the second."""
    program = (
        "import resource, sys\n"
        "from fractions import Fraction\n"
        "from oriel import audio, bands\n"
        "for path in sys.argv[1:]:\n"
        "    heard = bands.listen(audio.load(path), Fraction(30), rhythm=False)\n"
        "    assert not heard.level.any() and not heard.bass.any() and not heard.onset.any()\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "    print(heard.seconds, peak)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(first), str(second)],
        check=True,
        capture_output=True,
        text=True,
    )
    (_, base), (seconds, peak) = (line.split() for line in done.stdout.splitlines())
    return float(seconds), int(base), int(peak)


def _wav(samples: np.ndarray, rate: int, kind: int) -> bytes:  # type: ignore[type-arg]
    """A WAV file as its header's fields say: `kind` 1 for integers, 3 for floats."""
    width, channels = samples.dtype.itemsize, samples.shape[1]
    fields = (kind, channels, rate, rate * width * channels % 2**32, width * channels, 8 * width)
    header = b"fmt " + struct.pack("<IHHIIHH", 16, *fields)
    body = samples.tobytes()
    data = b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(header) + len(data)) + b"WAVE" + header + data
