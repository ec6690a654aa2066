"""An opened sound track goes in; float32 blocks at one rate, mono or stereo, come out.

Packets that are broken are left out.  Where timestamps tell how long the missing sound was, silence
takes its place, so that what follows keeps its time; they are believed within reason only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from oriel import downmix

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

MOST_CHANNELS = 8
RATES = range(1_000, 768_001)
"""Hz; above is what no converter makes, below a small file would swell a thousandfold."""

_DTYPES = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}
_BLOCK = 32_768
_LOUDEST = 65_536.0  # 96 dB over full scale: float files may pass 1.0, but not overflow a square
_FRUITLESS_PACKETS = 100_000
_READ_ERRORS = 100
_LONGEST_GAP_SECONDS = 10.0
_MOST_SILENCE_SECONDS = 120.0  # in all: timestamps may lie
_SHORTEST_GAP_SECONDS = 0.04
_SHORTEST_DAMAGE_SECONDS = 0.002
_UNTIMED = ("aac", "loas")  # their times are reckoned from the first packet's rate alone


def blocks(
    container: "InputContainer", stream: "AudioStream", rate: int, channels: Literal[1, 2]
) -> Iterator[NDArray[np.float32]]:
    """Blocks of (channels, n) at `rate` Hz; the file's own rate may change on the way."""
    resampler: AudioResampler | None = None
    source = rate
    for now, block in _native(container, stream, channels):
        if now != source:
            yield from _flushed(resampler)
            source, resampler = now, None if now == rate else _resampler(rate, channels)
        if resampler is None:
            yield block
        else:
            yield from _resampled(resampler, block, source)
    yield from _flushed(resampler)


def frames(
    container: "InputContainer", stream: "AudioStream"
) -> "Iterator[tuple[AudioFrame, bool]]":
    """Each frame with sound in it, and whether a broken packet was left out just before it."""
    import av

    fruitless, damaged = 0, False
    for packet in _packets(container, stream):
        try:
            decoded = stream.codec_context.decode(packet)
        except (av.FFmpegError, ValueError):
            decoded, damaged = [], True
        fruitless = 0 if decoded else fruitless + 1
        if fruitless > _FRUITLESS_PACKETS:
            return
        for frame in decoded:
            if frame.samples > 0:
                yield frame, damaged
                damaged = False


def why_unheard(frame: "AudioFrame") -> str | None:
    """What stands against this frame, to follow the file's name in a sentence; mostly nothing."""
    if not 0 < frame.layout.nb_channels <= MOST_CHANNELS:
        channels = frame.layout.nb_channels
        return f"has {channels} channels; at most {MOST_CHANNELS} are heard: mix it to two"
    if frame.sample_rate not in RATES:
        limits = f"{RATES.start} to {RATES.stop - 1}"
        return (
            f"claims {frame.sample_rate} samples a second; only {limits} are possible: save it anew"
        )
    if frame.format.name.removesuffix("p") not in _DTYPES:
        kind = frame.format.name
        return f"holds samples of a kind that is not heard ({kind}): save it as WAV or FLAC"
    return None


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


def _timed(
    container: "InputContainer", stream: "AudioStream"
) -> "Iterator[tuple[float, AudioFrame]]":
    """Each frame that can be heard, after the seconds of silence that stand for what is missing.

    One packet lasts about 20 ms: what several lack is summed up until it can be told from jitter.
    """
    timed = container.format.name not in _UNTIMED
    expected: float | None = None
    lacking, patience = 0.0, _MOST_SILENCE_SECONDS
    for frame, damaged in frames(container, stream):
        if why_unheard(frame):
            continue
        begins, lasts = frame.time, frame.samples / frame.sample_rate
        if begins is not None and expected is not None and (timed or damaged):
            lacking += _gap(begins - expected, lasts, damaged)
        shortest = _SHORTEST_DAMAGE_SECONDS if damaged else _SHORTEST_GAP_SECONDS
        silence = lacking if shortest < lacking < patience else 0.0
        lacking -= silence
        patience -= silence
        yield silence, frame
        if begins is None:
            begins = expected
        expected = None if begins is None else begins + lasts


def _gap(step: float, lasts: float, damaged: bool) -> float:
    """How much of a step in time between two frames is believed, in seconds; below 0 it overlaps.

    Less than half a frame is no packet that is missing: rounded times, or a clock that is a little
    fast, as a telephone's; silence would only make holes.
    """
    shortest = _SHORTEST_DAMAGE_SECONDS
    if not damaged:
        shortest = min(max(lasts / 2, shortest), _SHORTEST_GAP_SECONDS)
    return step if shortest < abs(step) < _LONGEST_GAP_SECONDS else 0.0


@dataclass(frozen=True)
class _Kind:
    """What must stay the same for frames to be joined into one block."""

    rate: int
    sample: str
    layout: str


def _native(
    container: "InputContainer", stream: "AudioStream", channels: Literal[1, 2]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Blocks of (channels, n) at the file's own rate, each with that rate."""
    kind: _Kind | None = None
    run: list[AudioFrame] = []
    held = 0
    for silence, frame in _timed(container, stream):
        now = _Kind(frame.sample_rate, frame.format.name, frame.layout.name)
        most = min(_BLOCK, frame.sample_rate)  # slow samples swell when they are resampled
        if kind is not None and run and (silence or now != kind or held >= most):
            yield kind.rate, _mixed(run, channels)
            run, held = [], 0
        if silence:
            yield now.rate, np.zeros((channels, round(silence * now.rate)), np.float32)
        kind = now
        run.append(frame)
        held += frame.samples
    if kind is not None and run:
        yield kind.rate, _mixed(run, channels)


def _mixed(run: "list[AudioFrame]", channels: Literal[1, 2]) -> NDArray[np.float32]:
    """Frames of one kind as one block of (channels, n)."""
    speakers = _speakers(run[0])
    planes = _floats(_joined(run, len(speakers)))
    return np.stack([_sum(row, planes) for row in downmix.weights(speakers, channels)])


def _speakers(frame: "AudioFrame") -> tuple[str, ...]:
    names = tuple(channel.name for channel in frame.layout.channels)
    count = frame.layout.nb_channels
    return names if len(names) == count else ("?",) * count


def _joined(run: "list[AudioFrame]", count: int) -> NDArray[Any]:
    """(count, n) samples as the frames hold them."""
    dtype = _DTYPES[run[0].format.name.removesuffix("p")]
    planes = [
        np.concatenate([_plane(frame, index, dtype) for frame in run])
        for index in range(len(run[0].planes))
    ]
    return np.stack(planes) if run[0].format.is_planar else planes[0].reshape(-1, count).T


def _plane(frame: "AudioFrame", index: int, dtype: str) -> NDArray[Any]:
    packed = 1 if frame.format.is_planar else frame.layout.nb_channels
    samples: NDArray[Any] = np.frombuffer(frame.planes[index], dtype, frame.samples * packed)  # type: ignore[call-overload]  # a plane is a buffer, though its stubs do not say so
    return samples


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
    """Integers of any width as floats in -1..1; floats as they are, where they are sane."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / np.float32(128.0)
    if samples.dtype.kind == "i":
        scale = np.float32(1.0 / -float(np.iinfo(samples.dtype).min))
        return samples.astype(np.float32) * scale
    with np.errstate(over="ignore"):
        return _finite(samples.astype(np.float32, copy=False))


def _resampler(rate: int, channels: int) -> "AudioResampler":
    from av.audio.resampler import AudioResampler

    return AudioResampler("fltp", "mono" if channels == 1 else "stereo", rate)


def _resampled(
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
