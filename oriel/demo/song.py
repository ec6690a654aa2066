"""The demo song as notes: seconds and a sample rate go in, a stereo mix comes out.

A minor at 122 beats per minute: an intro, a build-up with a riser, a drop, a breakdown and the
drop again, so that every band, the onsets, beats and bars have something to do.
"""

from dataclasses import dataclass, field

import numpy as np

from oriel.demo import instruments
from oriel.demo.instruments import Samples

BEATS_PER_MINUTE = 122
BEAT = 60 / BEATS_PER_MINUTE  # seconds
BAR = 4 * BEAT
STEP = BEAT / 4  # a sixteenth note

# The form, in sixteenths of the song; at 32 seconds each is one bar.
FORM = ("intro",) * 4 + ("build",) * 2 + ("drop",) * 6 + ("breakdown",) * 2 + ("drop",) * 2

# Am9, Fmaj7, C with its ninth, G with its ninth: (bass, chord) as MIDI notes, a bar each.
HARMONY = (
    (33, (57, 60, 64, 71)),
    (29, (53, 57, 60, 64)),
    (36, (55, 60, 64, 74)),
    (31, (55, 59, 62, 69)),
)
# The tune over those four bars: (step, steps long, MIDI note).
TUNE = (
    ((0, 3, 76), (3, 3, 74), (6, 2, 72), (8, 6, 69)),
    ((0, 3, 72), (3, 3, 74), (6, 2, 76), (8, 4, 79), (12, 4, 76)),
    ((0, 3, 76), (3, 3, 79), (6, 2, 76), (8, 6, 74)),
    ((0, 3, 74), (3, 3, 71), (6, 2, 74), (8, 4, 79), (12, 2, 81), (14, 2, 83)),
)
BASS_LINE = (0, 0, 12, 0, 0, 12, 0, 12)  # semitones above the bass note, an eighth note each
ARPEGGIO = (0, 1, 2, 3, 2, 1, 3, 2)  # which note of the chord, a sixteenth each

PAD_BRIGHTNESS = {"intro": 0.25, "build": 0.45, "drop": 0.8, "breakdown": 0.5}
ARPEGGIO_LEVEL = {"intro": 0.13, "build": 0.2, "drop": 0.13, "breakdown": 0.22}


@dataclass
class Tracks:
    """The tape: a stereo track (n, 2) for each group, and when the kick was hit, in seconds."""

    n: int
    rate: int
    kicks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drums, self.bass, self.music, self.echo = np.zeros((4, self.n, 2))

    def add(self, track: Samples, at: float, sound: Samples, gain: float) -> None:
        """Mix in a sound from `at` seconds; what passes the end is cut."""
        start = round(at * self.rate)
        room = min(len(sound), max(0, self.n - start))
        track[start : start + room] += gain * (sound if sound.ndim == 2 else sound[:, None])[:room]


@dataclass(frozen=True)
class Bar:
    """Where one bar lies: its number, its first second, its part of the form and its edges."""

    number: int
    start: float
    part: str
    first: bool  # of its part
    last: bool


def compose(seconds: float, rate: int) -> Samples:
    """Play the whole song: (n, 2), not levelled yet."""
    chance = np.random.default_rng(BEATS_PER_MINUTE)
    tracks = Tracks(round(seconds * rate), rate)
    kit = instruments.kit(rate, chance)
    bars = _bars(max(1, int(seconds / BAR)))

    for bar in bars:
        _play_drums(tracks, kit, bar)
        _play_chord(tracks, bar)
        _play_arpeggio(tracks, bar)
        _play_bass(tracks, bar)
        if bar.part in ("drop", "breakdown"):
            _play_tune(tracks, bar)
    _play_riser(tracks, bars, chance)
    tracks.add(tracks.drums, len(bars) * BAR, kit["kick"], 0.95)  # the last hit, if it fits
    tracks.add(tracks.echo, len(bars) * BAR, kit["crash"], 0.4)

    return _mix(tracks, chance)


