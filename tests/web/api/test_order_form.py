"""What is wrong in an order's form is named, all of it at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import apis
from apis import Answer, Client, a_song
from databases import Schemas


async def test_every_wrong_field_of_an_order_is_named_at_once(api: Client, tmp_path: Path) -> None:
    somebody = await api.registered()

    answer = await somebody.order(
        a_song(), look='{"glow": 99, "shap": "cube"}', size="huge", fps="-1", tier="golden"
    )

    assert (answer.status, answer.code) == (422, "invalid")
    assert set(answer.details) == {"look", "size", "fps", "tier"}
    assert "glow" in answer.details["look"] or "shap" in answer.details["look"]
    left = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert left == [], "the song of an order that is refused is not kept"


async def test_unknown_and_doubled_parts_of_the_form_are_named_among_all_that_is_wrong(
    api: Client,
) -> None:
    somebody = await api.registered()

    wrong = {"colour": "red", "Size": "720p", "fps": ["24", "30"], "size": "huge"}
    sent = await somebody.order(a_song(), **wrong)
    by_hash = await somebody.post("/api/jobs/submit", data={"song_hash": "0" * 64, "hue": "1"})
    both = await somebody.order(a_song(), song_hash="0" * 64)

    unknown = dict.fromkeys(("colour", "Size"), "is not known here")
    assert sent.details.keys() == {*unknown, "fps", "size"}
    assert sent.details.items() >= {**unknown, "fps": "must be sent once"}.items()
    assert by_hash.details == {"hue": "is not known here"}
    assert set(both.details) == {"song_hash"}
    assert [one async for one in api.parts.storage.listed("songs/")] == []


async def test_what_is_wrong_with_a_song_or_a_long_field_is_named_with_all_that_is_wrong(
    api: Client,
) -> None:
    somebody = await api.registered()
    wrong = {"fps": "-1"}

    empty = await somebody.order(b"", **wrong)
    long = await somebody.order(a_song(), look="x" * 200_001, notify_url="a\0b", **wrong)
    odd = await sent(somebody, ("size", b"\xff"), ("song", b""), ("song", b"ID3"), ("fps", b"0"))
    twice = await sent(somebody, ("song", a_song()), ("song", a_song(2)), ("tier", b"golden"))
    plain = await somebody.post(
        "/api/jobs/submit", data={"song_hash": "a\0", "look": "no", "hue": "\0"}
    )

    assert (empty.status, empty.code) == (422, "invalid")
    assert empty.details.keys() == {"song", "fps"}
    assert empty.details["song"] == "is empty: choose another file"
    assert long.details.keys() == {"look", "notify_url", "fps"}
    assert long.details["look"] == "is longer than 200,000 bytes"
    assert odd.details.keys() == {"size", "song", "fps"}
    assert (odd.details["size"], odd.details["song"]) == ("must be UTF-8", "must be sent once")
    assert twice.details.keys() == {"song", "tier"}
    assert plain.details.keys() == {"song_hash", "look", "hue"}
    assert plain.details["song_hash"] == "must hold no NUL"
    assert [one async for one in api.parts.storage.listed("songs/")] == []


async def test_a_form_that_is_wrong_already_is_read_no_further_than_any_other(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, upload_limit_mb=1)
    async with apis.served(chosen) as api:
        somebody, sent = await api.registered(), 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            yield part("song", a_song(0.1)) + part("song", b"ID3")[:-2]
            for _ in range(400):
                sent += 1 << 18
                yield bytes(1 << 18)

        try:
            answer = await somebody.post("/api/jobs/submit", data=endless(), headers=KIND)
            assert (answer.status, answer.code) == (413, "too_large")
        except aiohttp.ClientError:
            pass  # it hung up on us: that is an answer too
        many = await somebody.post(
            "/api/jobs/submit", data=part("song", b"") * 1_000 + b"--x--\r\n", headers=KIND
        )

    assert sent < 50e6
    assert (many.status, many.code) == (400, "bad_form")
    assert not list((tmp_path / "storage").rglob("songs/*/*"))


KIND = {"Content-Type": "multipart/form-data; boundary=x"}


def part(name: str, body: bytes) -> bytes:
    """One part of a form, whose file has a name if it is a song."""
    file = '; filename="a.wav"' if name == "song" else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + body + b"\r\n"


async def sent(somebody: Client, *parts: tuple[str, bytes]) -> Answer:
    """The answer to a form of these parts, in this order."""
    body = b"".join(part(name, held) for name, held in parts) + b"--x--\r\n"
    return await somebody.post("/api/jobs/submit", data=body, headers=KIND)
