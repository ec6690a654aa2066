"""Who a page's cookies stand for, asked without an error."""

from apis import Answer, Client

PATH = "/api/auth/session"


def kept(answer: Answer) -> dict[str, str]:
    """The headers of a browser that keeps an answer's cookies."""
    pairs = [f"{name}={one.value}" for name, one in answer.cookies.items() if one.value]
    return {"Cookie": "; ".join(pairs)}


async def signed_up(api: Client, email: str = "ada@example.com") -> dict[str, str]:
    body = {"email": email, "password": "a long and boring sentence"}
    return kept(await api.post("/api/auth/register", body))


async def test_a_guest_is_no_error(api: Client) -> None:
    answer = await api.get(PATH)

    assert answer.status == 200
    assert answer.json == {"user": None, "credits": {}}
    assert not answer.cookies


async def test_whoever_is_signed_in_is_told_with_their_credits(api_on_each: Client) -> None:
    browser = await signed_up(api_on_each)

    answer = await api_on_each.get(PATH, headers=browser)

    assert answer.json["user"]["email"] == "ada@example.com"
    assert answer.json["credits"] == {"free": 5}
    assert b"token" not in answer.body, "scripts have no use for tokens"


async def test_a_sign_in_that_was_ended_is_a_guest_s(api: Client) -> None:
    browser = await signed_up(api)
    await api.post("/api/auth/logout", {"everywhere": True}, headers=browser)

    answer = await api.get(PATH, headers=browser)

    assert (answer.status, answer.json["user"]) == (200, None)
