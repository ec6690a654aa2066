"""A secret goes in, what may lie in the database or in a form comes out: encrypted; and back.

AES-256-GCM (NIST SP 800-38D), by a key of the settings' secrets. The first of them seals and all
open, told apart by name: what an older one sealed must be sealed anew before that one is dropped.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

from oriel.service import keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12  # bytes; of chance, as a key seals far less than the 2³² messages that bear it


def seal(secret_keys: Sequence[str], text: str, about: str) -> str:
    """The text for who has our secrets; it opens only where the same is said of what it is about."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher(secret_keys[0]).encrypt(nonce, text.encode(), about.encode())
    return f"{keys.name(secret_keys[0])}.{urlsafe_b64encode(sealed).decode()}"


def opened(secret_keys: Sequence[str], sealed: str, about: str) -> str | None:
    """What was sealed; None where it was changed, is about something else, or its secret is gone."""
    from cryptography.exceptions import InvalidTag

    name, _, rest = sealed.partition(".")
    for secret in secret_keys:
        if keys.name(secret) == name:
            try:
                whole = urlsafe_b64decode(keys.told(rest))
                nonce, text = whole[:_NONCE], whole[_NONCE:]
                return _cipher(secret).decrypt(nonce, text, about.encode()).decode()
            except (ValueError, InvalidTag):
                return None
    return None


def mark(secret_keys: Sequence[str]) -> str:
    """How everything begins that the first of the secrets seals."""
    return f"{keys.name(secret_keys[0])}."


def _cipher(secret: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(keys.derived(secret, "sealing"))
