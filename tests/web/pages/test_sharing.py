"""Videos that people share by a link, and take back."""

import re

import apis
from apis import Client
from visiting import Visitor, ordered
from visiting import visitor as visiting

from oriel.service import users


async def test_a_video_is_shared_and_taken_back(visitor: Visitor, site: Client) -> None:
    client, render = await ordered(visitor, site)
    early = await visitor.post(f"/videos/{render}/share")
    await apis.finished(client, render, b"0123456789")
    await visitor.post(f"/videos/{render}/share")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    token = re.findall(r"/watch/([\w-]{43})", page)[0]

    async with visiting(site) as stranger:
        shown = await stranger.get(f"/watch/{token}")
        video = await stranger.get(f"/watch/{token}/video")
        private = await stranger.get(f"/videos/{render}/video")
        await visitor.post(f"/videos/{render}/unshare")
        gone = await stranger.get(f"/watch/{token}")
        gone_video = await stranger.get(f"/watch/{token}/video")

    assert early.status == 409
    assert (shown.status, video.status, private.status) == (200, 302, 303)
    assert f'src="/watch/{token}/video"' in shown.body.decode()
    assert 'content="noindex"' in shown.body.decode()
    assert render not in shown.body.decode()
    assert (gone.status, gone_video.status) == (404, 404)


async def test_what_somebody_shared_is_gone_while_their_access_is_taken_away(
    visitor: Visitor, site: Client
) -> None:
    client, render = await ordered(visitor, site)
    await apis.finished(client, render)
    await visitor.post(f"/videos/{render}/share")
    page = (await visitor.get(f"/videos/{render}")).body.decode()
    link = re.findall(r"/watch/[\w-]{43}", page)[0]
    now, owner = site.parts.now(), client.user["id"]

    async with visiting(site) as stranger:
        async with site.parts.database.begin() as session:
            await users.deactivate(session, owner, by=None, now=now)
        gone = [(await stranger.get(link + file)).status for file in ("", "/video")]
        async with site.parts.database.begin() as session:
            await users.reactivate(session, owner, by=None)
        back = await stranger.get(link)

    assert gone == [404, 404]
    assert back.status == 200


async def test_nobody_sees_or_shares_the_renders_of_others(visitor: Visitor, site: Client) -> None:
    _, render = await ordered(visitor, site)

    async with visiting(site) as other:
        await other.sign_up("eve@example.com")
        for path in ("", "/video", "/poster"):
            assert (await other.get(f"/videos/{render}{path}")).status == 404
        for path in ("cancel", "retry", "again", "share", "unshare"):
            answer = await other.post(f"/videos/{render}/{path}")
            assert answer.status in (404, 422), path

    assert (await visitor.get(f"/videos/{render}")).status == 200
