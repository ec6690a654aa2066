"""A password in; whether it is among those that whoever guesses would try first, out.

The commonest are those of the list that zxcvbn carries, which was counted in what was stolen elsewhere;
https://github.com/dropbox/zxcvbn. Words that lie near are Oriel's name and the account's own address.
"""

from functools import cache
from itertools import chain

_NEAR = ("oriel",)
_MORE = 6  # characters that make no new password of a word that lies near: "Oriel2026!"


def is_common(password: str) -> bool:
    """Whether very many had it, in small letters or capitals; takes 60 ms when first asked."""
    return password.lower() in _commonest()


def is_near(password: str, email: str) -> bool:
    """Whether it is the address, a part of it or Oriel's name, but for some digits and signs."""
    local, _, domain = email.lower().partition("@")
    words = {_letters(word) for word in chain(_NEAR, [local, domain, domain.split(".")[0], email])}
    rest = len(password) - len(_letters(password))
    return password.lower() in {local, email.lower()} or (
        rest <= _MORE and _letters(password) in words - {""}
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


@cache
def _commonest() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
