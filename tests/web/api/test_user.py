"""Accounts as their owners see and change them."""

import json

import apis
from apis import PASSWORD, Client, a_song

from oriel.service import expiry

NEW = "quite another sentence"


async def test_a_name_is_changed_without_the_password(api: Client) -> None:
    somebody = await api.registered()

    answer = await somebody.put("/api/user/profile", {"name": "Ada"})

    assert answer.json["user"]["name"] == "Ada"
    assert (await somebody.get("/api/user/profile")).json["name"] == "Ada"


async def test_a_new_address_or_password_needs_the_old_password(api: Client) -> None:
    somebody = await api.registered()

    for change in ({"email": "new@example.com"}, {"password": NEW}):
        without = await somebody.put("/api/user/profile", change)
        wrong = await somebody.put("/api/user/profile", {**change, "current_password": "guess"})
        for answer in (without, wrong):
            assert (answer.status, set(answer.details)) == (422, {"current_password"})


async def test_what_is_wrong_with_a_change_is_told_together_and_nothing_changes(
    api: Client,
) -> None:
    somebody = await api.registered()
    change = {
        "name": "Ada",
        "email": "nowhere",
        "password": "password",
        "current_password": PASSWORD,
    }

    answer = await somebody.put("/api/user/profile", change)
    guessed = await somebody.put("/api/user/profile", {**change, "current_password": "guess"})
    del change["current_password"]
    unproved = await somebody.put("/api/user/profile", change)

    assert (answer.status, set(answer.details)) == (422, {"email", "password"})
    for one in (guessed, unproved):
        assert (one.status, set(one.details)) == (422, {"current_password", "email", "password"})
    assert (await somebody.get("/api/user/profile")).json["name"] == ""


async def test_a_new_password_ends_other_sign_ins_and_brings_new_tokens(api: Client) -> None:
    somebody = await api.registered("grace@example.com")

    answer = await somebody.put(
        "/api/user/profile", {"password": NEW, "current_password": PASSWORD}
    )

    assert answer.status == 200
    assert (await somebody.get("/api/user/profile")).status == 401
    again = api.as_told(apis.Answer(200, {}, json.dumps(answer.json["tokens"]).encode()))
    assert (await again.get("/api/user/profile")).status == 200


async def test_a_new_address_is_the_account_s_once_its_letter_is_answered(api: Client) -> None:
    somebody = await api.registered("old@example.com")
    change = {"email": "new@example.com", "current_password": PASSWORD}

    asked = await somebody.put("/api/user/profile", change)
    before = (await somebody.get("/api/user/profile")).json["email"]
    token = await apis.token_of(api, "verify")
    confirmed = await api.post("/api/auth/verify-email", {"token": token})

    assert asked.json["user"]["email"] == before == "old@example.com"
    assert confirmed.json["email"] == "new@example.com"


async def test_history_holds_renders_and_payments_page_by_page(api: Client) -> None:
    somebody = await api.registered()
    mine = await apis.belongings(somebody)
    other = (await somebody.order(a_song(), size="320x240")).json["id"]

    first = await somebody.get("/api/user/history?limit=2")
    second = await somebody.get(f"/api/user/history?before={first.json['next']}")

    entries = [*first.json["entries"], *second.json["entries"]]
    assert {one["id"] for one in entries} == {mine["jobs"], mine["payments"], other}
    assert [one["id"] for one in entries] == sorted((one["id"] for one in entries), reverse=True)
    assert {one["kind"] for one in entries} == {"render", "payment"}


async def test_history_says_which_videos_and_songs_are_kept_no_longer(api_on_each: Client) -> None:
    somebody = await api_on_each.registered()
    render = (await somebody.order(a_song())).json["id"]
    await apis.finished(somebody, render)

    async def told() -> set[tuple[str, bool, bool]]:
        [entry] = (await somebody.get("/api/user/history")).json["entries"]
        [listed] = (await somebody.get("/api/jobs")).json["renders"]
        alone = (await somebody.get(f"/api/jobs/{render}/status")).json
        shown = (entry["render"], listed, alone)
        return {(one["status"], one["deleted"], one["song"]["kept"]) for one in shown}

    before = await told()
    await apis.kept_no_longer(somebody)
    over = await told()
    async with api_on_each.parts.database.begin() as session:
        await expiry.expire(session, api_on_each.parts.now())
    marked = await told()
    video = await somebody.get(f"/api/jobs/{render}/download")
    await somebody.order(a_song(), size="320x240")
    [_, entry] = (await somebody.get("/api/user/history")).json["entries"]

    assert before == {("done", False, True)}
    assert over == marked == {("done", True, False)}
    assert (video.status, video.code) == (410, "gone")
    assert entry["render"]["song"]["kept"], "since it was sent again"


async def test_looks_are_kept_changed_and_given_up(api: Client) -> None:
    somebody = await api.registered()

    kept = await somebody.post("/api/user/presets", {"name": "mine", "look": {"glow": 1}})
    same = await somebody.post("/api/user/presets", {"name": "mine", "look": {}})
    wrong = await somebody.post("/api/user/presets", {"name": "bad", "look": {"glow": 99}})
    change = {"id": kept.json["id"], "name": "ours", "look": {"shape": "torus"}}
    changed = await somebody.put("/api/user/presets", change)

    assert (kept.status, kept.json["look"]["glow"]) == (201, 1)
    assert (same.status, same.code) == (409, "taken")
    assert (wrong.status, set(wrong.details)) == (422, {"look"})
    assert changed.json["look"]["shape"] == "torus"
    listed = await somebody.get("/api/user/presets")
    assert [one["name"] for one in listed.json["presets"]] == ["ours"]
    gone = await somebody.delete(f"/api/user/presets?id={kept.json['id']}")
    again = await somebody.delete(f"/api/user/presets/{kept.json['id']}")
    assert (gone.status, again.status) == (200, 404)


async def test_all_that_is_known_of_somebody_can_be_taken_away(api: Client) -> None:
    somebody = await api.registered()
    await apis.belongings(somebody)

    answer = await somebody.get("/api/user/export")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert len(answer.json["renders"]) == len(answer.json["presets"]) == 1
    assert "rhythm" in answer.json["songs"][0]
    assert b"password_hash" not in answer.body


async def test_who_leaves_proves_it_and_is_gone(api: Client) -> None:
    somebody = await api.registered("grace@example.com")

    wrong = await somebody.delete("/api/user", {"current_password": "guess"})
    right = await somebody.delete("/api/user", {"current_password": PASSWORD})

    assert (wrong.status, right.status) == (422, 200)
    assert (await somebody.get("/api/user/profile")).status == 401
    again = await api.post("/api/auth/login", {"email": "grace@example.com", "password": PASSWORD})
    assert again.status == 401
    await api.registered("grace@example.com")
