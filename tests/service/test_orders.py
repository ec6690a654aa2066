"""A form's fields become an order; what is wrong is said of every field at once."""

from fractions import Fraction
from typing import Any

import pytest

from oriel import look
from oriel.service import orders
from oriel.service.errors import BadFields


def of(**fields: str | list[str]) -> orders.Order:
    return orders.read({k: [v] if isinstance(v, str) else v for k, v in fields.items()})


def test_nothing_asked_is_a_free_720p_video_of_the_whole_song() -> None:
    order = of()

    assert order.sizes == ((1280, 720),)
    assert order.fps == 30
    assert (order.start, order.end) == (0.0, None)
    assert (order.tier, order.codec, order.quality) == ("free", "h264", "standard")
    assert order.look == look.load("default").to_json()


def test_what_is_asked_is_read_as_the_shell_reads_it() -> None:
    order = of(
        size=["1080p", "square", "1080p"], fps="29.97", start="1:30", end="95.5", look="ember"
    )

    assert order.sizes == ((1920, 1080), (1080, 1080))
    assert order.fps == Fraction(30000, 1001)
    assert (order.start, order.end) == (90.0, 95.5)
    assert order.look == look.load("ember").to_json()


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(BadFields) as refused:
        of(size="huge", fps="0", start="x", codec="mp3", look='{"shape": 3}', notify_url="ftp://a")

    assert set(refused.value.details) == {"size", "fps", "start", "codec", "look", "notify_url"}


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "../looks/default.json", "x" * 200_000, "{" * 9000]
)
def test_a_look_is_never_a_file_of_this_machine(text: str) -> None:
    with pytest.raises(BadFields):
        of(look=text)


def test_an_end_before_the_start_is_wrong() -> None:
    with pytest.raises(BadFields, match="after the start"):
        of(start="10", end="5")


def test_equal_orders_have_equal_hashes_and_others_have_not() -> None:
    size = (1280, 720)
    base = orders.order_hash("ab", of(), size, False)
    others: list[dict[str, Any]] = [{"fps": "25"}, {"end": "3"}, {"look": "ember"}]

    assert orders.order_hash("ab", of(look='{"shape": "cube"}'), size, False) == base
    assert orders.order_hash("ab", of(tier="premium"), size, False) == base
    assert all(orders.order_hash("ab", of(**other), size, False) != base for other in others)
    assert orders.order_hash("cd", of(), size, False) != base
    assert orders.order_hash("ab", of(), (720, 1280), False) != base
    assert orders.order_hash("ab", of(), size, True) != base
