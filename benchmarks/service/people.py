"""A number in; so many people, with credits and renders in whatever state, signed in, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.service.stack import Stack
from oriel import look
from oriel.service import clock, credits, ids, sessions
from oriel.service.models import Render, Song, Submission, User

TIER = "personal"  # whose videos carry no watermark
_CREDITS = 1000


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, and the states of their renders."""

    id: str
    token: str
    renders: Mapping[str, str]


async def made(stack: Stack, count: int, states: Sequence[str] = ()) -> list[Person]:
    """So many people, each with a render in each of these states, which no worker has made."""
    return [await _made(stack, states) for _ in range(count)]


async def _made(stack: Stack, states: Sequence[str]) -> Person:
    user_id, now = ids.new(), clock.now()
    address = f"{user_id.lower()}@example.org"
    async with stack.database.begin() as session:
        user = User(id=user_id, email=address, email_as_typed=address, password_hash="")
        session.add(user)
        await session.flush()
        source = f"bench:{user_id}"
        await credits.grant(session, user_id, TIER, _CREDITS, kind="admin", source=source)
        song = Song(
            id=ids.new(),
            user_id=user_id,
            sha256=user_id.ljust(64, "0"),
            bytes=1,
            name="song.wav",
            key=f"songs/{user_id}",
            seconds=180.0,
            expires_at=now.replace(year=now.year + 1),
        )
        submission = Submission(id=ids.new(), user_id=user_id, request_hash="0" * 64)
        session.add_all([song, submission])
        await session.flush()
        renders = [_render(user_id, submission.id, song.id, state) for state in states]
        session.add_all(renders)
        signed = await sessions.sign_in(session, stack.settings.secret_keys, user, now)
    return Person(user_id, signed.access, {render.id: render.status for render in renders})


def _render(user_id: str, submission_id: str, song_id: str, state: str) -> Render:
    return Render(
        id=ids.new(),
        user_id=user_id,
        submission_id=submission_id,
        song_id=song_id,
        look=look.load("default").to_json(),
        width=1280,
        height=720,
        fps="30",
        tier=TIER,
        order_hash="0" * 64,
        status=state,
        frames=0 if state == "queued" else 5400,
        frames_done=5400 if state == "done" else 0,
        seconds=180.0 if state == "done" else None,
        bytes=20_000_000 if state == "done" else None,
    )
