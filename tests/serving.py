"""`oriel serve` as a child process."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """A running server: its address, and its process."""

    url: str
    child: subprocess.Popen[str]


@contextmanager
def served(
    *words: str,
    cwd: Path,
    python: str | Path = sys.executable,
    environment: Mapping[str, str] | None = None,
    complete: bool = False,
) -> Iterator[Served]:
    """Serve on a free port until the block ends; what it logs is in `cwd`/serve.log.

    The studio alone, unless it is to be `complete`.
    """
    whole = [] if complete else ["--studio-only"]
    command = [str(python), "-m", "oriel", "serve", "--port", "0", *whole, *words]
    with serves(command, cwd=cwd, environment=environment) as server:
        yield server


@contextmanager
def serves(
    command: list[str], cwd: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The same, by any command that ends in a server."""
    with (cwd / "serve.log").open("w") as log:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # as a terminal has it: Ctrl-C goes to all that it starts, and not to us
        )
    assert child.stdout is not None
    try:
        told = child.stdout.readline()
        assert "http://" in told, (cwd / "serve.log").read_text()
        yield Served(told[told.index("http://") :].split()[0], child)
    finally:
        child.terminate()
        child.wait(timeout=90)
        child.stdout.close()
