"""Songs that are longer than they may be fail with a sentence that says so, and cost nothing."""

import random
import wave
from pathlib import Path

import pytest
from databases import on_sqlite
from ordering import an_order, balance, somebody
from working import SMALL, Works


@on_sqlite
async def test_a_song_that_is_longer_than_its_tier_includes_fails_once_it_was_heard(
    workplace: Works, tmp_path: Path
) -> None:
    """When it is sent nobody knows yet how long it is."""
    workplace.start()
    render = await workplace.order(a_long_song(tmp_path, 181), an_order())

    render = await workplace.until_ended(render.id)

    assert (render.status, render.error_code) == ("failed", "too_long")
    assert await balance(workplace.database, render.user_id) == 5


@on_sqlite
@pytest.mark.parametrize("tier", ["free", "personal"])
async def test_a_song_that_is_longer_than_any_may_be_fails_in_every_tier_and_says_how_long_it_may(
    workplace: Works, tmp_path: Path, tier: str
) -> None:
    """However short the part of it is that was ordered."""
    workplace.environment["ORIEL_SONG_LIMIT_MINUTES"] = "1"
    song = a_long_song(tmp_path, 61)
    user = await somebody(workplace.database, personal=1)

    async with workplace.at_work():
        render = await workplace.order(song, an_order(sizes=SMALL, tier=tier, end=2.0), user)
        failed = await workplace.until_ended(render.id)

    assert (failed.status, failed.error_code, failed.attempts) == ("failed", "too_long", 1)
    assert failed.error_message == (
        "Songs may last up to 1 minute here, and this one lasts longer: cut it, and send a part."
    )
    assert await balance(workplace.database, user.id, "free") == 5
    assert await balance(workplace.database, user.id, "personal") == 1


def a_long_song(folder: Path, seconds: int) -> Path:
    """Noise, in few bytes."""
    path = folder / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(random.Random(1).randbytes(8_000 * seconds))
    return path
