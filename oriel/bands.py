"""A song goes in; what its picture moves to, one number a frame for each band, comes out."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oriel import analyser, hops, loudness
from oriel import rhythm as pulse
from oriel.analyser import web_audio_spectrum
from oriel.audio import Audio, undecodable
from oriel.errors import BadOption
from oriel.tables import save

__all__ = ["Bands", "frame_count", "listen", "save", "web_audio_spectrum"]

FASTEST_FPS = 1_000
_DRIVING = 2  # bass and treble, the first columns
_LEVEL, _ONSET = 8, 9  # columns, after bass, treble and the six bands
_HIGHEST_BIN = analyser.FFT_SIZE // 2 - 2


@dataclass(frozen=True)
class Bands:
    """What was heard.  Arrays are float32 with one entry a frame, in 0..1 unless said."""

    fps: Fraction
    seconds: float
    """Length of the song as decoded."""

    bass: NDArray[np.float32]
    """(frames,) what drives the scale: the look's bassFrequency."""

    treble: NDArray[np.float32]
    """(frames,) what drives the colour: the look's trebleFrequency."""

    spectrum: NDArray[np.float32]
    """(frames, 6): sub, bass, low_mid, mid, high_mid, treble, meeting at `hops.EDGES_HZ`."""

    level: NDArray[np.float32]
    """(frames,) loudness of the whole (RMS)."""

    onset: NDArray[np.float32]
    """(frames,) strength of what begins at this frame: drums, notes."""

    beat: NDArray[np.float32]
    """(frames,) phase since the last beat; 0 throughout where no beat was looked for or found."""

    bar: NDArray[np.float32]
    """(frames,) phase since the last bar's first beat; 0 throughout as for `beat`."""

    tempo: float
    """Beats per minute, 0.0 when unknown."""

    beats: NDArray[np.float32]
    """(n,) seconds of each beat."""

    fine: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    """(hops, 2) bass and treble at each 1/150 s, whatever `fps` is; none with classic hearing."""


def frame_count(seconds: float, fps: Fraction) -> int:
    """Frames that a song of this length fills: the last may begin before the song ends, not after."""
    return max(1, ceil(seconds * fps - Fraction(1, 1_000_000)))


def listen(
    audio: Audio,
    fps: Fraction | int,
    *,
    hearing: Literal["precise", "classic"] = "precise",
    bass_frequency: int = 2,
    treble_frequency: int = 50,
    rhythm: bool = True,
) -> Bands:
    """Hear a whole song, streamed; frame i is at i / fps seconds.

    "precise" hearing looks equally far back and ahead, so that nothing comes late, and gives the
    same values at the same time whatever `fps` is.  "classic" hearing is Web Audio's AnalyserNode
    (fftSize 256, smoothing 0.8, a context at 44.1 kHz) asked at each frame: it is late, and depends
    on `fps`.  `bass_frequency` and `treble_frequency` are bins of that analyser, 0..126: bass and
    treble are what bins k and k + 1 hear.

    `onset` is always heard.  Only with `rhythm` are beat, bar and tempo looked for, which loads
    librosa (seconds).  Raises BadAudio, or BadOption for a frame rate or a bin that cannot be.
    """
    fps = Fraction(fps)
    _check(fps, bass_frequency, treble_frequency)
    spectra: list[NDArray[np.uint8]] = []
    blocks = audio.blocks(hops.RATE, 1)
    if hearing == "classic":
        blocks = analyser.overheard(blocks, hops.RATE, fps, spectra)
    heard = hops.hear(blocks, _weights(bass_frequency, treble_frequency))
    if heard.samples == 0:
        raise undecodable(audio.path)

    seconds = heard.samples / hops.RATE
    values, fine = _at_frames(heard, fps, frame_count(seconds, fps))
    if hearing == "classic":
        fine = fine[:0]
        for column, index in enumerate((bass_frequency, treble_frequency)):
            values[:, column] = _pair(np.concatenate(spectra)[: len(values)], index)
    found = pulse.track(heard.flux) if rhythm else pulse.NO_RHYTHM
    beat, bar = pulse.phases(found, fps, len(values))
    return Bands(
        fps=fps,
        seconds=seconds,
        bass=values[:, 0],
        treble=values[:, 1],
        spectrum=values[:, 2:_LEVEL],
        level=values[:, _LEVEL],
        onset=values[:, _ONSET],
        beat=beat,
        bar=bar,
        tempo=found.tempo,
        beats=found.beats.astype(np.float32),
        fine=fine,
    )


def _check(fps: Fraction, bass_frequency: int, treble_frequency: int) -> None:
    if not 0 < fps <= FASTEST_FPS:
        raise BadOption(f"Frames a second must be above 0 and at most {FASTEST_FPS}, not {fps}.")
    for name, value in (("bassFrequency", bass_frequency), ("trebleFrequency", treble_frequency)):
        if not 0 <= value <= _HIGHEST_BIN:
            raise BadOption(f"{name} must be in 0..{_HIGHEST_BIN}, not {value}.")


def _pair(spectra: NDArray[np.uint8], index: int) -> NDArray[np.float32]:
    """The mean of two neighbouring bins of the analyser, 255 as 1."""
    pair: NDArray[np.float32] = spectra[:, index : index + 2].astype(np.float32).sum(axis=1)
    return pair / np.float32(510.0)


def _weights(bass_frequency: int, treble_frequency: int) -> NDArray[np.float32]:
    """Rows over the FFT's bins: bass, treble, the six bands, everything."""
    return np.stack(
        [
            hops.analyser_weights(bass_frequency),
            hops.analyser_weights(treble_frequency),
            *(hops.bin_weights(low, high) for low, high in pairwise(hops.EDGES_HZ)),
            np.ones(hops.WINDOW // 2 + 1, np.float32),
        ]
    )


def _at_frames(
    heard: hops.Hops, fps: Fraction, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(frames, 10): each band, the level and the onsets, smoothed and on the song's own scale.

    And of the first two, bass and treble, what lies between the frames: (hops, 2).  One column after
    the other, for an hour has half a million hops.
    """
    level = loudness.decibels(heard.power[:, _LEVEL])
    values = np.empty((frames, _ONSET + 1), np.float32)
    fine = np.empty((len(level), _DRIVING), np.float32)
    for column in range(_ONSET + 1):
        if column == _ONSET:
            scaled = loudness.struck(heard.flux[:, 0], level)
        else:
            scaled = loudness.scaled(loudness.decibels(heard.power[:, column]), level)
        smooth = loudness.smooth(scaled)
        values[:, column] = loudness.at_frames(smooth, hops.HOPS_PER_SECOND, fps, frames)
        if column < _DRIVING:
            fine[:, column] = smooth
    return values, fine
