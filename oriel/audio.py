"""A song's file goes in, checked; its samples come out as float32 blocks while it is decoded.

Everything is streamed through FFmpeg's libraries (PyAV).  Nothing that a header says about length is
believed: the song is as long as what decodes.  Encoder delay (MP3's LAME tag, MP4's edit list,
Opus' pre-skip) is removed by FFmpeg, so that time 0 is the music's first sample.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from oriel import downmix
from oriel.errors import BadAudio

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

LONGEST_SECONDS = 24 * 3600
MOST_CHANNELS = 8
RATES = range(1_000, 768_001)
"""Hz; above is what no converter makes, below a small file would swell a thousandfold."""

_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,tak,tta,w64,wav,webm,wv"
)
_BLOCK = 32_768
_LOUDEST = 65_536.0  # 96 dB over full scale: float files may pass 1.0, but not overflow a square
_FRUITLESS_PACKETS = 100_000
_READ_ERRORS = 100
_LONGEST_GAP_SECONDS = 10.0
_MOST_SILENCE_SECONDS = 120.0  # in all: timestamps may lie
_SHORTEST_GAP_SECONDS = 0.04
_SHORTEST_DAMAGE_SECONDS = 0.002


@dataclass(frozen=True)
class Audio:
    """An opened and checked song.  It holds no samples: each `blocks` decodes anew.

    `rate` is the file's own, in Hz; `title` and `artist` are its tags.
    """

    path: Path
    rate: int
    channels: int
    codec: str
    title: str | None = None
    artist: str | None = None

    def blocks(
        self, rate: int, channels: Literal[1, 2], start: float = 0.0
    ) -> Iterator[NDArray[np.float32]]:
        """Float32 blocks, (n,) mono or (n, 2) stereo at `rate` Hz, from `start` seconds on.

        The same samples come whatever `start` is: they are decoded from the beginning and dropped.
        Parts of the file that are broken are left out, or silent where their length is known.
        Raises BadAudio when nothing can be decoded.
        """
        skip = round(start * rate)
        for block in _resampled(self.path, rate, channels):
            kept = block[:, skip:]
            skip = max(0, skip - block.shape[1])
            if kept.shape[1]:
                yield kept[0] if channels == 1 else np.ascontiguousarray(kept.T)


def load(path: str | Path) -> Audio:
    """Open a song, decode its first samples and tell what it is; BadAudio if it is no sound."""
    path = Path(path)
    _check_file(path)
    with _opened(path) as (container, stream):
        _, first = next(_frames(path, container, stream), (0.0, None))
        if first is None:
            raise BadAudio(f"Nothing of the sound in {path.name} can be decoded.")
        return Audio(
            path,
            first.sample_rate,
            first.layout.nb_channels,
            stream.codec_context.name,
            _tag("title", container, stream),
            _tag("artist", container, stream),
        )


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise BadAudio(f"There is no song at {path}: {_reason(error)}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise BadAudio(f"{path} is a folder; a song is one file.")
    if not stat.S_ISREG(status.st_mode):
        raise BadAudio(f"{path} is a device or a pipe; a song must be a file.")
    if status.st_size == 0:
        raise BadAudio(f"{path.name} is empty.")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


@contextmanager
def _opened(path: Path) -> "Iterator[tuple[InputContainer, AudioStream]]":
    """The file's container and its best sound track, with networks and playlists out of reach."""
    import av
    import av.logging

    av.logging.set_level(None)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(
            str(path.absolute()), "r", container_options=options, metadata_errors="replace"
        )
    except PermissionError as error:
        raise BadAudio(f"{path} may not be read: permission denied.") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadAudio(f"{path.name} is not a sound file that Oriel can read.") from error
    with container:
        yield container, _sound_track(path, container)


def _sound_track(path: Path, container: "InputContainer") -> "AudioStream":
    from av.stream import Discard

    stream = container.streams.best("audio")
    if stream is None:
        raise BadAudio(f"{path.name} has no sound in it.")
    if stream.codec_context is None:
        raise BadAudio(f"The sound in {path.name} is of a kind that has no decoder here.")
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    stream.codec_context.thread_count = 1
    return stream  # type: ignore[return-value]  # best("audio") gives sound


def _tag(name: str, container: "InputContainer", stream: "AudioStream") -> str | None:
    for tags in (container.metadata, stream.metadata):
        for key, value in tags.items():
            if key.lower() == name and value.strip():
                return value.replace("\0", " ").strip()
    return None


def _frames(
    path: Path, container: "InputContainer", stream: "AudioStream"
) -> "Iterator[tuple[float, AudioFrame]]":
    """Every frame that decodes, after the seconds of silence that stand for what is missing."""
    expected: float | None = None
    patience = _MOST_SILENCE_SECONDS
    for frame, after_damage in _decoded(container, stream):
        _check_frame(path, frame)
        begins = frame.time
        gap = 0.0 if begins is None or expected is None else begins - expected
        shortest = _SHORTEST_DAMAGE_SECONDS if after_damage else _SHORTEST_GAP_SECONDS
        if not shortest < gap < min(_LONGEST_GAP_SECONDS, patience):
            gap = 0.0
        patience -= gap
        yield gap, frame
        if begins is None:
            begins = expected
        expected = None if begins is None else begins + frame.samples / frame.sample_rate


def _check_frame(path: Path, frame: "AudioFrame") -> None:
    if frame.layout.nb_channels > MOST_CHANNELS:
        raise BadAudio(
            f"{path.name} has {frame.layout.nb_channels} channels; at most {MOST_CHANNELS} are heard."
        )
    if frame.sample_rate not in RATES:
        raise BadAudio(
            f"{path.name} claims {frame.sample_rate} samples a second; "
            f"only {RATES.start} to {RATES.stop - 1} are possible."
        )


