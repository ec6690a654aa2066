"""What letters say, and that mail programs can show it."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from oriel.service.mail import letters

SITE = "https://oriel.example"
WORDS: dict[str, Any] = {
    "name": "Ada <b>",
    "token": "a-token/with+signs",
    "new_email": "new@example.com",
    "by_us": True,
    "left": 9,
    "render_id": "01K000000000000000000000ID",
    "song": "Rock & Roll",
    "size": "1920×1080",
    "expires_at": "2026-12-22T10:00:00+00:00",
    "message": "The song is silent.",
    "receipt": "OR-20261122-ABCDEF1234",
    "paid_at": "2026-11-22T10:00:00+00:00",
    "plan": "Personal",
    "amount_cents": 299,
    "currency": "usd",
    "licence": "Personal licence",
    "terms": "You may show it.",
    "simulated": False,
    "refunded_at": "2026-11-23T10:00:00+00:00",
    "taken": True,
    "returned": True,
}
# What Gmail, Outlook and Apple Mail all keep (caniemail.com).
KEPT_TAGS = {"html", "head", "meta", "title", "body", "div", "table", "tr", "td", "p", "a", "br"}
KEPT_TAGS |= {"h1", "h2", "img", "strong"}


class Page(HTMLParser):
    """The tags, attributes and addresses of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(params=sorted(letters.KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_letter_can_be_written(kind: str) -> None:
    written = letters.write(kind, WORDS, SITE)

    assert written.subject
    assert "\n" not in written.subject
    assert written.text.startswith("Hello Ada <b>,")
    for said in (written.text, written.html, written.subject):
        assert "{{" not in said
        assert "None" not in said


def test_what_people_typed_is_no_markup(kind: str) -> None:
    written = letters.write(kind, WORDS, SITE)

    assert "Hello Ada &lt;b&gt;," in written.html
    assert "<b>" not in written.html


def test_letters_use_only_what_mail_programs_keep(kind: str) -> None:
    page = Page(letters.write(kind, WORDS, SITE, "poster.jpg").html)

    assert page.open == []
    assert page.tags <= KEPT_TAGS
    assert not page.attributes & {"class", "id", "onclick"}
    assert all(address.startswith((SITE, "cid:")) for address in page.addresses)


def test_text_and_html_lead_to_the_same_places(kind: str) -> None:
    written = letters.write(kind, WORDS, SITE, "poster.jpg")

    for address in set(Page(written.html).addresses) - {SITE, "cid:poster.jpg"}:
        assert address in written.text
    assert set(re.findall(r"https://\S+", written.text)) <= set(Page(written.html).addresses)


def test_lines_of_text_are_not_too_long_to_read(kind: str) -> None:
    written = letters.write(kind, {**WORDS, "terms": "long " * 100}, SITE)

    assert max(len(line) for line in written.text.splitlines()) <= 100


def test_a_letter_is_under_what_mail_programs_cut_off(kind: str) -> None:
    written = letters.write(kind, WORDS, SITE, "poster.jpg")

    assert len(written.html.encode()) < 102_000  # Gmail clips there


def test_a_missing_word_is_named(kind: str) -> None:
    for word in letters.KINDS[kind].words:
        without = {name: value for name, value in WORDS.items() if name != word}
        with pytest.raises(letters.BadLetter, match=word):
            letters.write(kind, without, SITE)


def test_an_unknown_letter_is_named() -> None:
    with pytest.raises(letters.BadLetter, match="no letter love"):
        letters.write("love", WORDS, SITE)


def test_a_song_cannot_add_headers() -> None:
    words = {**WORDS, "song": "Nice\r\nBcc: everybody@example.com"}

    written = letters.write("video_ready", words, SITE)

    assert written.subject == "Your video of Nice Bcc: everybody@example.com is ready"


def test_names_that_are_read_from_the_right_stand_apart_from_their_sentence() -> None:
    words = {**WORDS, "song": "שיר לילה", "name": "עדה"}

    written = letters.write("video_ready", words, SITE)

    assert written.subject == "Your video of \u2068שיר לילה\u2069 is ready"
    assert written.text.startswith("Hello \u2068עדה\u2069,")


def test_tokens_are_quoted_in_addresses() -> None:
    written = letters.write("verify", WORDS, SITE)

    assert f"{SITE}/verify-email?token=a-token/with%2Bsigns" in written.text


def test_a_simulated_receipt_says_plainly_that_nothing_was_paid() -> None:
    written = letters.write("receipt", {**WORDS, "simulated": True}, SITE)

    assert written.subject.startswith("Simulated receipt")
    assert "no money was asked for, and none was paid" in written.text
    assert "no money was asked for, and none was paid" in written.html


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, "its credit is taken from your account"),
        ({"taken": False}, "a video that was made with it stays yours"),
        ({"simulated": True}, "no money was paid, and none comes back"),
    ],
)
def test_a_refund_s_letter_says_what_comes_back_and_what_goes(
    about: dict[str, bool], said: str
) -> None:
    written = letters.write("refund", {**WORDS, **about}, SITE)

    for words in (written.text, written.html):
        assert said in words
        assert "$2.99" in words
        assert WORDS["receipt"] in words
        assert ("ten working days" in words) == (not about.get("simulated"))


@pytest.mark.parametrize(("currency", "said"), [("usd", "$2.99"), ("chf", "2.99 CHF")])
def test_a_receipt_tells_the_price_and_the_licence(currency: str, said: str) -> None:
    written = letters.write("receipt", {**WORDS, "currency": currency}, SITE)

    for words in (written.text, written.html):
        assert said in words
        assert WORDS["licence"] in words
        assert WORDS["terms"] in words
    assert "22 November 2026" in written.text


def test_of_several_accounts_each_letter_tells_which_it_is_for() -> None:
    alone = letters.write("reset", {"name": "Ada", "token": "t"}, SITE)
    which = {"name": "Ada", "token": "t", "made": "2026-11-22T12:05:00+00:00"}
    several = letters.write("reset", which, SITE)

    for text, of_several in zip(
        (alone.text, alone.html), (several.text, several.html), strict=True
    ):
        assert "account of 22 Nov 2026, 12:05." in of_several
        assert "each has a letter of its own" in of_several
        assert "each has a letter" not in text
        assert "your Oriel account." in text
