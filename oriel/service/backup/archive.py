"""What a backup's one file of lines holds: who made it, rows, names of stored files, and its end.

Each line is a JSON document, all of them gzipped. A file without its last line was cut off.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from oriel.errors import UserError

NAME = "oriel.jsonl.gz"


class BadBackup(UserError):
    """The folder holds no backup that can be restored here."""


@dataclass(frozen=True)
class Made:
    """By which version of Oriel, of a database at which revision, and when."""

    version: str
    revision: str
    at: str


@dataclass
class Contents:
    """A whole backup but for its rows: how many there are of each table, and the files' sizes."""

    made: Made
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)  # bytes by key

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(self.files.values())


class Writer:
    """Writes line by line what goes into a backup; `contents` is what went in so far."""

    def __init__(self, file: IO[str], made: Made) -> None:
        self.contents = Contents(made)
        self._file = file
        self._line({"made": vars(made)})

    def row(self, table: str, values: Mapping[str, Any]) -> None:
        """One row, with values that JSON has."""
        self.contents.rows[table] = self.contents.rows.get(table, 0) + 1
        self._line({"table": table, "row": values})

    def file(self, key: str, size: int) -> None:
        """One stored file, whose bytes lie beside."""
        self.contents.files[key] = size
        self._line({"file": key, "bytes": size})

    def _line(self, document: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(document, separators=(",", ":")) + "\n")

    def end(self) -> None:
        """Say that this is all."""
        self._line({"end": {"rows": self.contents.rows, "files": len(self.contents.files)}})


@contextmanager
def written(folder: Path, made: Made) -> Iterator[Writer]:
    """A new file of lines, which takes the old one's place once it is whole."""
    draft = folder / f".{NAME}.part"
    with open(draft, "wb", opener=_for_us_alone) as kept:
        with gzip.open(kept, "wt", encoding="utf-8", compresslevel=6) as file:
            writer = Writer(file, made)
            yield writer
            writer.end()
        kept.flush()
        os.fsync(kept.fileno())
    draft.replace(folder / NAME)


def contents(folder: Path) -> Contents:
    """What the backup in a folder holds; raises BadBackup unless it is whole."""
    lines = _lines(folder)
    found = Contents(Made(**next(lines)["made"]))
    for line in lines:
        if "row" in line:
            found.rows[line["table"]] = found.rows.get(line["table"], 0) + 1
        elif "file" in line:
            found.files[line["file"]] = line["bytes"]
        elif line["end"] == {"rows": found.rows, "files": len(found.files)}:
            return found
    raise BadBackup(f"{folder / NAME} was cut off: restore another backup")


def rows(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with its table's name, in the order in which they can be put back."""
    for line in _lines(folder):
        if "row" in line:
            yield line["table"], line["row"]


def _for_us_alone(path: str, flags: int) -> int:
    """It holds hashes of passwords."""
    return os.open(path, flags, 0o600)


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / NAME
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError as error:
        raise BadBackup(
            f"{folder} holds no backup, as there is no {NAME} in it: name a folder that oriel db"
            " backup has written"
        ) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadBackup(f"{path} is damaged ({error}): restore another backup") from error
