"""The environment's variables go in, checked settings come out; nothing else here reads them.

Each field is the variable ORIEL_ and its name in capitals; a list is written with commas. With
nothing set, everything lies in one folder of this machine.
"""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from oriel.errors import UserError
from oriel.service import conflicts, keys, production

_PREFIX = "ORIEL_"
_BARE = {"ADMIN_EMAIL": "admin_email", "ADMIN_PASSWORD": "admin_password"}  # known without it
_SAID = {"int_parsing": "must be a whole number", "float_parsing": "must be a number"}
Environment = Literal["development", "production"]


class BadSettings(UserError):
    """One or several settings cannot be used; there is a sentence for each."""


def _home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "oriel"


def _within(place: str) -> Any:
    """A default below the data folder, as a URL writes it."""

    def made(given: dict[str, Any]) -> str:
        return place.format(data=quote(str(Path(given["data"]).absolute())))

    return Field(default_factory=made)


def _environment(given: dict[str, Any]) -> Environment:
    """Whoever has an address with https has strangers."""
    return "production" if given.get("public_url", "").startswith("https:") else "development"


def _listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [word.strip() for word in value.split(",") if word.strip()]


def _strong(secrets: tuple[str, ...]) -> tuple[str, ...]:
    if not secrets or any(len(secret) < keys.LEAST for secret in secrets):
        raise ValueError(f"each must be at least {keys.LEAST} characters of chance")
    return secrets


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(network)) for network in networks)


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Count = Annotated[int, Field(gt=0)]
Secret = Annotated[str | None, Field(repr=False)]


