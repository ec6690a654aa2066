"""This machine in; the strongest sandbox that it allows, and a sentence on what does not hold, out.

Nothing is believed of what should work: a child is started as every child is, tells which of the
kernel's walls it is within, and those that it shares with us are none. A network that it shares is a
wall where it gets no socket.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from oriel.jobs import child
from oriel.jobs.child import Limits, Sandbox

_log = logging.getLogger(__name__)

_CARDS = ("dri", "nvidia*", "dxg")
# Kinds of namespaces, and what a child can do that shares ours.
_OPEN = {
    "mnt": "read this machine's files",
    "pid": "see other processes",
    "net": "reach the network",
}
_TELL = f"""
import _socket, json, os
within = {{kind: os.readlink("/proc/self/ns/" + kind) for kind in {tuple(_OPEN)}}}
try:
    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
except OSError:
    within["net"] = "none"
print(json.dumps(within))
"""
_LIMITS = Limits(20)


async def sandbox(environment: Mapping[str, str], folder: Path) -> Sandbox:
    """The strongest that works here; says what is open where one is not shut all around.

    `folder` is an empty one that a child may write in.
    """
    cards = tuple(str(path) for name in _CARDS for path in sorted(Path("/dev").glob(name)))
    strong = Sandbox(bwrap=True, environment=environment, cards=cards)
    if Path(child.BWRAP).exists() and not await open_(strong, folder):
        return strong
    weak = Sandbox(environment=environment)
    _log.warning(
        "Children can %s: bubblewrap is not installed, or is not allowed here. Where strangers' songs"
        " are drawn, install or allow it, or see that this container is wall enough",
        _listed(await open_(weak, folder)),
    )
    return weak


async def open_(around: Sandbox, folder: Path) -> list[str]:
    """What a child in this sandbox can do and should not."""
    trial = replace(around, oriel=(*around.oriel[:1], "-I", "-S", "-c", _TELL))
    ended = await child.run(
        *(trial, []), folder=folder, inputs=[], limits=_LIMITS, stop=asyncio.Event()
    )
    ours = {kind: str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in _OPEN}
    return [_OPEN[kind] for kind in _OPEN if ended.result.get(kind, ours[kind]) == ours[kind]]


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
