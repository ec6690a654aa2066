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


@dataclass(frozen=True)
class Row:
    """One line of the table; `number` is None for what could not be measured, and `note` says why."""

    what: str
    number: float | None
    unit: str
    goal: Goal | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None where there is none, or no number."""
        if self.goal is None or self.number is None:
            return None
        return bool(_HOLDS[self.goal.sign](self.number, self.goal.number))


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
    number = "–" if row.number is None else f"{row.number:.3g}{row.unit}"
    if row.number is not None and row.number >= 100:
        number = f"{row.number:.0f}{row.unit}"
    goal = "" if row.goal is None else f"{row.goal.sign} {row.goal.number:g}{row.unit}"
    met = {True: "yes", False: "no", None: ""}[row.met]
    return row.what, number, goal, met, row.note


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
