"""Codecs and qualities: what each file says of itself, and what is refused."""

import ctypes
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import film
import numpy as np
import pytest

from oriel import encoders, join, qualities, video
from oriel.errors import BadOption, BadOutput

# Matroska's ChromaSitingHorz and ChromaSitingVert: with the left luma sample, between two rows.
CHROMA_LEFT = b"\x55\xb7\x81\x01\x55\xb8\x81\x02"

DOCS = Path(__file__).parent.parent / "docs" / "video.md"

FITTING = [
    ("h264", ".mp4"),
    ("h264", ".mov"),
    ("h264", ".mkv"),
    ("hevc", ".mp4"),
    ("hevc", ".mov"),
    ("hevc", ".mkv"),
    ("av1", ".mp4"),
    ("av1", ".webm"),
    ("av1", ".mkv"),
    ("vp9", ".webm"),
    ("vp9", ".mp4"),
    ("vp9", ".mkv"),
    ("prores", ".mov"),
    ("prores", ".mkv"),
]


@pytest.mark.parametrize(("codec", "suffix"), FITTING)
def test_each_codec_says_what_it_is_and_which_colours_it_means(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out, 20, codec=codec)

    with av.open(str(out)) as container:
        stream = container.streams.video[0].codec_context
        frames = list(container.decode(video=0))
        assert stream.name in (codec, {"av1": "libdav1d"}.get(codec))
        assert stream.pix_fmt == ("yuv422p10le" if codec == "prores" else "yuv420p")
        assert len(frames) == 20
        for tagged in (stream, frames[3]):
            assert (tagged.color_primaries, tagged.color_trc, tagged.colorspace) == (1, 1, 1)
            assert tagged.color_range == 1
    if suffix in (".mkv", ".webm"):
        assert CHROMA_LEFT in out.read_bytes()


@pytest.mark.parametrize(
    ("codec", "suffix", "tag", "profile"),
    [
        ("h264", ".mp4", "avc1", "High"),
        ("hevc", ".mp4", "hvc1", "Main"),
        ("hevc", ".mov", "hvc1", "Main"),
        ("av1", ".mp4", "av01", "Main"),
        ("vp9", ".mp4", "vp09", "Profile 0"),
        ("prores", ".mov", "apcn", "Standard"),
    ],
)
def test_players_find_the_tag_and_the_profile_that_they_know(
    tmp_path: Path, codec: str, suffix: str, tag: str, profile: str
) -> None:
    out = tmp_path / f"out{suffix}"

    film.write(out, codec=codec)

    with av.open(str(out)) as container:
        stream = container.streams.video[0].codec_context
        assert (stream.codec_tag, stream.profile) == (tag, profile)


def test_vp9_in_mp4_says_beside_its_pictures_what_they_do_not_say_themselves(
    tmp_path: Path,
) -> None:
    """https://www.webmproject.org/vp9/mp4/: also once it was joined of parts."""
    film.write(tmp_path / "part.mp4", codec="vp9")
    join.join(tmp_path / "whole.mp4", [tmp_path / "part.mp4"], None)

    for name in ("part.mp4", "whole.mp4"):
        before, found, box = (tmp_path / name).read_bytes().partition(b"vpcC")
        assert b"vp09" in before, name
        assert found, name
        version, profile, level, packed, *colours = box[:1] + box[4:10]
        assert (version, profile, level) == (1, 0, 10)
        assert (packed >> 4, packed >> 1 & 7, packed & 1) == (8, 0, 0)  # bits, chroma left, limited
        assert colours == [1, 1, 1], name


