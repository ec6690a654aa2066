"""A child's folder is plain when the child is gone, however it was left."""

import os
import shutil
from contextlib import chdir
from pathlib import Path

from oriel.jobs import leftovers

DEPTH = 1200  # beyond what Python calls itself, and what a path may have


def test_folders_without_end_can_be_removed_and_hide_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with chdir(folder):
        for _ in range(DEPTH):
            Path("deeper").mkdir()
            os.chdir("deeper")
        Path("video.mp4").symlink_to("/etc/passwd")
        Path("made").touch()

    leftovers.clean(folder)

    left = [path for path in folder.rglob("*") if not path.is_dir()]
    assert [path.name for path in left] == ["made"]
    shutil.rmtree(folder)


def test_a_folder_that_was_locked_is_opened(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0)

    leftovers.clean(tmp_path)

    assert locked.stat().st_mode & 0o777 == 0o700
