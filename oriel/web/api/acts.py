"""What administrators do, each written down in the transaction of what it changes.

The API and the pages do the same by these.
"""

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import (
    audit,
    credentials,
    credits,
    factors,
    notify,
    renders,
    resending,
    users,
)
from oriel.service.errors import BadFields, Forbidden
from oriel.service.models import Mail, Notification, Render
from oriel.service.payments import PaymentsFailed, events, refunds
from oriel.service.payments.refunds import NotRefundable
from oriel.service.renders import NotPossible
from oriel.web.api import jobs, payments
from oriel.web.api.call import Call


async def note(
    call: Call, session: AsyncSession, action: str, subject: str, details: dict[str, Any]
) -> None:
    """Write down that whoever asks did this."""
    await audit.write(
        session,
        action,
        actor=call.user.id,
        subject=subject,
        details=details,
        address=call.address,
    )


async def deactivate(call: Call, user_id: str) -> int:
    """Take all access from somebody, and stop their renders; how many."""
    async with call.parts.database.begin() as session:
        stopped = await users.deactivate(
            session, user_id, by=call.user.id, now=call.parts.now(), address=call.address
        )
    for render_id in stopped:
        await call.parts.events.changed(render_id)
    return len(stopped)


async def reactivate(call: Call, user_id: str) -> None:
    """Let somebody sign in again."""
    async with call.parts.database.begin() as session:
        await users.reactivate(session, user_id, by=call.user.id, address=call.address)


async def remove_second_factor(call: Call, user_id: str, reason: str) -> None:
    """Have somebody's password alone be asked for, as they lost what makes codes; they are signed out.

    Raises Forbidden for one's own, which takes a code.
    """
    if user_id == call.user.id:
        raise Forbidden("Turn off your own on the page of your account, with a code.")
    async with call.parts.database.begin() as session:
        await factors.take_away(
            session,
            user_id,
            by=call.user.id,
            reason=reason,
            now=call.parts.now(),
            address=call.address,
        )


async def grant(
    call: Call, user_id: str, *, tier: str, amount: int, source: str, reason: str
) -> tuple[bool, dict[str, int]]:
    """Give somebody credits, once for each `source`; whether it was done, and what they have."""
    if tier not in call.parts.plans:
        raise BadFields({"tier": f"must be one of {', '.join(call.parts.plans)}"})
    async with call.parts.database.begin() as session:
        await users.find(session, user_id)
        granted = await credits.grant(
            session,
            user_id,
            tier,
            amount,
            kind="admin",
            source=f"admin:{user_id}:{source}",
            reason=reason,
        )
        if granted:
            about = {"tier": tier, "amount": amount, "reason": reason}
            await note(call, session, "credits.grant", f"user:{user_id}", about)
        return granted, await credits.balances(session, user_id)


async def cancel(call: Call, render_id: str) -> None:
    """Stop somebody's render, and give its credit back."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, render_id)
        if not await renders.cancel(session, render, call.parts.now(), by_us=True):
            raise NotPossible(f"It has ended already: it is {render.status}.")
        await note(call, session, "render.cancel", f"render:{render_id}", {})
    await call.parts.events.changed(render_id)


async def retry(call: Call, render_id: str) -> Render:
    """Order a render once more for its owner, who is given the credit where none is left."""
    parts = call.parts
    async with parts.database.begin() as session:
        render = await renders.find(session, render_id)
        owner = await users.find(session, render.user_id)
        if not owner.active:
            raise NotPossible("Its owner's account is deactivated: let them in again first.")
        await credits.hold(session, owner.id)
        granted = await _afforded(session, render)
        submitted = await renders.retry(
            session,
            render,
            user=owner,
            plan=jobs.plan_of(call, render.tier),
            now=parts.now(),
            keep_days=parts.settings.keep_days,
            limits=jobs.limits_of(call),
        )
        made = submitted.renders[0]
        about = {"became": made.id, "credit_granted": granted}
        await note(call, session, "render.retry", f"render:{render_id}", about)
    await jobs.ask(call, submitted.renders)
    return made


async def _afforded(session: AsyncSession, render: Render) -> bool:
    """See to it that the render's owner can pay for it once more; whether we had to."""
    if await credits.balance(session, render.user_id, render.tier) > 0:
        return False
    return await credits.grant(
        session,
        render.user_id,
        render.tier,
        kind="admin",
        source=f"render:{render.id}:retry",
        reason="tried again by an administrator",
    )


async def prefer(call: Call, render_id: str, priority: int) -> None:
    """Have a render be begun before others, or after them."""
    async with call.parts.database.begin() as session:
        render = await renders.find(session, render_id)
        about = {"from": render.priority, "to": priority}
        await renders.prefer(session, render, priority)
        await note(call, session, "render.priority", f"render:{render_id}", about)
    await call.parts.wake(render_id, priority)


async def refund(call: Call, payment_id: str, reason: str) -> str:
    """Return a payment through the provider; what our books say then.

    Whatever the provider says against it is told to whoever asked.
    """
    try:
        return await refunds.refund(
            call.parts.database,
            payments.shop(call),
            payment_id,
            by=call.user.id,
            reason=reason,
            now=call.parts.now(),
            address=call.address,
        )
    except PaymentsFailed as error:
        raise NotRefundable(str(error)) from error


async def replay(call: Call, event_id: str) -> str:
    """Act upon an event of the payment provider once more; what came of it."""
    parts = call.parts
    outcome = await events.replay(parts.database, payments.shop(call), event_id, parts.now())
    async with parts.database.begin() as session:
        about = {"outcome": outcome}
        await note(call, session, "event.replay", f"event:{event_id}"[:120], about)
    return outcome


async def resend(call: Call, mail_id: str) -> Mail:
    """Send a letter once more."""
    async with call.parts.database.begin() as session:
        mail = await resending.resend(session, payments.shop(call), mail_id, call.parts.now())
        about = {"letter": mail.letter}
        await note(call, session, "mail.resend", f"mail:{mail_id}", about)
    return mail


async def tell_again(call: Call, notice_id: str) -> Notification:
    """Tell an order's address once more that its render has ended."""
    async with call.parts.database.begin() as session:
        notice = await notify.again(session, notice_id, call.parts.now())
        about = {"url": notice.url}
        await note(call, session, "notice.again", f"render:{notice.render_id}", about)
    return notice


async def send_link(call: Call, user_id: str, purpose: Literal["verify", "reset"]) -> None:
    """Send somebody a new link, to verify their address or to choose a new password."""
    async with call.parts.database.begin() as session:
        user = await users.find(session, user_id)
        if not user.active:
            raise NotPossible("This account is deactivated: let its owner in again first.")
        if purpose == "verify" and user.verified_at is not None:
            raise NotPossible("This address is verified already.")
        await credentials.send_link(session, user, purpose, call.parts.now())
        await note(call, session, "user.send_link", f"user:{user_id}", {"purpose": purpose})
