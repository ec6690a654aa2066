"""What is handed to those who run Oriel: images, compose, units, proxies and manifests."""

import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from images import steps

from oriel.grace import GRACE_SECONDS
from oriel.jobs import tasks, worker
from oriel.service.settings import Settings
from oriel.web.api import table

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
IMAGES = ("Dockerfile.gpu", "Dockerfile.web")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def run(*command: str | Path) -> str:
    """What a program of this environment, or of the machine, prints; it must be content."""
    own = Path(sys.executable).parent / str(command[0])
    words = [str(own) if own.exists() else str(command[0]), *map(str, command[1:])]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def need(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"lacks {program} (Debian package {package})")


def last_stage(image: str) -> list[str]:
    found = steps(image)
    begins = max(n for n, step in enumerate(found) if step.startswith("FROM"))
    return found[begins:]


def test_the_dockerfiles_please_their_linter() -> None:
    run("hadolint", *IMAGES)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_nobody_special_tells_its_health_and_holds_no_compiler(
    image: str,
) -> None:
    found = last_stage(image)

    words = [step.split()[0] for step in found]
    assert {"USER", "HEALTHCHECK", "ENTRYPOINT", "CMD", "VOLUME"} <= set(words)
    assert "USER 10001" in found
    assert words.index("USER") < words.index("ENTRYPOINT")
    installed = next(step for step in found if "apt-get install" in step)
    assert not re.search(r"gcc|build-essential|-dev\b|pip|npm|python3-venv", installed)
    assert "--no-install-recommends" in installed
    assert not any(step.startswith(("ADD", "COPY .")) for step in steps(image))


@pytest.mark.parametrize("image", IMAGES)
def test_what_an_image_copies_is_there_and_not_ignored(image: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    copied = [step.split()[1:-1] for step in steps(image) if step.startswith("COPY")]
    own = [name for names in copied for name in names if not names[0].startswith("--from")]

    assert ignored[0] == "*"
    for name in own:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, name


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_installs_by_the_scripts_that_tests_run(image: str) -> None:
    """Its other steps are an engine's own: tests/test_images.py takes each."""
    ran = [step for step in steps(image) if step.startswith("RUN")]
    own = [step for step in ran if not re.match("RUN (apt-get update|npm ci)", step)]

    assert [step.split()[1] for step in own] == [
        "scripts/install-oriel",
        "/opt/oriel/settle-oriel",
    ]


def test_compose_follows_its_schema() -> None:
    for name in ("compose.yaml", "deploy/compose.gpu.yaml"):
        run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", name)


def test_compose_is_a_whole_oriel_and_opens_nothing_to_others() -> None:
    services = COMPOSE["services"]

    assert {"web", "worker", "postgres", "redis", "bucket", "mail"} <= services.keys()
    for name, service in services.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other], other
    for name in ("web", "worker", "tables"):
        assert services[name]["read_only"], name
        assert services[name]["cap_drop"] == ["ALL"], name


def test_compose_s_settings_are_ones_that_oriel_takes(tmp_path: Path) -> None:
    given = COMPOSE["services"]["web"]["environment"]

    settings = Settings.read({**given, "ORIEL_DATA": str(tmp_path)})

    assert settings.database_url.startswith("postgresql://")
    hosts = re.findall(r"(?:@|//)(\w+)[:/]", " ".join(given.values()))
    assert {"postgres", "redis", "bucket", "mail"} <= set(hosts)