def _bars(count: int) -> list[Bar]:
    parts = [FORM[number * 16 // count] for number in range(count)]
    edges = ["", *parts, ""]
    return [
        Bar(number, number * BAR, part, edges[number] != part, edges[number + 2] != part)
        for number, part in enumerate(parts)
    ]


def _play_drums(tracks: Tracks, kit: dict[str, Samples], bar: Bar) -> None:
    """Four on the floor, a backbeat, hats between; the build-up rolls its snare and holds back."""
    kicks = {"drop": 4, "build": 3 if bar.last else 4}.get(bar.part, 0)
    for beat in range(kicks):
        tracks.kicks.append(bar.start + beat * BEAT)
        tracks.add(tracks.drums, tracks.kicks[-1], kit["kick"], 0.95)
    if bar.part == "build":
        hits = 16 if bar.last else 8
        for hit in range(hits):
            at, level = bar.start + hit * BAR / hits, 0.12 + 0.2 * hit / hits
            tracks.add(tracks.drums, at, kit["snare"], level)
    if bar.part == "drop":
        for beat in (1, 3):
            tracks.add(tracks.drums, bar.start + beat * BEAT, kit["snare"], 0.5)
        if bar.first:
            tracks.add(tracks.echo, bar.start, kit["crash"], 0.3)
    if bar.part in ("drop", "build") or (bar.part == "intro" and bar.number >= 2):
        _play_hats(tracks, kit, bar)


def _play_hats(tracks: Tracks, kit: dict[str, Samples], bar: Bar) -> None:
    for step in range(16):
        hat, level = ("open", 0.16) if step % 4 == 2 else ("closed", 0.06 + 0.05 * (step % 2))
        sound = instruments.pan(kit[hat], 0.3 * (-1) ** step)
        tracks.add(tracks.drums, bar.start + step * STEP, sound, level)


def _play_chord(tracks: Tracks, bar: Bar) -> None:
    chord = HARMONY[bar.number % 4][1]
    sound = instruments.pad(chord, BAR + 0.15, tracks.rate, PAD_BRIGHTNESS[bar.part])
    tracks.add(tracks.music, bar.start, sound, 0.1)


def _play_arpeggio(tracks: Tracks, bar: Bar) -> None:
    """Sixteenths through the chord over two octaves, with an echo on the other side."""
    chord = HARMONY[bar.number % 4][1]
    for step in range(16):
        note = chord[ARPEGGIO[step % 8]] + 12 * (step // 8)
        level = ARPEGGIO_LEVEL[bar.part] * (1.25 if step % 4 == 0 else 0.85)
        sound = instruments.pan(instruments.pluck(note, tracks.rate), 0.6 * (-1) ** (step // 2))
        tracks.add(tracks.music, bar.start + step * STEP, sound, level)
        tracks.add(tracks.echo, bar.start + (step + 3) * STEP, sound[:, ::-1], level * 0.45)


def _play_bass(tracks: Tracks, bar: Bar) -> None:
    root = HARMONY[bar.number % 4][0]
    if bar.part == "drop":
        for eighth, interval in enumerate(BASS_LINE):
            sound = instruments.bass(root + interval, 2 * STEP, tracks.rate)
            tracks.add(tracks.bass, bar.start + eighth * 2 * STEP, sound, 0.5)
    else:
        tracks.add(tracks.bass, bar.start, instruments.sub(root, BAR, tracks.rate), 0.3)


def _play_tune(tracks: Tracks, bar: Bar) -> None:
    for step, steps, note in TUNE[bar.number % 4]:
        sound = instruments.lead(note, steps * STEP, tracks.rate)
        tracks.add(tracks.music, bar.start + step * STEP, sound, 0.17)
        tracks.add(tracks.echo, bar.start + step * STEP, sound, 0.12)


def _play_riser(tracks: Tracks, bars: list[Bar], chance: np.random.Generator) -> None:
    build = [bar for bar in bars if bar.part == "build"]
    if build:
        sound = instruments.riser(len(build) * BAR, tracks.rate, chance)
        tracks.add(tracks.echo, build[0].start, sound, 0.4)


def _mix(tracks: Tracks, chance: np.random.Generator) -> Samples:
    """Duck bass and music under the kick, add the room, and fade the very ends."""
    duck = _duck(tracks)
    wet = instruments.room(tracks.echo + 0.25 * tracks.music, tracks.rate, chance)
    music = tracks.music + 0.4 * tracks.echo + wet
    mix: Samples = tracks.drums + tracks.bass * duck + music * (0.35 + 0.65 * duck)
    t = np.arange(tracks.n) / tracks.rate
    fade = np.minimum(t / 0.005, (tracks.n / tracks.rate - t) / 0.1)
    mix *= np.clip(fade, 0, 1)[:, None]
    return mix


def _duck(tracks: Tracks) -> Samples:
    """The side-chain: (n, 1) gains that fall to 0.2 on every kick and are back before the next."""
    t = np.arange(round(BEAT * tracks.rate)) / tracks.rate
    dip = 1 - 0.8 * np.clip(1 - t / (0.6 * BEAT), 0, 1) ** 1.5
    gain = np.ones((tracks.n, 1))
    for kick in tracks.kicks:
        start = round(kick * tracks.rate)
        room = min(len(dip), max(0, tracks.n - start))
        gain[start : start + room, 0] = dip[:room]
    return gain
