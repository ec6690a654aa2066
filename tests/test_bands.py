"""What is heard: at its own time, at every frame rate, calm in silence, clear on a kick."""

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import media
import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import audio, bands, chart, hops
from oriel.errors import BadOption, BadOutput

RATES = [Fraction(24_000, 1_001), *map(Fraction, (24, 25)), Fraction(30_000, 1_001)]
RATES += [*map(Fraction, (30, 50, 60)), Fraction(60_000, 1_001)]


def _listen(
    folder: Path, samples: NDArray[np.floating], fps: Fraction = Fraction(60)
) -> bands.Bands:
    path = media.write(folder / "song.wav", samples, 44_100, "pcm_f32le")
    return bands.listen(audio.load(path), fps, rhythm=False)


def _series(heard: bands.Bands) -> dict[str, NDArray[np.float32]]:
    return {
        "bass": heard.bass,
        "treble": heard.treble,
        "level": heard.level,
        "onset": heard.onset,
        "mid": heard.spectrum[:, 3],
        "spectrum_treble": heard.spectrum[:, 5],
    }


@pytest.mark.parametrize("fps", RATES, ids=lambda fps: f"{float(fps):.2f}")
@pytest.mark.parametrize("every", [0.5, 0.3])
def test_a_click_peaks_at_the_frame_nearest_to_it(
    tmp_path: Path, fps: Fraction, every: float
) -> None:
    song = audio.load(media.click_track(tmp_path / "clicks.wav", 8.0, every))

    heard = bands.listen(song, fps, rhythm=False)

    for moment in np.arange(1, round(8.0 / every)) * every:
        exact = moment * float(fps)
        near = np.arange(np.ceil(exact - 0.12 * float(fps)), exact + 0.12 * float(fps)).astype(int)
        for name in ("level", "treble", "spectrum_treble"):
            peak = near[np.argmax(_series(heard)[name][near])]
            # Half a frame is nearest; halfway between two frames either may win by the hop grid.
            assert abs(peak - exact) <= 0.5 + 0.1 * float(fps) / hops.HOPS_PER_SECOND, name


def test_a_click_is_felt_as_much_before_as_after(tmp_path: Path) -> None:
    song = audio.load(media.click_track(tmp_path / "clicks.wav", 2.0, 1.0))

    heard = bands.listen(song, Fraction(150), rhythm=False)

    around = heard.level[150 - 12 : 150 + 13]
    np.testing.assert_allclose(around, around[::-1], atol=0.05)
    assert around[12] == heard.level.max() > 0.5
    assert around[0] == around[-1] == 0


def test_onsets_fall_on_what_begins(tmp_path: Path) -> None:
    rate, moment = 44_100, 1.0
    time = np.arange(2 * rate) / rate - moment
    after = time >= 0
    noise = np.random.default_rng(2).standard_normal(len(time))
    struck = {
        "kick": np.exp(-time / 0.08) * np.sin(2 * np.pi * 60 * time),
        "snare": np.exp(-time / 0.05) * noise,
        "tone": np.sin(2 * np.pi * 440 * time) * np.minimum(1, (2 - time) / 0.5),
    }

    for name, sound in struck.items():
        samples = np.where(after, 0.5 * sound, 0.0) * np.minimum(1, (1 - time) / 0.1)
        onset = _listen(tmp_path, samples, Fraction(300)).onset
        assert np.argmax(onset) / 300 == pytest.approx(moment, abs=0.010), name


def test_the_values_at_a_time_do_not_depend_on_the_frame_rate(tmp_path: Path) -> None:
    song = audio.load(media.write(tmp_path / "song.wav", media.song(6.0), 44_100))

    slow = bands.listen(song, Fraction(25), rhythm=False)
    fast = bands.listen(song, Fraction(50), rhythm=False)

    for name, values in _series(slow).items():
        np.testing.assert_allclose(values, _series(fast)[name][::2], atol=1e-6, err_msg=name)


@pytest.mark.parametrize("rate", [48_000, 22_050])
def test_the_files_own_rate_hardly_matters(tmp_path: Path, rate: int) -> None:
    heard = []
    for own in (44_100, rate):
        time = np.arange(4 * own) / own
        sound = 0.5 * np.sin(2 * np.pi * 80 * time) * np.exp(-(time % 0.5) / 0.1)
        path = media.write(tmp_path / f"{own}.wav", sound, own, "pcm_f32le")
        heard.append(bands.listen(audio.load(path), Fraction(30), rhythm=False))

    np.testing.assert_allclose(heard[0].bass, heard[1].bass, atol=0.05)
    np.testing.assert_allclose(heard[0].spectrum[:, 1], heard[1].spectrum[:, 1], atol=0.05)


def test_silence_is_exactly_nothing(tmp_path: Path) -> None:
    heard = _listen(tmp_path, np.zeros(44_100))

    for name, values in _series(heard).items():
        assert not values.any(), name
    assert heard.tempo == 0
    assert not len(heard.beats)


