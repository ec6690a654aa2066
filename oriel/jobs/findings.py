"""What a child wrote of a song in; plain numbers out, whatever a song had the child write.

A small file may claim to hold very much once it is unpacked, so that is looked at first. All raise
ValueError for what no child of ours writes.
"""

import json
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_MOST_UNPACKED = 512 << 20  # bytes of bands; an hour at 240 frames/s has 140 MB
_LARGEST = 8 << 20  # bytes of a rhythm's JSON
_MOST_BEATS = 100_000  # an hour at 240 a minute has 14,400
# Of json, zipfile and its decompressors, and numpy's reader of headers.
_WRONG = (
    *(ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    *(EOFError, MemoryError, lzma.LZMAError, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def frames(bands: Path) -> int:
    """How many frames were heard."""
    with _refusing("what was heard is no bands"):
        return len(_read(bands, "bass")["bass"])


def beats(bands: Path) -> dict[str, Any] | None:
    """The rhythm among bands; None where there is none, or none was looked for."""
    with _refusing("what was heard is no bands"):
        found = _read(bands, "tempo", "beats")
        told = _told(found["tempo"], found["beats"])
    return told if told["tempo"] else None


def rhythm(heard: Path) -> dict[str, Any]:
    """The same of a file in JSON, whose tempo is 0 where there is none."""
    with _refusing("what was heard is no rhythm"):
        if heard.stat().st_size > _LARGEST:
            raise ValueError("it is too long")
        found = json.loads(heard.read_text("utf-8"))
        return _told(found["tempo"], found["beats"])


@contextmanager
def _refusing(sentence: str) -> Iterator[None]:
    try:
        yield
    except _WRONG as error:
        raise ValueError(f"{sentence}: {error}") from error


def _read(bands: Path, *names: str) -> dict[str, Any]:
    with zipfile.ZipFile(bands) as packed:
        if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
            raise ValueError("there are too many")
    with np.load(bands, allow_pickle=False) as heard:
        return {name: heard[name] for name in names}


def _told(tempo: Any, beats: Any) -> dict[str, Any]:
    if len(beats) > _MOST_BEATS:
        raise ValueError("it has too many beats")
    return {"tempo": _number(tempo), "beats": [_number(beat) for beat in beats]}


def _number(told: Any) -> float:
    number = float(told)
    if not math.isfinite(number):
        raise ValueError("a rhythm has numbers alone")
    return number
