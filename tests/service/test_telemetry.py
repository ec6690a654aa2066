"""Traces and errors: sent where the settings name somebody, without secrets, and else not at all."""

import gzip
import json
import logging
from pathlib import Path

import pytest
from collecting import spans
from pytest_httpserver import HTTPServer

from oriel.service import logs, telemetry
from oriel.service.settings import Settings

SECRET = "a secret for tests that is long enough"


def settings(tmp_path: Path, **environment: str) -> Settings:
    return Settings.read({"ORIEL_DATA": str(tmp_path), "ORIEL_SECRET_KEYS": SECRET, **environment})


def test_a_span_belongs_to_the_trace_of_the_order_it_is_for(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/v1/traces", method="POST").respond_with_data(b"")
    chosen = settings(tmp_path, ORIEL_OTLP_ENDPOINT=httpserver.url_for("/"))

    with telemetry.reporting(chosen, "web"):
        with telemetry.span("order"):
            parent = telemetry.traceparent()
        with telemetry.span("draw", parent, render_id="r1"), telemetry.span("oriel render"):
            telemetry.note(code=0)

    order, draw, child = (spans(httpserver)[name] for name in ("order", "draw", "oriel render"))
    assert draw.trace_id == order.trace_id == child.trace_id
    assert (draw.parent_span_id, child.parent_span_id) == (order.span_id, draw.span_id)
    assert draw.attributes[0].value.string_value == "r1"
    assert child.attributes[0].key == "code"


def test_without_a_collector_there_is_no_trace(tmp_path: Path) -> None:
    with telemetry.reporting(settings(tmp_path), "web"), telemetry.span("order"):
        assert telemetry.traceparent() == ""
        assert not telemetry.traced()


def test_an_error_is_reported_with_its_request_and_without_secrets(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/api/1/envelope/").respond_with_data(b"")
    dsn = f"http://public@127.0.0.1:{httpserver.port}/1"

    with telemetry.reporting(settings(tmp_path, ORIEL_SENTRY_DSN=dsn), "worker"):
        log = logging.getLogger("oriel.test_telemetry")
        log.warning("This is nobody's business.")
        with logs.about(request_id="r1"):
            try:
                raise ValueError(f"It was {SECRET}")
            except ValueError:
                log.exception("It failed")

    bodies = [gzip.decompress(request.get_data()).decode() for request, _ in httpserver.log]
    event = json.loads(bodies[0].splitlines()[2])
    assert len(bodies) == 1
    assert event["exception"]["values"][0]["value"] == "It was [secret]"
    assert event["tags"] == {"request_id": "r1", "role": "worker"}
    assert SECRET not in bodies[0]


@pytest.mark.parametrize("name", ["ORIEL_OTLP_ENDPOINT", "ORIEL_SENTRY_DSN"])
def test_where_to_report_to_must_be_an_address(name: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=name):
        settings(tmp_path, **{name: "collector:4318"})
