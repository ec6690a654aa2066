"""Settings in, each of which is well by itself; what cannot be together, or is not there, out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oriel.service import passwords

if TYPE_CHECKING:
    from oriel.service.settings import Settings

_SCHEMES = {
    "database_url": ("sqlite", "postgresql", "postgres"),
    "redis_url": ("redis", "rediss", "unix"),
    "storage": ("file", "gs"),
    "mail": ("outbox", "sendgrid", "smtp"),
    "payments": ("off", "stripe"),
    "public_url": ("http", "https"),
    "otlp_endpoint": ("http", "https"),
    "sentry_dsn": ("http", "https"),
}


def found(settings: "Settings") -> list[str]:
    """Each conflict, as a sentence that begins with the variable's name."""
    return [*_strange(settings), *_lacking(settings)]


def _strange(settings: "Settings") -> Iterator[str]:
    for field, schemes in _SCHEMES.items():
        value = getattr(settings, field)
        if value is not None and urlsplit(value).scheme.partition("+")[0] not in schemes:
            allowed = ", ".join(f"{scheme}:" for scheme in schemes)
            yield f"ORIEL_{field.upper()}: must begin with one of {allowed}"
    if settings.plans is not None and not settings.plans.is_file():
        yield f"ORIEL_PLANS: there is no file {settings.plans}"
    if settings.texts is not None and not settings.texts.is_dir():
        yield f"ORIEL_TEXTS: there is no folder {settings.texts}"
    email, password = settings.admin_email, settings.admin_password
    if email and password and (problem := passwords.weakness(password, email)):
        yield f"ORIEL_ADMIN_PASSWORD: {problem}"


def _lacking(settings: "Settings") -> Iterator[str]:
    """What a choice needs beside itself."""
    needs = {
        "stripe_key": settings.payments.startswith("stripe:"),
        "stripe_webhook_secret": settings.payments.startswith("stripe:"),
        "sendgrid_key": settings.mail.startswith("sendgrid:"),
        "admin_password": settings.admin_email is not None,
        "admin_email": settings.admin_password is not None,
    }
    because = {"stripe": "payments are by Stripe", "sendgrid": "mail is sent by SendGrid"}
    for field, needed in needs.items():
        if needed and getattr(settings, field) is None:
            reason = because.get(field.split("_")[0], "the other half of the first admin is set")
            yield f"ORIEL_{field.upper()}: is missing, but {reason}"
    sent = settings.mail.startswith(("sendgrid:", "smtp:"))
    if sent and settings.mail_from.endswith("@localhost>"):
        yield "ORIEL_MAIL_FROM: is missing, but mail is sent"