def test_hiss_at_80_decibels_below_full_scale_is_no_show(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(5 * 44_100) * 1e-4

    heard = _listen(tmp_path, noise)

    for name, values in _series(heard).items():
        assert not values.any(), name


def test_a_pause_within_a_song_is_silent_too(tmp_path: Path) -> None:
    song = media.song(6.0)
    song[88_200:176_400] = 0

    heard = _listen(tmp_path, song, Fraction(30))

    for name, values in _series(heard).items():
        assert not values[62:118].any(), name
        assert values[:60].max() > 0.5, name


def test_everything_stays_within_zero_and_one_for_any_sound(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    sounds = [
        np.ones(44_100),
        np.sign(np.sin(np.arange(88_200) / 20)) * 40,
        rng.standard_normal(44_100) * np.linspace(0, 1, 44_100) ** 4,
        np.eye(1, 3_000, 5)[0],
        np.full(10, 1e-30),
        media.song(3.0)[:, 0] * 1e-3,
    ]

    for sound in sounds:
        for name, values in _series(_listen(tmp_path, sound)).items():
            assert values.dtype == np.float32
            assert np.isfinite(values).all(), name
            assert 0 <= values.min() <= values.max() <= 1, name


@pytest.mark.parametrize("gain", [1.0, 0.05])
def test_a_kick_stands_out_clearly_however_quiet_the_song(tmp_path: Path, gain: float) -> None:
    heard = _listen(tmp_path, gain * media.song(16.0), Fraction(30))

    beats = np.arange(1, 31) * 15
    before = heard.spectrum[beats - 4, 1]
    on = np.maximum(heard.spectrum[beats, 1], heard.spectrum[beats + 1, 1])
    assert np.median(on) > 0.7
    assert np.median(on - before) > 0.5


def test_a_quiet_beginning_is_calm(tmp_path: Path) -> None:
    song = media.song(16.0)
    song[: 8 * 44_100] *= 0.02

    heard = _listen(tmp_path, song, Fraction(30))

    for name in ("bass", "level"):
        values = _series(heard)[name]
        assert np.percentile(values[:235], 95) < 0.2 < 0.6 < np.percentile(values[245:], 95), name


@pytest.mark.parametrize(
    ("hertz", "band"), [(40, 0), (100, 1), (300, 2), (1_000, 3), (3_000, 4), (9_000, 5)]
)
def test_each_tone_is_heard_in_its_own_band(tmp_path: Path, hertz: int, band: int) -> None:
    time = np.arange(2 * 44_100) / 44_100

    heard = _listen(tmp_path, 0.3 * np.sin(2 * np.pi * hertz * time), Fraction(30))

    loudness = heard.spectrum[10:50].mean(axis=0)
    assert np.argmax(loudness) == band
    far = [index for index in range(6) if abs(index - band) > 1]
    assert loudness[far].max() < 0.15


def test_bass_and_treble_listen_where_the_analysers_bins_are(tmp_path: Path) -> None:
    weights = hops.analyser_weights(50)

    hertz = np.arange(1_025) * 44_100 / 2_048
    heard = hertz[weights > 0]
    assert weights.argmax() * 44_100 / 2_048 == pytest.approx(50.5 * 172.27, abs=22)
    assert heard.min() == pytest.approx(47 * 172.27, abs=22)
    assert heard.max() == pytest.approx(54 * 172.27, abs=22)


@pytest.mark.parametrize("fps", RATES, ids=lambda fps: f"{float(fps):.2f}")
@pytest.mark.parametrize("samples", [1, 1_470, 44_100, 44_101, 132_300])
def test_the_frames_fill_the_song_and_no_more(fps: Fraction, samples: int) -> None:
    seconds = samples / 44_100

    frames = bands.frame_count(seconds, fps)

    assert frames >= 1
    assert frames / float(fps) >= seconds - 1e-6
    assert frames == 1 or (frames - 1) / float(fps) < seconds


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-30), Fraction(10**9)])
def test_a_frame_rate_that_cannot_be_is_refused(tmp_path: Path, fps: Fraction) -> None:
    with pytest.raises(BadOption, match="Frames a second"):
        _listen(tmp_path, np.zeros(100), fps)


@pytest.mark.parametrize("name", ["bass_frequency", "treble_frequency"])
@pytest.mark.parametrize("value", [-1, 127])
def test_a_bin_that_the_analyser_lacks_is_refused(tmp_path: Path, name: str, value: int) -> None:
    song = audio.load(media.click_track(tmp_path / "song.wav", 1.0, 0.5))

    with pytest.raises(BadOption, match=r"must be in 0\.\.126"):
        bands.listen(song, Fraction(30), rhythm=False, **{name: value})  # type: ignore[arg-type]


