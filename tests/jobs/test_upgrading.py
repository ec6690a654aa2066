"""While one version follows on another, videos are finished that both drew parts of."""

from pathlib import Path

import film
from databases import on_sqlite
from ordering import an_order, balance, letters, somebody
from working import SMALL, Works, drawn, worked

from oriel.service import segments
from oriel.service.orders import Order


@on_sqlite
async def test_segments_of_another_version_s_encoder_are_drawn_again(
    workplace: Works, short_song: Path
) -> None:
    user = await somebody(workplace.database, personal=1)
    order = an_order(sizes=SMALL, end=4.0, tier="personal")
    render = await workplace.order(short_song, order, user)
    await worked(workplace, 3)  # prepared, and two segments are drawn
    async with workplace.database.read() as session:
        [other, _] = await segments.keys(session, render.id)
    await overwritten(workplace, other, short_song, order)

    workplace.start()
    done = await workplace.until(render, "done", "failed")

    assert done.status == "done", done.log
    assert done.redrawn
    assert "is drawn again" in workplace.logs()
    assert len(list(film.luma(await workplace.fetched(done)))) == 4 * 30
    assert await balance(workplace.database, user.id, "personal") == 0
    assert await letters(workplace.database, render) == ["video_ready"]


async def overwritten(workplace: Works, key: str, song: Path, order: Order) -> None:
    """Have a segment be what another version's settings of the encoder would have made of it."""
    path = workplace.folder / "other.mp4"
    await drawn(song, path, order, frames=(0, 60), quality="high", silent=True)
    await workplace.storage.put(key, path, "video/mp4")
