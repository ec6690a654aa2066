"""Apps on phones that make codes, and accounts that ask for these."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyotp
from apis import PASSWORD, Client
from sqlalchemy import update

from oriel.service.models import User


@dataclass(frozen=True)
class Phone:
    """What knows a secret, and the recovery codes that came with it."""

    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, moment: datetime | None = None) -> str:
        """The code of a moment, or of now."""
        return pyotp.TOTP(self.secret).at(moment or datetime.now(UTC))


async def turned_on(client: Client) -> tuple[Client, Phone]:
    """Somebody's second factor, on since a while; and their client from then on."""
    await confirm(client)
    offered = (await client.post("/api/user/second-factor/offer")).json
    proof = {"current_password": PASSWORD, "code": Phone(offered["secret"]).code()}
    answer = await client.post("/api/user/second-factor", {"offer": offered["offer"], **proof})
    assert answer.status == 200, answer.body
    await forget_step(client)
    told = answer.json
    signed = client.as_told_by(told["tokens"])
    return signed, Phone(offered["secret"], told["recovery_codes"])


async def forget_step(client: Client) -> None:
    """Let this half minute's code be good again, as if the one before were used long ago."""
    await _change(client, second_factor_step=0)


async def confirm(client: Client) -> None:
    """Believe that the address is somebody's."""
    await _change(client, verified_at=datetime.now(UTC))


async def _change(client: Client, **values: Any) -> None:
    async with client.parts.database.begin() as session:
        await session.execute(update(User).where(User.id == client.user["id"]).values(values))
