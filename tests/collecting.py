"""What a collector of traces was sent."""

import gzip
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pytest_httpserver import HTTPServer


def spans(server: HTTPServer) -> dict[str, Any]:
    """The spans that the collector was sent, by name."""
    found = {}
    for request, _ in server.log:
        body = request.get_data()
        told = ExportTraceServiceRequest.FromString(
            gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        )
        for resource in told.resource_spans:
            for scope in resource.scope_spans:
                found |= {span.name: span for span in scope.spans}
    return found
