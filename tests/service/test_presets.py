"""Presets: looks under names, checked as they go in."""

import asyncio
from datetime import UTC, datetime

import pytest
from people import somebody

from oriel.service import db, presets
from oriel.service.errors import BadFields, NotFound, Refused, Taken

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOOK = {"shape": "torus", "glow": 0.5}


async def kept(database: db.Database, user: str, name: str = "Mine", look: object = LOOK) -> str:
    async with database.begin() as session:
        return (await presets.keep(session, user, name, look, NOW)).id


async def test_a_look_is_kept_whole(database: db.Database) -> None:
    user = await somebody(database)
    await kept(database, user)

    async with database.read() as session:
        [preset] = await presets.listed(session, user)

    assert preset.name == "Mine"
    assert preset.look["shape"] == "torus"
    assert preset.look["size"] == 4  # as defaults change, a kept look does not


async def test_presets_are_listed_by_name(database: db.Database) -> None:
    user = await somebody(database)
    for name in ("b", "C", "a"):
        await kept(database, user, name)

    async with database.read() as session:
        assert [one.name for one in await presets.listed(session, user)] == ["a", "b", "C"]


async def test_a_preset_can_be_changed_and_removed(database: db.Database) -> None:
    user = await somebody(database)
    preset = await kept(database, user)

    async with database.begin() as session:
        changed = await presets.change(session, user, preset, "Ours", {"shape": "cone"}, NOW)
        assert (changed.name, changed.look["shape"]) == ("Ours", "cone")
    async with database.begin() as session:
        await presets.remove(session, user, preset)
    async with database.read() as session:
        assert await presets.listed(session, user) == []


async def test_names_are_there_once_an_account(database: db.Database) -> None:
    user, other = await somebody(database), await somebody(database)
    await kept(database, user)
    second = await kept(database, user, "Second")

    with pytest.raises(Taken):
        await kept(database, user, " Mine ")
    with pytest.raises(Taken):
        async with database.begin() as session:
            await presets.change(session, user, second, "Mine", LOOK, NOW)
    assert await kept(database, other)


async def test_what_is_somebody_elses_is_not_there(database: db.Database) -> None:
    theirs = await kept(database, await somebody(database))
    user = await somebody(database)

    async with database.begin() as session:
        for attempt in (
            presets.find(session, user, theirs),
            presets.change(session, user, theirs, "Mine", LOOK, NOW),
            presets.remove(session, user, theirs),
        ):
            with pytest.raises(NotFound):
                await attempt


@pytest.mark.parametrize(
    ("name", "look", "wrong"),
    [
        ("", LOOK, {"name"}),
        ("x" * 81, LOOK, {"name"}),
        ("two\nlines", LOOK, {"name"}),
        ("Mine", {"shape": "teapot"}, {"look"}),
        ("Mine", {"glows": 1}, {"look"}),
        ("Mine", "default", {"look"}),
        ("Mine", "/etc/passwd", {"look"}),
        ("", None, {"look", "name"}),
    ],
)
async def test_everything_that_is_wrong_is_told_at_once(
    database: db.Database, name: str, look: object, wrong: set[str]
) -> None:
    user = await somebody(database)

    with pytest.raises(BadFields) as caught:
        await kept(database, user, name, look)

    assert caught.value.details.keys() == wrong


async def test_an_account_keeps_so_many_even_when_asked_at_once(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "MOST", 3)
    user = await somebody(database)

    done = await asyncio.gather(
        *(kept(database, user, f"{number}") for number in range(8)), return_exceptions=True
    )

    assert sum(isinstance(one, str) for one in done) == 3
    assert sum(isinstance(one, Refused) for one in done) == 5
