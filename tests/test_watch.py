"""Watched files."""

import os
from pathlib import Path

from oriel.watch import Watch


def test_a_file_that_is_replaced_at_once_has_changed(tmp_path: Path) -> None:
    file, other = tmp_path / "a.glsl", tmp_path / "b"
    file.write_text("one")
    watched = Watch([tmp_path])

    assert watched.changed() == []
    other.write_text("two")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)

    assert watched.changed() == [file]
    assert watched.changed() == []
    file.unlink()
    assert watched.changed() == [file]
