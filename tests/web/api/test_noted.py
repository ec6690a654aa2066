"""What concerns security is a line of the log: who, from where, and never a secret or an address."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apis
import phones
import pytest
from apis import PASSWORD, Client

import oriel
from oriel.service import security

DOCS = Path(__file__).parents[3] / "docs" / "operating.md"
WRONG = "not the password at all"


class Noted(list[dict[str, Any]]):
    """The lines, as their fields."""

    def named(self, what: str) -> list[dict[str, Any]]:
        return [one for one in self if one["security"] == what]


@pytest.fixture
def noted() -> Iterator[Noted]:
    """What is noted from now on."""
    lines, logger = Noted(), logging.getLogger("oriel.security")

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(vars(record))

    keep, level = Keep(), logger.level
    logger.addHandler(keep)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(keep)
    logger.setLevel(level)


async def test_a_sign_in_is_noted_and_so_is_each_that_fails(api: Client, noted: Noted) -> None:
    somebody = await api.registered()
    address = somebody.user["email"]

    for typed in (address, f" {address.upper()}", "nobody@example.com"):
        await api.post("/api/auth/login", {"email": typed, "password": WRONG})
    await api.post("/api/auth/login", {"email": address, "password": PASSWORD})

    told = [(one["user"], one["address"]) for one in noted.named("sign_in")]
    assert told == [(somebody.user["id"], "127.0.0.1")] * 2, "registering signs in"
    first, second, other = [one["account"] for one in noted.named("wrong_password")]
    assert first == second != other, "one account, however it is typed"


async def test_what_may_be_an_attack_is_noted(api: Client, noted: Noted) -> None:
    somebody = await api.registered()

    await api.get("/api/user/profile")
    assert noted.named("not_signed_in") == [], "a guest is no attack"
    await api.get("/api/user/profile", headers={"Authorization": "Bearer forged.token.of-mine"})
    await somebody.get("/admin/api/users")
    await api.post("/api/auth/verify-email", {"token": "made-up"})
    await api.post("/api/payments/webhook", {})
    await api.post("/api/auth/login", {}, headers={"Sec-Fetch-Site": "cross-site"})

    kinds = ("not_signed_in", "forbidden", "bad_link", "bad_signature", "cross_site")
    assert [len(noted.named(kind)) for kind in kinds] == [1] * 5
    api.parts.limits.factor = 1e-9  # one of each
    for _ in range(2):
        await api.post("/api/auth/verify-email", {"token": "made-up"})
    assert noted.named("too_many")[0]["operation"] == "POST /api/auth/verify-email"
    assert {*kinds, "too_many"} == security.WATCHED
    refused = noted.named("forbidden")[0]
    assert (refused["user"], refused["operation"]) == (somebody.user["id"], "GET /admin/api/users")


async def test_what_changes_an_account_is_noted(api: Client, noted: Noted) -> None:
    somebody, admin = await api.registered(), await apis.administrator(api)
    proof, new = {"current_password": PASSWORD}, "another long and boring sentence"

    await api.post("/api/auth/request-password-reset", {"email": somebody.user["email"]})
    await somebody.ask("PUT", "/api/user/profile", json={**proof, "email": "new@example.com"})
    await somebody.ask("PUT", "/api/user/profile", json={**proof, "password": new})
    await admin.post(f"/admin/api/users/{somebody.user['id']}/deactivate")

    kinds = ("reset_asked", "address_change_asked", "password_changed", "user.deactivate")
    assert [len(noted.named(kind)) for kind in kinds] == [1] * 4
    assert noted.named("user.deactivate")[0]["user"] == admin.user["id"]


async def test_what_becomes_of_a_second_factor_is_noted_without_its_codes(
    api: Client, noted: Noted
) -> None:
    somebody, phone = await phones.turned_on(await api.registered())
    known = {"email": somebody.user["email"], "password": PASSWORD}
    proof = {"current_password": PASSWORD}
    spare, code = phone.recovery_codes[0], phone.code()

    await api.post("/api/auth/login", known | {"code": "314159"})
    made = await somebody.post("/api/user/second-factor/recovery-codes", proof | {"code": code})
    await somebody.delete(
        "/api/user/second-factor", proof | {"code": made.json["recovery_codes"][0]}
    )

    kinds = ("second_factor_on", "wrong_code", "recovery_codes_made", "second_factor_off")
    assert [len(noted.named(kind)) for kind in kinds] == [1] * 4
    written = repr([{**one, "args": None} for one in noted])
    for secret in ("314159", code, spare, phone.secret, *made.json["recovery_codes"]):
        assert secret not in written


async def test_nothing_that_somebody_typed_or_keeps_is_in_a_line(api: Client, noted: Noted) -> None:
    somebody = await api.registered()
    token = await apis.token_of(api, "verify")
    await api.post("/api/auth/login", {"email": somebody.user["email"], "password": WRONG})
    await api.post("/api/auth/request-password-reset", {"email": somebody.user["email"]})
    await api.post("/api/auth/verify-email", {"token": token})
    await api.post("/api/auth/verify-email", {"token": token})

    written = repr([{**one, "args": None} for one in noted])

    assert len(noted) >= 5
    for secret in (somebody.user["email"], WRONG, PASSWORD, token, somebody.token):
        assert secret not in written


def test_the_docs_tell_of_each_line() -> None:
    source = "".join(path.read_text() for path in Path(oriel.__file__).parent.rglob("*.py"))
    names = {*security.WATCHED, *re.findall(r'\bnote\(\s*"(\w+)"', source)}

    assert len(names) > 10
    for name in names:
        assert f"`{name}`" in DOCS.read_text("utf-8"), name
