"""Whoever names an address learns nothing of who has it: in every world the service says the same."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import apis
import phones
import pytest
from apis import PASSWORD, Answer, Client
from argon2 import PasswordHasher
from sqlalchemy import select, update

from oriel.service import leaving, passwords, users
from oriel.service.models import Mail, User

ADDRESS = "grace@example.com"
MINE, OTHER = "a stranger's own sentence", "a stranger's other sentence"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
World = Callable[[Client], Awaitable[None]]
# What differs between any two accounts: identifiers, moments, and what is chance.
CHANCE = [
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "MOMENT"),
    (r"\beyJ[\w.-]+|[\w-]{43,}", "CHANCE"),
]


async def nobody(api: Client) -> None:
    """Nobody ever had the address."""


async def claimed(api: Client) -> None:
    await api.registered(ADDRESS)


async def claimed_by_many(api: Client) -> None:
    for number in range(5):
        known = {"email": ADDRESS, "password": f"sentence number {number}"}
        assert (await api.post("/api/auth/register", known)).status == 201


async def confirmed(api: Client) -> None:
    await api.registered(ADDRESS)
    proof = {"token": await apis.token_of(api, "verify")}
    assert (await api.post("/api/auth/verify-email", proof)).status == 200


async def confirmed_and_claimed(api: Client) -> None:
    await confirmed(api)
    await claimed_by_many(api)


async def confirmed_and_chosen_anew(api: Client) -> None:
    """The owner had the passwords of others who claim the address changed, by letters."""
    await confirmed_and_claimed(api)
    await api.post("/api/auth/request-password-reset", {"email": ADDRESS})
    async with api.parts.database.read() as session:
        asked = select(Mail).where(Mail.letter == "reset")
        letters = list(await session.scalars(asked))
    assert len(letters) > 2
    for number, letter in enumerate(letters):
        chosen = {"token": letter.words["token"], "password": f"a new sentence {number}"}
        assert (await api.post("/api/auth/reset-password", chosen)).status == 200


async def claimed_at_an_older_cost(api: Client) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    await api.registered(ADDRESS)
    async with api.parts.database.begin() as session:
        await session.execute(update(User).values(password_hash=cheap.hash(PASSWORD)))


async def with_a_second_factor(api: Client) -> None:
    await phones.turned_on(await api.registered(ADDRESS))


async def deactivated(api: Client) -> None:
    await confirmed(api)
    async with api.parts.database.begin() as session:
        owner = await users.known(session, ADDRESS)
        await users.deactivate(session, owner.id, by=None, now=NOW)


async def deleted(api: Client) -> None:
    await confirmed(api)
    async with api.parts.database.begin() as session:
        owner = await users.known(session, ADDRESS)
        await leaving.delete_account(session, owner.id, by=None, now=NOW)


WORLDS = [claimed, claimed_by_many, confirmed, confirmed_and_claimed, with_a_second_factor]
ALL = [*WORLDS, confirmed_and_chosen_anew, claimed_at_an_older_cost, deactivated, deleted]


async def tried(api: Client, address: str) -> list[str]:
    """All that a stranger who names the address, and the accounts that it gets, are answered."""
    told: list[str] = []

    async def ask(who: Client, method: str, path: str, body: object = None) -> Answer:
        answer = await who.ask(method, path, **({} if body is None else {"json": body}))
        told.append(f"{method} {path} {answer.status} {plain(answer, address)}")
        return answer

    def signed(answer: Answer) -> Client:
        return api.as_told(answer) if answer.status < 400 else api

    for email in (address, f"  {address.upper()}"):
        mine = {"email": email, "password": MINE}
        other = {"email": email, "password": OTHER}
        first = signed(await ask(api, "POST", "/api/auth/register", mine))
        again = signed(await ask(api, "POST", "/api/auth/register", mine))
        second = signed(await ask(api, "POST", "/api/auth/register", other))
        told.append(f"{first.user == again.user} {first.user == second.user}")
        for password in (MINE, OTHER, "nobody's sentence"):
            await ask(api, "POST", "/api/auth/login", {"email": email, "password": password})
        await ask(api, "POST", "/api/auth/request-password-reset", {"email": email})
        for who in (first, second):
            await ask(who, "POST", "/api/auth/request-verification")
            await ask(who, "PUT", "/api/user/profile", {"name": "Somebody"})
            for path in ("profile", "history", "presets", "session/verify", "export"):
                await ask(who, "GET", f"/api/user/{path}")
        changed = {"password": "a third sentence", "current_password": OTHER}
        await ask(second, "PUT", "/api/user/profile", changed)
        await ask(api, "POST", "/api/auth/login", {"email": email, "password": "a third sentence"})
        await ask(api, "POST", "/api/auth/login", mine)
        me = {**mine, "email": f"me-{address}"}
        elsewhere = signed(await ask(api, "POST", "/api/auth/register", me))
        moved = {"email": email, "current_password": MINE}
        await ask(elsewhere, "PUT", "/api/user/profile", moved)
        await ask(first, "DELETE", "/api/user", {"current_password": MINE})
        await ask(api, "POST", "/api/auth/login", mine)
    return told


def plain(answer: Answer, address: str) -> str:
    """An answer without what is chance, and as if the address were the one that all ask for."""
    said = re.sub(address, ADDRESS, answer.body.decode(), flags=re.IGNORECASE)
    for chance, word in CHANCE:
        said = re.sub(chance, word, said)
    return said


@pytest.mark.parametrize("world", ALL)
async def test_who_names_an_address_is_told_the_same_whoever_has_it(
    api: Client, world: World
) -> None:
    await world(api)

    there = await tried(api, ADDRESS)

    assert len(there) > 50
    assert there == await tried(api, "hopper@example.com"), "as if nobody had it"


@pytest.mark.parametrize("world", [nobody, *ALL])
async def test_signing_in_and_up_costs_two_hashes_whoever_has_the_address(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world(api)
    really, hashes = passwords._in_thread, 0

    async def counted(work: Callable[[], object]) -> object:
        nonlocal hashes
        hashes += 1
        return await really(work)

    monkeypatch.setattr(passwords, "_in_thread", counted)
    costs = []
    for way in ("login", "register", "register", "login"):
        before = hashes
        await api.post(f"/api/auth/{way}", {"email": ADDRESS, "password": MINE})
        costs.append(hashes - before)

    assert costs == [2, 2, 2, 2]


async def test_the_password_of_an_account_that_is_there_is_one_however_it_is_come_by(
    api: Client,
) -> None:
    """As by signing in: who knows it is signed in, but for a second factor."""
    await confirmed(api)
    known = {"email": ADDRESS, "password": PASSWORD}
    grace = api.as_told(await api.post("/api/auth/login", known))

    again = await api.post("/api/auth/register", known)
    await phones.turned_on(grace)
    asked = await api.post("/api/auth/register", known)

    assert (again.status, again.json["user"]["id"]) == (201, grace.user["id"])
    assert (asked.status, asked.code) == (401, "second_factor_required")
    assert asked.cookies == {}


async def test_passwords_are_not_guessed_by_an_account_that_claims_the_address(
    api: Client,
) -> None:
    """Its password is made the guess: signing in works, be it to this account or to the owner's."""
    await confirmed(api)
    known = {"email": ADDRESS, "password": "guess number 0"}
    mine = api.as_told(await api.post("/api/auth/register", known))
    api.parts.limits.factor = 1.0
    told, changed = [], []

    for number in range(1, 14):
        guess = {"password": f"guess number {number}", "current_password": known["password"]}
        answer = await mine.put("/api/user/profile", guess)
        changed.append(answer.status)
        if answer.status == 200:
            mine, known = mine.as_told_by(answer.json["tokens"]), {**known, **guess}
            del known["current_password"]
        told.append((await api.post("/api/auth/login", known)).status)

    assert changed.count(200) == 5, "each brings a letter"
    assert told == [200] * 10 + [429] * 3


async def test_letters_to_an_address_are_counted_whoever_asks_for_them(api: Client) -> None:
    made = [
        api.as_told(
            await api.post("/api/auth/register", {"email": ADDRESS, "password": f"sentence {n}"})
        )
        for n in range(3)
    ]
    api.parts.limits.factor = 1.0

    told = [(await one.post("/api/auth/request-verification")).status for one in made * 3]

    assert told == [202] * 5 + [429] * 4


async def test_passwords_are_not_guessed_by_registering(api: Client) -> None:
    """Each is a guess, and brings a letter: five in a minute, at whichever address."""
    await confirmed(api)
    api.parts.limits.factor = 1.0
    told = {
        email: [
            (
                await api.post(
                    "/api/auth/register", {"email": email, "password": f"the guess number {n}"}
                )
            ).status
            for n in range(7)
        ]
        for email in (ADDRESS, "hopper@example.com")
    }

    assert told[ADDRESS] == told["hopper@example.com"] == [201] * 5 + [429] * 2
