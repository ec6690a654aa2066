"""A song and its bands go in; a PNG of what Oriel hears comes out, for a person to agree with."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oriel import hops, loudness
from oriel.audio import Audio
from oriel.bands import Bands
from oriel.whole import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 1_800
_ROWS = 160
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 16_000.0
_RANGE_DB = 80.0

_INK, _DIM, _NIGHT, _PANEL = "#e8e6f0", "#8a86a0", "#0b0a12", "#12101c"
_BASS, _TREBLE, _LEVEL, _ONSET, _BEAT = "#b46cff", "#4fd8e8", "#e8e6f0", "#ffb454", "#ff5d8f"


@dataclass(frozen=True)
class _Outline:
    """The song squeezed into columns: extremes of its samples (columns,), powers (columns, rows)."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    power: NDArray[np.float32]


def draw(audio: Audio, bands: Bands, path: str | Path) -> Path:
    """Plot waveform, spectrogram, bands, onsets, beats and bars over time into a PNG.

    Decodes the song once more, streamed.  Raises BadAudio, or BadOutput where it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    outline = _outline(audio, bands.seconds)
    figure = Figure(figsize=(16, 12), dpi=120, facecolor=_NIGHT)
    FigureCanvasAgg(figure)
    heights = [1.1, 2.4, 1.2, 2.0, 1.0]
    axes = list(figure.subplots(5, 1, sharex=True, height_ratios=heights))
    for axis in axes:
        _dress(axis, bands.seconds)
    _waveform(axes[0], outline, bands.seconds)
    _spectrogram(axes[1], outline, bands.seconds)
    _drivers(axes[2], bands)
    _ridges(axes[3], bands)
    _pulse(axes[4], bands)
    _titles(figure, audio, bands)
    path = Path(path)
    with whole(path) as place:
        figure.savefig(place, format="png", facecolor=_NIGHT)
    return path


def _outline(audio: Audio, seconds: float) -> _Outline:
    columns = min(COLUMNS, max(1, round(seconds * hops.HOPS_PER_SECOND)))
    total = max(1, round(seconds * hops.RATE))
    low, high = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    power = np.zeros((columns, _ROWS), np.float32)
    count = np.zeros(columns, np.int64)
    weights = _pitch_weights()

    def outlined() -> Iterator[NDArray[np.float32]]:
        begins = 0
        for block in audio.blocks(hops.RATE, 1):
            at = np.minimum((begins + np.arange(len(block))) * columns // total, columns - 1)
            np.minimum.at(low, at, block)
            np.maximum.at(high, at, block)
            begins += len(block)
            yield block

    hop = 0
    for heard in hops.powers(outlined(), weights):
        at = np.minimum((hop + np.arange(len(heard))) * hops.HOP * columns // total, columns - 1)
        np.add.at(power, at, heard)
        np.add.at(count, at, 1)
        hop += len(heard)
    return _Outline(low, high, power / np.maximum(count, 1).astype(np.float32)[:, None])


def _pitch_weights() -> NDArray[np.float32]:
    """(rows, 1025) weights of narrow bands, evenly spaced by pitch, each as a density by bin."""
    edges = _LOWEST_HZ * (_HIGHEST_HZ / _LOWEST_HZ) ** (np.arange(_ROWS + 1) / _ROWS)
    rows = [hops.bin_weights(a, b) for a, b in pairwise(edges)]
    return np.stack([row / row.sum() for row in rows])


def _dress(axis: "Axes", seconds: float) -> None:
    axis.set_facecolor(_PANEL)
    axis.set_xlim(0, seconds)
    axis.tick_params(colors=_DIM, labelsize=9, length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _name(axis: "Axes", text: str) -> None:
    axis.set_ylabel(text, color=_INK, fontsize=10, rotation=0, ha="right", va="center", labelpad=14)


def _waveform(axis: "Axes", outline: _Outline, seconds: float) -> None:
    times = (np.arange(len(outline.low)) + 0.5) * seconds / len(outline.low)
    axis.fill_between(times, outline.low, outline.high, color=_LEVEL, linewidth=0, alpha=0.9)
    reach = max(1e-3, float(np.abs([outline.low, outline.high]).max())) * 1.05
    axis.set_ylim(-reach, reach)
    axis.set_yticks([])
    _name(axis, "waveform")


def _spectrogram(axis: "Axes", outline: _Outline, seconds: float) -> None:
    decibels = loudness.decibels(outline.power)
    top = float(decibels.max())
    axis.imshow(
        decibels.T,
        origin="lower",
        aspect="auto",
        extent=(0, seconds, 0, _ROWS),
        cmap="magma",
        vmin=max(top - _RANGE_DB, -130.0),
        vmax=max(top, -60.0),
        interpolation="bilinear",
    )
    marks = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]
    place = _ROWS * np.log(np.array(marks) / _LOWEST_HZ) / np.log(_HIGHEST_HZ / _LOWEST_HZ)
    axis.set_yticks(place, [f"{mark:,}" for mark in marks])
    _name(axis, "Hz")


def _drivers(axis: "Axes", bands: Bands) -> None:
    times = np.arange(len(bands.bass)) / float(bands.fps)
    axis.fill_between(times, bands.level, color=_LEVEL, alpha=0.12, linewidth=0, label="level")
    axis.plot(times, bands.bass, color=_BASS, linewidth=1.1, label="bass")
    axis.plot(times, bands.treble, color=_TREBLE, linewidth=1.0, alpha=0.9, label="treble")
    axis.set_ylim(0, 1.05)
    axis.set_yticks([0, 1])
    _legend(axis)
    _name(axis, "drives")


def _ridges(axis: "Axes", bands: Bands) -> None:
    from matplotlib import colormaps

    times = np.arange(len(bands.spectrum)) / float(bands.fps)
    count = bands.spectrum.shape[1]
    for band in range(count):
        shade = colormaps["plasma"](0.15 + 0.75 * band / (count - 1))
        top = band + 0.92 * bands.spectrum[:, band]
        axis.fill_between(times, band, top, color=shade, alpha=0.75, linewidth=0)
    names = [name.replace("_", "-") for name in hops.SPECTRUM]
    axis.set_yticks(np.arange(count) + 0.4, names)
    axis.set_ylim(0, count)
    _name(axis, "bands")


def _pulse(axis: "Axes", bands: Bands) -> None:
    times = np.arange(len(bands.onset)) / float(bands.fps)
    axis.plot(times, bands.onset, color=_ONSET, linewidth=1.0, label="onset")
    first = (bands.bar[1:] < bands.bar[:-1]).nonzero()[0] + 1
    bars = times[first] if len(first) else np.zeros(0)
    axis.vlines(bands.beats, 0, 1.0, color=_BEAT, linewidth=0.7, alpha=0.55, label="beats")
    axis.vlines(bars, 0, 1.12, color=_BEAT, linewidth=1.6, label="bars")
    axis.set_ylim(0, 1.15)
    axis.set_yticks([0, 1])
    axis.set_xlabel("seconds", color=_DIM, fontsize=10)
    _legend(axis)
    _name(axis, "rhythm")


def _legend(axis: "Axes") -> None:
    axis.legend(
        loc="upper right", ncols=3, fontsize=8, labelcolor=_INK, facecolor=_NIGHT, edgecolor="none"
    )


def _titles(figure: "Figure", audio: Audio, bands: Bands) -> None:
    name = audio.title or audio.path.name
    if audio.title and audio.artist:
        name = f"{audio.artist}: {audio.title}"
    tempo = f"{bands.tempo:.1f} beats a minute" if bands.tempo else "no steady beat"
    minutes, seconds = divmod(bands.seconds, 60)
    facts = f"{int(minutes)}:{seconds:05.2f}  ·  {tempo}  ·  {float(bands.fps):g} frames a second"
    figure.subplots_adjust(left=0.085, right=0.985, top=0.93, bottom=0.055, hspace=0.07)
    # The song's name is data, not a formula: no mathtext.
    figure.text(0.085, 0.962, name, color=_INK, fontsize=17, fontweight="bold", parse_math=False)
    figure.text(0.985, 0.962, facts, color=_DIM, fontsize=11, ha="right")
