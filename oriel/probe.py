"""A song's file in, what is true of it out: it is decoded to its end, so that nothing is believed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from oriel import audio
from oriel.errors import TooLong

# One channel at a low rate: only its length is wanted.
_RATE = 8_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Probe:
    """What a song is: `seconds` as decoded, `rate` in Hz, `sha256` of the file."""

    seconds: float
    codec: str
    channels: int
    rate: int
    title: str | None
    artist: str | None
    bytes: int
    sha256: str


def probe(song: Path, longest: float | None = None) -> Probe:
    """Decode a song to its end; raises BadAudio, and TooLong beyond `longest` seconds."""
    sound = audio.load(song)
    samples = 0
    for block in sound.blocks(_RATE, 1):
        samples += len(block)
        if longest is not None and samples > longest * _RATE:
            raise TooLong(f"{song.name} plays longer than {_minutes(longest)}: cut it shorter.")
    if not samples:
        raise audio.undecodable(song)
    return Probe(
        seconds=samples / _RATE,
        codec=sound.codec,
        channels=sound.channels,
        rate=sound.rate,
        title=sound.title,
        artist=sound.artist,
        bytes=song.stat().st_size,
        sha256=_sha256(song),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    return "1 minute" if seconds == 60 else f"{seconds / 60:g} minutes"
