"""The demo song, made once into a cache folder, and its beats where this machine can hear them."""

import asyncio
import hashlib
import json
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from oriel import demo

BEATS_LINK = '</demo/beats.json>; rel="describedby"; type="application/json"'
# What hearing a beat takes; a server without them serves the page all the same.
_NEEDED = ("av", "librosa")
_PACKAGE = Path(demo.__file__).parent.parent
_LONGEST_SECONDS = 120  # the first time, librosa compiles itself


class Demo:
    """The demo song's file and beats; each is made when first asked for, and kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path("~/.cache/oriel")
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._writing, self._hearing = asyncio.Lock(), asyncio.Lock()

    async def song(self) -> Path:
        """The song as a WAV file."""
        async with self._writing:
            place = self._place() / f"demo-{_digest(_PACKAGE / 'demo')}.wav"
            if not place.exists():
                await asyncio.to_thread(_write, place)
            return place

    async def beats(self) -> dict[str, Any] | None:
        """{"tempo": beats a minute, "beats": [seconds]}, or None where they cannot be heard."""
        if not self.has_beats():
            return None
        song = await self.song()
        async with self._hearing:
            place = song.with_name(f"demo-{_digest(_PACKAGE)}.json")
            if not place.exists():
                await _hear(song, place)
            return _beats(place)

    def has_beats(self) -> bool:
        """Whether this machine can hear a beat."""
        return all(find_spec(name) is not None for name in _NEEDED)

    def close(self) -> None:
        """Remove what would not outlive this process."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _place(self) -> Path:
        """The cache folder, or one of this process's own where nothing can be written there."""
        if self._temporary is None:
            try:
                folder = self._folder.expanduser()
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    return folder
            except (OSError, RuntimeError):  # the latter where there is no home at all
                self._temporary = tempfile.TemporaryDirectory(prefix="oriel-")
        return Path(self._temporary.name)


def _digest(folder: Path) -> str:
    """Names the code in a folder: what it made under another name is out of date."""
    code = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(code).hexdigest()[:16]


def _write(place: Path) -> None:
    """Write beside it first: another server may be reading, or writing, the same file."""
    with tempfile.TemporaryDirectory(dir=place.parent) as beside:
        demo.write(Path(beside) / place.name).replace(place)


async def _hear(song: Path, place: Path) -> None:
    """Have a child process hear the song: this one loads neither PyAV nor librosa."""
    with tempfile.TemporaryDirectory(dir=place.parent) as beside:
        out = Path(beside) / place.name
        words = ["-m", "oriel", "bands", str(song), "-o", str(out)]
        child = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )
        try:
            _, said = await asyncio.wait_for(child.communicate(), _LONGEST_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                child.kill()
        if child.returncode != 0:
            raise RuntimeError(f"the demo song's beats: {said.decode(errors='replace').strip()}")
        out.replace(place)


def _beats(place: Path) -> dict[str, Any]:
    heard = json.loads(place.read_text("utf-8"))
    return {"tempo": heard["tempo"], "beats": heard["beats"]}