class Settings(BaseModel):
    """What an operator may choose."""

    # What stands below each is its line in docs/settings.md.
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True
    )

    data: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=_home)
    """The folder of all the defaults below; `oriel` in `XDG_DATA_HOME`. Back it up as a whole."""

    database_url: str = _within("sqlite:///{data}/oriel.db")
    """`sqlite:///PATH`, or `postgresql://USER:PASSWORD@HOST/NAME` (`?sslmode=require` for TLS).
    Everything that must not be lost is in it. Several machines need PostgreSQL.
    """

    redis_url: str | None = None
    """`redis://HOST:6379/0`, `rediss://` or `unix:///PATH`. Wakes workers and carries what event
    streams tell; it may be emptied at any time. Where it is set, `oriel serve` starts no queue and
    no worker of its own: run `oriel worker` beside it. Several machines need one that all of them
    reach: without it, rate limits count for each process alone, and workers find work only by
    looking.
    """

    storage: str = _within("file://{data}/storage")
    """Songs and videos: `file:///FOLDER`, or `gs://BUCKET/PREFIX`
    ([what may follow it](../oriel/service/storage/gs.py)). Several machines need a bucket, or a
    folder that all of them mount.
    """

    mail: str = _within("outbox:{data}/mail")
    """Letters: `outbox:FOLDER` writes them into files that can be read at a page; `sendgrid:` and
    `smtp://HOST` send them. Without either nobody gets a letter, so nobody who forgot a password
    can come back.
    """

    mail_from: str = "Oriel <oriel@localhost>"
    """Who letters come from. SendGrid wants an address that was verified there, and sends none from
    another; the default is for one's own machine.
    """

    sendgrid_key: Secret = None
    """SendGrid's API key; `sendgrid:` needs it."""

    payments: str = "off:"
    """`off:` sells nothing: what is free is to be had, and no more. `off:simulated` lets people try
    buying, without money and plainly said. `stripe:` sells.
    """

    stripe_key: Secret = None
    """Stripe's secret key; `stripe:` needs it."""

    stripe_webhook_secret: Secret = None
    """What Stripe signs its webhooks with; `stripe:` needs it, or no payment is ever believed."""

    public_url: str = "http://127.0.0.1:8000"
    """How people reach this service: what links in letters, to files and back from paying begin
    with. Under `https://` cookies are for `https` alone.
    """

    environment: Environment = Field(default_factory=_environment)
    """`production` where the public URL begins with `https:`. In `production`, `oriel serve` and
    `oriel worker` refuse to start with what is [too weak for strangers](#production), and say all
    of it at once.
    """

    secret_keys: Annotated[Words, AfterValidator(_strong)] = Field(
        default_factory=lambda: (keys.new(),), repr=False
    )
    """Keys of 32 characters or more (`openssl rand -base64 32`). The first signs access tokens and
    links, and all are believed: to change it, put a new one in front, and drop the old one a day
    later. They seal the secrets of second factors too, which a worker seals by the first one each
    hour; without the key nobody's codes fit any more, but recovery codes do. Unset, it is made once
    and kept in the data folder (`secret_key`, which only its owner may read). Several machines must
    be given the same.
    """

    admin_email: str | None = None
    """The first administrator, made at the first start; an account that has confirmed the address
    already stays as it is. `oriel admin create` does the same at the shell, and lets in an
    administrator who lost the password. `ORIEL_ADMIN_EMAIL` and `ORIEL_ADMIN_PASSWORD` are the same.
    The password must be as good as anybody's: 8 to 128 characters that are not guessed first.
    """

    admin_password: Secret = None

    admin_second_factor: Literal["optional", "required"] = "optional"
    """`required`: administrators come to `/admin/`, its API and `/metrics` only once they have [a
    second factor](administration.md#a-second-factor), and are led to turn it on. With `optional` it
    is their choice, as it is everybody else's.
    """

    cors_origins: Words = ()
    """Origins, such as `https://app.example`, whose pages may call the API with a Bearer token,
    never with a browser's cookies; else only its own.
    """

    trusted_proxies: Annotated[Words, AfterValidator(_networks)] = ()
    """Addresses or networks, such as `10.0.0.0/8`, whose `X-Forwarded-For` and `-Proto` are
    believed. Behind a proxy that is not named here, all people seem to come from one address and
    share its rate limits.
    """

    metrics_token: Secret = None
    """A secret that opens `/metrics` to Prometheus, as a Bearer token; without it only
    administrators read them.
    """

    rate_factor: float = Field(default=1.0, ge=0)
    """How many times as generous [every rate limit](../oriel/service/limits.py) is; `0` switches
    them off, for measuring. Each is of an account, and ten times as much of all accounts at one
    address, or of an address where nobody is signed in.
    """

    log: Literal["auto", "json", "text"] = "auto"
    """`json`, one document a line; `text`, for people; `auto` is text on a terminal and JSON
    elsewhere, which is what collectors of logs read.
    """

    otlp_endpoint: str | None = None
    """Where traces go, such as `http://127.0.0.1:4318`: OpenTelemetry over HTTP. Needs the extra
    `telemetry`; without it nothing is traced.
    """

    sentry_dsn: Secret = None
    """Where errors are reported to: Sentry, or what speaks its protocol. Needs the extra
    `telemetry`; without it errors are in the log alone.
    """

    plans: Path | None = None
    """A TOML or JSON file that changes [the table of plans](#plans); without it that is what is sold.
    Every web process and worker must read the same.
    """

    texts: Path | None = None
    """A folder whose `terms.html`, `privacy.html` and `licence.html` are shown [instead of
    ours](#texts); each may be absent. Without it no text names whoever runs the service.
    """

    upload_limit_mb: Count = 100
    """The largest song, in millions of bytes. A proxy must let a megabyte more through, or it
    refuses songs in words of its own.
    """

    songs_limit_mb: Count = 5_000
    """How much one account's songs may have together, so that nobody fills the storage; one
    more is refused until the oldest are deleted.
    """

    song_limit_minutes: Count = 20
    """The longest song; plans may allow less. A longer one keeps a worker for longer."""

    keep_days: Count = 30
    """How long songs and videos are kept. More days need more room; what was deleted is gone."""

    max_queued_per_user: Count = 50
    """Renders of one account that may wait or be under way; an order above it is refused, and costs
    nothing.
    """

    max_queued: Count = 10_000
    """The same of all accounts together."""

    max_running_per_user: Count = 4
    """Renders of one account that workers take on at once, so that nobody's album keeps others
    waiting.
    """

    max_running: Count = 1_000
    """The same of all accounts together."""

    max_streams_per_user: Count = 12
    """Event streams that one account may have open at one web process; who wants more is told to
    ask for the status.
    """

    max_streams_per_address: Count = 120
    """The same of one address, or of one visitor's network of IPv6."""

    segment_seconds: float = Field(default=20.0, gt=0)
    """How much of a video a slot of a worker draws at once, and loses when it dies. Less means more starts for
    as much video, and so more time.
    """

    lease_seconds: float = Field(default=15.0, gt=0)
    """How long a worker may be silent before another one takes over what it does. Where it is shorter
    than a busy machine's pauses, work is begun twice, though never published twice.
    """

    @property
    def secrets(self) -> frozenset[str]:
        """The words in it that nobody may read in a log."""
        hidden = [
            getattr(self, name) for name, one in type(self).model_fields.items() if not one.repr
        ]
        several = [words if isinstance(words, tuple) else (words,) for words in hidden]
        urls = (self.database_url, self.redis_url, self.mail)
        within = [urlsplit(url).password or "" for url in urls if url]
        words = [word for words in several for word in words]
        return frozenset(filter(None, (*words, *within, *map(unquote, within))))

    @classmethod
    def read(
        cls, environment: Mapping[str, str] | None = None, *, serving: bool = False
    ) -> "Settings":
        """The settings of this environment; raises BadSettings, which names every problem.

        Who is `serving` strangers is told too what is too weak for that.
        """
        environment = os.environ if environment is None else environment
        given, problems = _given(environment, set(cls.model_fields))
        settings, wrong = _checked(given)
        problems += wrong
        if settings is not None:
            problems += conflicts.found(settings)
            if serving and settings.environment == "production":
                problems += production.lacking(settings)
        if settings is None or problems:
            raise BadSettings(*problems)
        if "secret_keys" not in given:
            settings = settings.model_copy(update={"secret_keys": (_own_key(settings.data),)})
        return settings