def test_each_file_of_yaml_is_tidy() -> None:
    rules = "{extends: relaxed, rules: {line-length: {max: 130}}}"

    run("yamllint", "--strict", "-d", rules, "compose.yaml", "deploy")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder of the units, with one of each kind that has a number, as they are here."""
    need("systemd-analyze", "systemd")
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text("utf-8").replace("/opt/oriel/bin/oriel", shutil.which("true") or "")
        (tmp_path / unit.name).write_text(text, "utf-8")
    for name in ("oriel-web@8000.service", "oriel-worker@0.service"):
        shutil.copy(tmp_path / re.sub(r"@\d+", "@", name), tmp_path / name)
    return tmp_path


def test_the_units_are_ones_that_systemd_takes(units: Path) -> None:
    names = ["oriel-web@8000.service", "oriel-worker@0.service", "oriel-backup.timer"]

    said = run("systemd-analyze", "verify", "--man=no", *(units / name for name in names))

    assert said == ""


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("oriel-web@8000", 20),
        ("oriel-backup", 20),
        ("oriel-worker@0", 79),  # it has cards, and renders in namespaces of their own
    ],
)
def test_a_unit_may_do_little_more_than_it_must(units: Path, name: str, most: int) -> None:
    """In tenths of what systemd calls exposure: 10 is whoever may do everything that root may."""
    looked = ["--offline=true", "--no-pager", f"--threshold={most}"]

    run("systemd-analyze", "security", *looked, units / f"{name}.service")


def test_the_command_on_a_server_is_run_as_the_units_are(tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / "oriel-backup.service").read_text("utf-8")
    told = tmp_path / "systemd-run"
    told.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    told.chmod(0o755)

    done = subprocess.run(
        [DEPLOY / "oriel", "db", "backup", "/var/backups/my oriel"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    words = done.stdout.splitlines()
    assert words[-4:] == ["/opt/oriel/bin/oriel", "db", "backup", "/var/backups/my oriel"]
    for name in ("EnvironmentFile", "StateDirectory", "StateDirectoryMode"):
        assert f"--property={name}={setting(unit, name)}" in words
    assert f"--setenv={setting(unit, 'Environment')}" in words
    assert f"--uid={setting(unit, 'User')}" in words


def setting(unit: str, name: str) -> str:
    return re.findall(rf"^{name}=(.+)$", unit, re.MULTILINE)[0]


def test_a_worker_s_unit_gives_it_the_time_that_it_gives_its_work() -> None:
    unit = (DEPLOY / "systemd" / "oriel-worker@.service").read_text("utf-8")
    pod = manifests("Deployment")["oriel-worker"]["spec"]["template"]["spec"]

    assert grace(unit.split()) < int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0])
    assert grace(pod["containers"][0]["args"]) < pod["terminationGracePeriodSeconds"]
    worker = COMPOSE["services"]["worker"]
    assert grace(worker["command"]) < int(worker["stop_grace_period"].rstrip("s"))


def test_a_web_process_has_the_time_that_it_gives_its_requests() -> None:
    unit = (DEPLOY / "systemd" / "oriel-web@.service").read_text("utf-8")
    pod = manifests("Deployment")["oriel-web"]["spec"]["template"]["spec"]
    composed = COMPOSE["services"]["web"]["stop_grace_period"]

    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > GRACE_SECONDS
    assert pod["terminationGracePeriodSeconds"] > GRACE_SECONDS
    assert int(composed.rstrip("s")) > GRACE_SECONDS


def test_nothing_that_a_worker_starts_multiplies_without_end() -> None:
    unit = (DEPLOY / "systemd" / "oriel-worker@.service").read_text("utf-8")
    most = int(re.findall(r"TasksMax=(\d+)", unit)[0])

    assert COMPOSE["services"]["worker"]["pids_limit"] == most
    assert most > 2 * tasks.most()


@pytest.mark.parametrize(("name", "most"), [("web", "1G"), ("worker", "75%")])
def test_nothing_that_is_started_takes_the_memory_of_all_else(name: str, most: str) -> None:
    unit = (DEPLOY / "systemd" / f"oriel-{name}@.service").read_text("utf-8")
    pod = manifests("Deployment")[f"oriel-{name}"]["spec"]["template"]["spec"]
    [container] = pod["containers"]

    assert setting(unit, "MemoryMax") == most
    limit = COMPOSE["services"][name]["mem_limit"]
    assert container["resources"]["limits"]["memory"] == limit.replace("g", "Gi")


def test_a_worker_that_keeps_its_leases_is_well_and_one_that_hangs_is_not(tmp_path: Path) -> None:
    """By the very commands; tests/test_images.py asks a worker's own file by them."""
    need("bwrap", "bubblewrap")
    pod = manifests("Deployment")["oriel-worker"]["spec"]["template"]["spec"]["containers"][0]
    probe = pod["livenessProbe"]["exec"]["command"]

    assert probe == health("Dockerfile.gpu")
    assert not well(probe, tmp_path), "it has not begun"
    another, alive = (
        tmp_path / "scratch" / f"{name}-1" / worker.ALIVE
        for name in ("another", socket.gethostname())
    )
    for one in (another, alive):
        assert not well(probe, tmp_path), "another beside it answers for it"
        one.parent.mkdir(parents=True)
        one.touch()
    assert well(probe, tmp_path)
    os.utime(alive, (time.time() - 60,) * 2)
    assert not well(probe, tmp_path)


