"""What is ordered in another codec than H.264 goes the whole way, to what a browser saves."""

import io
from urllib.parse import parse_qs, urlsplit

import av
import buckets
import pytest
from apis import Answer, Client, a_song, served
from databases import on_sqlite
from ordering import balance
from working import Works

from oriel.service import credits

SECONDS, FPS = 0.5, 60
SIZE = (320, 180)
# Of each codec the file's ending, its type, its brand, and the name of what decodes it.
CODECS = {
    "hevc": ("mp4", "video/mp4", "isom", "hevc"),
    "av1": ("mp4", "video/mp4", "isom", "libdav1d"),
    "vp9": ("mp4", "video/mp4", "isom", "vp9"),
    "prores": ("mov", "video/quicktime", "qt  ", "prores"),
}


@on_sqlite
async def test_premium_orders_of_each_codec_become_files_of_it_that_can_be_saved(
    workplace: Works,
) -> None:
    song = a_song(1)
    order = {"tier": "premium", "size": "320x180", "fps": FPS, "end": SECONDS}
    with buckets.emulated("gcp-storage-emulator", workplace.folder) as endpoint:
        options = f"endpoint={endpoint}&credentials={buckets.credentials(workplace.folder)}"
        workplace.environment["ORIEL_STORAGE"] = f"gs://{buckets.BUCKET}?{options}"
        async with served(workplace.settings) as stranger, workplace.at_work(slots=2):
            somebody = await stranger.registered()
            await given(workplace, somebody, premium=len(CODECS))
            answers = {codec: await somebody.order(song, codec=codec, **order) for codec in CODECS}
            for codec, answer in answers.items():
                assert answer.status == 202, answer.body
                done = await workplace.until_ended(answer.json["id"])
                assert done.status == "done", done.log

                await is_saved(somebody, done.id, codec)
    assert await balance(workplace.database, somebody.user["id"], "premium") == 0


async def given(workplace: Works, somebody: Client, **tiers: int) -> None:
    """Credits, as if they had been bought."""
    async with workplace.database.begin() as session:
        for tier, amount in tiers.items():
            user_id = str(somebody.user["id"])
            await credits.grant(session, user_id, tier, amount, kind="admin", source=f"test:{tier}")


async def is_saved(somebody: Client, render_id: str, codec: str) -> None:
    """Look at what a browser gets of a finished render."""
    ending, kind, brand, decoder = CODECS[codec]
    name, video = await fetched(somebody, f"/api/jobs/{render_id}/download")
    _, poster = await fetched(somebody, f"/api/jobs/{render_id}/download?file=poster")

    assert f'filename="song 320x180.{ending}"' in name
    assert video.headers["Content-Type"] == kind
    with av.open(io.BytesIO(video.body)) as file:
        assert file.metadata["major_brand"] == brand
        pictures, sound = file.streams.video[0], file.streams.audio[0]
        assert pictures.codec_context.name == decoder
        assert pictures.average_rate == FPS
        assert float((sound.duration or 0) * sound.time_base) == pytest.approx(SECONDS, abs=0.05)
        sizes = [(frame.width, frame.height) for frame in file.decode(video=0)]
    assert sizes == [SIZE] * round(SECONDS * FPS)
    assert poster.headers["Content-Type"] == "image/jpeg"
    with av.open(io.BytesIO(poster.body)) as picture:
        assert (picture.streams.video[0].width, picture.streams.video[0].height) == SIZE


async def fetched(somebody: Client, path: str) -> tuple[str, Answer]:
    """What is behind a link of a render's, and the words by which it is saved."""
    answer = await somebody.get(path)
    assert answer.status == 302, answer.body
    link = answer.headers["Location"]
    async with somebody.http.get(link) as there:
        behind = Answer(there.status, there.headers, await there.read())
    assert behind.status == 200, behind.body
    return parse_qs(urlsplit(link).query)["response-content-disposition"][0], behind