def _own_key(folder: Path) -> str:
    try:
        return keys.kept(folder / "secret_key")
    except OSError as error:
        raise BadSettings(
            f"ORIEL_DATA: {folder} cannot be used ({error.strerror}); name a folder of your own"
        ) from error


def _given(environment: Mapping[str, str], known: set[str]) -> tuple[dict[str, Any], list[str]]:
    """What is set and not empty, by field; and a sentence for each name that is none."""
    given: dict[str, Any] = {}
    problems = []
    for name, value in environment.items():
        field = _BARE.get(name) or name.removeprefix(_PREFIX).lower()
        if not value or (name not in _BARE and not name.startswith(_PREFIX)):
            continue
        if field in known:
            given[field] = value
        else:
            near = get_close_matches(field, known, 1)
            hint = f" (did you mean {_PREFIX}{near[0].upper()}?)" if near else ""
            problems.append(f"there is no setting {name}{hint}")
    return given, problems


def _checked(given: dict[str, Any]) -> tuple[Settings | None, list[str]]:
    """The settings, with defaults for what is wrong, so that what follows is checked too."""
    try:
        return Settings(**given), []
    except ValidationError as error:
        problems = {str(one["loc"][0]): _sentence(one) for one in _own(error)}
    rest = {field: value for field, value in given.items() if field not in problems}
    return (_checked(rest)[0] if len(rest) < len(given) else None), list(problems.values())


def _own(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    for one in error.errors():
        if one["type"] != "default_factory_not_called":
            yield one


def _sentence(problem: Mapping[str, Any]) -> str:
    said = _SAID.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return f"{_PREFIX}{str(problem['loc'][0]).upper()}: {said[:1].lower()}{said[1:]}"


# What a program that draws and encodes may know: never a secret.
_HARMLESS = re.compile(
    r"PATH|LANG|LC_.*|TZ|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHONWARNINGS|PYTHONUNBUFFERED"
    r"|(NUMBA|OMP|OPENBLAS|MKL|NVIDIA|CUDA|LIBGL|MESA|GALLIUM|LP|EGL|__EGL|__GL|__GLX|VK)_.*"
)


def harmless(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The part of this environment that children which handle strangers' files may see."""
    environment = os.environ if environment is None else environment
    return {name: value for name, value in environment.items() if _HARMLESS.fullmatch(name)}


def passed_on(changes: Mapping[str, str]) -> dict[str, str]:
    """This environment with some variables changed: for a program of ours that reads it again."""
    return {**os.environ, **changes}
