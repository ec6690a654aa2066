"""What the docs, the alerts and the dashboard say of metrics is what /metrics tells."""

import json
import re
from pathlib import Path

import yaml
from apis import Client, administrator

ROOT = Path(__file__).parents[3]
NAME = re.compile(r"\boriel_\w+")


def names(text: str) -> set[str]:
    return set(NAME.findall(text))


async def metrics(api: Client) -> set[str]:
    """The names of all metrics."""
    answer = await (await administrator(api)).get("/metrics")
    return set(re.findall(r"^# HELP (\w+) ", answer.body.decode(), re.MULTILINE))


async def test_the_docs_explain_each_metric(api: Client) -> None:
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")

    explained = set(re.findall(r"^\| `(oriel_\w+)` \| \S", page, re.MULTILINE))

    assert explained == await metrics(api)


async def test_alerts_ask_for_metrics_that_there_are_and_say_what_to_do(api: Client) -> None:
    known = await metrics(api)
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text("utf-8"))

    rules = [rule for group in groups["groups"] for rule in group["rules"]]

    assert len(rules) > 5
    for rule in rules:
        assert names(rule["expr"]) <= known, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "todo"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]


async def test_the_dashboard_shows_metrics_that_there_are_and_all_that_change(api: Client) -> None:
    known = await metrics(api)
    board = json.loads((ROOT / "deploy" / "grafana" / "oriel.json").read_text("utf-8"))

    shown = {name for p in board["panels"] for t in p["targets"] for name in names(t["expr"])}

    assert shown == known - {"oriel_build_info"}
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(set(places)) == len(places), "no panel lies over another"
