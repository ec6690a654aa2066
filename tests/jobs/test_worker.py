"""Orders become videos, whatever happens to the workers that make them."""

from pathlib import Path

from ordering import an_order
from working import Works

SMALL = ((160, 90),)


async def test_an_order_becomes_a_video(workplace: Works, short_song: Path) -> None:
    workplace.start()

    render = await workplace.order(short_song, an_order(sizes=SMALL))
    done = await workplace.until(render, "done", "failed")

    assert done.status == "done", done.log
    print(workplace.logs())