def health(image: str) -> list[str]:
    """The words by which a container asks whether it is well."""
    [step] = [step for step in last_stage(image) if step.startswith("HEALTHCHECK")]
    return list(json.loads(step.partition(" CMD ")[2]))


def well(probe: list[str], data: Path) -> bool:
    """What a probe says where Oriel's data are in the containers' place."""
    place = ["--tmpfs", "/var/lib", "--bind", str(data), "/var/lib/oriel"]
    place += ["--unsetenv", "HOSTNAME"]  # a container's names it
    return subprocess.run(["bwrap", "--ro-bind", "/", "/", *place, *probe]).returncode == 0


def grace(words: list[str]) -> int:
    return int(words[words.index("--grace") + 1])


def manifests(kind: str) -> dict[str, Any]:
    """Kubernetes's objects of a kind, by name."""
    files = (DEPLOY / "kubernetes").glob("*.yaml")
    every = [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))]
    return {one["metadata"]["name"]: one for one in every if one["kind"] == kind}


def test_kubernetes_is_told_of_every_file() -> None:
    folder = DEPLOY / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]

    assert {*listed, "kustomization.yaml"} == {path.name for path in folder.iterdir()}


def test_pods_are_nobody_special_and_ask_for_what_they_need() -> None:
    found = manifests("Deployment")
    assert len(found) == 2

    for name, one in found.items():
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsUser"] == 10001, name
        for container in (*pod["initContainers"], *pod["containers"]):
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in pod["volumes"]}, name
        budget = manifests("PodDisruptionBudget")[name]
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert budget["spec"]["selector"]["matchLabels"] == labels
        assert one["spec"]["selector"]["matchLabels"] == labels
    limits = found["oriel-worker"]["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert limits["limits"]["nvidia.com/gpu"] == 1


def test_pods_start_once_the_tables_are_up_to_date() -> None:
    for name, one in manifests("Deployment").items():
        pod = one["spec"]["template"]["spec"]
        [tables], [container] = pod["initContainers"], pod["containers"]
        assert tables["args"] == ["db", "upgrade"], name
        for given in ("image", "envFrom"):
            assert tables[given] == container[given], name


def test_what_workers_are_scaled_by_is_asked_of_every_web_pod() -> None:
    asked = manifests("ServiceMonitor")["oriel-web"]["spec"]
    [service] = [
        one
        for one in manifests("Service").values()
        if asked["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
    ]
    [endpoint] = asked["endpoints"]
    key = endpoint["authorization"]["credentials"]

    assert endpoint["path"] in {one.path for one in table.own()}
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    pods = manifests("Deployment")["oriel-web"]["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= pods.items()
    assert key["key"] == "ORIEL_METRICS_TOKEN"
    assert key["key"] in manifests("Secret")[key["name"]]["stringData"]
    job = service["metadata"]["labels"][asked["jobLabel"]]
    assert f'up{{job="{job}"}}' in (DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8")
    [told] = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yaml").read_text("utf-8"))
    assert (told["job_name"], told["metrics_path"]) == (job, endpoint["path"])
    assert "monitoring" in str(manifests("NetworkPolicy")["oriel"]["spec"]["ingress"])


def test_what_every_web_process_tells_is_counted_once() -> None:
    board = (DEPLOY / "grafana" / "oriel.json").read_text("utf-8")
    exprs = [target["expr"] for panel in json.loads(board)["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))["groups"]
    exprs += [rule["expr"] for group in groups for rule in group["rules"]]
    exprs += queries_of_scaling()

    once = r"max(?: by \(\w+\) )?\((?:\w+\()?"
    for expr in exprs:
        told = re.sub(once + r"oriel_\w+", "", expr)
        assert set(queries_of(told)) <= {"oriel_build_info"}, expr


def test_each_alert_comes_when_it_should_and_at_no_other_time() -> None:
    need("promtool", "prometheus")
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))
    tried = yaml.safe_load((ROOT / "tests" / "alerts.yaml").read_text("utf-8"))["tests"]
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}

    run("promtool", "test", "rules", "tests/alerts.yaml")

    for comes in (True, False):
        asked = [one for case in tried for one in case["alert_rule_test"]]
        assert {one["alertname"] for one in asked if bool(one["exp_alerts"]) is comes} == alerts


def test_prometheus_understands_what_the_board_and_the_scaling_ask_of_it(tmp_path: Path) -> None:
    need("promtool", "prometheus")
    board = json.loads((DEPLOY / "grafana" / "oriel.json").read_text("utf-8"))
    exprs = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    exprs += queries_of_scaling()
    rules = [{"record": f"query:{n}", "expr": expr} for n, expr in enumerate(exprs)]
    whole = {"groups": [{"name": "queries", "rules": rules}]}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(whole), "utf-8")
    [scraped] = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yaml").read_text("utf-8"))
    scraped["authorization"]["credentials_file"] = "token"
    (tmp_path / "token").write_text("a word")
    config = {"rule_files": ["rules.yaml"], "scrape_configs": [scraped]}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")

    said = run("promtool", "check", "config", tmp_path / "prometheus.yml")

    assert f"{len(exprs)} rules found" in said


def test_workers_are_scaled_by_the_queue() -> None:
    scaled = manifests("ScaledObject")["oriel-worker"]["spec"]

    assert scaled["scaleTargetRef"]["name"] in manifests("Deployment")
    by = {queries_of(one["metadata"]["query"])[0]: one for one in scaled["triggers"]}
    many, long = by["oriel_renders_active"], by["oriel_queue_oldest_seconds"]
    assert [wanted(many, 8, workers) for workers in (1, 5)] == [4, 4]
    assert [wanted(long, seconds, workers=5) for seconds in (55, 65, 70, 120)] == [5, 5, 6, 10]


def wanted(trigger: dict[str, Any], told: float, workers: int) -> int:
    """How many workers Kubernetes makes of so many, once its autoscaler is told this.

    https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details
    """
    each = trigger["metricType"] == "AverageValue"
    ratio = told / float(trigger["metadata"]["threshold"]) / (workers if each else 1)
    return workers if abs(ratio - 1) <= 0.1 else math.ceil(workers * ratio)


def test_how_many_pods_there_are_is_left_to_what_scales_them() -> None:
    """A number in the deployment would be theirs again with each `kubectl apply`."""
    scaled = [one["spec"] for one in manifests("HorizontalPodAutoscaler").values()]
    scaled += [one["spec"] for one in manifests("ScaledObject").values()]
    found = manifests("Deployment")

    assert {one["scaleTargetRef"]["name"] for one in scaled} == found.keys()
    for name, one in found.items():
        assert "replicas" not in one["spec"], name
    assert manifests("HorizontalPodAutoscaler")["oriel-web"]["spec"]["minReplicas"] == 2


def queries_of_scaling() -> list[str]:
    triggers = manifests("ScaledObject")["oriel-worker"]["spec"]["triggers"]
    return [trigger["metadata"]["query"] for trigger in triggers]


def queries_of(text: str) -> list[str]:
    return re.findall(r"oriel_\w+", text)


def test_kubernetes_s_settings_are_ones_that_oriel_takes(tmp_path: Path) -> None:
    given = manifests("ConfigMap")["oriel-settings"]["data"]
    secret = manifests("Secret")["oriel-secrets"]["stringData"]

    settings = Settings.read({**given, **secret, "ORIEL_DATA": str(tmp_path)})

    assert settings.payments == "stripe:"
