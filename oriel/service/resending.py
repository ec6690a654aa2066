"""A letter that was sent or given up goes in; the same, written anew, goes out once more.

The words of a letter are forgotten once it is sent, as some open doors: they are found again in what
it tells of, and a link is a new one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credentials, endings, ids
from oriel.service.errors import NotFound, Refused
from oriel.service.mail import post
from oriel.service.models import Mail, Payment, Render, User
from oriel.service.payments import receipts
from oriel.service.payments.purchases import Shop


class NotResendable(Refused):
    """What the letter told of is not known any more, or is no longer true."""

    code = "not_resendable"


async def resend(session: AsyncSession, shop: Shop, mail_id: str, now: datetime) -> Mail:
    """Send a letter once more, or at once where it still waits; the letter as it was.

    It goes to the account's address as it is now. Raises NotFound and NotResendable.
    """
    mail = await session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound("There is no such letter.")
    if mail.sent_at is None and mail.gave_up_at is None:
        mail.due_at = now
        return mail
    user = await session.get(User, mail.user_id) if mail.user_id else None
    if user is None or user.deleted_at is not None:
        raise NotResendable("The account that it was written to is gone.")
    if mail.letter in ("verify", "reset"):
        await credentials.send_link(session, user, mail.letter, now)
        return mail
    await post.post(
        session,
        to=user.email,
        letter=mail.letter,
        words=await _words(session, shop, mail, user),
        source=f"again:{ids.new()}:{mail.source}"[:160],
        user_id=user.id,
    )
    return mail


async def _words(session: AsyncSession, shop: Shop, mail: Mail, user: User) -> dict[str, Any]:
    about = mail.source.rpartition("again:")[2].split(":")
    if about[0] not in ("render", "payment", "user"):
        about = about[1:]  # after the identifier of one that was sent again
    if mail.letter in ("welcome", "password_changed"):
        return {"name": user.name}
    if mail.letter in ("video_ready", "video_failed"):
        render = await session.get(Render, about[1])
        if render is not None and (mail.letter == "video_failed") == (render.status == "failed"):
            return await endings.words(session, user, render)
    if mail.letter in receipts.LETTERS:
        payment = await session.get(Payment, about[1])
        happened = payment and (payment.refunded_at if mail.letter == "refund" else payment.paid_at)
        if payment is not None and happened is not None:
            return await receipts.words(session, shop.plans, payment, user, mail.letter)
    raise NotResendable("What this letter told of is not known any more.")
