"""Songs that were sent: known by their hash, and given back to whoever sent them."""

import hashlib

import apis
from apis import Client, a_song

from oriel.service import songs

SONG = a_song(0.2)
SHA256 = hashlib.sha256(SONG).hexdigest()


async def kept(client: Client, sha256: str = SHA256) -> bool:
    answer = await client.get(f"/api/user/songs?sha256={sha256}")
    assert answer.status == 200, answer.body
    return bool(answer.json["kept"])


async def test_a_song_is_known_to_whoever_sent_it_and_to_nobody_else(api_on_each: Client) -> None:
    owner, other = await api_on_each.registered(), await api_on_each.registered()
    before = await kept(owner)

    await owner.order(SONG, look="default")

    assert (before, await kept(owner), await kept(other)) == (False, True, False)


async def test_the_rhythm_of_a_song_is_told_once_it_was_heard(api_on_each: Client) -> None:
    owner = await api_on_each.registered()
    await owner.order(SONG, look="default")
    address = f"/api/user/songs?sha256={SHA256}"
    before = await owner.get(address)
    heard = {"tempo": 120.5, "beats": [0.25, 0.75]}

    async with api_on_each.parts.database.begin() as session:
        song = await songs.find(session, owner.user["id"], SHA256)
        assert song is not None
        await songs.rhythm_heard(session, song.id, heard)

    assert before.json["rhythm"] is None
    assert (await owner.get(address)).json["rhythm"] == heard


async def test_a_song_whose_time_is_over_is_to_be_sent_again(api: Client) -> None:
    owner = await api.registered()
    render = (await owner.order(SONG)).json["id"]
    await apis.kept_no_longer(api)

    answer = await owner.get(f"/api/jobs/{render}/song")

    assert not await kept(owner)
    assert (answer.status, answer.code) == (410, "gone")


async def test_a_hash_that_is_none_is_refused(api: Client) -> None:
    somebody = await api.registered()

    answer = await somebody.get("/api/user/songs?sha256=nonsense")

    assert (answer.status, set(answer.details)) == (422, {"sha256"})


async def test_the_song_of_a_render_comes_back_as_it_was_sent(api: Client) -> None:
    owner = await api.registered()
    render = (await owner.order(SONG)).json["id"]

    answer = await owner.get(f"/api/jobs/{render}/song")

    assert answer.status == 200
    assert hashlib.sha256(answer.body).hexdigest() == SHA256
    assert answer.headers["Content-Length"] == str(len(SONG))
    assert 'filename="song.wav"' in answer.headers["Content-Disposition"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_song_whose_file_is_lost_is_told_as_gone_and_is_to_be_sent_again(
    api: Client,
) -> None:
    owner = await api.registered()
    render = (await owner.order(SONG)).json["id"]
    async with api.parts.database.read() as session:
        song = await songs.find(session, owner.user["id"], SHA256)
    assert song is not None
    await api.parts.storage.delete(song.key)

    answer = await owner.get(f"/api/jobs/{render}/song")
    known = await kept(owner)
    await owner.order(SONG, size="320x240")

    assert (answer.status, answer.code) == (410, "gone")
    assert not known
    assert (await owner.get(f"/api/jobs/{render}/song")).body == SONG
