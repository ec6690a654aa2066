"""What a child wrote of a song in; plain numbers out, whatever a song had the child write.

A small file may claim to hold very much once it is unpacked, so that is looked at first. All raise
ValueError for what no child of ours writes.
"""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

_MOST_UNPACKED = 512 << 20  # bytes of bands; an hour at 240 frames/s has 140 MB
_LARGEST = 8 << 20  # bytes of a rhythm's JSON


def frames(bands: Path) -> int:
    """How many frames were heard."""
    return len(_read(bands, "bass")["bass"])


def beats(bands: Path) -> dict[str, Any] | None:
    """The rhythm among bands; None where there is none, or none was looked for."""
    found = _read(bands, "tempo", "beats")
    told = _told(float(found["tempo"]), found["beats"].tolist())
    return told if told["tempo"] else None


def rhythm(heard: Path) -> dict[str, Any]:
    """The same of a file in JSON, whose tempo is 0 where there is none."""
    if heard.stat().st_size > _LARGEST:
        raise ValueError("the rhythm that was heard is too long")
    try:
        found = json.loads(heard.read_text("utf-8"))
        return _told(found["tempo"], found["beats"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("what was heard is no rhythm") from error


def _read(bands: Path, *names: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(bands) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise ValueError("the bands that were heard are too many")
        with np.load(bands, allow_pickle=False) as heard:
            return {name: heard[name] for name in names}
    except (zipfile.BadZipFile, KeyError, EOFError, MemoryError) as error:
        raise ValueError("what was heard is no bands") from error


def _told(tempo: Any, beats: Any) -> dict[str, Any]:
    return {"tempo": _number(tempo), "beats": [_number(beat) for beat in beats]}


def _number(told: Any) -> float:
    number = float(told)
    if not math.isfinite(number):
        raise ValueError("a rhythm has numbers alone")
    return number