def _decoded(
    container: "InputContainer", stream: "AudioStream"
) -> "Iterator[tuple[AudioFrame, bool]]":
    """Each frame with sound in it, and whether a broken packet was left out just before it."""
    import av

    fruitless, damaged = 0, False
    for packet in _packets(container, stream):
        try:
            frames = stream.codec_context.decode(packet)
        except (av.FFmpegError, ValueError):
            frames, damaged = [], True
        fruitless = 0 if frames else fruitless + 1
        if fruitless > _FRUITLESS_PACKETS:
            return
        for frame in frames:
            if frame.samples > 0:
                yield frame, damaged
                damaged = False


def _packets(
    container: "InputContainer", stream: "AudioStream"
) -> "Iterator[Packet[AudioStream] | None]":
    """The track's packets, reading on after damage, then None (which empties the decoder)."""
    import av

    errors = 0
    while errors < _READ_ERRORS:
        try:
            for packet in container.demux(stream):
                if packet.size:
                    errors = 0
                    yield packet
            break
        except av.error.InvalidDataError:
            errors += 1
        except (av.FFmpegError, OSError):
            break
    yield None


@dataclass(frozen=True)
class _Kind:
    """What must stay the same for frames to be joined into one block."""

    rate: int
    speakers: tuple[str, ...]
    planar: bool
    sample: str


def _kind(frame: "AudioFrame") -> _Kind:
    speakers = tuple(channel.name for channel in frame.layout.channels)
    if len(speakers) != frame.layout.nb_channels:
        speakers = ("?",) * frame.layout.nb_channels
    return _Kind(frame.sample_rate, speakers, frame.format.is_planar, frame.format.name)


def _native(path: Path, channels: Literal[1, 2]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Blocks of (channels, n) at the file's own rate, each with that rate."""
    kind: _Kind | None = None
    parts: list[NDArray[Any]] = []
    held = 0
    with _opened(path) as (container, stream):
        for silence, frame in _frames(path, container, stream):
            now = _kind(frame)
            if kind is not None and parts and (silence or now != kind or held >= _BLOCK):
                yield kind.rate, _mixed(kind, parts, channels)
                parts, held = [], 0
            if silence:
                yield now.rate, np.zeros((channels, round(silence * now.rate)), np.float32)
            kind = now
            parts.append(frame.to_ndarray())
            held += frame.samples
    if kind is not None and parts:
        yield kind.rate, _mixed(kind, parts, channels)


def _mixed(kind: _Kind, parts: list[NDArray[Any]], channels: Literal[1, 2]) -> NDArray[np.float32]:
    count = len(kind.speakers)
    if kind.planar:
        planes = _floats(np.concatenate(parts, axis=1))
    else:
        planes = _floats(np.concatenate(parts, axis=1)).reshape(-1, count).T
    if kind.sample.startswith(("flt", "dbl")):
        planes = _finite(planes)
    return np.stack([_sum(row, planes) for row in downmix.weights(kind.speakers, channels)])


def _finite(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is no number, or absurdly loud, is silence or held."""
    if planes.min() >= -_LOUDEST and planes.max() <= _LOUDEST:
        return planes
    known = np.nan_to_num(planes, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(known, -_LOUDEST, _LOUDEST)


def _sum(weights: NDArray[np.float32], planes: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.zeros(planes.shape[1], np.float32)
    for weight, plane in zip(weights, planes, strict=True):
        if weight:
            total += weight * plane
    return total


def _floats(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Integers of any width as floats in -1..1; floats as they are."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / np.float32(128.0)
    if samples.dtype.kind == "i":
        scale = np.float32(1.0 / -float(np.iinfo(samples.dtype).min))
        return samples.astype(np.float32) * scale
    with np.errstate(over="ignore"):
        return samples.astype(np.float32, copy=False)


def _resampled(path: Path, rate: int, channels: Literal[1, 2]) -> Iterator[NDArray[np.float32]]:
    """Blocks of (channels, n) at `rate` Hz; the file's rate may change on the way."""
    resampler: AudioResampler | None = None
    source = rate
    left = LONGEST_SECONDS * rate
    for now, block in _native(path, channels):
        if now != source:
            yield from _flushed(resampler)
            source, resampler = now, None if now == rate else _resampler(rate, channels)
        for done in [block] if resampler is None else _converted(resampler, block, source):
            left -= done.shape[1]
            if left < 0:
                raise BadAudio(
                    f"{path.name} plays longer than {LONGEST_SECONDS // 3600} hours, "
                    "the longest that can be heard."
                )
            yield done
    yield from _flushed(resampler)


def _resampler(rate: int, channels: int) -> "AudioResampler":
    from av.audio.resampler import AudioResampler

    return AudioResampler("fltp", "mono" if channels == 1 else "stereo", rate)


def _converted(
    resampler: "AudioResampler", block: NDArray[np.float32], source: int
) -> list[NDArray[np.float32]]:
    from av.audio.frame import AudioFrame

    layout = "mono" if len(block) == 1 else "stereo"
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", layout)
    frame.sample_rate = source
    return [out.to_ndarray() for out in resampler.resample(frame)]  # type: ignore[misc]


def _flushed(resampler: "AudioResampler | None") -> Iterator[NDArray[np.float32]]:
    if resampler is not None:
        for frame in resampler.resample(None):
            yield frame.to_ndarray()  # type: ignore[misc]  # "fltp" is float32
