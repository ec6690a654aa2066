"""What happens in; traces go to a collector, and errors to Sentry, where the settings name them.

Where they name none, a span costs one comparison, and nothing of either is imported.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from oriel import __version__
from oriel.errors import BadOption
from oriel.service.logs import cleaner
from oriel.service.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_END_SECONDS = 3  # for what was not sent yet
_tracer: "Tracer | None" = None


@contextmanager
def reporting(settings: Settings, role: str) -> Iterator[None]:
    """Send traces and errors for as long as the block runs; `role` is web or worker."""
    global _tracer
    provider = None
    try:
        if settings.sentry_dsn:
            _report_errors(settings, role)
        if settings.otlp_endpoint:
            provider = _provider(settings.otlp_endpoint, role)
            _tracer = provider.get_tracer("oriel", __version__)
    except ModuleNotFoundError as error:
        raise BadOption(
            f"ORIEL_OTLP_ENDPOINT and ORIEL_SENTRY_DSN need {error.name}, which is not installed;"
            " in a clone of Oriel: pip install '.[telemetry]'"
        ) from error
    try:
        yield
    finally:
        _tracer = None
        if provider is not None:
            provider.shutdown()
        if settings.sentry_dsn:
            import sentry_sdk

            sentry_sdk.get_client().close(timeout=_END_SECONDS)


def traced() -> bool:
    """Whether anybody wants spans."""
    return _tracer is not None


@contextmanager
def span(name: str, parent: str = "", **about: str | int | float) -> Iterator[None]:
    """The block as a span, of the trace that `parent` (a traceparent) belongs to, or of this one.

    An error that leaves the block marks it as failed.
    """
    if _tracer is None:
        yield
        return
    context = _propagator().extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(name, context=context, attributes=about):
        yield


def note(**about: str | int | float) -> None:
    """Add to the span under way what is known by now."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(about)


def traceparent() -> str:
    """The span under way, as W3C's Trace Context writes it; empty where there is none."""
    carried: dict[str, str] = {}
    if _tracer is not None:
        _propagator().inject(carried)
    return carried.get("traceparent", "")


def _propagator() -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator()


def _provider(endpoint: str, role: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": f"oriel-{role}", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_END_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1_000))
    return provider


def _report_errors(settings: Settings, role: str) -> None:
    """Only what is logged as an error goes out: no bodies, no local variables, no addresses."""
    import sentry_sdk
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=__version__,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None), DedupeIntegration()],
        include_local_variables=False,
        before_send=_cleaned(settings),
    )
    sentry_sdk.set_tag("role", role)


def _cleaned(settings: Settings) -> Any:
    import json

    import structlog

    clean = cleaner(settings.secrets)

    def before_send(event: dict[str, Any], hint: object) -> Any:
        belongs_to = structlog.contextvars.get_contextvars()
        event.setdefault("tags", {}).update({name: str(v) for name, v in belongs_to.items()})
        return json.loads(clean(json.dumps(event, default=str)))

    return before_send
