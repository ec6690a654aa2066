"""What concerns security goes in; a line of the log of its own comes out, for whoever watches.

Such lines come from the logger "oriel.security", beside the request's identifier. They name accounts
by identifiers, or by a word that is the same for the same address; what people typed is in none.
"""

import hmac
import logging

from oriel.service import keys

_log = logging.getLogger("oriel.security")

_WORD = 16  # letters, of 64

# Refusals that may be an attack; docs/operating.md tells of each.
WATCHED = frozenset(
    [
        "bad_link",
        "bad_signature",
        "cross_site",
        "forbidden",
        "not_signed_in",
        "too_many",
    ]
)


def note(what: str, **about: str | None) -> None:
    """Log that something happened, such as "sign_in"; never put a secret into `about`."""
    told = {name: value for name, value in about.items() if value}
    _log.info("%s", what, extra={"security": what, **told})


def word_for(whom: str, secret: str) -> str:
    """A word that stands for an address; nobody without our secret can find out for which."""
    return hmac.digest(keys.derived(secret, "words of logs"), whom.encode(), "sha256").hex()[:_WORD]
