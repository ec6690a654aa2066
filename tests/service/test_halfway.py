"""Between the password and the code: a word that says who proved the password, for a short while."""

from datetime import UTC, datetime, timedelta

import pytest
from databases import on_sqlite
from people import somebody

from oriel.service import db, halfway, sealing, users
from oriel.service.errors import NotSignedIn

KEYS = ("a secret that is long enough to sign",)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@on_sqlite
@pytest.mark.parametrize(
    ("minutes", "changed", "good"),
    [
        (0, {}, True),
        (10, {}, True),
        (11, {}, False),
        (1, {"active": False}, False),
        (1, {"sessions_since": NOW + timedelta(seconds=1)}, False),
        (1, {"deleted_at": NOW}, False),
    ],
)
async def test_a_word_is_good_for_ten_minutes_and_while_nothing_ends_the_account_s_sign_ins(
    database: db.Database, minutes: int, changed: dict[str, object], good: bool
) -> None:
    user_id = await somebody(database, sessions_since=NOW - timedelta(days=1))
    async with database.begin() as session:
        user = await users.find(session, user_id)
        word = halfway.word(KEYS, user, NOW)
        for name, value in changed.items():
            setattr(user, name, value)

    later = NOW + timedelta(minutes=minutes)
    if good:
        assert (await halfway.read(database, KEYS, word, later)).id == user_id
    else:
        with pytest.raises(NotSignedIn, match="took too long"):
            await halfway.read(database, KEYS, word, later)


@on_sqlite
@pytest.mark.parametrize(
    "word",
    [
        "",
        "x",
        "x.y",
        "é.é",
        pytest.param(sealing.seal(KEYS, "somebody 0", "else"), id="sealed for another purpose"),
    ],
)
async def test_a_word_that_we_did_not_seal_for_this_says_nothing(
    database: db.Database, word: str
) -> None:
    with pytest.raises(NotSignedIn):
        await halfway.read(database, KEYS, word, NOW)
