"""Onset strengths on the hop grid go in; tempo, beats and bars come out.  librosa finds them.

librosa is used only in here, and loaded only when a beat is asked for (`compiled`).  It is given
short pieces, so that an hour needs no more memory than a minute.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from oriel import compiled
from oriel.hops import HOP, HOPS_PER_SECOND, RATE

BEATS_PER_BAR = 4

WINDOW_SECONDS = 8
"""Stretch of onsets that is compared with itself, once a second: two bars at 60 beats a minute."""

SECTION_SECONDS = 20
"""Stretch over which a tempo is taken to be steady."""

CLEAR_PULSE = 0.12
"""Least mean autocorrelation at the beat's lag.  Measured: noise and drones below 0.05, songs with
drums above 0.25."""

LEAST_RISE = 0.05
"""Rise in loudness (log power, mean of all bands) that attacks must reach: below it, steady tones
beat against the hop grid (0.01) but nothing is struck (drums: 0.5 and more)."""

_HOPS_PER_SECOND = round(HOPS_PER_SECOND)
_STEPS = 8  # beats that tell what is in step
_FITTING = 0.75  # of a section's own clarity: as much of it leaves the whole song's tempo in force


@dataclass(frozen=True)
class Rhythm:
    """What was found: nothing at all is tempo 0.0 and no beats."""

    tempo: float
    """Beats per minute."""

    beats: NDArray[np.float64]
    """(n,) seconds."""

    downbeat: int
    """Index of the first beat that begins a bar, 0..3."""


NO_RHYTHM = Rhythm(0.0, np.zeros(0), 0)


def track(flux: NDArray[np.float32]) -> Rhythm:
    """Beats of a song from its flux, (hops, 2): over all bands, and the low ones, which tell bars.

    NO_RHYTHM for silence, for a song under 4 seconds and where no pulse is clear enough.
    """
    strength = _standing_out(flux[:, 0])
    if len(strength) < 4 * _HOPS_PER_SECOND or strength.max() < LEAST_RISE:
        return NO_RHYTHM
    pulses = _self_similarity(strength)
    tempo, clarity = _tempo(pulses.mean(axis=0))
    if clarity < CLEAR_PULSE:
        return NO_RHYTHM
    hops = _beats(strength, _tempo_course(pulses, tempo, len(strength)))
    if len(hops) < 4:
        return NO_RHYTHM
    return Rhythm(_steady_tempo(hops), hops / HOPS_PER_SECOND, _downbeat(hops, flux[:, 1]))


def phases(
    rhythm: Rhythm, fps: Fraction, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(frames,) phase within the beat and within the bar at i / fps; all 0 without a rhythm.

    Before the first beat, and once the last has passed, nothing is due: the phase rests at 1.
    """
    if not len(rhythm.beats):
        return np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    times = np.arange(frames) / float(fps)
    bars = rhythm.beats[rhythm.downbeat :: BEATS_PER_BAR]
    bar = BEATS_PER_BAR * 60.0 / rhythm.tempo
    return _phase(times, rhythm.beats, 60.0 / rhythm.tempo), _phase(times, bars, bar)


def _phase(
    times: NDArray[np.float64], starts: NDArray[np.float64], last: float
) -> NDArray[np.float32]:
    """Share of the stretch from one start to the next that has passed; the last lasts `last`."""
    if not len(starts):
        return np.ones(len(times), np.float32)
    index = np.searchsorted(starts, times, side="right") - 1
    lengths = np.append(np.diff(starts), last)
    phase = (times - starts[index]) / lengths[index]
    return np.where(index < 0, 1.0, np.minimum(phase, 1.0)).astype(np.float32)


def _standing_out(flux: NDArray[np.float32]) -> NDArray[np.float32]:
    """What rises above the mean of the second around it; no single blow outweighs all others."""
    if not len(flux):
        return flux
    reach = _HOPS_PER_SECOND // 2
    sums = np.cumsum(np.pad(flux.astype(np.float64), (reach + 1, reach), mode="edge"))
    around = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)
    above = np.maximum(flux - around, 0.0)
    held: NDArray[np.float32] = np.minimum(above, np.percentile(above, 99.5)).astype(np.float32)
    return held


