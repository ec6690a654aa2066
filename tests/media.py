"""Real sound files made for tests with PyAV, from arrays of our own: no recordings are needed."""

import struct
import wave
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.stream import Disposition
from numpy.typing import NDArray

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 6: "5.1", 8: "7.1"}
_CODECS = {
    ".wav": "pcm_s16le",
    ".mp3": "libmp3lame",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".m4a": "aac",
    ".mp4": "aac",
    ".mkv": "aac",
    ".aiff": "pcm_s16be",
    ".avi": "pcm_s16le",
    ".au": "pcm_s16be",
    ".caf": "alac",
    ".mov": "aac",
    ".tta": "tta",
    ".webm": "libopus",
    ".wv": "wavpack",
}
_DTYPES = {"s16": "<i2", "s32": "<i4", "u8": "u1", "flt": "<f4", "dbl": "<f8"}


def write(
    path: Path,
    samples: NDArray[Any],
    rate: int,
    codec: str | None = None,
    tags: dict[str, str] | None = None,
    bit_rate: int | None = None,
) -> Path:
    """Encode float samples, (n,) or (n, channels) in -1..1, into whatever `path` is named for."""
    planes = np.atleast_2d(np.asarray(samples, np.float64).T)
    codec = codec or _CODECS[path.suffix]
    if codec == "vorbis" and len(planes) == 1:
        planes = np.repeat(planes, 2, axis=0)  # FFmpeg's own encoder has stereo only
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        stream: Any = container.add_stream(codec, rate=rate, layout=_LAYOUTS[len(planes)])
        if codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
        if bit_rate:
            stream.bit_rate = bit_rate
        sample = stream.codec_context.format.name
        array = _quantised(planes, sample)
        step = 1024 * (1 if sample.endswith("p") else len(planes))
        for begin in range(0, array.shape[1], step):
            part = np.ascontiguousarray(array[:, begin : begin + step])
            frame = AudioFrame.from_ndarray(part, sample, _LAYOUTS[len(planes)])
            frame.sample_rate = rate
            frame.pts = begin // (1 if sample.endswith("p") else len(planes))
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def _quantised(planes: NDArray[np.float64], sample: str) -> NDArray[Any]:
    """(channels, n) for planar formats, (1, n × channels) for packed ones."""
    dtype = np.dtype(_DTYPES[sample.removesuffix("p")])
    if dtype.kind == "f":
        array = planes.astype(dtype)
    elif dtype.kind == "u":
        array = np.round(np.clip(planes, -1, 1) * 127 + 128).astype(dtype)
    else:
        full = float(np.iinfo(dtype).max)
        array = np.round(np.clip(planes, -1, 1) * full).astype(dtype)
    return array if sample.endswith("p") else array.T.reshape(1, -1)


def clicks(seconds: float, every: float, rate: int, first: float | None = None) -> NDArray[Any]:
    """(n,) samples of silence with one click, 1 ms of decaying 3 kHz, at each multiple of `every`.

    The first click is at `first` (default: `every`).  The click's first sample is its loudest.
    """
    samples = np.zeros(round(seconds * rate), np.float32)
    time = np.arange(max(2, round(0.001 * rate))) / rate
    click = 0.9 * np.exp(-time / 0.0004) * np.cos(2 * np.pi * 3000 * time)
    moment = every if first is None else first
    while round(moment * rate) + len(click) <= len(samples):
        begin = round(moment * rate)
        samples[begin : begin + len(click)] = click
        moment += every
    return samples


def click_track(path: Path, seconds: float, clicks_every: float, rate: int = 44_100) -> Path:
    """A file of silence with a click at each multiple of `clicks_every` seconds (not at 0)."""
    return write(path, clicks(seconds, clicks_every, rate), rate)


