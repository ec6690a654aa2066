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
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from oriel import decoding
from oriel.errors import BadAudio

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

LONGEST_SECONDS = 24 * 3600
_SAVE_IT = "save it as MP3, WAV, FLAC, M4A or Ogg"

_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpeg,"
    "mpegts,mxf,ogg,qoa,rm,tak,truehd,tta,w64,wav,webm,wv"
)


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
        skip, left = round(start * rate), LONGEST_SECONDS * rate
        with _opened(self.path) as (container, stream):
            for block in decoding.blocks(container, stream, rate, channels):
                kept = block[:, skip:]
                skip = max(0, skip - block.shape[1])
                left -= block.shape[1]
                if left < 0:
                    raise BadAudio(
                        f"{self.path.name} plays longer than {LONGEST_SECONDS // 3600} hours, "
                        "the longest that can be heard: cut it into parts."
                    )
                if kept.shape[1]:
                    yield kept[0] if channels == 1 else np.ascontiguousarray(kept.T)


def load(path: str | Path) -> Audio:
    """Open a song, decode its first samples and tell what it is; BadAudio if it is no sound."""
    path = Path(path)
    _check_file(path)
    with _opened(path) as (container, stream):
        first, _ = next(decoding.frames(container, stream), (None, False))
        if first is None:
            raise undecodable(path)
        unheard = decoding.why_unheard(first)
        if unheard:
            raise BadAudio(f"{path.name} {unheard}.")
        return Audio(
            path,
            first.sample_rate,
            first.layout.nb_channels,
            stream.codec_context.name,
            _tag("title", container, stream),
            _tag("artist", container, stream),
        )


def undecodable(path: Path) -> BadAudio:
    """What to raise for a file whose sound nobody can make out."""
    return BadAudio(
        f"Nothing of the sound in {path.name} can be decoded: save it anew in an editor of sound."
    )


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise BadAudio(
            f"There is no song at {path}: {_reason(error)}; see to its name and folder."
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise BadAudio(f"{path} is a folder: name one song in it.")
    if not stat.S_ISREG(status.st_mode):
        raise BadAudio(f"{path} is a device or a pipe; a song must be a file: save it as one.")
    if status.st_size == 0:
        raise BadAudio(f"{path.name} is empty: save the song anew, or choose another file.")


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
        raise BadAudio(
            f"{path} may not be read, permission denied: ask its owner, or copy it to a place of"
            " yours."
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadAudio(
            f"{path.name} is not a sound file that Oriel can read: {_SAVE_IT}."
        ) from error
    with container:
        yield container, _sound_track(path, container)


def _sound_track(path: Path, container: "InputContainer") -> "AudioStream":
    from av.stream import Discard

    stream = container.streams.best("audio")
    if stream is None:
        raise BadAudio(f"{path.name} has no sound in it: choose another file.")
    if stream.codec_context is None:
        raise BadAudio(
            f"The sound in {path.name} is of a kind that has no decoder here: {_SAVE_IT}."
        )
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
