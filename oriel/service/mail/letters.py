"""A letter's name and its words in; its subject, text and HTML out, from the templates in letters/.

NAME.txt holds the subject on its first line, a blank line, and the text; NAME.html says the same
in HTML with inline styles and tables alone, as mail programs drop all else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from oriel.errors import Fault
from oriel.service import wording

FOLDER = Path(__file__).parent / "letters"
_PATIENCE = timedelta(days=3)


class BadLetter(Fault):
    """A word that a letter needs is missing."""


class UnknownLetter(BadLetter):
    """There is no such letter here: a newer version, which runs beside this one, wrote it."""


@dataclass(frozen=True)
class Kind:
    """A letter that there is: the words that it needs, and how long it is of use."""

    words: frozenset[str]
    good_for: timedelta = _PATIENCE


def _kind(*words: str, good_for: timedelta = _PATIENCE) -> Kind:
    return Kind(frozenset(words), good_for)


# `name` is the receiver's, and may be empty; `token` opens a link that works for an hour.
KINDS: Mapping[str, Kind] = {
    "welcome": _kind("name"),
    "verify": _kind("name", "token", good_for=timedelta(hours=1)),
    "reset": _kind("name", "token", good_for=timedelta(hours=1)),
    "address_changed": _kind("name", "new_email"),
    "password_changed": _kind("name"),
    "second_factor_on": _kind("name"),
    "second_factor_off": _kind("name", "by_us"),
    "recovery_code_used": _kind("name", "left"),
    "codes_guessed": _kind("name"),
    "video_ready": _kind("name", "render_id", "song", "size", "expires_at"),
    "video_failed": _kind("name", "render_id", "song", "size", "message"),
    "receipt": _kind(
        *("name", "receipt", "paid_at", "plan", "amount_cents", "currency"),
        *("licence", "terms", "simulated"),
    ),
    "refund": _kind(
        *("name", "receipt", "refunded_at", "plan", "amount_cents", "currency"),
        *("taken", "simulated"),
    ),
    "refund_failed": _kind("name", "receipt", "plan", "amount_cents", "currency", "returned"),
}
_PEOPLES = {"name", "song"}  # words of theirs, which may be read from the right


def good_for(kind: str) -> timedelta:
    """How long a letter is tried; one that this version does not know, as long as most."""
    return KINDS[kind].good_for if kind in KINDS else _PATIENCE


@dataclass(frozen=True)
class Written:
    """What a letter says."""

    subject: str
    text: str
    html: str


def write(kind: str, words: Mapping[str, Any], site: str, picture: str | None = None) -> Written:
    """The letter for a site such as "https://oriel.example"; raises BadLetter or UnknownLetter.

    `picture` is the name of a picture that comes with it.
    """
    known = KINDS.get(kind)
    if known is None:
        raise UnknownLetter(f"there is no letter {kind}")
    if missing := known.words - set(words):
        raise BadLetter(f"the letter {kind} lacks {', '.join(sorted(missing))}")
    told = {word: _on_one_line(value) for word, value in words.items()}
    told |= {
        word: wording.isolated(told[word]) for word in _PEOPLES if isinstance(told.get(word), str)
    }
    told |= {"site": site.rstrip("/"), "picture": picture}
    try:
        subject, _, text = _templates().get_template(f"{kind}.txt").render(told).partition("\n")
        html = _templates().get_template(f"{kind}.html").render(told, subject=subject)
    except (TemplateError, TypeError, ValueError) as error:
        raise BadLetter(f"the letter {kind} cannot be written: {error}") from error
    return Written(subject.strip(), text.strip() + "\n", html)


def _on_one_line(value: Any) -> Any:
    """A title with line breaks would add headers, or text that looks like ours."""
    return " ".join(value.split()) if isinstance(value, str) else value


@cache
def _templates() -> Environment:
    made = Environment(  # nosec B701 # all HTML is escaped; plain text is not
        loader=FileSystemLoader(FOLDER),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= wording.FILTERS
    return made
