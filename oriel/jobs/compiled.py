"""What librosa had compiled goes out in copies, to children that hear a beat and are done in a second.

Compiling takes 25 seconds of a core. Children that read strangers' files get copies and give
nothing back: what is kept is code, and made from a song of our own.
"""

import asyncio
import logging
import os
import shutil
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from oriel import compiled
from oriel.jobs import child
from oriel.jobs.child import Limits, Sandbox

_log = logging.getLogger(__name__)

_LIMITS = Limits(600)
_RATE = 22_050


def usable(chosen: Path | None, own: Path) -> Path:
    """The chosen folder; or our own where none is, or it cannot be written and is no use as it is.

    So is an image's on another processor than it was built on, where its root is read-only.
    """
    if chosen is None:
        return own
    fixed = chosen.is_dir() and not os.access(chosen, os.W_OK)
    return own if fixed and not compiled.is_whole(chosen) else chosen


class Compiled:
    """The folder `place`, which is filled once and shared by the workers of a machine."""

    def __init__(self, place: Path, sandbox: Sandbox, scratch: Path) -> None:
        self._place, self._sandbox, self._scratch = place, sandbox, scratch
        self._filling = asyncio.Lock()

    async def fill(self) -> None:
        """Compile what is not there yet, or is of another librosa or for another processor."""
        async with self._filling:
            if compiled.is_whole(self._place):
                return
            try:
                await self._compile()
            except OSError as error:
                _log.warning("What librosa compiled cannot be kept: %s", error)

    async def lend(self, folder: Path) -> None:
        """Put a copy where a child of this folder finds it; one without compiles for itself."""
        if compiled.is_whole(self._place):
            await asyncio.to_thread(_copy, self._place, child.compiled_in(folder))

    async def _compile(self) -> None:
        with TemporaryDirectory(dir=self._scratch) as name:
            folder = Path(name)
            song = folder / "beat.wav"
            _write_a_beat(song)
            arguments = ["bands", str(song), "--out", str(folder / "heard.json")]
            ended = await child.run(
                self._sandbox,
                arguments,
                folder=folder,
                inputs=[],
                limits=_LIMITS,
                stop=asyncio.Event(),
            )
            if ended.code:
                _log.warning("librosa could not be compiled: %s", ended.sentence)
            else:
                await asyncio.to_thread(_keep, child.compiled_in(folder), self._place)


def _copy(place: Path, copy: Path) -> None:
    try:
        shutil.copytree(place, copy, dirs_exist_ok=True)
    except OSError as error:  # shutil's own names each file
        _log.warning("A child gets no copy of %s: %s", place, error.strerror or "no room for it")
        shutil.rmtree(copy, ignore_errors=True)


def _keep(made: Path, place: Path) -> None:
    """What one process compiled, and never a mixture: another worker may come to this too."""
    with compiled.alone(place):
        if not compiled.is_whole(place):
            shutil.copytree(made, place, dirs_exist_ok=True)
            compiled.mark(place)


def _write_a_beat(path: Path) -> None:
    """Eight seconds of short noise, twice a second: WAV."""
    time = np.arange(8 * _RATE) / _RATE
    noise = np.random.default_rng(1).uniform(-1, 1, len(time)) * (time % 0.5 < 0.05)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((noise * 20_000).astype("<i2").tobytes())
