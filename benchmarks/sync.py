"""A song of clicks is made a video; how far its pictures jump from the clicks comes out.

Both times are measured in the finished file, as a player shows it: the clicks in its decoded sound,
the jumps in its decoded pictures. `python -m benchmarks.sync --minutes 60` checks every usual rate.
"""

import argparse
import tempfile
import wave
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from oriel import audio, bands
from oriel.render import render
from oriel.video import Writer

RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
EVERY_SECONDS = 1.937  # not a whole number of frames at any rate
_SONG_RATE = 44_100
_CLICK_SAMPLES = 45  # 1 ms
_SIZE = (160, 90)
_LOOK = {
    "shape": "sphere",
    "style": "solid",
    "pulseIntensity": 3,
    "rotationSpeed": 0,
    "glow": 0,
    "baseColor": "#ffffff",
    "glowColor": "#ffffff",
}


@dataclass(frozen=True)
class Sync:
    """How far pictures jump from their clicks, in frames: 0.5 is as near as frames allow.

    `drift_ms` are the means of the first, the middle and the last tenth; `sound_ms` is how far the
    file's sound is from the song's, at worst.
    """

    fps: float
    minutes: float
    clicks: int
    worst_frames: float
    mean_frames: float
    drift_ms: tuple[float, float, float]
    sound_ms: float


def measure(
    fps: Fraction,
    seconds: float,
    *,
    drawn: bool = True,
    kept: Callable[[Path], Path] = lambda song: song,
) -> Sync:
    """Make the video and compare; `kept` may make another file of the song, as a recording is.

    Not `drawn`: each picture is flat, as bright as the bass is strong.

    A drawn picture costs some milliseconds however small it is, a flat one a tenth of one, which
    is what an hour at every rate needs; both move by the same numbers.
    """
    with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
        song = kept(click_song(Path(folder) / "clicks.wav", seconds))
        out = Path(folder) / "clicks.mp4"
        if drawn:
            render(song, out, look=_LOOK, size=_SIZE, fps=fps)
        else:
            _write_flat(song, out, fps)
        heard = click_times(out)
        shown = brightness(out)
        apart = jumps(shown, heard, fps)
    return Sync(
        fps=float(fps),
        minutes=seconds / 60,
        clicks=len(apart),
        worst_frames=float(np.abs(apart).max()),
        mean_frames=float(apart.mean()),
        drift_ms=_drift(middles(shown, heard, fps) * 1000 / float(fps)),
        sound_ms=1000 * _worst(heard, seconds),
    )


def click_song(path: Path, seconds: float) -> Path:
    """A WAV with a click of 1 ms, which has all of the bass in it, each EVERY_SECONDS from the first."""
    click = (30_000 * np.hanning(_CLICK_SAMPLES)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SONG_RATE)
        for index in range(int(seconds / EVERY_SECONDS)):
            begin, end = (round(k * EVERY_SECONDS * _SONG_RATE) for k in (index, index + 1))
            silence = np.zeros(end - begin - len(click), "<i2")
            file.writeframes(np.concatenate([silence, click]).tobytes())
        file.writeframes(np.zeros(_SONG_RATE, "<i2").tobytes())
    return path


def click_times(path: Path) -> list[float]:
    """When each click of a file's sound is at its loudest, in seconds."""
    times: list[float] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            level = np.abs(frame.to_ndarray()[0])
            loudest = int(np.argmax(level))
            if level[loudest] > 0.4 and frame.pts is not None and frame.time_base is not None:
                moment = float(frame.pts * frame.time_base) + loudest / frame.sample_rate
                if not times or moment - times[-1] > 0.5:
                    times.append(moment)
    return times


def brightness(path: Path) -> NDArray[np.float64]:
    """(frames,) the mean luma of each picture."""

    def means() -> Iterator[float]:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                plane = frame.planes[0]
                lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
                yield float(lines[: plane.height, : plane.width].mean())

    return np.fromiter(means(), np.float64)


def jumps(shown: NDArray[np.float64], heard: list[float], fps: Fraction) -> NDArray[np.float64]:
    """(clicks,) how many frames after each click the picture within half a second is brightest."""
    apart = [
        begin + int(np.argmax(near)) - moment * float(fps)
        for moment, begin, near in _around(shown, heard, fps)
    ]
    return np.array(apart)


def middles(shown: NDArray[np.float64], heard: list[float], fps: Fraction) -> NDArray[np.float64]:
    """(clicks,) the same for the middle of the light that a click adds, which is finer than frames."""
    apart = []
    for moment, begin, near in _around(shown, heard, fps):
        added = near - near.min()
        middle = np.average(np.arange(len(near)), weights=added)
        apart.append(begin + middle - moment * float(fps))
    return np.array(apart)


def _around(
    shown: NDArray[np.float64], heard: list[float], fps: Fraction
) -> Iterator[tuple[float, int, NDArray[np.float64]]]:
    """Each click's moment, and the first index and the brightness of the pictures around it."""
    for moment in heard:
        begin = max(0, round((moment - 0.25) * fps))
        yield moment, begin, shown[begin : round((moment + 0.25) * fps)]


def _drift(apart: NDArray[np.float64]) -> tuple[float, float, float]:
    tenth = max(1, len(apart) // 10)
    middle = (len(apart) - tenth) // 2
    first, last = apart[:tenth], apart[-tenth:]
    between = apart[middle : middle + tenth]
    return float(first.mean()), float(between.mean()), float(last.mean())


def _worst(heard: list[float], seconds: float) -> float:
    """The largest difference between clicks that were heard and those of `click_song`, in seconds."""
    begun = np.arange(1, int(seconds / EVERY_SECONDS) + 1) * EVERY_SECONDS
    loudest = begun - (_CLICK_SAMPLES - 1) / 2 / _SONG_RATE
    if len(heard) != len(loudest):
        raise ValueError(f"{len(heard)} clicks were heard of {len(loudest)}")
    return float(np.abs(np.array(heard) - loudest).max())


def _write_flat(song: Path, out: Path, fps: Fraction) -> None:
    sound = audio.load(song)
    bass = bands.listen(sound, fps, rhythm=False).bass
    grey = np.full((18, 32), 128, np.uint8)
    with Writer(out, (64, 36), fps, len(bass), quality=1, audio=sound) as writer:
        for value in bass:
            writer.write(np.full((36, 64), 16 + round(219 * float(value)), np.uint8), grey, grey)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument(
        "--drawn", action="store_true", help="draw real pictures (ten times slower)"
    )
    arguments = parser.parse_args()
    for fps in RATES:
        print(asdict(measure(fps, 60 * arguments.minutes, drawn=arguments.drawn)), flush=True)


if __name__ == "__main__":
    main()
