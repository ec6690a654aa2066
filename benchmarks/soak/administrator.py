"""An administrator beside the people: reads all day, and does what only an administrator may.

What is done is done to accounts of people who sign up for it, so that nobody else's books change.
"""

import asyncio
import random
from contextlib import suppress

import aiohttp

from benchmarks.soak.people import Person, Seen
from benchmarks.soak.place import ADMIN, Place

ACTS_SECONDS = 8.0  # between two acts
_READ_SECONDS = 0.2
_READS_OF_A_TOKEN = 300  # it lasts a quarter of an hour
_LISTS = ("metrics", "users", "jobs", "payments", "audit")
_NO_SONG = b"RIFF\x04\x00\x00\x00WAVE"  # taken for one by its first bytes, and nothing in it
_AGAIN_SECONDS = 0.5
_REFUNDS = 120  # that are asked for while Stripe is away, or the purchase is not noted yet


async def read(place: Place, seen: Seen, chance: random.Random, over: asyncio.Event) -> None:
    """Profile, history and the operator's lists, again and again, until it is over."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        admin = _administrator(place, http, seen, chance)
        while not over.is_set():
            with suppress(RuntimeError):  # which is written down
                await admin.sign_in()
                for number in range(_READS_OF_A_TOKEN):
                    await admin.read("profile", "/api/user/profile")
                    await admin.read("renders", "/api/jobs")
                    await admin.read("admin", f"/admin/api/{_LISTS[number % len(_LISTS)]}")
                    await asyncio.sleep(_READ_SECONDS)
                    if over.is_set():
                        return


async def act(
    place: Place, seen: Seen, chance: random.Random, over: asyncio.Event, pause: float
) -> None:
    """Give credits, have renders tried again, shut accounts and open them, return money."""
    acts = [_gives_credit_for_a_song_that_fails, _shuts_an_account_and_opens_it, _returns_money]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        while not over.is_set():
            for one in chance.sample(acts, len(acts)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), pause * chance.uniform(0.5, 1.5))
                    return
                admin = _administrator(place, http, seen, chance)
                with suppress(RuntimeError):  # which is written down
                    await admin.sign_in()
                    somebody = Person(place, http, seen, chance)
                    await somebody.sign_up()
                    await one(admin, somebody)


async def _gives_credit_for_a_song_that_fails(admin: Person, somebody: Person) -> None:
    """It is given once however often it is asked for, and comes back each time that it fails."""
    source = admin.chance.randbytes(6).hex()
    given = {"tier": "personal", "amount": 1, "source": source, "reason": "a soak"}
    for _ in range(admin.chance.randint(1, 2)):
        path = f"/admin/api/users/{somebody.user}/credits"
        status, told = await admin.ask("POST", path, json=given)
        admin.expect(
            (status, told.get("credits", {}).get("personal")) == (200, 1), "grant", status, told
        )
    admin.seen.granted.add(f"admin:{somebody.user}:{source}")
    render = await somebody.order("personal", _NO_SONG)
    assert render is not None
    admin.seen.unreadable.add(render)
    admin.expect(await somebody.follow(render) == "failed", "a song that is none", 0, render)
    again = await _tried_again(admin, somebody, render)
    admin.seen.unreadable.add(again)
    admin.expect(await somebody.follow(again) == "failed", "the same once more", 0, again)


async def _shuts_an_account_and_opens_it(admin: Person, somebody: Person) -> None:
    """What is under way ends, and is paid back; then it is made after all."""
    render = await somebody.order("free")
    assert render is not None
    admin.seen.stopped.add(render)
    await asyncio.sleep(admin.chance.uniform(0, 2))
    await _done(admin, f"/admin/api/users/{somebody.user}/deactivate")
    status, told = await somebody.ask("GET", "/api/user/profile")
    admin.expect(status == 401, "read by who was deactivated", status, told)
    await _done(admin, f"/admin/api/users/{somebody.user}/reactivate")
    await somebody.sign_in()
    state = await somebody.read("status", f"/api/jobs/{render}/status")
    if state["status"] == "cancelled":
        again = await _tried_again(admin, somebody, render)
        ended = await somebody.follow(again)
        admin.expect(ended == "done", "tried again", 0, f"{again}: {ended}")


async def _returns_money(admin: Person, somebody: Person) -> None:
    """All of it, once, as soon as Stripe can be asked and the purchase is noted."""
    payment = await somebody.buy()
    path, why = f"/admin/api/payments/{payment}/refund", {"reason": "a soak"}
    for _ in range(_REFUNDS):
        status, told = await admin.ask("POST", path, json=why)
        _, listed = await admin.ask("GET", f"/admin/api/payments?user={somebody.user}")
        if listed["payments"][0]["status"] == "refunded":
            admin.seen.refunded.add(payment)
            return
        await asyncio.sleep(_AGAIN_SECONDS)
    admin.expect(False, "refund", status, told)


async def _tried_again(admin: Person, somebody: Person, render: str) -> str:
    status, told = await admin.ask("POST", f"/admin/api/jobs/{render}/retry")
    admin.expect(status == 202, "try again", status, told)
    again = str(told["id"])
    admin.seen.renders[again] = somebody.user
    admin.seen.retried += 1
    return again


async def _done(admin: Person, path: str) -> None:
    status, told = await admin.ask("POST", path)
    admin.expect(status == 200, path, status, told)


def _administrator(
    place: Place, http: aiohttp.ClientSession, seen: Seen, chance: random.Random
) -> Person:
    return Person(place, http, seen, chance, {"email": ADMIN[0], "password": ADMIN[1]})
