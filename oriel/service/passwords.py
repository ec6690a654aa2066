"""A password goes in, what is kept of it comes out: Argon2id, in a few threads of its own."""

import asyncio
import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from oriel.service import common
from oriel.service.errors import TooMany

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 8  # characters; OWASP ASVS 5.0, 6.2.1
LONGEST = 128  # so that nobody has us hash a novel; 6.2.9 asks for 64 at least

_AT_ONCE = 2  # each takes 19 MiB and one core
_PHC = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}")
_ANY_HASH = "A" * 43  # 32 bytes
_MOST_WAITING = 200  # then it is kinder to say "later" than to keep people waiting

T = TypeVar("T")


async def problem(password: str, email: str) -> str | None:
    """What is wrong with a new password, or None; what it is made of is nobody's business."""
    return await asyncio.to_thread(weakness, password, email)


def weakness(password: str, email: str) -> str | None:
    """The same, for whoever may wait: it takes 60 ms when first asked."""
    if len(password) < SHORTEST:
        return f"must have {SHORTEST} characters or more"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if len(set(password)) == 1 or common.is_common(password):
        return "is among the first that are guessed: choose another one"
    if common.is_near(password, email):
        return "must be more than the e-mail address or our name with some digits"
    return None


async def hashed(password: str) -> str:
    """What is kept; raises TooMany where very many wait already."""
    return await _in_thread(lambda: _hasher().hash(_same(password)))


def mould(kept: str) -> str:
    """Cost and salt of what is kept: all but the hash itself; "" of what no password fits."""
    return kept.rpartition("$")[0] if _PHC.fullmatch(kept) else ""


async def cast(password: str, kept_mould: str) -> str:
    """What would be kept of a password at this cost, with this salt."""
    return await _in_thread(lambda: _cast(password, kept_mould))


async def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; nothing kept takes as long to say no."""
    return await _in_thread(lambda: _fits(kept or _nobodys(), password)) and kept is not None


def outdated(kept: str) -> bool:
    """Whether today's cost is another than when this was made: it is to be made anew."""
    return _hasher().check_needs_rehash(kept)


def _fits(kept: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return len(password) <= LONGEST and _hasher().verify(kept, _same(password))
    except (VerificationError, InvalidHashError):
        return False


def _cast(password: str, kept_mould: str) -> str:
    from argon2 import PasswordHasher, extract_parameters

    kept = f"{kept_mould}${_ANY_HASH}"
    hasher = PasswordHasher.from_parameters(extract_parameters(kept))
    salt = kept_mould.rpartition("$")[2]
    return hasher.hash(_same(password), salt=b64decode(salt + "=" * (-len(salt) % 4)))


def _same(password: str) -> str:
    """One form for what looks the same: keyboards differ in how they write an é (RFC 8265)."""
    return unicodedata.normalize("NFC", password)


@cache
def _hasher() -> "PasswordHasher":
    """OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane; 25 ms here."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    """What a password is compared with where there is no account."""
    return _hasher().hash("nobody's")


class _Threads:
    """Runs what takes a core; refuses what would wait for too long."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(_AT_ONCE, "argon2")
        self.waiting = 0


@cache
def _threads() -> _Threads:
    return _Threads()


async def _in_thread(work: Callable[[], T]) -> T:
    threads = _threads()
    if threads.waiting >= _MOST_WAITING:
        raise TooMany("Too many people are signing in right now; try again in a moment.", 5)
    threads.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(threads.pool, work)
    finally:
        threads.waiting -= 1
