"""compose.yaml brought up without an engine: its own commands and environment, nothing changed in them.

Of Oriel's images runs what their own steps made (images.py). PostgreSQL, Redis and the bucket's
emulator are those that other tests use, and a mail server keeps what it takes. All have a network of
their own, where each has the name and the port that it has in compose's.
"""

import ctypes
import fcntl
import os
import shlex
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import buckets
import postgres
import redises
import yaml
from aiosmtpd.controller import Controller
from images import ROOT, Image
from loops import apart
from mail_server import Taken

T = TypeVar("T")

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
PATIENCE_SECONDS = 180.0
_NEW_NETWORK = 0x40000000  # linux/sched.h
_SET_FLAGS, _IS_UP = 0x8914, 1  # linux/sockios.h, linux/if.h
# As PostgreSQL's image has it: who comes by the network says a password.
_WHO_MAY = "local all all trust\nhost all postgres all trust\nhost all all all scram-sha-256\n"


def in_a_network_of_its_own(work: Callable[[], T]) -> T:
    """What a function returns that reaches nothing but what it starts, on this machine's ports."""

    def within() -> T:
        if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):  # this thread's, and no other's
            raise OSError(ctypes.get_errno(), "unshare")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", _IS_UP))
        return work()

    return apart(within)


@dataclass(frozen=True)
class Composed:
    """Services that run; `letters` are those that were taken."""

    folder: Path
    images: Mapping[str, Image]
    letters: list[Any]
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def container(self, name: str, *words: str) -> list[str]:
        """The words that run a service of ours, or something else in a container like its own."""
        service = SERVICES[name]
        image = self.images[service["image"]]
        given = {key: service[key] for key in ("user", "entrypoint", "command") if key in service}
        around = {**image.environment, **service["environment"]}
        bound = ["--ro-bind", str(self.folder / "hosts"), "/etc/hosts"]
        bound += [*self._scratch(name), *self._volumes(service, image.tree)]
        own = replace(image, environment=around, **given)
        return own.container(*words, entrypoint=not words, bound=bound)

    def start(self, *words: str) -> None:
        """Begin something that stays."""
        with (self.folder / f"{len(self.children)}.log").open("wb") as log:
            self.children.append(subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log))

    def until(self, *words: str) -> None:
        """Have something tried until it ends well."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (done := subprocess.run(words, capture_output=True, text=True)).returncode:
            over = time.monotonic() > deadline or any(one.poll() for one in self.children)
            assert not over, f"{words}\n{done.stdout}{done.stderr}{self.logs()}"
            time.sleep(0.1)

    def logs(self) -> str:
        """Everything that was said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        """End whatever still runs."""
        for child in reversed(self.children):
            child.terminate()
            child.wait(timeout=30)

    def _scratch(self, name: str) -> list[str]:
        """In bubblewrap's words; /tmp is one that every container has."""
        words = []
        for told in SERVICES[name].get("tmpfs", ()):
            place, _, how = told.partition(":")
            if how:
                options = dict(option.split("=") for option in how.split(","))
                folder = self.folder / f"{name}-{place.replace('/', '-')}"
                folder.mkdir(exist_ok=True)
                os.chown(folder, int(options["uid"]), -1)
                folder.chmod(int(options["mode"], 8))
                words += ["--bind", str(folder), place]
        return words

    def _volumes(self, service: Mapping[str, Any], tree: Path) -> list[str]:
        """The same; one that is new belongs to whom its place in the image belongs to."""
        words = []
        for volume in service.get("volumes", ()):
            name, place, *how = volume.split(":")
            source = ROOT / name if name.startswith("./") else self.folder / "volumes" / name
            mounted = tree / place.lstrip("/")
            if source.is_file():
                mounted.touch()
            else:
                mounted.mkdir(exist_ok=True)
            if not source.exists():
                source.mkdir(parents=True)
                os.chown(source, mounted.stat().st_uid, mounted.stat().st_gid)
                source.chmod(mounted.stat().st_mode)
            words += ["--ro-bind" if how == ["ro"] else "--bind", str(source), place]
        return words


@contextmanager
def up(images: Mapping[str, Image], folder: Path) -> Iterator[Composed]:
    """All of compose.yaml, once each that has a health is well."""
    taken = Taken()
    made = Composed(folder, images, taken.letters)
    (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(SERVICES)}\n")
    with ExitStack() as beside:
        furnish(beside.enter_context(postgres.running(port=5432)))
        beside.callback(made.end)
        for words in (_redis(), _bucket(folder)):
            made.start(*words)
        catcher = Controller(taken, "127.0.0.1", 1025)
        catcher.start()
        beside.callback(catcher.stop)
        made.until(*SERVICES["redis"]["healthcheck"]["test"][1:])
        made.until(*made.container("prepared"))
        subprocess.run(made.container("tables"), check=True)
        for name in ("web", "worker"):
            made.start(*made.container(name))
        for name in ("web", "worker"):
            made.until(*made.container(name, *images[SERVICES[name]["image"]].health))
        yield made


def furnish(server: postgres.Postgres) -> None:
    """Give a database server the user, password and database that its image would make."""
    told = SERVICES["postgres"]["environment"]
    user, password, database = (told[f"POSTGRES_{name}"] for name in ("USER", "PASSWORD", "DB"))
    server.sql(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
    server.sql(f"CREATE DATABASE {database} OWNER {user}")
    (server.folder / "pg_hba.conf").write_text(_WHO_MAY)
    server.sql("SELECT pg_reload_conf()")


def _redis() -> list[str]:
    program, *words = SERVICES["redis"]["command"]
    assert redises.program("redis") is not None, program
    return [program, *words]


def _bucket(folder: Path) -> list[str]:
    place = folder / "bucket"
    place.mkdir()
    words = shlex.split(SERVICES["bucket"]["command"])
    return [
        str(buckets.fake_gcs_server()),
        *(str(place) if one == "/data" else one for one in words),
    ]
