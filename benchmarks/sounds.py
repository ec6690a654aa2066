"""Sound songs of many kinds, made with PyAV: what hostile ones are made from."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame

RATE = 48_000  # which every one of these codecs takes
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
def real(
    kind: str,
    rate: int = RATE,
    seconds: float = 0.5,
    *,
    layout: str = "mono",
    streams: int = 1,
    leap: int = 0,
    tag: str = "",
) -> bytes:
    """A sound song of a kind: a tone with a little noise.

    The same in several `streams`; its moments go on `leap` ticks later from the third packet on;
    `tag` is kept as an Ogg's picture is.
    """
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).standard_normal(len(time))
    samples = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.01 * noise
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        made: list[Any] = [
            container.add_stream(KINDS[kind], rate=rate, layout=layout) for _ in range(streams)
        ]
        if tag:
            made[0].metadata["METADATA_BLOCK_PICTURE"] = tag
        for stream in made:
            for number, packet in enumerate(_packets(stream, samples, rate, layout)):
                if leap and number > 1 and packet.pts is not None:
                    packet.pts = packet.dts = packet.pts + leap
                container.mux(packet)
    return file.getvalue()


def _packets(stream: Any, samples: Any, rate: int, layout: str) -> Iterator[Any]:
    resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 1024)
    frame = AudioFrame.from_ndarray(samples.astype(np.float32)[None], "fltp", "mono")
    frame.sample_rate, frame.pts = rate, 0
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        yield from stream.encode(part)
    yield from stream.encode(None)
