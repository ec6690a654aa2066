"""A worker whose children wait at gates that a test opens: python gates.py FOLDER python -m oriel …

So a stage lasts for as long as a test looks at it, however quick the child or slow the machine is. A
gate is a file, named for the command that waits there, with how many of its children may pass.
"""

import asyncio
import json
import runpy
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oriel.jobs import child
from oriel.jobs.child import Ended

PATIENCE_SECONDS = 180.0  # as long as for all that workers do
_LOG = "come"  # a line of JSON for each child that came to its gate: its words


@dataclass(frozen=True)
class Gates:
    """Gates in a folder, all open at first; `within` is what a worker is started by that heeds them."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)

    @property
    def within(self) -> tuple[str, ...]:
        """The words before those of a worker."""
        return sys.executable, __file__, str(self.folder)

    def shut(self, command: str, after: int = 0) -> None:
        """Let so many of a worker's children that run a command pass, and no more."""
        (self.folder / command).write_text(str(after))

    def open(self, command: str) -> None:
        """Let all pass."""
        (self.folder / command).unlink()

    def come(self, command: str) -> list[list[str]]:
        """The words of each child of this command that came to its gate, or through it."""
        log = self.folder / _LOG
        lines = log.read_text().splitlines() if log.exists() else []
        return [words for line in lines if (words := json.loads(line))[0] == command]

    async def reached(self, command: str) -> None:
        """Wait until a child of this command has come to its gate."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.come(command):
                await asyncio.sleep(0.02)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Have workers in this process heed them, until the block ends."""
        run, passed = child.run, Counter[str]()

        async def waiting(around: Any, words: Sequence[str], **given: Any) -> Ended:
            if not words:  # a sandbox is tried
                return await run(around, words, **given)
            with (self.folder / _LOG).open("a") as log:
                log.write(f"{json.dumps(words)}\n")
            while self._is_shut(words[0], passed[words[0]]) and not given["stop"].is_set():
                await asyncio.sleep(0.02)
            passed[words[0]] += 1
            return await run(around, words, **given)

        child.run = waiting  # type: ignore[assignment]
        try:
            yield
        finally:
            child.run = run

    def _is_shut(self, command: str, passed: int) -> bool:
        try:
            return passed >= int((self.folder / command).read_text() or 0)
        except FileNotFoundError:
            return False


if __name__ == "__main__":
    with Gates(Path(sys.argv[1])).here():
        sys.argv = sys.argv[sys.argv.index("oriel") :]
        runpy.run_module("oriel", run_name="__main__", alter_sys=True)
