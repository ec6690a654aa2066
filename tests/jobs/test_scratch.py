"""Where a worker draws: a folder that is empty when it begins, whoever was killed there before."""

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from oriel.jobs import scratch, workshop
from oriel.service.settings import Settings

PATIENCE_SECONDS = 30

# A worker in a container of this name, as far as its folder is concerned.
WORKS = """
import asyncio, pathlib, sys
from oriel.jobs import scratch

async def work():
    async with scratch.folder(pathlib.Path(sys.argv[1]), sys.argv[2]) as folder:
        (folder / "jobs").mkdir()
        print("it works", flush=True)
        await asyncio.sleep(60)

asyncio.run(work())
"""


def working(place: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKS, str(place), name]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "it works\n"
    worker.stdout.close()
    return worker


async def test_a_worker_begins_anew_where_one_of_its_number_was_killed(tmp_path: Path) -> None:
    """As in a container, where each is process 1."""
    own = tmp_path / "scratch" / f"{socket.gethostname()}-{os.getpid()}"
    (own / "jobs").mkdir(parents=True)

    async with workshop.opened(Settings(data=tmp_path), gpu=None) as shop:
        begun = shop.scratch, (own / "jobs").exists()

    assert begun == (own, False)
    assert not own.exists()


async def test_a_worker_tidies_up_after_one_of_another_host_name_that_was_killed_and_no_other(
    tmp_path: Path,
) -> None:
    """As in compose, where containers that are made anew have other names, and share a volume."""
    killed, living = working(tmp_path, "4c1f-1"), working(tmp_path, "9b07-1")
    killed.kill()
    killed.wait()
    try:
        async with scratch.folder(tmp_path, "d2aa-1"):
            beside = {path.name for path in tmp_path.iterdir()}
    finally:
        living.kill()
        living.wait()

    assert beside == {"9b07-1", "d2aa-1"}


async def test_what_another_has_just_made_is_not_taken_for_a_dead_one_s(tmp_path: Path) -> None:
    """It has no lock yet; until it has, nobody else begins."""
    just_made = tmp_path / "host-2"
    turn = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    just_made.mkdir()

    async def begun() -> bool:
        async with scratch.folder(tmp_path, "host-1"):
            return just_made.exists()

    beginning = asyncio.create_task(begun())
    await asyncio.sleep(0.1)
    lock = os.open(just_made, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(turn)

    assert await beginning
    os.close(lock)


async def test_what_is_no_worker_s_is_left_alone(tmp_path: Path) -> None:
    """As `lost+found`, where a disk is mounted there."""
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "linked-1").symlink_to(tmp_path / "elsewhere")

    async with scratch.folder(tmp_path, "host-1"), scratch.folder(tmp_path / "place", "host-1"):
        pass

    assert (tmp_path / "lost+found").is_dir()
    assert (tmp_path / "place" / "linked-1").is_symlink()


async def test_two_workers_that_live_do_not_share_a_folder(tmp_path: Path) -> None:
    """As on one network, with the machine's own name."""
    async with scratch.folder(tmp_path, "host-1") as first:
        (first / "jobs").mkdir()

        with pytest.raises(scratch.Taken, match="host name of its own"):
            async with asyncio.timeout(PATIENCE_SECONDS), scratch.folder(tmp_path, "host-1"):
                pass

        assert (first / "jobs").exists()
