"""Writes what Python's bands and frames give, for the browser's to be held against.

    python -m tests.vectors.update

Each file is made of `sounds.json`, which holds a part of the demo song and some sounds that are hard
to hear; both test suites read these files.  Arrays are packed: {"float32": base64}.
"""

import base64
import json
import tempfile
import wave
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oriel import audio, bands, demo, drive, frames, look, options, rhythm
from oriel.render import rate_through

PLACE = Path(__file__).parent
RATE = 44_100

Samples = NDArray[np.int16]  # (n,) mono at RATE

HEARD = [
    # sound, frames a second, hearing, bassFrequency, trebleFrequency
    ("demo", "30", "precise", 2, 50),
    ("demo", "60", "precise", 0, 126),
    ("demo", "30000/1001", "precise", 5, 20),
    ("demo", "30", "classic", 2, 50),
    ("demo", "60", "classic", 0, 126),
    ("demo", "24000/1001", "classic", 5, 20),
    *((sound, "25", "precise", 2, 50) for sound in ("silence", "click", "noise", "tone", "fade")),
    *((sound, "25", "classic", 2, 50) for sound in ("silence", "click", "noise", "tone", "fade")),
    ("one", "30", "precise", 2, 50),
    ("one", "30", "classic", 2, 50),
    ("short", "240", "precise", 2, 50),
    ("short", "240", "classic", 2, 50),
]
PLANNED: list[tuple[Any, tuple[int, int]]] = [
    ("default", (1280, 720)),
    ("default", (720, 1280)),
    ("default", (1080, 1080)),
    ("vhs", (2560, 1080)),
    ("constellation", (864, 1080)),
    ("disco", (320, 180)),
    ("tunnel", (1920, 1080)),
    ({"style": "solid", "glow": 1.7, "rotationSpeed": -5, "pulseIntensity": 5}, (640, 360)),
    ({"baseColor": "#0a0b0c", "glowColor": "#ff7f00", "background": "#123456"}, (640, 360)),
    ({"sensitivity": 2.5}, (640, 360)),
    ({"smoothing": 0.123}, (640, 360)),
    ({"smoothing": 1, "sensitivity": 0.5}, (360, 640)),
]
INDICES = (0, 1, 37, 89, 95)  # the last is beyond the end


def vectors() -> dict[str, Callable[[], Any]]:
    """How each file but the sounds is made, by its name."""
    return {
        "bands": _bands,
        "analyser": _analyser,
        "rhythm": _rhythm,
        "drive": _drive,
        "frames": _frames,
        "rates": _rates,
    }


def read(name: str) -> Any:
    """What a file holds."""
    return json.loads((PLACE / f"{name}.json").read_text("utf-8"))


def pack(values: Any) -> dict[str, str]:
    """An array of floats, or of bytes, as text."""
    array = np.ascontiguousarray(values)
    kind, form = ("uint8", "u1") if array.dtype == np.uint8 else ("float32", "<f4")
    return {kind: base64.b64encode(array.astype(form).tobytes()).decode()}


def unpack(packed: dict[str, str]) -> NDArray[Any]:
    """The array again, (n,)."""
    [(kind, text)] = packed.items()
    return np.frombuffer(base64.b64decode(text), kind)


# ----------------------------------------------------------------------------- sounds


def sound(name: str) -> Samples:
    """One of the sounds, (n,) int16 mono at RATE."""
    return np.frombuffer(zlib.decompress(base64.b64decode(read("sounds")[name])), "<i2")


def heard(name: str, fps: str | int, hearing: Any, bass: int, treble: int) -> bands.Bands:
    """What Python hears of one of the sounds."""
    with tempfile.TemporaryDirectory() as folder:
        song = audio.load(_wav(Path(folder) / "sound.wav", sound(name)))
        return bands.listen(
            song,
            Fraction(fps),
            hearing=hearing,
            bass_frequency=bass,
            treble_frequency=treble,
            rhythm=False,
        )