def test_the_stream_itself_says_high_profile_bt_709_and_chroma_on_the_left(tmp_path: Path) -> None:
    film.write(tmp_path / "h264.mp4", codec="h264")
    film.write(tmp_path / "hevc.mp4", codec="hevc")
    film.write(tmp_path / "av1.mp4", codec="av1")

    h264, hevc, av1 = (film.headers(tmp_path / f"{one}.mp4") for one in ("h264", "hevc", "av1"))

    for said in (h264, hevc):
        assert said["video_full_range_flag"] == 0
        assert said["colour_primaries"] == 1
        assert said["transfer_characteristics"] == 1
        assert said["matrix_coefficients"] == 1
    assert h264["profile_idc"] == 100
    assert h264["chroma_loc_info_present_flag"] == 0  # which is left (ITU-T H.264, E.2.1)
    fields = ("top", "bottom")
    assert [hevc[f"chroma_sample_loc_type_{field}_field"] for field in fields] == [0, 0]  # left
    assert av1["color_primaries"] == av1["matrix_coefficients"] == 1
    assert av1["chroma_sample_position"] == 1  # CSP_VERTICAL: left


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(60)], ids=str)
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_a_keyframe_comes_every_two_seconds_and_only_then(
    tmp_path: Path, codec: str, fps: Fraction
) -> None:
    gop = round(2 * fps)
    size = (64, 64)
    out = tmp_path / "out.mp4"

    with video.Writer(out, size, fps, 2 * gop + 5, codec=codec) as writer:
        for index in range(2 * gop + 5):
            cut = np.random.default_rng(index // 17).integers(16, 235, (64, 64), np.uint8)
            writer.write(cut, *film.planes(size, index)[1:])

    assert film.keyframes(out) == [0, gop, 2 * gop]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_no_picture_needs_one_beyond_the_next_keyframe(tmp_path: Path, codec: str) -> None:
    out = tmp_path / "out.mp4"
    film.write(out, 150, codec=codec)
    whole = list(film.luma(out))

    with av.open(str(out)) as container:
        container.seek(2_000_000, backward=True)
        second = [frame.to_ndarray()[:96] for frame in container.decode(video=0)]

    assert len(second) == 90
    assert all(np.array_equal(a, b) for a, b in zip(second, whole[60:], strict=True))


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_segments_are_joined_without_encoding_again(tmp_path: Path, codec: str) -> None:
    size, fps = (160, 96), Fraction(30_000, 1001)
    for part in (0, 1):
        with video.Writer(tmp_path / f"{part}.mp4", size, fps, 70, codec=codec) as writer:
            for index in range(70):
                writer.write(*film.planes(size, 70 * part + index))

    film.join([tmp_path / "0.mp4", tmp_path / "1.mp4"], tmp_path / "whole.mp4", 70 / fps)

    assert film.times(tmp_path / "whole.mp4") == [index / fps for index in range(140)]
    parts = [*film.luma(tmp_path / "0.mp4"), *film.luma(tmp_path / "1.mp4")]
    whole = film.luma(tmp_path / "whole.mp4")
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_better_quality_is_closer_to_the_source_and_larger(tmp_path: Path, codec: str) -> None:
    sizes, distances = [], []

    for quality in ("draft", "standard", "high"):
        out = tmp_path / f"{quality}.mp4"
        film.write(out, 10, (320, 180), codec=codec, quality=quality)
        sizes.append(out.stat().st_size)
        last = list(film.luma(out))[-1].astype(int)
        distances.append(np.abs(last - film.planes((320, 180), 9)[0]).mean())

    assert sizes[0] < sizes[1] < sizes[2]
    assert distances[0] > distances[2]


@pytest.mark.parametrize("quality", [0, 18, 51, "0", "51"])
def test_a_quality_may_be_a_number_from_0_to_51(tmp_path: Path, quality: int | str) -> None:
    film.write(tmp_path / "out.mp4", quality=quality)

    assert len(film.times(tmp_path / "out.mp4")) == 12


@pytest.mark.parametrize(
    "quality", [-1, 52, "best", "", "17.5", "1_0", "٣", True, 12.7, 12.0, None, [18]]
)
def test_any_other_quality_is_refused_with_what_is_allowed(tmp_path: Path, quality: Any) -> None:
    with pytest.raises(BadOption, match=r"draft, standard, high or a number from 0 .* to 51"):
        video.Writer(tmp_path / "out.mp4", (160, 96), Fraction(30), 1, quality=quality)


@pytest.mark.parametrize(
    ("codec", "name", "said"),
    [
        ("prores", "out.mp4", r"\.mov or \.mkv"),
        ("prores", "out.webm", r"\.mov or \.mkv"),
        ("h264", "out.webm", r"\.mp4, \.mov or \.mkv"),
        ("hevc_nvenc", "out.webm", r"\.mp4, \.mov or \.mkv"),
        ("vp9", "out.mov", r"\.webm, \.mp4 or \.mkv"),
        ("xvid", "out.mp4", "auto, h264, hevc, av1, vp9, prores, h264_nvenc"),
        ("auto", "out.avi", r"\.mp4, \.mov, \.mkv or \.webm"),
        ("auto", "out", r"\.mp4, \.mov, \.mkv or \.webm"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(
    tmp_path: Path, codec: str, name: str, said: str
) -> None:
    with pytest.raises(BadOption, match=said):
        video.check(tmp_path / name, codec)


def test_check_refuses_what_a_writer_would(tmp_path: Path) -> None:
    video.check(tmp_path / "out.mp4", "hevc", "high")

    with pytest.raises(BadOutput):
        video.check(tmp_path / "missing" / "out.mp4")
    with pytest.raises(BadOption):
        video.check(tmp_path / "out.mp4", quality="best")
    with pytest.raises(BadOption):
        video.check(tmp_path / "out.mp4", "av1", size=(32, 32))


def test_auto_is_vp9_in_webm_and_h264_elsewhere() -> None:
    assert encoders.choose("auto", "standard", ".webm").encoder.codec == "vp9"
    for suffix in (".mp4", ".mov", ".mkv"):
        assert encoders.choose("auto", "standard", suffix).encoder.codec == "h264"


@pytest.mark.parametrize("codec", ["h264_nvenc", "hevc_nvenc", "av1_nvenc"])
def test_a_graphics_card_that_does_not_work_gives_way_to_software_and_says_so(codec: str) -> None:
    why = encoders.probe(codec)

    choice = encoders.choose(codec, "standard", ".mp4")

    if why is None:
        assert (choice.encoder.name, choice.note) == (codec, None)
    else:
        assert not choice.encoder.hardware
        assert choice.encoder.codec in codec
        assert choice.note == f"{codec} cannot be used ({why}), so {choice.encoder.name} was."


def test_auto_takes_software_without_a_word_where_there_is_no_graphics_card() -> None:
    choice = encoders.choose("auto", "standard", ".mp4")

    assert choice.note is None
    assert choice.encoder.hardware == (encoders.probe("h264_nvenc") is None)


def test_a_missing_driver_is_named() -> None:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        assert encoders.probe("h264_nvenc") == "the NVIDIA driver's libcuda.so.1 is missing"


def test_a_card_without_an_encoder_is_told_from_a_driver_that_lacks_a_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        said = "OpenEncodeSessionEx failed: unsupported device (2)"
        av.logging.log(av.logging.ERROR, "h264_nvenc", said)
        raise av.FFmpegError(1, "Generic error in an external library")

    level = av.logging.get_level()
    monkeypatch.setattr(encoders, "_set", refuse)
    encoders.probe.cache_clear()
    try:
        assert encoders.probe("h264_nvenc") == "this graphics card has no such encoder"
        assert av.logging.get_level() == level
    finally:
        encoders.probe.cache_clear()


def test_a_size_that_an_encoder_cannot_do_is_the_users_mistake(tmp_path: Path) -> None:
    writer = video.Writer(tmp_path / "out.mp4", (16_384, 16_384), Fraction(30), 1, codec="av1")

    with pytest.raises(BadOption, match=r"libsvtav1 cannot encode 16384×16384"):
        writer.__enter__()

    assert film.debris(tmp_path) == []


@pytest.mark.parametrize(
    ("codec", "size", "why"),
    [
        ("av1", (1024, 16), "libsvtav1 cannot encode 1024×16 .* at least 64"),
        ("hevc", (16, 2), "libx265 cannot encode 16×2 .* at least 16"),
    ],
)
def test_a_size_at_which_an_encoder_hangs_or_fails_is_refused_before_a_song_is_heard(
    codec: str, size: tuple[int, int], why: str, tmp_path: Path
) -> None:
    with pytest.raises(BadOption, match=why):
        video.check(tmp_path / "out.mp4", codec, size=size)


def test_every_encoder_is_tried_and_the_software_ones_work() -> None:
    encoders.probe.cache_clear()
    began = time.process_time()

    found = {one.name: one for one in encoders.available()}

    assert time.process_time() - began < 2
    assert all(one.works and one.why == "" for one in found.values() if not one.hardware)
    assert all(one.works or one.why for one in found.values())
    assert {one.codec for one in found.values()} == {"h264", "hevc", "av1", "vp9", "prores"}


def test_nothing_is_printed_by_the_encoders(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for codec, suffix in [("h264", "mp4"), ("hevc", "mp4"), ("av1", "webm"), ("prores", "mov")]:
        film.write(tmp_path / f"{codec}.{suffix}", codec=codec)

    assert capfd.readouterr() == ("", "")


def test_the_docs_name_every_encoder_with_its_exact_settings() -> None:
    text = DOCS.read_text()

    for name in encoders.ENCODERS:
        assert f"`{name}`" in text
        for quality, crf in qualities.QUALITIES.items():
            assert f"| {quality} | {crf} |" in text
            for key, value in qualities.settings(name, crf, Fraction(30)).items():
                assert f"{key}={value}" in text, (name, quality)
