"""Settings in; what they lack for strangers and money, one sentence each, out.

What is fine on one's own machine is a hole on the open internet, so a service that says it is in
production does not start with it.
"""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oriel.service.settings import Settings

# What the examples in compose.yaml, deploy/ and docs/ have in a secret's place, or in a part of it.
_EXAMPLES = (
    *("FILL-THIS-IN", "only-for-trying", "what-openssl-rand", "…"),
    *("for trying out only", "a long and boring sentence"),  # pragma: allowlist secret
)
_WORD = "PASSWORD"  # and this alone, as in postgresql://oriel:PASSWORD@host


def lacking(settings: "Settings") -> Iterator[str]:
    """What must be set otherwise before this serves strangers."""
    if not settings.public_url.startswith("https:"):
        yield "ORIEL_PUBLIC_URL: must begin with https: in production, or passwords can be read"
    if "secret_keys" not in settings.model_fields_set:
        yield (
            "ORIEL_SECRET_KEYS: must be set in production, so that all machines have the same"
            " and a backup has it: openssl rand -base64 32"
        )
    if _WORD in settings.secrets:
        yield f"a secret still says {_WORD}: put a real one in its place"
    for example in _EXAMPLES:
        if any(example in secret for secret in settings.secrets):
            yield f"a secret still says {example}: put a real one in its place"
    if settings.payments == "off:simulated":
        yield "ORIEL_PAYMENTS: off:simulated gives away what is sold; take off: or stripe:"
    if settings.mail.startswith("outbox:"):
        yield "ORIEL_MAIL: outbox: sends no letter to anybody; take sendgrid: or smtp:"
    if not settings.rate_factor:
        yield "ORIEL_RATE_FACTOR: 0 lets everybody guess passwords; leave it unset"
    yield from _networks(settings)
    for origin in settings.cors_origins:
        if not origin.startswith("https://"):
            yield f"ORIEL_CORS_ORIGINS: {origin} must begin with https:// in production"


def _networks(settings: "Settings") -> Iterator[str]:
    if not settings.trusted_proxies:
        yield (
            "ORIEL_TRUSTED_PROXIES: must name the proxy that ends https, or all visitors count as"
            " one and share its rate limits"
        )
    for network in settings.trusted_proxies:
        if ip_network(network).prefixlen == 0:
            yield f"ORIEL_TRUSTED_PROXIES: {network} lets every visitor choose an address"
