"""A number in, a hostile song out: real media, wounded or lying, the same for the same number.

Some are known traps (a false count of frames, ten hours in five megabytes, 255 channels, rates
that change, WAV headers that lie, pictures that swell); the others are wounds at places of chance.
"""

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame

_RATE = 48_000  # which every one of these codecs takes
# Container and codec of each kind of real file that is wounded.
KINDS = {
    "wav": "pcm_s16le",
    "mp3": "libmp3lame",
    "flac": "flac",
    "ogg": "libopus",
    "mp4": "aac",
    "matroska": "aac",
    "aiff": "pcm_s16be",
    "au": "pcm_s16be",
    "caf": "alac",
    "tta": "tta",
    "wv": "wavpack",
    "adts": "aac",
    "avi": "pcm_s16le",
    "webm": "libopus",
}


@cache
def real(kind: str, rate: int = _RATE, seconds: float = 0.5) -> bytes:
    """A sound song of a kind: a tone with a little noise."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).standard_normal(len(time))
    samples = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.01 * noise
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(KINDS[kind], rate=rate, layout="mono")
        resampler = av.AudioResampler(stream.format.name, "mono", rate, stream.frame_size or 1024)
        frame = AudioFrame.from_ndarray(np.float32(samples)[None], "fltp", "mono")
        frame.sample_rate, frame.pts = rate, 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def song(number: int) -> tuple[str, bytes]:
    """What was done, and the file."""
    chance = random.Random(number)
    if number % 4 == 0:
        trap = chance.choice(TRAPS)
        return trap.__name__.strip("_"), trap(chance)
    kind = chance.choice(sorted(KINDS))
    return f"wounded {kind}", _wounded(real(kind), chance)


def _wounded(content: bytes, chance: random.Random) -> bytes:
    wounded = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        # Most of what is believed stands at the head, and some at the end.
        place = int(len(wounded) * chance.choice((chance.random() ** 4, chance.random(), 0.999)))
        data = chance.randbytes(chance.choice((1, 1, 2, 4, 8, 64)))
        deed = chance.randrange(6)
        if deed == 0:
            wounded[place : place + len(data)] = data
        elif deed == 1:
            wounded[place : place + len(data)] = b"\xff" * len(data)
        elif deed == 2:
            del wounded[place : place + 10 * len(data)]
        elif deed == 3:
            wounded[place:place] = data
        elif deed == 4:
            wounded[place:place] = wounded[place : place + 50 * len(data)]
        else:
            other = real(chance.choice(sorted(KINDS)))
            wounded[place:] = other[min(place, len(other) // 2) :]
    return bytes(wounded)


def _false_frame_count(chance: random.Random) -> bytes:
    content = bytearray(real("mp3"))
    place = max(content.find(b"Xing"), content.find(b"Info"))
    content[place + 8 : place + 12] = struct.pack(">I", chance.choice((0, 1, 2**31, 2**32 - 1)))
    return bytes(content)


def _false_sample_count(chance: random.Random) -> bytes:
    content = bytearray(real("flac"))
    content[21:26] = chance.randbytes(5)  # STREAMINFO's last bits of rate, channels, samples
    return bytes(content)


@lru_cache(maxsize=1)
def ten_hours() -> bytes:
    """Ten hours of silence, which FLAC keeps in a few megabytes."""
    file = io.BytesIO()
    silence = np.zeros((1, 8_000 * 60), np.int16)
    with av.open(file, "w", format="flac") as container:
        stream: Any = container.add_stream("flac", rate=8_000, layout="mono")
        for minute in range(600):
            frame = AudioFrame.from_ndarray(silence, "s16", "mono")
            frame.sample_rate, frame.pts = 8_000, minute * 8_000 * 60
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _ten_hours_of_silence(chance: random.Random) -> bytes:
    whole = ten_hours()
    return whole[: chance.randint(len(whole) // 2, len(whole))]


def _wav(chance: random.Random, **lies: int) -> bytes:
    told = {"kind": 1, "channels": 1, "rate": _RATE, "align": 2, "bits": 16, "claimed": 0} | lies
    body = chance.randbytes(4_000)
    claimed = told["claimed"] or len(body)
    head = struct.pack(
        "<IHHIIHH",
        *(16, told["kind"], told["channels"], told["rate"]),
        *(told["rate"] * 2 % 2**32, told["align"], told["bits"]),
    )
    data = b"fmt " + head + b"data" + struct.pack("<I", claimed % 2**32) + body
    return (
        b"RIFF" + struct.pack("<I", chance.choice((len(data) + 4, 0, 2**32 - 1))) + b"WAVE" + data
    )


def _many_channels(chance: random.Random) -> bytes:
    count = chance.choice((9, 64, 255, 256, 65_535))
    return _wav(chance, channels=count, align=2 * count % 65_536)


def _lying_wav(chance: random.Random) -> bytes:
    lies = {
        "kind": chance.choice((0, 1, 2, 3, 6, 7, 0x55, 0xFFFE, 0xFFFF)),
        "rate": chance.choice((0, 1, 999, 8_000, 768_001, 2**31, 2**32 - 1)),
        "align": chance.choice((0, 1, 3, 65_535)),
        "bits": chance.choice((0, 1, 8, 15, 24, 32, 64, 65_535)),
        "claimed": chance.choice((1, 2**31, 2**32 - 1)),
    }
    return _wav(chance, **dict(chance.sample(sorted(lies.items()), 3)))


def _changing_rates(chance: random.Random) -> bytes:
    kind = chance.choice(("mp3", "adts"))
    rates = [chance.choice((16_000, 24_000, 32_000, 44_100, 48_000)) for _ in range(8)]
    return b"".join(real(kind, rate, 0.1) for rate in rates)


def _swelling_cover(chance: random.Random) -> bytes:
    """A picture of 65,535 x 65,535 in a tag; nobody has any need to unpack it."""
    side = chance.choice((30_000, 65_535, 2**31 - 1))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(4 << 20), 9)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    body = b"\0image/png\0\x03\0" + picture
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    frames = frame * chance.randint(1, 20)
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frames + real("mp3")


def _endless_tag(chance: random.Random) -> bytes:
    size = chance.choice((b"\x7f\x7f\x7f\x7f", b"\xff\xff\xff\xff", b"\0\0\0\0"))
    text = b"TIT2" + struct.pack(">I", 2**31 - 1) + b"\0\0\x03" + b"<script>" * 500
    return b"ID3" + bytes([chance.choice((2, 3, 4, 255))]) + b"\0\0" + size + text + real("mp3")


def _polyglot(chance: random.Random) -> bytes:
    """A song to one reader, a page, a list or a program to another."""
    other = chance.choice(
        (
            b"<html><script>alert(1)</script>",
            b"#EXTM3U\nfile:///etc/passwd\n",
            b"\x7fELF\x02\x01",
            b"PK\x03\x04",
        )
    )
    whole = real(chance.choice(("mp3", "flac", "ogg")))
    return (
        whole + other * 100 if chance.random() < 0.5 else b"ID3\x03\0\0\0\0\x10\0" + other + whole
    )


TRAPS: tuple[Callable[[random.Random], bytes], ...] = (
    _false_frame_count,
    _false_sample_count,
    _ten_hours_of_silence,
    _many_channels,
    _lying_wav,
    _changing_rates,
    _swelling_cover,
    _endless_tag,
    _polyglot,
)
