"""What somebody is told of what we know of them, and what stays when they leave."""

import json
from datetime import UTC, datetime

import pytest
from people import somebody
from sqlalchemy import select
from sqlalchemy.orm import undefer

from oriel.service import (
    audit,
    credits,
    db,
    ids,
    keys,
    leaving,
    listings,
    profiles,
    sessions,
    users,
)
from oriel.service.errors import BadCredentials, Forbidden, NotFound, NotSignedIn
from oriel.service.models import (
    Base,
    Mail,
    Notification,
    Payment,
    Preset,
    Render,
    Share,
    Song,
    Submission,
    User,
)
from oriel.service.plans import PLANS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = ("a secret that is long enough to sign",)


async def busy(database: db.Database) -> User:
    """Somebody who did everything that one can do."""
    user = await users.register(
        database, PLANS, email="anna@example.com", password="correct horse", now=NOW, name="Anna"
    )
    async with database.begin() as session:
        await credits.grant(session, user.id, "personal", kind="purchase", source="payment:1")
        session.add(Preset(user_id=user.id, name="Mine", look={"shape": "cube"}))
        paid = {"amount_cents": 299, "currency": "usd", "status": "paid", "provider": "off"}
        session.add(Payment(user_id=user.id, tier="personal", receipt="R-1", **paid))
        song = Song(
            user_id=user.id,
            sha256="0" * 64,
            bytes=5,
            name="My secret song.mp3",
            title="Secret",
            key="songs/1",
            expires_at=NOW,
        )
        order = Submission(user_id=user.id, request_hash="0" * 64)
        session.add_all([song, order])
        await session.flush()
        for status in ("done", "done", "failed", "drawing", "queued"):
            render = Render(
                id=ids.new(),
                user_id=user.id,
                submission_id=order.id,
                song_id=song.id,
                look={"shape": "cube"},
                width=1280,
                height=720,
                fps="30",
                tier="free",
                order_hash="0" * 64,
                status=status,
                seconds=10.0 if status == "done" else None,
                bytes=1000 if status == "done" else None,
                video_key=f"videos/{status}",
            )
            session.add(render)
            await session.flush()
            if status == "failed":
                told = {"url": "https://anna.example/hook", "body": {"song": "Secret"}}
                session.add(Notification(render_id=render.id, **told))
            if status == "queued":
                await credits.spend(session, user.id, "free", source=f"render:{render.id}:spend")
    return user


async def test_a_profile_tells_what_was_made_and_what_is_left(database: db.Database) -> None:
    user = await busy(database)

    told = await profiles.profile(database, user, NOW)

    assert told["email"] == "anna@example.com"
    assert told["credits"] == {"free": 4, "personal": 1}
    statistics = told["statistics"]
    assert {name: statistics[name] for name in ("renders", "done", "failed", "under_way")} == {
        "renders": 5,
        "done": 2,
        "failed": 1,
        "under_way": 2,
    }
    assert (statistics["seconds"], statistics["bytes"]) == (20.0, 2000)
    json.dumps(told)


async def test_who_made_nothing_yet_has_a_profile_too(database: db.Database) -> None:
    user_id = await somebody(database)

    async with database.read() as session:
        user = await users.find(session, user_id)
    told = await profiles.profile(database, user, NOW)

    assert (told["credits"], told["statistics"]["renders"]) == ({}, 0)
    assert told["statistics"]["last_render_at"] is None


async def test_an_export_has_everything_but_secrets(database: db.Database) -> None:
    user = await busy(database)
    other = await somebody(database, "bert@example.com")
    async with database.begin() as session:
        given = await sessions.sign_in(session, SECRETS, user, NOW)
        await audit.write(session, "user.role", actor=other, subject=f"user:{user.id}")
        render = await session.scalar(select(Render.id).where(Render.user_id == user.id).limit(1))
        session.add(Share(user_id=user.id, render_id=render, token="shown"))

    async with database.read() as session:
        told = await profiles.export(session, user.id, NOW)
        [verify] = await session.scalars(select(Mail).where(Mail.letter == "verify"))

    text = json.dumps(told)
    assert told["user"]["name"] == "Anna"
    counts = {table: len(rows) for table, rows in told.items() if isinstance(rows, list)}
    assert counts == {
        "songs": 1,
        "submissions": 1,
        "renders": 5,
        "presets": 1,
        "shares": 1,
        "credits": 3,
        "payments": 1,
        "refresh_tokens": 1,
        "one_time_tokens": 1,
        "mails": 2,
        "notifications": 1,
        "audit": 1,
    }
    token = verify.words["token"]
    hashes = [keys.hashed(one) for one in (given.refresh, token)]
    for secret in (user.password_hash, given.refresh, token, *hashes, "bert@example.com"):
        assert secret not in text


async def test_who_leaves_leaves_no_name_behind(database: db.Database) -> None:
    user = await busy(database)
    async with database.begin() as session:
        given = await sessions.sign_in(session, SECRETS, user, NOW)

    async with database.begin() as session:
        await leaving.delete_account(session, user.id, by=user.id, now=NOW)

    async with database.read() as session:
        kept = [
            {column.key: getattr(row, column.key) for column in table.__table__.c}
            for table in (mapper.class_ for mapper in Base.registry.mappers)
            for row in await session.scalars(select(table).options(undefer("*")))
        ]
        with pytest.raises(NotFound):
            await users.find(session, user.id)
        renders = list(await session.scalars(select(Render)))
    with pytest.raises(NotSignedIn):
        await sessions.read(database, SECRETS, given.access, NOW)
    text = json.dumps(kept, default=str).lower()
    assert not any(word in text for word in ("anna", "secret", "cube"))
    assert {render.status for render in renders} == {"done", "failed", "cancelled"}
    assert all(render.deleted_at for render in renders)  # the sweeper deletes their files
    with pytest.raises(BadCredentials):
        await users.authenticate(database, email="anna@example.com", password="correct horse")


async def test_the_books_stay_when_somebody_leaves(database: db.Database) -> None:
    user = await busy(database)

    async with database.begin() as session:
        await leaving.delete_account(session, user.id, by=user.id, now=NOW)

    async with database.read() as session:
        assert await credits.balances(session, user.id) == {"free": 5, "personal": 1}
        [payment] = await session.scalars(select(Payment))
        notes = list(await session.scalars(listings.deeds(subject=f"user:{user.id}")))
    assert (payment.receipt, payment.amount_cents) == ("R-1", 299)
    assert [note.action for note in notes].count("user.delete") == 1


async def test_who_comes_back_has_a_new_account_like_anybody_s(
    database: db.Database,
) -> None:
    user = await busy(database)
    async with database.begin() as session:
        await leaving.delete_account(session, user.id, by=user.id, now=NOW)

    again = await registered_again(database)

    async with database.read() as session:
        assert again.id != user.id
        # Less would tell whoever registers with an address that it was here.
        assert await credits.balances(session, again.id) == {"free": 5}


async def registered_again(database: db.Database) -> User:
    return await users.register(
        database, PLANS, email="anna@example.com", password="correct horse", now=NOW
    )


async def test_the_last_admin_cannot_leave(database: db.Database) -> None:
    admin = await somebody(database, role="admin")

    with pytest.raises(Forbidden):
        async with database.begin() as session:
            await leaving.delete_account(session, admin, by=admin, now=NOW)
