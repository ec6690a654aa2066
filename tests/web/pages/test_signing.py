"""Signing up, in and out by forms, and what letters' links lead to."""

import re
from base64 import b64encode
from dataclasses import replace

import apis
import phones
import pytest
from apis import PASSWORD, Client
from visiting import Visitor, problems

from oriel.service import ids, mail
from oriel.service.mail import Letter, Picture


def alerts(body: bytes) -> list[str]:
    """What stands above a form."""
    return re.findall(r'role="alert">([^<]+)<', body.decode())


async def test_somebody_signs_up_confirms_the_address_and_is_signed_in(
    visitor: Visitor, site: Client
) -> None:
    made = await visitor.sign_up()
    token = await apis.token_of(site, "verify")
    shown = await visitor.get(f"/verify-email?token={token}")
    first = await visitor.post("/verify-email", token=token)
    again = await visitor.post("/verify-email", token=token)

    assert (made.status, made.headers["Location"]) == (303, "/dashboard")
    assert f'value="{token}"' in shown.body.decode()
    assert first.headers["Location"] == "/dashboard"
    assert again.status == 400
    assert alerts(again.body) == ["This link was used before or is too old; ask for a new one."]
    assert "is confirmed already" in again.body.decode()
    profile = (await (await visitor.client(site)).get("/api/user/profile")).json
    assert (profile["name"], profile["verified"]) == ("Ada", True)


async def test_looking_at_a_link_does_not_use_it_up(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    token = await apis.token_of(site, "verify")

    for _ in range(3):
        assert (await visitor.get(f"/verify-email?token={token}")).status == 200

    assert (await visitor.post("/verify-email", token=token)).status == 303


async def test_what_is_wrong_with_an_account_is_told_at_its_fields(visitor: Visitor) -> None:
    answer = await visitor.post("/sign-up", name="<Ada>", email="ada", password="short")
    empty = await visitor.post("/sign-up", name="A" * 101, email="", password="")
    guessed = await visitor.post("/sign-up", email="ada@example.com", password="password")

    assert answer.status == 422
    assert problems(empty.body) == [
        "Name must have at most 100 characters.",
        "E-mail address must not be empty.",
        "Password must not be empty.",
    ]
    assert problems(guessed.body) == [
        "Password is among the first that are guessed: choose another one."
    ]
    assert problems(answer.body) == [
        "E-mail address must be an e-mail address, such as you@example.com.",
        "Password must have 8 characters or more.",
    ]
    body = answer.body.decode()
    assert 'value="&lt;Ada&gt;"' in body
    assert 'value="ada"' in body
    assert "short" not in body
    assert body.count('aria-invalid="true"') == 2


async def test_who_signs_up_again_is_signed_in_and_goes_on(visitor: Visitor, site: Client) -> None:
    ada = await site.registered("ada@example.com")

    fields = {"name": "", "email": "ada@example.com", "password": PASSWORD}
    answer = await visitor.post("/sign-up?next=/pricing", **fields)

    assert (answer.status, answer.headers["Location"]) == (303, "/pricing")
    profile = (await (await visitor.client(site)).get("/api/user/profile")).json
    assert profile["id"] == ada.user["id"]


async def test_who_signs_up_again_with_a_second_factor_is_asked_for_a_code(
    visitor: Visitor, site: Client
) -> None:
    await phones.turned_on(await site.registered("ada@example.com"))

    fields = {"name": "", "email": "ada@example.com", "password": PASSWORD}
    answer = await visitor.post("/sign-up?next=/pricing", **fields)
    shown = await visitor.get("/sign-in?next=/pricing")

    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=/pricing")
    assert "sign in with your code" in shown.body.decode()


async def test_of_several_accounts_the_one_that_is_signed_in_confirms_the_address(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up(email="ada@example.com")
    mine = await apis.token_of(site, "verify")
    stranger = {"email": "ada@example.com", "password": "a stranger's sentence"}
    await site.post("/api/auth/register", stranger)
    theirs = await apis.token_of(site, "verify")

    refused = await visitor.post("/verify-email", token=theirs)
    done = await visitor.post("/verify-email", token=mine)

    assert refused.status == 409
    assert alerts(refused.body) == [
        "Several accounts were made with this address: open the link while signed in to yours,"
        " or choose a new password for it."
    ]
    assert 'href="/forgot-password"' in refused.body.decode()
    assert (done.status, done.headers["Location"]) == (303, "/dashboard")
    profile = (await (await visitor.client(site)).get("/api/user/profile")).json
    assert profile["verified"] is True


async def test_an_address_that_is_confirmed_by_another_account_is_told_to_its_owner_alone(
    visitor: Visitor, site: Client
) -> None:
    owner = await site.registered("ada@example.com")
    await site.post("/api/auth/verify-email", {"token": await apis.token_of(site, "verify")})
    fields = {"name": "", "email": "ada@example.com", "password": "another sentence"}
    made = await visitor.post("/sign-up", **fields)

    opened = await visitor.post("/verify-email", token=await apis.token_of(site, "verify"))

    assert made.status == 303
    assert opened.status == 409
    assert alerts(opened.body) == [
        "Another account has this e-mail address: sign in to that one, or choose another address."
    ]
    assert 'href="/forgot-password"' in opened.body.decode()
    profile = (await (await visitor.client(site)).get("/api/user/profile")).json
    assert (profile["id"] != owner.user["id"], profile["verified"]) == (True, False)


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "ada"])
async def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    visitor: Visitor, site: Client, email: str
) -> None:
    await site.registered("ada@example.com")

    answer = await visitor.post("/sign-in", email=email, password="a wrong sentence")

    assert answer.status == 401
    assert alerts(answer.body) == [
        "The e-mail address or the password is wrong: try again, or choose a new password."
    ]


