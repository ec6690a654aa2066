"""What is logged anywhere in; one line each, with the request that it belongs to, out.

A secret of ours that slips into a line, or into the story of an error, is never written.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal

import structlog

from oriel.service.settings import Settings

_TALKATIVE = ("alembic", "arq", "urllib3", "opentelemetry")
_TOLD_ALREADY = ("status", "method", "path", "milliseconds")  # in the words of an access's line

about = structlog.contextvars.bound_contextvars
"""`with about(request_id=…):` names what every line belongs to that is logged within."""

Processor = structlog.typing.Processor


def configure(settings: Settings) -> None:
    """Write to standard error, as the settings say: by default as JSON where nobody watches."""
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(_kind(settings.log), _without(settings.secrets)))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _kind(log: Literal["auto", "json", "text"]) -> str:
    if log == "auto":
        return "text" if sys.stderr.isatty() else "json"
    return log


def _formatter(kind: str, clean: Processor) -> logging.Formatter:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if kind == "json"
        else [_short, _for_people()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, clean],
    )


def _for_people() -> Processor:
    """Rich's tracebacks would show local variables, and break secrets into lines."""
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)


def _short(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if key not in _TOLD_ALREADY}


def _without(secrets: Iterable[str]) -> Processor:
    """Strike out each of these words in what is to be written."""
    clean = cleaner(secrets)
    return lambda logger, name, line: clean(str(line))


def cleaner(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that strikes these words out of a text."""
    written = {form for secret in secrets for form in _forms(secret)}
    if not written:
        return lambda text: text
    longest_first = sorted(written, key=len, reverse=True)
    struck = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: struck.sub("[secret]", text)


def _forms(secret: str) -> set[str]:
    """A word as it is, as JSON and as Python write it."""
    return {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]} if secret else set()
