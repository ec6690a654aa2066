"""Somebody who visits pages without a browser: cookies are kept, forms are sent, nothing is followed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import apis
from apis import Answer, Client
from yarl import URL

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


@dataclass(frozen=True)
class Visitor:
    """A browser's profile at a server."""

    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str, accept: str = HTML) -> Answer:
        """A page, as if its address were typed."""
        return await self._ask("GET", path, {"Accept": accept})

    async def post(self, path: str, origin: str | None = None, **fields: str) -> Answer:
        """A form, sent from a page of the server, or of another origin."""
        headers = {"Accept": HTML, "Origin": origin or self.url}
        return await self._ask("POST", path, headers, fields)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], fields: dict[str, str] | None = None
    ) -> Answer:
        asked = self.http.request(
            method, self.url + path, headers=headers, data=fields, allow_redirects=False
        )
        async with asked as response:
            return Answer(
                response.status, response.headers, await response.read(), response.cookies
            )

    async def sign_up(self, email: str = "ada@example.com") -> Answer:
        """A new account, by the form."""
        return await self.post("/sign-up", name="Ada", email=email, password=apis.PASSWORD)

    def cookie(self, name: str) -> str:
        """A cookie that is kept."""
        return next(one.value for one in self.http.cookie_jar if one.key == name)

    async def client(self, site: Client) -> Client:
        """The same somebody, as a program asks."""
        known = replace(site, token=self.cookie("oriel_access"))
        return replace(known, user=(await known.get("/api/user/profile")).json)

    def forget(self, name: str) -> None:
        """Lose a cookie, as a browser does when its time is over."""
        self.http.cookie_jar.clear(lambda one: one.key == name)

    def keep(self, name: str, value: str) -> None:
        """Have a cookie of this value."""
        self.http.cookie_jar.update_cookies({name: value}, URL(self.url))


def hidden_in(page: str) -> dict[str, str]:
    """What the forms of a page send beside what is typed."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def problems(body: bytes) -> list[str]:
    """What stands below fields."""
    return re.findall(r'class="wrong"[^>]*>([^<]+)<', body.decode())


async def ordered(visitor: Visitor, site: Client) -> tuple[Client, str]:
    """Have somebody new order a video; their client, and its identifier."""
    await visitor.sign_up()
    client = await visitor.client(site)
    made = await client.order(apis.a_song(), look="ember", size="640x360")
    return client, made.json["id"]


@asynccontextmanager
async def visitor(client: Client) -> AsyncIterator[Visitor]:
    """Somebody new at this server."""
    jar = aiohttp.CookieJar(unsafe=True)  # of an address in numbers
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Visitor(client.url, http)
