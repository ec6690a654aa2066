"""Which routes an answer leads to, and what of it they take: what OpenAPI calls links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Lead:
    """One way on: an operation, and where the values of its parameters and body's fields are found.

    A place is a field of the answer ("id", "users/0/id"), or any runtime expression that begins
    with "$". https://spec.openapis.org/oas/v3.1.1.html#runtime-expressions
    """

    operation: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)

    @property
    def described(self) -> dict[str, Any]:
        """The link as the document has it."""
        told: dict[str, Any] = {"operationId": self.operation}
        if self.parameters:
            told["parameters"] = _expressions(self.parameters)
        if self.body:
            told["requestBody"] = _expressions(self.body)
        return told


def leads(*operations: str, body: Mapping[str, str] | None = None, **parameters: str) -> list[Lead]:
    """Ways on that all take the same of an answer: `leads("jobs_status", "jobs_cancel", id="id")`."""
    return [Lead(operation, parameters, body or {}) for operation in operations]


def _expressions(places: Mapping[str, str]) -> dict[str, str]:
    return {
        name: place if place.startswith("$") else f"$response.body#/{place}"
        for name, place in places.items()
    }