def _self_similarity(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """(seconds, lags) autocorrelation of the 8 s around each second, 1 at lag 0.

    As librosa's tempogram, but each second instead of each hop: an hour takes 17 MB, not 2.6 GB.
    """
    compiled.load()
    import librosa

    width = WINDOW_SECONDS * _HOPS_PER_SECOND
    padded = np.pad(strength, width // 2)
    windows = sliding_window_view(padded, width)[::_HOPS_PER_SECOND]
    shape = np.hanning(width + 1)[:-1].astype(np.float32)
    found = np.empty(windows.shape, np.float32)
    for first in range(0, len(windows), 64):
        seen = windows[first : first + 64]
        centred = (seen - seen.mean(axis=1, keepdims=True)) * shape
        similar = librosa.autocorrelate(centred, axis=1)
        found[first : first + 64] = similar / np.maximum(similar[:, :1], 1e-9)
    return found


def _tempo(pulse: NDArray[np.float32]) -> tuple[float, float]:
    """The likeliest tempo for a mean autocorrelation (lags,), and how clear it is, 0..1.

    Tempos are the likelier the nearer they are to 120 (librosa's prior, an octave wide).
    """
    from librosa.feature import rhythm

    tempo = rhythm.tempo(
        tg=np.maximum(pulse, 0.0)[:, None],
        sr=RATE,
        hop_length=HOP,
        max_tempo=240.0,
    )
    bpm = float(np.atleast_1d(tempo)[0])
    return bpm, _clarity(pulse, bpm)


def _clarity(pulse: NDArray[np.float32], tempo: float) -> float:
    """How alike the song is to itself one beat later: the autocorrelation about that lag."""
    lag = round(60.0 * HOPS_PER_SECOND / tempo)
    near = max(1, lag // 50)
    return float(pulse[max(lag - near, 0) : lag + near + 1].max(initial=0.0))


def _tempo_course(
    pulses: NDArray[np.float32], whole: float, hops: int
) -> float | NDArray[np.float64]:
    """The whole song's tempo, or where it changes the tempo at each hop.

    A section goes its own way only where the whole's tempo does not fit it: half and double tempo,
    which fit everywhere, are no change.
    """
    half = SECTION_SECONDS // 2
    local = []
    for centre in range(half, max(len(pulses) - half, half + 1), half):
        pulse = pulses[centre - half : centre + half].mean(axis=0)
        bpm, clarity = _tempo(pulse)
        fits = clarity < CLEAR_PULSE or _clarity(pulse, whole) > _FITTING * clarity
        local.append(whole if fits else bpm)
    if all(bpm == whole for bpm in local):
        return whole
    seconds = np.arange(hops) / HOPS_PER_SECOND
    nearest = np.clip(np.round(seconds / half - 1).astype(int), 0, len(local) - 1)
    course: NDArray[np.float64] = np.array(local, np.float64)[nearest]
    return course


def _beats(strength: NDArray[np.float32], tempo: float | NDArray[np.float64]) -> NDArray[np.int64]:
    """Hops on which beats fall, from the first attack to the last."""
    from librosa import beat

    attacks = np.flatnonzero(strength > 0.1 * strength.max())
    near = _HOPS_PER_SECOND // 20
    part = slice(max(attacks[0] - near, 0), attacks[-1] + near)
    _, hops = beat.beat_track(
        onset_envelope=strength[part].astype(np.float64),
        sr=RATE,
        hop_length=HOP,
        bpm=np.asarray(tempo if np.isscalar(tempo) else np.asarray(tempo)[part], np.float64),
        trim=False,
    )
    found: NDArray[np.int64] = np.asarray(hops, np.int64) + part.start
    return _without_stumbles(_without_stumbles(found)[::-1])[::-1]


def _without_stumbles(hops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without last beats that come out of step: the tracker must end on some peak, beat or not."""
    while len(hops) > _STEPS:
        steps = np.abs(np.diff(hops[-_STEPS:]))
        if abs(steps[-1] - np.median(steps)) <= 0.2 * np.median(steps):
            break
        hops = hops[:-1]
    return hops


def _steady_tempo(hops: NDArray[np.int64]) -> float:
    """Beats a minute: the mean of the intervals that are near the upper median.

    That is one of them; between two tempos of equal share, which lie far apart, would be none.
    """
    intervals = np.diff(hops)
    usual = np.sort(intervals)[len(intervals) // 2]
    near = intervals[np.abs(intervals - usual) <= 0.1 * usual]
    return 60.0 * HOPS_PER_SECOND / float(near.mean())


def _downbeat(hops: NDArray[np.int64], low: NDArray[np.float32]) -> int:
    """Which of the first four beats begins a bar: the one with most attacks below 145 Hz."""
    reach = 4
    padded = np.pad(low, reach)
    strengths = sliding_window_view(padded, 2 * reach + 1)[np.clip(hops, 0, len(low) - 1)]
    struck = strengths.max(axis=1)
    return int(np.argmax([struck[first::BEATS_PER_BAR].mean() for first in range(BEATS_PER_BAR)]))