async def test_signing_in_leads_back_to_where_one_came_from(visitor: Visitor, site: Client) -> None:
    await site.registered("ada@example.com")
    page = await visitor.get("/sign-in?next=/%3Forder%3D1")
    form = re.findall(r'<form method="post" action="([^"]+)"', page.body.decode())[0]

    answer = await visitor.post(form, email="ada@example.com", password=PASSWORD)

    assert answer.headers["Location"] == "/?order=1"


async def test_password_managers_are_told_what_each_field_is(visitor: Visitor) -> None:
    async def kinds(path: str) -> list[tuple[str, str]]:
        body = (await visitor.get(path)).body.decode()
        found = re.findall(r'name="(\w+)"\s+value="[^"]*"\s+autocomplete="([\w-]+)"', body)
        return [(name, kind) for name, kind in found if name != "name"]

    signing_in = [("email", "username"), ("password", "current-password")]
    signing_up = [("email", "username"), ("password", "new-password")]
    assert await kinds("/sign-in") == signing_in
    assert await kinds("/sign-up") == signing_up
    assert await kinds("/reset-password?token=x") == [("password", "new-password")]


async def test_a_forgotten_password_is_replaced_by_the_letters_link(
    visitor: Visitor, site: Client
) -> None:
    await site.registered("ada@example.com")
    asked = await visitor.post("/forgot-password", email="ada@example.com")
    unknown = await visitor.post("/forgot-password", email="nobody@example.com")
    token = await apis.token_of(site, "reset")

    weak = await visitor.post(f"/reset-password?token={token}", token=token, password="short")
    done = await visitor.post(f"/reset-password?token={token}", token=token, password="a new one!")
    used = await visitor.post(f"/reset-password?token={token}", token=token, password="a new one!")
    back = await visitor.post("/sign-in", email="ada@example.com", password="a new one!")

    plain = re.sub(rb"\w+@example.com", b"", asked.body)
    assert (asked.status, plain) == (200, re.sub(rb"\w+@example.com", b"", unknown.body))
    assert problems(weak.body) == ["New password must have 8 characters or more."]
    assert (done.status, done.headers["Location"]) == (303, "/sign-in")
    assert used.status == 400
    assert back.status == 303


