"""The service's settings in; what a page of ours may load and where its forms may go, out."""

from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from oriel.service.settings import Settings
from oriel.web.headers import STRICTEST

_GOOGLE = "https://storage.googleapis.com"


def of(settings: Settings) -> str:
    """A Content-Security-Policy: nothing from elsewhere, but pictures and videos of the storage.

    Where letters lie in an outbox, its page holds them in frames.
    """
    return _policy(settings.storage, settings.mail.startswith("outbox:"))


@lru_cache(maxsize=4)
def _policy(storage: str, framed: bool) -> str:
    stored = " ".join(["'self'", *_origins(storage)])
    return "; ".join(
        [
            STRICTEST.replace("form-action 'none'", "form-action 'self'"),
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            f"img-src {stored} data:",
            f"media-src {stored}",
            *(["frame-src 'self'"] if framed else []),
        ]
    )


def _origins(storage: str) -> list[str]:
    """Where links to stored files lead, when not to ourselves."""
    place = urlsplit(storage)
    if place.scheme != "gs":
        return []
    options = parse_qs(place.query)
    links = (options.get("links") or options.get("endpoint") or [_GOOGLE])[-1]
    return [f"{urlsplit(links).scheme}://{urlsplit(links).netloc}"]
