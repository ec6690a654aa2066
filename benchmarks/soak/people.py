"""People who use the service at once: they sign up, buy, order, follow, download, read and leave.

Who gets no answer asks again, as browsers and Stripe do; what was acknowledged is written down.
"""

import asyncio
import io
import json
import random
import time
import wave
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import pi, sin
from typing import Any

import aiohttp
import stripe_words
import stripes

from benchmarks.soak.place import ADMIN, Place

_PASSWORD = ADMIN[1]
_GONE = (aiohttp.ClientError, TimeoutError, OSError)
_AGAIN_SECONDS = 0.5
_PATIENCE = aiohttp.ClientTimeout(total=40)
_ENDED = ("done", "failed", "cancelled")


@dataclass
class Seen:
    """What the service acknowledged, and what people met."""

    renders: dict[str, str] = field(default_factory=dict)  # by name: its user
    users: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)  # who deleted their accounts
    paid: dict[str, str] = field(default_factory=dict)  # that Stripe told of, and was heard: whose
    unreadable: set[str] = field(default_factory=set)  # renders whose songs are none
    stopped: set[str] = field(default_factory=set)  # renders whose owners were deactivated
    granted: set[str] = field(default_factory=set)  # sources of credits that an administrator gave
    refunded: set[str] = field(
        default_factory=set
    )  # payments whose money an administrator returned
    retried: int = 0  # renders that an administrator had made once more
    downloads: int = 0
    streams: int = 0
    # Seconds that answers took, by what was read, and that people waited for them from the first try.
    took: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waited: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: int = 0  # how often somebody had to ask again
    strange: list[str] = field(default_factory=list)  # answers that should not be


