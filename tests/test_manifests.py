"""deploy/kubernetes/, held to the schemas of Kubernetes's own API, and to what others' objects may have."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

FOLDER = Path(__file__).parent.parent / "deploy" / "kubernetes"
# The oldest that has all of it, and the newest that is known: what lies between has it too.
VERSIONS = ("1.30", kubernetes_validate.latest_version())
TEXT = {"type": "string"}


def objects(several: bool = True, **properties: Any) -> dict[str, Any]:
    """A schema of objects with these properties and no others."""
    kind: dict[str, Any] = {"type": "object", "additionalProperties": False}
    return kind | {"properties": properties, "required": list(properties) if not several else []}


def lists(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


# Those that are not Kubernetes's own: what of them is used here, by their makers' references.
CUSTOM = {
    "ScaledObject": objects(
        scaleTargetRef=objects(several=False, name=TEXT),
        minReplicaCount={"type": "integer"},
        maxReplicaCount={"type": "integer"},
        pollingInterval={"type": "integer"},
        cooldownPeriod={"type": "integer"},
        triggers=lists(
            objects(
                several=False,
                type={"const": "prometheus"},
                metricType={"enum": ["AverageValue", "Value"]},
                metadata=objects(several=False, serverAddress=TEXT, query=TEXT, threshold=TEXT),
            )
        ),
    ),
    "ServiceMonitor": objects(
        jobLabel=TEXT,
        selector=objects(several=False, matchLabels={"type": "object"}),
        endpoints=lists(
            objects(
                port=TEXT,
                path=TEXT,
                interval={"type": "string", "pattern": r"^\d+(ms|s|m|h)$"},
                authorization=objects(credentials=objects(several=False, name=TEXT, key=TEXT)),
            )
        ),
    ),
}
DOCUMENTS = [
    one
    for file in sorted(FOLDER.glob("*.yaml"))
    if file.name != "kustomization.yaml"  # which kubectl reads, and no server
    for one in yaml.safe_load_all(file.read_text("utf-8"))
]
OWN = [one for one in DOCUMENTS if one["kind"] not in CUSTOM]


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", OWN, ids=named)
def test_an_object_is_one_that_kubernetes_takes(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_slip_in_a_manifest_is_found() -> None:
    document = {**OWN[0], "metdata": {}}

    with pytest.raises(kubernetes_validate.ValidationError, match="metdata"):
        kubernetes_validate.validate(document, VERSIONS[1], strict=True)


@pytest.mark.parametrize("kind", CUSTOM)
def test_an_object_of_somebody_else_s_kind_has_what_such_have(kind: str) -> None:
    [document] = [one for one in DOCUMENTS if one["kind"] == kind]
    check = Draft202012Validator(CUSTOM[kind])

    check.validate(document["spec"])

    with pytest.raises(ValidationError):
        check.validate({**document["spec"], "replicas": 3})
