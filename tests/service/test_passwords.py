"""Passwords: what is kept of them, and that a no always takes as long."""

import asyncio
import statistics
import time

import pytest
from argon2 import extract_parameters

from oriel.service import common, passwords
from oriel.service.errors import TooMany


async def test_what_is_kept_is_argon2id_and_fits_its_password_alone() -> None:
    kept = await passwords.hashed("correct horse")

    assert kept.startswith("$argon2id$")
    assert "correct" not in kept
    cost = extract_parameters(kept)
    assert (cost.memory_cost, cost.time_cost) >= (19 * 1024, 2), "the least that OWASP asks for"
    assert await passwords.fits(kept, "correct horse")
    for other in (
        "correct house",
        "Correct horse",
        "correct horse ",
        " correct horse",
        "correct h",
    ):
        assert not await passwords.fits(kept, other)
    assert not await passwords.fits("no hash", "correct horse")


async def test_the_last_letter_of_the_longest_password_counts_too() -> None:
    kept = await passwords.hashed("y" * 127 + "a")

    assert await passwords.fits(kept, "y" * 127 + "a")
    assert not await passwords.fits(kept, "y" * 127 + "b")


async def test_the_same_password_is_kept_differently_each_time() -> None:
    assert await passwords.hashed("correct horse") != await passwords.hashed("correct horse")


async def test_an_accent_may_be_typed_either_way() -> None:
    kept = await passwords.hashed("caf\u00e9 au lait")

    assert await passwords.fits(kept, "cafe\u0301 au lait")


async def test_a_no_takes_as_long_where_there_is_no_account() -> None:
    kept = await passwords.hashed("correct horse")

    async def seconds(of: str | None) -> float:
        began = time.perf_counter()
        assert not await passwords.fits(of, "wrong horse")
        return time.perf_counter() - began

    await seconds(None)
    with_account, without = [], []
    for _ in range(15):
        with_account.append(await seconds(kept))
        without.append(await seconds(None))

    assert 0.5 < statistics.median(without) / statistics.median(with_account) < 2


async def test_a_cheaper_hash_of_older_days_is_outdated() -> None:
    cheap = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"

    assert passwords.outdated(cheap)
    assert not passwords.outdated(await passwords.hashed("correct horse"))


async def test_a_crowd_is_told_to_come_back() -> None:
    crowd = [passwords.fits("no hash", "correct horse") for _ in range(400)]

    answers = await asyncio.gather(*crowd, return_exceptions=True)

    refused = [one for one in answers if isinstance(one, TooMany)]
    assert len(refused) == 200
    assert refused[0].retry_after > 0


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("correct horse", True),
        ("12345679", False),
        ("Football", False),
        ("football season", True),
        ("Oriel2026!", False),
        ("oriel windows are bays", True),
        ("annasmith1990", False),
        ("Example.com1", False),
        ("x" * 7 + "y" * 121, True),
        ("short", False),
        ("x7kqvw2", False),
        ("x7kqvw2m", True),
        ("x" * 7 + "y" * 122, False),
        ("password", False),
        ("aaaaaaaaaaaa", False),
        ("anna.smith@example.com", False),
        ("Anna.Smith", False),
    ],
)
async def test_a_new_password_may_be_anything_long_that_is_not_guessed_first(
    password: str, fine: bool
) -> None:
    problem = await passwords.problem(password, "anna.smith@example.com")

    assert (problem is None) == fine


def test_the_commonest_are_as_many_as_the_docs_say() -> None:
    told = [one for one in common._commonest() if len(one) >= passwords.SHORTEST]

    assert round(len(told), -3) == 12_000
