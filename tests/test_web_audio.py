"""Oriel's analyser against Chromium's own AnalyserNode, and against the specification's words."""

import base64
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import audio, bands

LISTEN = """
async ({samples, channels, rate, at, fftSize, smoothing}) => {
  const bytes = Uint8Array.from(atob(samples), letter => letter.charCodeAt(0));
  const floats = new Float32Array(bytes.buffer);
  const length = floats.length / channels;
  const context = new OfflineAudioContext(1, length + 1024, rate);
  const buffer = context.createBuffer(channels, length, rate);
  for (let channel = 0; channel < channels; channel++)
    buffer.copyToChannel(floats.subarray(channel * length, (channel + 1) * length), channel);
  const source = new AudioBufferSourceNode(context, {buffer});
  const analyser = new AnalyserNode(context, {fftSize, smoothingTimeConstant: smoothing});
  source.connect(analyser).connect(context.destination);
  const answers = [];
  for (const moment of at) context.suspend(moment).then(() => {
    const answer = new Uint8Array(analyser.frequencyBinCount);
    analyser.getByteFrequencyData(answer);
    answers.push(Array.from(answer));
    context.resume();
  });
  source.start();
  await context.startRendering();
  return answers;
}
"""


def _samples(path: Path, rate: int, seconds: float, channels: Any = 1) -> NDArray[np.float32]:
    song = np.concatenate(list(audio.load(path).blocks(rate, channels)))
    middle = len(song) // 2
    return song[middle : middle + round(seconds * rate)]


def _heard_by_chromium(
    page: Any,
    samples: NDArray[np.float32],
    rate: int,
    at: NDArray[np.float64],
    fft_size: int,
    smoothing: float,
) -> NDArray[np.int64]:
    planes = np.ascontiguousarray(np.atleast_2d(samples.T), "<f4")
    answers = page.evaluate(
        LISTEN,
        {
            "samples": base64.b64encode(planes.tobytes()).decode(),
            "channels": len(planes),
            "rate": rate,
            "at": at.tolist(),
            "fftSize": fft_size,
            "smoothing": smoothing,
        },
    )
    return np.array(answers, np.int64)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("smoothing", [0.0, 0.8])
@pytest.mark.parametrize("fft_size", [256, 2048])
def test_the_spectrum_is_chromiums_in_every_bin(
    page: Any, demo_song: Path, fft_size: int, smoothing: float, rate: int
) -> None:
    samples = _samples(demo_song, rate, 4.0)
    at = np.arange(1, 240) / 60

    ours = bands.web_audio_spectrum(samples, rate, at, fft_size, smoothing)
    chromiums = _heard_by_chromium(page, samples, rate, at, fft_size, smoothing)

    assert ours.shape == chromiums.shape == (len(at), fft_size // 2)
    assert chromiums.max() > 150
    difference = np.abs(ours.astype(np.int64) - chromiums)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


def test_a_stereo_song_is_mixed_down_as_chromium_does(page: Any, demo_song: Path) -> None:
    samples = _samples(demo_song, 44_100, 1.0, 2)
    samples[:, 1] = samples[::-1, 1]
    at = np.arange(1, 20) / 30

    ours = bands.web_audio_spectrum(samples, 44_100, at)

    chromiums = _heard_by_chromium(page, samples, 44_100, at, 256, 0.8)
    assert np.abs(ours.astype(np.int64) - chromiums).max() <= 1


def test_the_spectrum_follows_the_specifications_formula_word_for_word() -> None:
    rate, size, smoothing = 44_100, 256, 0.8
    samples = np.random.default_rng(5).standard_normal(4096).astype(np.float32) * 0.1
    at = np.array([512, 1024, 3968]) / rate

    ours = bands.web_audio_spectrum(samples, rate, at, size, smoothing)

    n = np.arange(size)
    window = 0.42 - 0.5 * np.cos(2 * np.pi * n / size) + 0.08 * np.cos(4 * np.pi * n / size)
    smoothed = np.zeros(size // 2)
    for row, end in zip(ours, (512, 1024, 3968), strict=True):
        turns = np.exp(-2j * np.pi * np.outer(np.arange(size // 2), n) / size)
        magnitude = np.abs(turns @ (window * samples[end - size : end])) / size
        smoothed = smoothing * smoothed + (1 - smoothing) * magnitude
        decibels = 20 * np.log10(smoothed)
        exact = np.clip(255 / 70 * (decibels + 100), 0, 255)
        assert np.abs(row - np.floor(exact)).max() <= 1
        assert (row == np.floor(exact)).mean() > 0.95


def test_before_and_after_the_song_there_is_silence() -> None:
    samples = np.ones(1000, np.float32)

    spectrum = bands.web_audio_spectrum(samples, 44_100, [0.0, 0.01, 5.0], smoothing=0.0)

    assert spectrum.shape == (3, 128)
    assert spectrum[0].max() == 0
    assert spectrum[1].max() > 100
    assert spectrum[2].max() == 0


def test_calls_within_one_quantum_hear_the_same() -> None:
    samples = np.random.default_rng(5).standard_normal(4096).astype(np.float32)
    once = np.array([1024, 2048]) / 44_100
    twice = np.array([1024, 1020, 2048, 2047]) / 44_100

    spectrum = bands.web_audio_spectrum(samples, 44_100, twice)

    np.testing.assert_array_equal(
        spectrum, bands.web_audio_spectrum(samples, 44_100, once)[[0, 0, 1, 1]]
    )


def test_classic_hearing_is_the_analyser_asked_at_each_frame(demo_song: Path) -> None:
    fps = Fraction(30_000, 1_001)
    song = audio.load(demo_song)

    heard = bands.listen(
        song, fps, hearing="classic", bass_frequency=3, treble_frequency=70, rhythm=False
    )

    samples = np.concatenate(list(song.blocks(44_100, 1)))
    at = np.arange(len(heard.bass)) / float(fps)
    spectrum = bands.web_audio_spectrum(samples, 44_100, at).astype(np.float64)
    np.testing.assert_allclose(heard.bass, spectrum[:, 3:5].mean(axis=1) / 255, atol=1e-6)
    np.testing.assert_allclose(heard.treble, spectrum[:, 70:72].mean(axis=1) / 255, atol=1e-6)


def test_four_minutes_at_sixty_frames_take_less_than_a_second() -> None:
    samples = np.random.default_rng(5).standard_normal(240 * 44_100).astype(np.float32)
    at = np.arange(240 * 60) / 60

    begins = time.process_time()
    bands.web_audio_spectrum(samples, 44_100, at)

    assert time.process_time() - begins < 1.0
