"""Where a worker draws: a folder that is empty when it begins, whoever was killed there before."""

import os
import socket
from pathlib import Path

from oriel.jobs import workshop
from oriel.service.settings import Settings


async def test_a_worker_begins_anew_where_one_of_its_number_was_killed(tmp_path: Path) -> None:
    """As in a container, where each is process 1."""
    place, host = tmp_path / "scratch", socket.gethostname()
    own, neighbour, elsewhere = (
        place / name for name in (f"{host}-{os.getpid()}", f"{host}-{os.getppid()}", "another-1")
    )
    for folder in (own, neighbour, elsewhere):
        (folder / "jobs").mkdir(parents=True)

    async with workshop.opened(Settings(data=tmp_path), gpu=None) as shop:
        begun = shop.scratch, (own / "jobs").exists()

    assert begun == (own, False)
    assert {*place.iterdir()} == {neighbour, elsewhere}, "who lives, and who is of another machine"