def _sounds() -> dict[str, Samples]:
    chance = np.random.default_rng(7)
    second = np.arange(RATE) / RATE
    steps = np.repeat([0.3, 0.02, 0.6, 0.1], RATE * 3 // 20)
    falling = np.interp(np.arange(RATE * 3 // 2) / RATE, [0, 1.4], [-40, -95])
    tone = np.sin(2 * np.pi * 440 * second)
    click = np.zeros(RATE * 4 // 5)
    click[RATE * 2 // 5] = 0.9
    made = {
        "demo": _part_of_demo(13.5, 16.5),
        "silence": np.zeros(RATE),
        "click": click,
        "noise": steps * chance.standard_normal(len(steps)) / 4,
        "tone": 0.5 * tone,
        "fade": 10 ** (falling / 20) * np.resize(tone, len(falling)) * np.sqrt(2),
        "one": np.array([0.5]),
        "short": chance.standard_normal(100) / 4,
    }
    return {name: np.round(values * 32767).astype(np.int16) for name, values in made.items()}


def _part_of_demo(start: float, end: float) -> NDArray[np.float64]:
    with tempfile.TemporaryDirectory() as folder:
        song = audio.load(demo.write(Path(folder) / "demo.wav"))
        samples = np.concatenate(list(song.blocks(RATE, 1)))
    return samples[round(start * RATE) : round(end * RATE)].astype(np.float64)


def _wav(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


# ----------------------------------------------------------------------------- files


def _bands() -> Iterator[Any]:
    for name, fps, hearing, bass, treble in HEARD:
        found = heard(name, fps, hearing, bass, treble)
        yield {
            "sound": name,
            "options": {
                "fps": fps,
                "hearing": hearing,
                "bassFrequency": bass,
                "trebleFrequency": treble,
            },
            "seconds": found.seconds,
            "bass": pack(found.bass),
            "treble": pack(found.treble),
            "spectrum": [pack(column) for column in found.spectrum.T],
            "level": pack(found.level),
            "onset": pack(found.onset),
            "fine": [pack(column) for column in found.fine.T if len(column)],
        }


def _analyser() -> Iterator[Any]:
    at = [0.0, 0.001, 0.002, 0.1, 0.35, 0.351, 0.5, 0.6, 0.9]
    for name, size, smoothing in [
        ("demo", 256, 0.8),
        ("demo", 2048, 0.5),
        ("noise", 512, 0.0),
        ("click", 32, 0.8),
        ("short", 256, 0.8),
    ]:
        samples = sound(name).astype(np.float32) / 32768
        answers = bands.web_audio_spectrum(samples, RATE, at, size, smoothing)
        yield {
            "sound": name,
            "at": at,
            "fftSize": size,
            "smoothing": smoothing,
            "answers": [pack(answer) for answer in answers],
        }


def _rhythm() -> Iterator[Any]:
    steady = np.arange(30, 1200, 74) / 150
    swinging = np.cumsum([40, 70, 80, 74, 74, 90, 60, 74, 74]) / 150
    for beats, downbeat, fps in [
        (steady, 0, "30"),
        (steady, 2, "30000/1001"),
        (swinging, 3, "60"),
        (swinging[:1], 0, "25"),
        (swinging[:2], 3, "25"),
        (swinging[:0], 0, "25"),
    ]:
        found = rhythm.Rhythm(60 / (74 / 150), beats, downbeat)
        beat, bar = rhythm.phases(found, Fraction(fps), 200)
        yield {
            "tempo": found.tempo,
            "beats": beats.tolist(),
            "downbeat": downbeat,
            "fps": fps,
            "beat": pack(beat),
            "bar": pack(bar),
        }


def _drive() -> Iterator[Any]:
    values = np.random.default_rng(3).random(100).astype(np.float32)
    for reach in (0, 0.5, 1, 1.01, 2, 7.3, 40, 150, 400):
        yield {"values": pack(values), "reach": reach, "eased": pack(drive.eased(values, reach))}


def _frames() -> dict[str, Any]:
    beats = np.arange(0.2, 3, 0.5, dtype=np.float32)
    found = replace(heard("demo", 30, "precise", 2, 50), beats=beats)
    names = ("bass", "treble", "level", "onset", "beats")
    columns = {name: pack(getattr(found, name)) for name in names}
    fine = [pack(column) for column in found.fine.T]
    return {"bands": {"fps": 30, **columns, "fine": fine}, "plans": list(_plans(found))}


def _plans(found: bands.Bands) -> Iterator[Any]:
    for wanted, size in PLANNED:
        chosen = look.load(wanted)
        plan = frames.plan(chosen, found, size=size, radius=3.25, count=max(INDICES) + 1)
        yield {
            "look": chosen.to_json(),
            "size": size,
            "radius": 3.25,
            "still": {name: _plain(value) for name, value in plan.still.items()},
            "uniforms": {index: _uniforms(plan, index) for index in INDICES},
        }


def _uniforms(plan: frames.Frames, index: int) -> dict[str, Any]:
    return {name: _plain(value) for name, value in plan.uniforms(index).items()}


def _plain(value: Any) -> Any:
    return [float(f"{v:.8g}") for v in np.ravel(value)] if np.ndim(value) else value


def _rates() -> dict[str, Any]:
    texts = ("24", "25", "29.97", "23.976", "59.94", "12.5", "30000/1001", "240")
    indices = np.array([0, 1, 2, 5, 59, 1001, 30000, 123456, 10**7])
    moments = (0.0, 0.0004, 0.001, 0.0333, 0.5, 14.033, 16.37, 61.2345, 3600.001)
    beats = np.array([0.5, 1.0, 1.5, 3600.1], np.float32)
    times = [0.0, 0.4999, 0.49995, 0.5, 0.7, 1.0, 2.0, 3600.1, 3601.0]
    return {
        "fractions": [
            {
                "text": text,
                "rate": [rate.numerator, rate.denominator],
                "frames": [bands.frame_count(seconds, rate) for seconds in (1e-5, 1.0, 10.01, 240)],
                "ticks": frames.ticks(indices, rate).tolist(),
            }
            for text, rate in ((text, options.frame_rate(text)) for text in texts)
        ],
        "seconds": [1e-5, 1.0, 10.01, 240],
        "indices": indices.tolist(),
        "stills": [
            {
                "at": at,
                "rate": [rate.numerator, rate.denominator],
                "precise": round(Fraction(at) * rate),
                "classic": round(Fraction(at) * 30),
            }
            for at, rate in ((at, rate_through(at)) for at in moments)
        ],
        "beats": pack(beats),
        "times": times,
        "pulses": pack(frames.pulses(np.array(times), beats)),
    }


def made(name: str) -> Any:
    """What Python gives for a file now, as plain as JSON is."""
    document = vectors()[name]()
    whole = list(document) if isinstance(document, Iterator) else document
    return json.loads(json.dumps(whole))


def main() -> None:
    """Write all of them."""
    packed = {
        name: base64.b64encode(zlib.compress(values.astype("<i2").tobytes(), 9)).decode()
        for name, values in _sounds().items()
    }
    _write("sounds", packed)
    for name in vectors():
        _write(name, made(name))


def _write(name: str, document: Any) -> None:
    text = json.dumps(document, separators=(",", ":")).replace("},{", "},\n{")
    (PLACE / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
