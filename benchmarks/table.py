"""What was measured and what was hoped for go in; a table and a JSON document come out."""

import json
import operator
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

_HOLDS = {"≥": operator.ge, "≤": operator.le}
_PACKAGES = ("av", "librosa", "moderngl", "numpy")


@dataclass(frozen=True)
class Goal:
    """A number that a measured one is to reach (≥) or not to pass (≤)."""

    sign: Literal["≥", "≤"]
    number: float


NONE = Goal("≤", 0)
"""Of what may not happen at all."""


@dataclass(frozen=True)
class Row:
    """One line of the table; `number` is None for what could not be measured, and `note` says why.

    A goal that is a `promise` is to be met on whatever machine this runs.
    """

    what: str
    number: float | None
    unit: str
    goal: Goal | None = None
    note: str = ""
    promise: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None where there is none, or no number."""
        if self.goal is None or self.number is None:
            return None
        return bool(_HOLDS[self.goal.sign](self.number, self.goal.number))


def broken(rows: Sequence[Row]) -> list[Row]:
    """The promises that were not kept: those marked as such, and whatever may not happen even once.

    Other goals are of speed: what another machine makes of them is told, and no more.
    """
    return [row for row in rows if (row.promise or row.goal == NONE) and not row.met]


def sentence(rows: Sequence[Row]) -> str:
    """What was promised and not kept, in one sentence; "" where all was."""
    said = "; ".join(f"{row.what}: {_measured(row)}, not {_hoped(row)}" for row in broken(rows))
    return said and f"What was promised was not kept: {said}."


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown, as README quotes them."""
    head = ("what", "measured", "goal", "met", "note")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in cells
    ]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


def write(rows: Sequence[Row], about: dict[str, Any], raw: dict[str, Any], path: Path) -> None:
    """The rows, the machine and every single measurement, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": about,
        "rows": [asdict(row) | {"met": row.met} for row in rows],
        "raw": raw,
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "oriel": version("oriel"),
        **{name: version(name) for name in _PACKAGES},
    }


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    met = {True: "yes", False: "no", None: ""}[row.met]
    return row.what, _measured(row), _hoped(row), met, row.note


def _measured(row: Row) -> str:
    if row.number is None:
        return "–"
    digits = f"{row.number:.0f}" if row.number >= 100 else f"{row.number:.3g}"
    return digits + row.unit


def _hoped(row: Row) -> str:
    return "" if row.goal is None else f"{row.goal.sign} {row.goal.number:g}{row.unit}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