async def test_who_tries_oriel_at_home_is_shown_to_letters_that_were_never_sent(
    visitor: Visitor, site: Client
) -> None:
    await visitor.sign_up()
    welcomed = (await visitor.get("/dashboard")).body.decode()
    reminded = (await visitor.get("/dashboard")).body.decode()
    asked = (await visitor.post("/forgot-password", email="ada@example.com")).body.decode()
    elsewhere = (await site.get("/pricing", headers={"Via": "1.1 proxy"})).body.decode()

    assert '<a href="/outbox">See the outbox</a>' in welcomed
    assert 'in our letter, in the <a href="/outbox">outbox</a>.' in reminded
    assert 'its letters lie in the <a href="/outbox">outbox</a>' in asked
    assert '<a href="/pricing"' in elsewhere
    assert "utbox" not in elsewhere


async def test_a_link_without_a_token_leads_to_a_new_one(visitor: Visitor) -> None:
    reset = await visitor.get("/reset-password")
    verify = await visitor.post("/verify-email", token="")

    assert reset.headers["Location"] == "/forgot-password"
    assert alerts(verify.body) == ["This link is damaged: open the one in the letter."]


async def test_signing_out_ends_the_sign_in(visitor: Visitor, site: Client) -> None:
    await visitor.sign_up()
    client = await visitor.client(site)

    answer = await visitor.post("/sign-out")

    assert answer.headers["Location"] == "/sign-in"
    assert "You are signed out." in (await visitor.get("/sign-in")).body.decode()
    assert (await client.get("/api/user/profile")).status == 401
    assert (await visitor.get("/dashboard")).status == 303


async def test_who_guesses_passwords_is_told_to_come_back_later(
    visitor: Visitor, site: Client
) -> None:
    site.parts.limits.factor = 1.0

    for _ in range(11):
        answer = await visitor.post("/sign-in", email="ada@example.com", password="guess")

    assert answer.status == 429
    assert alerts(answer.body)[0].startswith("Too many requests; come back in ")


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        ({"Host": "evil.example:8000"}, "its name was bent to this machine"),
        ({"X-Forwarded-For": "203.0.113.9"}, "a proxy that is not trusted passed it on"),
        ({"X-Real-IP": "203.0.113.9"}, "the same, in nginx's words"),
        ({"Forwarded": "for=203.0.113.9"}, "the same, in RFC 7239's"),
        ({"Via": "1.1 proxy"}, "the same, without telling for whom"),
        ({"Sec-Fetch-Site": "cross-site"}, "another site's page asks"),
    ],
)
async def test_the_outbox_is_shown_to_nobody_who_comes_from_elsewhere(
    site: Client, asked: dict[str, str], because: str
) -> None:
    letter = Letter(ids.new(), "welcome", "ada@example.com", "Welcome", "Hello", "<p>Hello</p>")
    await mail.of(site.parts.settings).send(letter)
    paths = ("/outbox", f"/outbox/{letter.id}", f"/outbox/{letter.id}/page")

    here = [(await site.get(path)).status for path in paths]
    elsewhere = [await site.get(path, headers=asked) for path in paths]

    assert here == [200] * 3
    assert [one.status for one in elsewhere] == [404] * 3, because
    assert not any(b"Hello" in one.body or b"Welcome" in one.body for one in elsewhere), because


async def test_a_letter_in_the_outbox_is_shown_whole_and_can_do_nothing(site: Client) -> None:
    dot = Picture("dot.png", "image/png", b"a picture")
    html = '<html><head></head><body><img src="cid:dot.png"><script>1</script></body></html>'
    one = Letter(ids.new(), "video_ready", "ada@example.com", "Ready", "See http://a.example", html)
    await mail.of(site.parts.settings).send(replace(one, pictures=(dot,)))

    page = (await site.get(f"/outbox/{one.id}")).body.decode()
    looks = await site.get(f"/outbox/{one.id}/page")
    gone = await site.get(f"/outbox/{ids.new()}")

    policy = looks.headers["Content-Security-Policy"]
    assert '<a href="http://a.example">' in page
    assert f'src="data:image/png;base64,{b64encode(dot.data).decode()}"' in looks.body.decode()
    assert "default-src 'none'" in policy
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "script" not in policy
    assert gone.status == 404
