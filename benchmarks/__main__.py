"""Measures everything that Oriel promises of speed, memory and sync; prints a table, writes JSON.

make bench ARGS="--long"        python -m benchmarks --only start --only memory
make bench ARGS="--only service"                    all parts of the service
make bench ARGS="--only soak --minutes 60 --seed 3"

It ends with 1 where something happened that may not, such as a render that was lost, or where
something that was promised was not kept, and says which. How quick this machine is, it only tells.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks import bench_bands, fuzz, hours, http, killed, locked, resources, speed, sync
from benchmarks.service import hostile, lasting, reads, renders, uploads
from benchmarks.soak import measure as soak
from benchmarks.table import Goal, Row, machine, sentence, table, write
from oriel.gl import context

OUT = Path(__file__).parent / "results" / "latest.json"
Measured = tuple[list[Row], dict[str, Any]]

_GROUPS = {"service": ["reads", "uploads", "overhead", "together", "lasting"]}
_ASKED_FOR = {"hours", "soak"}  # which take too long for every run
_SYNC_MINUTES = 60
_SYNC_RATE = Fraction(30_000, 1001)
_DRAWN_MINUTES = 5


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help="whole hours: drawn for memory, at every rate for sync, ten of sound; and the soak",
    )
    choices = sorted([*_parts(), *_GROUPS])
    parser.add_argument("--only", action="append", choices=choices, help="some parts")
    parser.add_argument(
        "--minutes", type=float, default=soak.MINUTES, help="how long to soak (%(default)g)"
    )
    parser.add_argument(
        "--seed", type=int, help="of what happens in a soak (1), and of http (another each time)"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    return parser


def main() -> None:
    asked = parser().parse_args()
    only = {part for name in asked.only or () for part in _GROUPS.get(name, [name])}
    about = machine() | {"renderer": context.describe().renderer}
    rows: list[Row] = []
    raw: dict[str, Any] = {}
    for name, measure in _parts(asked.long, asked.minutes, asked.seed).items():
        if name not in only if only else name in _ASKED_FOR and not asked.long:
            continue
        began = time.monotonic()
        more, raw[name] = measure()
        rows += more
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    tell(rows, about, raw, asked.out)


def tell(rows: list[Row], about: dict[str, Any], raw: dict[str, Any], out: Path) -> None:
    """Print the table and keep all of it; raises SystemExit with what was promised and not kept."""
    print(f"\n{about['cpu']}, {about['cores']} cores, {about['renderer']}\n\n{table(rows)}")
    write(rows, about, raw, out)
    print(f"\n{out}")
    if said := sentence(rows):
        sys.exit(said)


def _parts(
    long: bool = False, minutes: float = soak.MINUTES, seed: int | None = None
) -> dict[str, Callable[[], Measured]]:
    return {
        "speed": speed.rows,
        "locked": locked.rows,
        "start": resources.start,
        "memory": lambda: resources.memory(long),
        "hours": hours.rows,
        "bands": _bands,
        "sync": lambda: _sync(long),
        "fuzz": lambda: fuzz.rows(fuzz.LONG if long else fuzz.SHORT),
        "hostile": lambda: hostile.rows(hostile.LONG if long else hostile.SHORT),
        "http": lambda: http.rows(http.LONG if long else http.SHORT, seed),
        "killed": lambda: killed.rows(killed.LONG if long else killed.SHORT),
        "reads": reads.rows,
        "uploads": uploads.rows,
        "overhead": renders.alone,
        "together": renders.together,
        "lasting": lasting.rows,
        "soak": lambda: soak.rows(minutes, 1 if seed is None else seed),
    }


def _bands() -> Measured:
    found = bench_bands.measure()
    goals = found["goals"]
    rows = [
        Row(
            "hearing a song on one core, in real time",
            found["bands_times_real_time"],
            "×",
            Goal("≥", goals["bands"]),
        ),
        Row(
            "the same with its beat, once librosa is loaded",
            found["bands_and_beat_times_real_time"],
            "×",
            Goal("≥", goals["bands_and_beat"]),
            f"the first song of a process takes {found['first_beat_costs_seconds']:.2g} s more",
        ),
    ]
    return rows, found


def _sync(long: bool) -> Measured:
    """An hour of clicks, whose pictures are flat; where there is time at every rate, and drawn too.

    Drawn ones are an hour at one rate, and some minutes at each.
    """
    flat = [
        sync.measure(rate, 60 * _SYNC_MINUTES, drawn=False)
        for rate in (sync.RATES if long else [_SYNC_RATE])
    ]
    drawn = []
    if long:
        drawn = [sync.measure(rate, 60 * _DRAWN_MINUTES) for rate in sync.RATES]
        drawn.append(sync.measure(Fraction(30), 60 * _SYNC_MINUTES))
    rows = [
        Row(
            f"{kind} pictures' jumps from their clicks, {one.minutes:g} minutes at {one.fps:.6g} fps",
            one.worst_frames,
            " frames",
            Goal("≤", 0.51),
            f"drift {one.drift_ms[2] - one.drift_ms[0]:+.2f} ms; sound within {one.sound_ms:.2f} ms",
        )
        for kind, measured in (("flat", flat), ("drawn", drawn))
        for one in measured
    ]
    return rows, {"flat": [asdict(one) for one in flat], "drawn": [asdict(one) for one in drawn]}


if __name__ == "__main__":
    main()