@dataclass
class Person:
    """Somebody, signed in once `sign_up` ended well."""

    place: Place
    http: aiohttp.ClientSession
    seen: Seen
    chance: random.Random
    known: dict[str, str] = field(default_factory=dict)  # their address and password
    token: str = ""
    user: str = ""
    took: float = 0.0  # seconds, of the last request that was answered

    async def ask(self, method: str, path: str, **about: Any) -> tuple[int, Any]:
        """Ask until there is an answer: its status, and its JSON."""
        while True:
            headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            headers |= about.get("headers", {})
            sent = {**about, "headers": headers}
            if "song" in sent:
                sent["data"] = _form(sent.pop("song"), sent.pop("fields"))
            began = time.monotonic()
            try:
                async with self.http.request(
                    method, self.place.url + path, timeout=_PATIENCE, **sent
                ) as answer:
                    if answer.status < 500:
                        told = await answer.json()
                        self.took = time.monotonic() - began
                        return answer.status, told
                    if answer.status != 503:
                        self.seen.strange.append(f"{answer.status} {method} {path}")
            except _GONE:
                pass
            self.seen.waits += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def read(self, kind: str, path: str) -> Any:
        """What is there; how long the answer took is written down."""
        began = time.monotonic()
        status, told = await self.ask("GET", path)
        self.expect(status == 200, f"read {path}", status, told)
        self.seen.took[kind].append(self.took)
        self.seen.waited[kind].append(time.monotonic() - began)
        return told

    async def sign_up(self) -> None:
        """A new account; who got no answer may have one already, and signs in."""
        self.known = {
            "email": f"{self.chance.randbytes(8).hex()}@example.com",
            "password": _PASSWORD,
        }
        status, told = await self.ask("POST", "/api/auth/register", json=self.known)
        if status == 409:
            told = await self.sign_in()
        else:
            self.expect(status == 201, "sign up", status, told)
        self.token, self.user = told["access_token"], told["user"]["id"]
        self.seen.users.append(self.user)

    async def sign_in(self) -> Any:
        """Get another token; what was told with it."""
        status, told = await self.ask("POST", "/api/auth/login", json=self.known)
        self.expect(status == 200, "sign in", status, told)
        self.token = told["access_token"]
        return told

    async def buy(self) -> str:
        """One credit, paid at Stripe, which tells of it until it is heard, and once more."""
        asked = {"tier": "personal"}
        status, told = await self.ask("POST", "/api/payments/create-session", json=asked)
        self.expect(status == 201, "buy", status, told)
        paid = stripes.Paid(told["id"], told["amount_cents"], "paid", "complete")
        self.place.stripe.add(paid)
        body = json.dumps(paid.event("checkout.session.completed")).encode()
        for _ in range(self.chance.randint(1, 3)):
            signed = {**stripe_words.signed(body), "Content-Type": "application/json"}
            await self.ask("POST", "/api/payments/webhook", data=body, headers=signed)
        self.seen.paid[told["id"]] = self.user
        return str(told["id"])

    async def order(self, tier: str, song: bytes | None = None) -> str | None:
        """A short video, ordered under one key however often it is asked for."""
        fields = {"size": "160x90", "fps": "10", "tier": tier}
        key = {"Idempotency-Key": self.chance.randbytes(8).hex()}
        song = song or _song(self.chance.uniform(100, 900))
        status, told = await self.ask(
            "POST", "/api/jobs/submit", headers=key, song=song, fields=fields
        )
        if status == 402:  # the credit is on its way: Stripe cannot be asked just now
            return None
        self.expect(status == 202, "order", status, told)
        self.seen.renders[told["id"]] = self.user
        return str(told["id"])

    async def follow(self, render: str) -> str:
        """Hear of a render to its end, however often the stream breaks; how it ended."""
        state: dict[str, Any] = await self.read("status", f"/api/jobs/{render}/status")
        while state["status"] not in _ENDED:
            try:
                async for news in self._events(render, str(state["version"])):
                    state = news
            except _GONE:
                self.seen.waits += 1
            if state["status"] not in _ENDED:
                await asyncio.sleep(_AGAIN_SECONDS)
                state = await self.read("status", f"/api/jobs/{render}/status")
        self.seen.streams += 1
        return str(state["status"])

    async def _events(self, render: str, version: str) -> AsyncIterator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": version}
        url = f"{self.place.url}/api/jobs/{render}/events"
        began = time.monotonic()
        async with self.http.get(url, headers=headers, timeout=_PATIENCE) as answer:
            if answer.status == 200:
                self.seen.took["events"].append(time.monotonic() - began)
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    async def download(self, render: str) -> None:
        """The video, whole."""
        while True:
            with suppress(*_GONE):
                headers = {"Authorization": f"Bearer {self.token}"}
                url = f"{self.place.url}/api/jobs/{render}/download"
                async with self.http.get(url, headers=headers, timeout=_PATIENCE) as answer:
                    if answer.status == 200:
                        video = await answer.read()
                        self.expect(video[4:8] == b"ftyp", "download", 200, render)
                        self.seen.downloads += 1
                        return
            self.seen.waits += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def leave(self) -> None:
        """Delete the account, with whatever is under way."""
        proof = {"current_password": _PASSWORD}
        status, told = await self.ask("DELETE", "/api/user", json=proof)
        self.expect(status in (200, 401), "leave", status, told)  # 401: it was heard before
        self.seen.left.add(self.user)

    def expect(self, right: bool, what: str, status: int, told: object) -> None:
        """Write an answer down that should not be, and go no further: raises RuntimeError."""
        if not right:
            self.seen.strange.append(f"{what}: {status} {told}")
            raise RuntimeError(self.seen.strange[-1])


async def live(place: Place, seen: Seen, chance: random.Random, over: asyncio.Event) -> None:
    """One person after the other, until it is over."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        while not over.is_set():
            person = Person(place, http, seen, chance)
            with suppress(RuntimeError):  # which is written down
                await _one_life(person, over)


async def _one_life(person: Person, over: asyncio.Event) -> None:
    chance = person.chance
    await person.sign_up()
    if paying := chance.random() < 0.5:
        await person.buy()
    for number in range(chance.randint(1, 3)):
        tier = "personal" if paying and number == 0 else "free"
        render = await person.order(tier)
        if render is None:
            continue
        if (fate := chance.random()) < 0.08:
            await person.ask("POST", f"/api/jobs/{render}/cancel")
        elif fate < 0.14:
            await asyncio.sleep(chance.uniform(0, 3))
            return await person.leave()
        if await person.follow(render) == "done":
            await person.download(render)
        if over.is_set():
            return None
    return None


def _form(song: bytes, fields: dict[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(fields)
    form.add_field("song", io.BytesIO(song), filename="song.wav", content_type="audio/wav")
    return form


def _song(pitch: float) -> bytes:
    """One second of a tone, as WAV; another pitch, another song."""
    rate = 11_025
    tone = array("h", (int(9_000 * sin(2 * pi * pitch * at / rate)) for at in range(rate)))
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, rate, 0, "NONE", ""))
        made.writeframes(tone.tobytes())
    return file.getvalue()
