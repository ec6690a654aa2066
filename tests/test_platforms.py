"""What docs/deploying.md and deploy/fly/ tell platforms to run: Oriel's own commands and settings."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import snippets
import typer

from oriel import cli
from oriel.grace import GRACE_SECONDS
from oriel.service.settings import Settings
from oriel.web.api import multipart
from oriel.web.routes import HEALTH

ROOT = Path(__file__).parent.parent
PAGE = "docs/deploying.md"
WEB, WORKER = (
    tomllib.loads((ROOT / "deploy" / "fly" / f"{name}.toml").read_text("utf-8"))
    for name in ("web", "worker")
)


def parsed(line: str) -> str:
    """The command of a line that follows `oriel`; it and its options must be Oriel's."""
    group = typer.main.get_command(cli.app)
    words = line.replace("$PORT", "8000").split()
    with group.make_context("oriel", words) as context:
        while hasattr(group, "resolve_command"):
            name, group, words = group.resolve_command(context, words)
        with group.make_context(name, words, parent=context):
            return context.params.get("command") or line.split()[0]


def rows() -> dict[str, list[str]]:
    """The table of processes, by the first column."""
    text = (ROOT / PAGE).read_text("utf-8").partition("## Platforms that take containers")[2]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line[:1] == "|"]
    return {row[0]: row[1:] for row in lines[2:]}


def test_a_command_that_oriel_has_not_is_found() -> None:
    for wrong in ("sevre", "serve --prot 80", "worker --grace soon", "db upgarde"):
        with pytest.raises(Exception, match=r"(?i)no such|valid number"):
            parsed(wrong)


def test_the_page_s_processes_are_commands_of_images_that_have_them() -> None:
    told = rows()

    assert told.keys() == {"release step", "web", "worker"}
    for image, command, _ in told.values():
        assert (ROOT / f"Dockerfile.{image.strip('`').removeprefix('oriel-')}").exists()
        parsed(command.strip("`"))
    [megabytes] = re.findall(r"bodies of (\d+) MB", told["web"][2])
    assert int(megabytes) * 1_000_000 > Settings().upload_limit_mb * 1_000_000 + multipart.ROOM
    assert re.findall(r"`(/\w+)`", told["web"][2]) == [HEALTH.path]


def test_fly_runs_the_processes_that_the_page_tells_of() -> None:
    fly = [WEB["deploy"]["release_command"], *WEB["processes"].values()]
    fly += WORKER["processes"].values()

    page = [command.strip("`").split()[0] for _, command, _ in rows().values()]
    assert [parsed(line) for line in fly] == page
    assert "--host 0.0.0.0" in WEB["processes"]["web"]
    assert f"--port {WEB['http_service']['internal_port']}" in WEB["processes"]["web"]


def secrets() -> dict[str, str]:
    """What the page has both apps told."""
    lines = snippets.block(PAGE, "ORIEL_SECRET_KEYS").text.splitlines()
    return {
        name: re.sub(r"PASSWORD|what-[\w-]+", "a-made-up-secret-of-thirty-two-letters", value)
        for name, value in (line.split("=", 1) for line in lines)
    }


@pytest.mark.parametrize("app", [WEB, WORKER], ids=["web", "worker"])
def test_fly_s_settings_are_ones_that_oriel_takes_and_strangers_may_meet(
    app: dict[str, Any], tmp_path: Path
) -> None:
    given = secrets()
    [file] = app["files"]

    assert given.pop(file["secret_name"])
    assert not given.keys() & app["env"].keys()
    settings = Settings.read({**app["env"], **given, "ORIEL_DATA": str(tmp_path)}, serving=True)
    assert settings.environment == "production"
    assert file["guest_path"] in settings.storage
    assert {name: WEB["env"][name] for name in app["env"]} == app["env"], "both know the same"


def test_fly_gives_processes_the_time_that_they_give_their_work() -> None:
    [worker] = WORKER["processes"].values()
    service = WEB["http_service"]
    [check] = service["checks"]

    assert int(WEB["kill_timeout"].rstrip("s")) > GRACE_SECONDS
    assert int(WORKER["kill_timeout"].rstrip("s")) > int(worker.split()[-1])
    assert check["path"] == HEALTH.path
    assert service["concurrency"]["soft_limit"] > Settings().max_streams_per_address
    assert service["auto_stop_machines"] == "off"


def test_fly_gives_a_worker_the_memory_and_the_room_that_the_page_tells_of() -> None:
    needs = rows()["worker"][2]
    [told] = re.findall(r"(\d+) GB of memory, (\d+) GB of scratch at `(\S+)`", needs)
    [machine], [volume], [file] = WORKER["vm"], WORKER["mounts"], WORKER["files"]

    assert int(machine["memory"].removesuffix("gb")) >= int(told[0])
    assert (volume["initial_size"], volume["destination"]) == (f"{told[1]}gb", told[2])
    assert volume["processes"] == machine["processes"] == list(WORKER["processes"])
    data = re.findall(r"ORIEL_DATA=(\S+)", (ROOT / "Dockerfile.gpu").read_text("utf-8"))
    assert Path(told[2]) == Path(*data) / "scratch", "where a worker draws"
    assert not Path(file["guest_path"]).is_relative_to(told[2]), "the volume would lie over it"