def test_bands_are_saved_for_other_programs(tmp_path: Path) -> None:
    heard = _listen(tmp_path, media.song(2.0), Fraction(30_000, 1_001))

    for ending in ("npz", "json", "csv"):
        bands.save(heard, tmp_path / f"bands.{ending}")

    with np.load(tmp_path / "bands.npz") as table:
        assert str(table["fps"]) == "30000/1001"
        np.testing.assert_array_equal(table["bass"], heard.bass)
        np.testing.assert_array_equal(table["spectrum_mid"], heard.spectrum[:, 3])
    document = json.loads((tmp_path / "bands.json").read_text())
    assert document["seconds"] == heard.seconds
    np.testing.assert_allclose(document["frames"]["onset"], heard.onset, atol=1e-5)
    with (tmp_path / "bands.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(heard.bass)
    assert float(rows[30]["time"]) == pytest.approx(1.001)
    assert float(rows[30]["treble"]) == pytest.approx(float(heard.treble[30]), abs=1e-5)


def test_what_is_no_number_is_not_saved_as_json_which_has_no_word_for_it(tmp_path: Path) -> None:
    heard = replace(_listen(tmp_path, media.song(0.5)), tempo=float("nan"))

    with pytest.raises(ValueError, match="JSON"):
        bands.save(heard, tmp_path / "bands.json")

    assert not (tmp_path / "bands.json").exists()


def test_saving_under_a_strange_name_or_nowhere_leaves_nothing(tmp_path: Path) -> None:
    heard = _listen(tmp_path, media.song(0.5))
    before = set(tmp_path.iterdir())

    with pytest.raises(BadOption, match=r"\.npz, \.json, \.csv"):
        bands.save(heard, tmp_path / "bands.xls")
    with pytest.raises(BadOutput, match="no folder"):
        bands.save(heard, tmp_path / "nowhere" / "bands.json")

    assert set(tmp_path.iterdir()) == before


def test_what_is_heard_can_be_seen(tmp_path: Path) -> None:
    from PIL import Image

    path = media.write(tmp_path / "song.mp3", media.song(4.0), 44_100, tags={"title": "A $ong_"})
    song = audio.load(path)

    chart.draw(song, bands.listen(song, Fraction(30), rhythm=False), tmp_path / "bands.png")

    with Image.open(tmp_path / "bands.png") as picture:
        assert picture.size == (1_920, 1_440)
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels[:60].max() > 200
    assert pixels[60:].std() > 20


def test_a_beat_is_seen_where_it_is_heard_and_a_bar_as_a_longer_line(
    demo_song: Path, tmp_path: Path
) -> None:
    from PIL import Image

    song = audio.load(demo_song)
    heard = bands.listen(song, Fraction(30))
    bars = (heard.bar[1:] < heard.bar[:-1]).nonzero()[0] + 1

    chart.draw(song, heard, tmp_path / "bands.png")

    with Image.open(tmp_path / "bands.png") as picture:
        lines, above = (_columns(picture.crop(box)) for box in (RHYTHM, ABOVE))
    assert len(heard.beats) > 60
    _assert_near(lines, _across(heard.beats / heard.seconds))
    bars_seen = _across(bars / 30 / heard.seconds)
    _assert_near(above, bars_seen[bars_seen < ABOVE[2]])


@pytest.mark.parametrize("samples", [1, 100, 44_100])
def test_a_short_or_silent_song_can_be_seen_too(tmp_path: Path, samples: int) -> None:
    path = media.write(tmp_path / "song.wav", np.zeros(samples), 44_100)
    song = audio.load(path)

    chart.draw(song, bands.listen(song, Fraction(30), rhythm=False), tmp_path / "bands.png")

    assert (tmp_path / "bands.png").stat().st_size > 10_000


# ----------------------------------------------------------------------------- arrangements

# Of the plot's lowest field: where beats and bars are lines, above nearly all onsets; and where bars
# alone are, as far as the legend.
RHYTHM, ABOVE = (0, 1_238, 1_920, 1_248), (0, 1_213, 1_500, 1_223)


def _columns(picture: Any) -> NDArray[np.intp]:
    """The columns of a picture that have the colour of beats in most of their rows."""
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")).astype(int), 2, 0)
    pink = (red - green > 40) & (blue - green > 10)
    return np.flatnonzero(pink.mean(axis=0) > 0.5)


def _across(shares: NDArray[np.floating]) -> NDArray[np.floating]:
    """Where moments, as shares of the song, are in the plot: pixels from its left side."""
    return 1_920 * (0.085 + 0.9 * shares)


def _assert_near(columns: NDArray[np.intp], places: NDArray[np.floating]) -> None:
    """Each place has a column, and each column a place, to four pixels."""
    apart = np.abs(columns[:, None] + 0.5 - places)
    assert apart.min(axis=0).max() <= 4
    assert apart.min(axis=1).max() <= 4
