"""What is wrong in an order's form is named, all of it at once."""

from pathlib import Path

from apis import Client, a_song


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
