"""Who somebody is goes in, a signed token for a quarter of an hour comes out, and the way back.

JSON Web Tokens as RFC 9068 has them (`at+jwt`), with one algorithm. The first of the secrets signs
and all are believed, told apart by `kid`: put a new one in front, and drop the old one a quarter of
an hour later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import jwt

from oriel.service import keys
from oriel.service.errors import NotSignedIn

LIFETIME = timedelta(minutes=15)

_ALGORITHM = "HS256"
_KIND = "at+jwt"
_NAME = "oriel"  # who signs, and for whom
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp"]


@dataclass(frozen=True)
class Access:
    """What a token says: whose it is, of which sign-in (a family of refresh tokens), since when."""

    user_id: str
    family: str
    issued_at: float  # seconds since 1970


def issue(secrets: Sequence[str], user_id: str, family: str, now: datetime) -> str:
    """A token that is good from now on."""
    claims = {
        "iss": _NAME,
        "aud": _NAME,
        "sub": user_id,
        "sid": family,
        "iat": now.timestamp(),
        "exp": int((now + LIFETIME).timestamp()),
    }
    header = {"kid": keys.name(secrets[0]), "typ": _KIND}
    return jwt.encode(claims, _key(secrets[0]), _ALGORITHM, header)


def read(secrets: Sequence[str], token: str, now: datetime) -> Access:
    """What a token of ours says; raises NotSignedIn where it is another's, or too old."""
    access, expires = _verified(tuple(secrets), token)
    if now.timestamp() >= expires:
        raise NotSignedIn("The access token is too old; renew it.")
    return access


@lru_cache(maxsize=4096)  # a page that watches a render shows the same token once a second
def _verified(secrets: tuple[str, ...], token: str) -> tuple[Access, float]:
    """What a token of ours says, and until when, in seconds since 1970."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != _KIND:
            raise NotSignedIn("This is no access token; sign in for one.")
        claims = jwt.decode(
            token,
            _key_called(secrets, header.get("kid")),
            [_ALGORITHM],
            audience=_NAME,
            issuer=_NAME,
            # The time is told to us, for tests, so who asks compares it.
            options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
        )
        access = Access(str(claims["sub"]), str(claims["sid"]), float(claims["iat"]))
        return access, float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise NotSignedIn("The access token is not one of ours; sign in for one.") from error


def _key_called(secrets: Sequence[str], name: object) -> bytes:
    for secret in secrets:
        if keys.name(secret) == name:
            return _key(secret)
    raise NotSignedIn("The access token was signed with a key that is not in use; renew it.")


def _key(secret: str) -> bytes:
    return keys.derived(secret, "access token")
