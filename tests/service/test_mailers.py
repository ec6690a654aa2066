"""What every mailer keeps, whichever the settings name."""

from collections.abc import Iterator
from pathlib import Path

import mailers
import pytest
from mailers import Way

from oriel.service import ids
from oriel.service.mail import Letter, MailDelayed, Picture, letters

POSTER = Picture("poster.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)


def letter() -> Letter:
    """One with all that a letter has: words that are not ASCII, and a picture."""
    words = {"name": "Zoë", "render_id": ids.new(), "song": "Grüße & <Küsse>", "size": "16×16"}
    words["expires_at"] = None
    written = letters.write("video_ready", words, "https://oriel.example", POSTER.name)
    html = f"{written.html}\n"  # in mail each line ends
    about = ("video_ready", "zoe@example.com", written.subject)
    return Letter(ids.new(), *about, written.text, html, (POSTER,))


@pytest.fixture(params=mailers.WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    """Each of them in turn."""
    with request.param(tmp_path) as made:
        yield made


async def test_a_letter_arrives_whole(way: Way) -> None:
    sent = letter()

    await way.mailer.check()
    await way.mailer.send(sent)

    assert way.arrived() == [sent]


async def test_a_letter_that_is_sent_again_is_known_to_be_the_same(way: Way) -> None:
    one, other = letter(), letter()

    for sent in (one, one, other):
        await way.mailer.send(sent)

    assert {arrived.id for arrived in way.arrived()} == {one.id, other.id}


async def test_where_nobody_takes_letters_they_wait(way: Way) -> None:
    with pytest.raises(MailDelayed):
        await way.away.check()
    with pytest.raises(MailDelayed):
        await way.away.send(letter())

    assert way.arrived() == []
