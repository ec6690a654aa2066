"""A secret goes in; keys for one purpose each, and the short names to tell them by, come out."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

LEAST = 32  # characters of a secret


def new() -> str:
    """A secret of 256 bits of chance."""
    return secrets.token_urlsafe(32)


def derived(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose: what signs a link can sign no token."""
    return hmac.digest(secret.encode(), f"oriel {purpose}".encode(), "sha256")


def name(secret: str) -> str:
    """Which secret signed, told without telling it."""
    return hashlib.sha256(b"oriel name " + secret.encode()).hexdigest()[:12]


def hashed(token: str) -> str:
    """What is kept of a token that is chance itself: 64 hexadecimal digits."""
    return hashlib.sha256(told(token)).hexdigest()


def told(text: str) -> bytes:
    """What somebody sent as a token or a signature, to be compared; it may be no text at all.

    Bytes that are no UTF-8 reach us as halves of letters, which cannot be written.
    """
    return text.encode(errors="replace")


def kept(path: Path) -> str:
    """The secret in a file that only we may read; made when it is not there.

    Several processes may start at once: one of them makes it, and all get the same.
    """
    if not path.exists():
        path.parent.mkdir(0o700, parents=True, exist_ok=True)  # of secrets and hashes
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, it never replaces
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text("utf-8").strip()
