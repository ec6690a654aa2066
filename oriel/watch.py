"""Files and folders in; which of their files were changed since the last look, out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

Stamp = tuple[int, int, int]


class Watch:
    """Looks after some files, and all files under some folders, by their times and sizes."""

    def __init__(self, places: Iterable[Path]) -> None:
        self._places = tuple(places)
        self._seen = dict(_stamps(self._places))

    def changed(self) -> list[Path]:
        """The files that are new, changed or gone since this was last asked, sorted."""
        now = dict(_stamps(self._places))
        before, self._seen = self._seen, now
        return sorted(path for path in now.keys() | before if now.get(path) != before.get(path))


def _stamps(places: Iterable[Path]) -> Iterator[tuple[Path, Stamp]]:
    for place in places:
        for path in place.rglob("*") if place.is_dir() else (place,):
            try:
                found = path.stat()
            except OSError:  # an editor is just putting another in its place
                continue
            # The inode too: a file that is replaced within the clock's tick is another file.
            if path.is_file():
                yield path, (found.st_mtime_ns, found.st_size, found.st_ino)
