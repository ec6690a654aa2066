"""What librosa had compiled goes out in copies, to children that hear a beat and are done in a second.

Compiling takes 25 seconds of a core. Children that read strangers' files get copies and give
nothing back: what is kept is code, and made from a song of our own.
"""

import asyncio
import logging
import os
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from oriel.jobs import child
from oriel.jobs.child import Limits, Sandbox

_log = logging.getLogger(__name__)

_LIMITS = Limits(600)
_RATE = 22_050

_State = dict[Path, tuple[int, int]]


class Compiled:
    """The folder `place`, which is filled once and shared by the workers of a machine."""

    def __init__(self, place: Path, sandbox: Sandbox, scratch: Path) -> None:
        self._place, self._sandbox, self._scratch = place, sandbox, scratch
        self._filling = asyncio.Lock()
        self._old = self._renewed = False

    async def fill(self) -> None:
        """Compile what is not there yet, or is of another librosa."""
        async with self._filling:
            if not self._old and _state(self._place):
                return
            self._old = False
            try:
                await self._compile()
            except OSError as error:
                _log.warning("What librosa compiled cannot be kept: %s", error)

    @asynccontextmanager
    async def lent(self, folder: Path) -> AsyncIterator[None]:
        """A copy in a child's `folder`, which it finds there while the block runs."""
        copy = child.compiled_in(folder)
        if self._place.is_dir():
            await asyncio.to_thread(shutil.copytree, self._place, copy, dirs_exist_ok=True)
        given = _state(copy)
        yield
        if given and _state(copy) != given and not self._renewed:
            self._old = self._renewed = True  # once: it may be a song that needs more than ours

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
                await asyncio.to_thread(_moved, child.compiled_in(folder), self._place)


def _moved(made: Path, place: Path) -> None:
    """Each file at once: another worker may be copying them."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in _state(made):
        target = place / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.with_name(f".{os.getpid()}-{target.name}")
        shutil.copy2(made / path, unfinished)
        unfinished.replace(target)


def _state(place: Path) -> _State:
    """Its files, and what changes when one is written anew."""
    files = [path for path in place.rglob("[!.]*") if path.is_file()]
    found = ((path.relative_to(place), path.stat()) for path in files)
    return {path: (status.st_size, status.st_mtime_ns) for path, status in found}


def _write_a_beat(path: Path) -> None:
    """Eight seconds of short noise, twice a second: WAV."""
    time = np.arange(8 * _RATE) / _RATE
    noise = np.random.default_rng(1).uniform(-1, 1, len(time)) * (time % 0.5 < 0.05)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((noise * 20_000).astype("<i2").tobytes())
