"""How fast and in how much memory a song is heard: decoding and bands, with and without the beat.

Each figure comes from a child process of its own that may use one core.  "Times real time" is the
song's length over the wall clock from `audio.load` to the finished `Bands`, the best of three.

    python -m benchmarks.bench_bands
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from oriel import audio, bands, demo

RATE = 44_100
SONG_SECONDS = 240
SHORT_SECONDS, LONG_SECONDS = 300, 3_600
GOALS = {"bands": 100.0, "bands_and_beat": 20.0}


def measure() -> dict[str, Any]:
    """Times real time, and the seconds that librosa's first use costs."""
    with tempfile.TemporaryDirectory() as folder:
        song = repeated(Path(folder, "song.mp3"), "libmp3lame", SONG_SECONDS)
        turns = [_in_child(song, rhythm=rhythm) for rhythm in (False, True, False, True)]
    plain = min(turns[0::2], key=lambda one: one["seconds"])
    beat = min(turns[1::2], key=lambda one: one["seconds"])
    return {
        "song": f"{SONG_SECONDS} s of MP3, 44.1 kHz stereo, one core",
        "bands_times_real_time": round(SONG_SECONDS / plain["seconds"], 1),
        "bands_and_beat_times_real_time": round(SONG_SECONDS / beat["seconds"], 1),
        "first_beat_costs_seconds": round(beat["first"] - beat["seconds"], 2),
        "goals": GOALS,
    }


def memory() -> dict[str, Any]:
    """Peak megabytes of hearing five minutes, an hour, the beat included, and hours of silence."""
    with tempfile.TemporaryDirectory() as folder:
        short = repeated(Path(folder, "short.flac"), "flac", SHORT_SECONDS)
        long = repeated(Path(folder, "long.flac"), "flac", LONG_SECONDS)
        silence = _in_child(_silence(Path(folder, "silence.flac")), rhythm=False, times=1)
        return {
            "peak_mb_5_minutes": _in_child(short, rhythm=True)["peak_mb"],
            "peak_mb_60_minutes": _in_child(long, rhythm=True)["peak_mb"],
            "ten_hours_of_silence_seconds": round(silence["seconds"], 1),
            "ten_hours_of_silence_peak_mb": silence["peak_mb"],
        }


def repeated(path: Path, codec: str, seconds: int) -> Path:
    """The demo song, over and over, encoded while it is made."""
    source = audio.load(demo.write(path.with_suffix(".once.wav")))
    once = np.concatenate(list(source.blocks(RATE, 2)))
    whole = np.round(np.clip(once, -1, 1) * 32_767).astype(np.int16)
    layout: dict[str, Any] = {"rate": RATE, "layout": "stereo"}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, **layout)
        planar = stream.codec_context.format.name.endswith("p")
        for begin in range(0, seconds * RATE, 4_096):
            index = np.arange(begin, min(begin + 4_096, seconds * RATE)) % len(whole)
            part = whole[index].T if planar else whole[index].reshape(1, -1)
            kind = "s16p" if planar else "s16"
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), kind, "stereo")
            frame.sample_rate, frame.pts = RATE, begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _silence(path: Path) -> Path:
    """Ten hours in some megabytes: what would be six gigabytes of floats, were it held."""
    minute: Any = np.zeros((1, 60 * RATE), np.int16)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=RATE, layout="mono")
        for index in range(600):
            frame = av.AudioFrame.from_ndarray(minute, "s16", "mono")
            frame.sample_rate, frame.pts = RATE, index * 60 * RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _in_child(path: Path, rhythm: bool, times: int = 3) -> dict[str, float]:
    words = [str(path), str(int(rhythm)), str(times)]
    command = [sys.executable, "-m", "benchmarks.bench_bands", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _hear(path: Path, rhythm: bool, count: int) -> dict[str, float]:
    """Seconds of the first hearing and of the best, and the peak of memory so far."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    times = []
    for _ in range(count):
        begins = time.perf_counter()
        bands.listen(audio.load(path), Fraction(30), rhythm=rhythm)
        times.append(time.perf_counter() - begins)
    peak = _peak_kib() // 1024
    return {"first": times[0], "seconds": min(times), "peak_mb": peak}


def _peak_kib() -> int:
    # Not ru_maxrss, which begins with what the parent process held.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(_hear(Path(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3]))))
    else:
        print(json.dumps(measure() | memory(), indent=2))
