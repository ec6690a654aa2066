"""Songs that lie: each a known trap for whoever decodes, of a kind that chance chooses."""

import base64
import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame

from benchmarks.sounds import RATE, real


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
    told = {"kind": 1, "channels": 1, "rate": RATE, "align": 2, "bits": 16, "claimed": 0} | lies
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
    if chance.random() < 0.3:  # a Sun audio file, whose head has nothing that could disagree
        return b".snd" + struct.pack(">5I", 24, 2**32 - 1, 3, RATE, count) + chance.randbytes(9_000)
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


def _lying_large_wav(chance: random.Random) -> bytes:
    """An RF64, whose lengths of 64 bits stand in a chunk of their own; EBU Tech 3306."""
    lengths = [chance.choice((0, 1, 4_000, 2**32, 2**63 - 1, 2**64 - 1)) for _ in range(3)]
    more = b"ds64" + struct.pack("<I3QI", 28, *lengths, 0)
    plain = _wav(chance, claimed=2**32 - 1)
    return b"RF64" + b"\xff" * 4 + b"WAVE" + more + plain[12:]


def _changing_rates(chance: random.Random) -> bytes:
    """Rates and channels that change from part to part, in one stream or a chain of them."""
    kind = chance.choice(("mp3", "adts", "ogg", "flac"))
    rates = (RATE,) if kind == "ogg" else (16_000, 24_000, 32_000, 44_100, 48_000)
    layouts = ("mono", "stereo")
    return b"".join(
        real(kind, chance.choice(rates), 0.1, layout=chance.choice(layouts)) for _ in range(8)
    )


def _leaping_moments(chance: random.Random) -> bytes:
    """Packets that claim to come years after those before them: what lies between is no song."""
    kind = chance.choice(("matroska", "webm", "mp4", "ogg"))
    return real(kind, leap=chance.choice((10**6, 10**9, 2**31, 2**40)))


def _many_streams(chance: random.Random) -> bytes:
    kind = chance.choice(("matroska", "mp4"))
    return real(kind, seconds=0.1, streams=chance.choice((2, 8, 60)))


def _swelling_cover(chance: random.Random) -> bytes:
    """A picture of 65,535 x 65,535 where songs keep theirs; nobody has any need to unpack it."""
    picture = _swelling_picture(chance)
    where = chance.choice(("mp3", "mp3", "flac", "ogg", "mp4"))
    if where == "mp3":
        return _tag(b"APIC", b"\0image/png\0\x03\0" + picture, chance.randint(1, 20)) + real("mp3")
    if where == "mp4":
        return _with_cover(real("mp4"), picture)
    block = struct.pack(">II9sI", 3, 9, b"image/png", 0) + struct.pack(">4I", 2**31, 2**31, 24, 0)
    block += struct.pack(">I", chance.choice((len(picture), 0, 2**32 - 1))) + picture
    if where == "ogg":
        return real("ogg", tag=base64.b64encode(block).decode())
    whole = real("flac")  # its first block, of 38 bytes behind the mark, is no more the last one
    head = struct.pack(">I", 6 << 24 | len(block)) + block
    return whole[:4] + bytes([whole[4] & 0x7F]) + whole[5:42] + head + whole[42:]


def _with_cover(whole: bytes, picture: bytes) -> bytes:
    """An MP4, whose last box is its "moov", with a picture as iTunes keeps it."""

    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", 8 + len(body)) + name + body

    cover = box(b"covr", box(b"data", struct.pack(">II", 14, 0) + picture))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    kept = box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", cover)))
    at = whole.rindex(b"moov") - 4
    size = struct.unpack_from(">I", whole, at)[0]
    return whole[:at] + struct.pack(">I", size + len(kept)) + whole[at + 4 :] + kept


def _tag(name: bytes, body: bytes, times: int) -> bytes:
    """An ID3v2.3 tag with the same frame several times."""
    frames = (name + struct.pack(">I", len(body)) + b"\0\0" + body) * times
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frames


def _swelling_picture(chance: random.Random) -> bytes:
    side = chance.choice((30_000, 65_535, 2**31 - 1))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(4 << 20), 9)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


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
    _lying_large_wav,
    _changing_rates,
    _leaping_moments,
    _many_streams,
    _swelling_cover,
    _endless_tag,
    _polyglot,
)
