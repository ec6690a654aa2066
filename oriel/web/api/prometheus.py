"""Numbers about the whole service in; the same as Prometheus reads them out.

They are the database's, so that every web process tells the same: scrape one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oriel import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def written(told: Mapping[str, Any]) -> str:
    """What `metrics.read` told, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(told))
    return generate_latest(registry).decode()


class _Told(Collector):
    """One answer's numbers."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Each metric with its help."""
        told = self._told
        yield _by(
            "oriel_build_info", "Which version of Oriel answers.", "version", {__version__: 1}
        )
        yield from _renders(told["renders"])
        users = {name: told["users"][name] for name in ("all", "active", "verified")}
        yield _by("oriel_users", "Accounts that are not deleted.", "kind", users)
        yield from _payments(told["payments"])
        yield _by(
            "oriel_credits", "Renders that are granted and not spent.", "tier", told["credits"]
        )
        yield _by(
            *("oriel_mails", "Letters that wait, or that were given up.", "state"),
            {name: told["mail"][name] for name in ("waiting", "given_up")},
        )
        yield _total("oriel_mails_sent", "Letters that were sent.", told["mail"]["sent"])
        yield _by(
            *("oriel_stored_bytes", "Bytes of songs and videos that are kept.", "what"),
            {name.removesuffix("_bytes"): size for name, size in told["storage"].items()},
        )
        yield from _workers(told["workers"])


def _renders(told: Mapping[str, Any]) -> Iterator[Metric]:
    states = dict.fromkeys(("queued", "preparing", "drawing", "finishing"), 0)
    ended = dict.fromkeys(("done", "failed", "cancelled"), 0)
    found = told["by_status"]
    yield _by(
        *("oriel_renders_active", "Renders that wait or are under way.", "status"),
        {state: found.get(state, 0) for state in states},
    )
    total = CounterMetricFamily("oriel_renders_ended", "Renders that ended.", labels=["status"])
    for state in ended:
        total.add_metric([state], found.get(state, 0))
    yield total
    yield _one(
        *("oriel_queue_oldest_seconds", "How long the oldest queued render waits; 0: none does."),
        told["oldest_waits_seconds"] or 0,
    )


def _payments(told: Mapping[str, Any]) -> Iterator[Metric]:
    yield _by("oriel_payments", "Payments by how they stand.", "status", told["by_status"])
    yield _one(
        *("oriel_payment_events_waiting", "Webhooks that were received and not acted upon yet."),
        told["events_waiting"],
    )


def _workers(told: list[dict[str, Any]]) -> Iterator[Metric]:
    yield _one("oriel_workers", "Workers that were seen in the last half minute.", len(told))
    speeds = {worker["name"]: worker["frames_per_second"] or 0.0 for worker in told}
    yield _by("oriel_worker_frames_per_second", "How fast each worker draws.", "worker", speeds)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _total(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    metric = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        metric.add_metric([key], value)
    return metric