def song(seconds: float, rate: int = 44_100, beats_per_minute: float = 120.0) -> NDArray[Any]:
    """(n, 2) samples of a plain song: kick on each beat, snare on 2 and 4, hats, a bass, a chord."""
    time = np.arange(round(seconds * rate)) / rate
    beat = 60.0 / beats_per_minute
    since_beat = time % beat
    kick = np.exp(-since_beat / 0.08) * np.sin(
        2 * np.pi * (50 + 90 * np.exp(-since_beat / 0.03)) * since_beat
    )
    noise = np.random.default_rng(7).standard_normal(len(time))
    snare = np.exp(-((time + beat) % (2 * beat)) / 0.06) * noise
    hats = np.exp(-(time % (beat / 2)) / 0.015) * np.diff(noise, prepend=0.0)
    notes = 55.0 * 2 ** (np.array([0, 0, 3, 5])[(time // (4 * beat)).astype(int) % 4] / 12)
    phase = 2 * np.pi * np.cumsum(notes) / rate
    chord = np.sin(4 * phase) + np.sin(5 * phase) + np.sin(6 * phase)
    left = 0.5 * kick + 0.15 * snare + 0.05 * hats + 0.15 * np.sin(phase) + 0.04 * chord
    right = 0.5 * kick + 0.12 * snare + 0.07 * hats + 0.15 * np.sin(phase) + 0.04 * chord
    return np.stack([left, right], axis=1)


def encoded(song: Path, out: Path) -> Path:
    """The mono sound of a file of 16-bit samples anew, as what `out` is named for."""
    with av.open(str(song)) as source:
        frames = [frame.to_ndarray()[0] for frame in source.decode(audio=0)]
        rate = source.streams.audio[0].rate
    return write(out, np.concatenate(frames) / 32_768, rate)


def without(
    path: Path, out: Path, missing: Callable[[int], bool], late: Sequence[int] | None = None
) -> Path:
    """The sound of a file without the packets of these numbers, the others at their own times.

    Or so much `late`, each by its number, in units of the file's time.
    """
    with av.open(str(path)) as source, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        for index, packet in enumerate(source.demux(audio=0)):
            if packet.size and not missing(index):
                if late is not None and packet.pts is not None:
                    packet.pts = packet.dts = packet.pts + int(late[index])
                packet.stream = stream
                container.mux(packet)
    return out


def id3_with_cover() -> bytes:
    """An ID3v2.3 tag that holds nothing but a PNG, as the first bytes of an MP3."""
    picture = _png()
    body = b"\0image/png\0\x03\0" + picture
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame


def _png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x80\x20\xd0" * 16) * 16)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_cover_and_chapters(path: Path, out: Path) -> Path:
    """The sound of a file beside a picture, its cover, and two chapters where `out` has such."""
    cover = np.full((16, 16, 3), 90, np.uint8)
    kind = "mp4" if out.suffix == ".m4a" else None  # "ipod", its own, has no PNG
    with av.open(str(path)) as source, av.open(str(out), "w", format=kind) as container:
        sound = container.add_stream_from_template(source.streams.audio[0])
        picture: Any = container.add_stream("png")
        picture.width, picture.height, picture.pix_fmt = 16, 16, "rgb24"
        picture.disposition = Disposition.attached_pic
        container.set_chapters([_chapter(1, 0, 500), _chapter(2, 500, 1_000)])
        shown = av.VideoFrame.from_ndarray(cover, "rgb24")
        container.mux([*picture.encode(shown), *picture.encode(None)])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = sound
                container.mux(packet)
    return out


def _chapter(number: int, start: int, end: int) -> Any:
    times = {"start": start, "end": end, "time_base": Fraction(1, 1_000)}
    return {"id": number, **times, "metadata": {"title": f"Chapter {number}"}}


def video(
    path: Path, samples: NDArray[Any] | None, rate: int = 44_100, seconds: float = 2.0
) -> Path:
    """A small moving picture, with mono sound where `samples` are given."""
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound: Any = None
        if samples is not None:
            sound = container.add_stream("aac", rate=rate, layout="mono")
        for index in range(round(seconds * 25)):
            image = np.full((48, 64, 3), index % 256, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(pictures.encode(None))
        if sound is not None and samples is not None:
            frame = AudioFrame.from_ndarray(np.float32(samples)[None], "fltp", "mono")
            frame.sample_rate, frame.pts = rate, 0
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def noise(path: Path, seconds: int, rate: int = 8_000) -> Path:
    """A WAV of 8 bits of noise with a click each half second, 29 MB an hour: nothing is silent."""
    second = np.random.default_rng(1).integers(96, 160, rate).astype(np.uint8)
    second[:: rate // 2] = 255
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        for _ in range(seconds):
            file.writeframes(second.tobytes())
    return path


def silence(path: Path, seconds: int, rate: int = 44_100) -> Path:
    """Digital silence, written while it is made: hours need no memory, and little room as FLAC."""
    second = np.zeros((1, rate), np.int16)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=rate, layout="mono")
        for index in range(seconds):
            frame = AudioFrame.from_ndarray(second, "s16", "mono")
            frame.sample_rate, frame.pts = rate, index * rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
