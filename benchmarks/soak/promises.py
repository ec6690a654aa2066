"""All that was measured in a soak goes in; the rows of the table, with what is promised, come out."""

from collections.abc import Iterator
from typing import Any

from benchmarks.soak.books import Books
from benchmarks.soak.place import PARTS
from benchmarks.table import NONE, Goal, Row

READ_MS = 60.0  # as promised of a machine that does not draw meanwhile
GROWTH = 1.1


def rows(found: dict[str, Any], books: Books) -> list[Row]:
    """The table of a soak."""
    return [
        *_renders(found, books),
        *_letters(found, books),
        *_files(found, books),
        *_reads(found),
        *_memory(found),
        Row("seconds until all had ended", round(found["rest_seconds"], 1), " s"),
    ]


def _renders(found: dict[str, Any], books: Books) -> Iterator[Row]:
    met = found["met"]
    harms = ", ".join(f"{often} × {name}" for name, often in sorted(found["harms"].items()))
    note = f"{found['minutes']:g} minutes, seed {found['seed']}, {found['redis']}; {harms}"
    yield Row("renders that were accepted", met["renders"], "", None, note)
    yield Row("of them lost", books.lost, "", NONE, f"as they ended: {books.statuses}")
    failures = "; ".join(books.failures[:3])
    yield Row("of them failed, though their songs were fine", books.failed, "", NONE, failures)
    wrong = books.wrong_credits + books.overdrawn
    note = f"{met['paid']} purchases"
    yield Row("entries too many or too few in the ledger", wrong, "", NONE, note)
    note = f"of {met['granted']} credits given, {met['refunded']} purchases refunded, "
    note += f"{met['stopped']} accounts shut and opened; {met['retried']} renders tried again"
    yield Row("acts of the administrator lost or done twice", books.undone, "", NONE, note)


def _letters(found: dict[str, Any], books: Books) -> Iterator[Row]:
    letters = books.letters
    lacking = letters.unwritten + letters.unsent
    yield Row("letters that were not sent", lacking, "", NONE, f"of {letters.due} that were due")
    note = f"of {found['met']['letters']}; "
    note += f"{letters.unnoted} more as their worker was killed in between"
    yield Row(
        "letters sent twice, or for nothing", letters.doubled + letters.unasked, "", NONE, note
    )


def _files(found: dict[str, Any], books: Books) -> Iterator[Row]:
    yield Row("files that are missing", books.missing, "", NONE)
    note = "left by what was killed; the sweeper takes them a day later, and was asked to at once"
    yield Row("files that the sweeper took", books.swept, "", None, note)
    yield Row("files that nobody speaks of, after the sweep", books.left_over, "", NONE)
    left = ", ".join(books.scratch[:3])
    yield Row("folders of dead workers on their disk", len(books.scratch), "", NONE, left)
    away, strange = found["away"], found["met"]["strange"]
    yield Row("parts that did not come back", len(away), "", NONE, ", ".join(away))
    yield Row("answers that should not be", len(strange), "", NONE, str(strange[:3]))


def _reads(found: dict[str, Any]) -> Iterator[Row]:
    reads = found["read_ms"]
    note = f"median {reads['p50']:.1f} ms of {reads['count']}; "
    note += f"asked again {found['met']['waits']} times"
    most = Goal("≤", READ_MS)
    yield Row(
        "reads while both cores draw, 99 of 100",
        round(reads["p99"], 1),
        " ms",
        most,
        note,
        promise=True,
    )
    waited = found["waited_ms"]
    note = f"95 of 100 within {waited['p95']:.0f} ms; who meets a dead process asks again"
    what = "the same from when they were first asked, 99 of 100"
    yield Row(what, round(waited["p99"], 1), " ms", None, note)
    told = {
        "status": "of them, states of renders, 99 of 100",
        "events": "event streams opened, 99 of 100",
        "admin": "operator's lists and figures, 99 of 100",
    }
    for kind, what in told.items():
        one = found["each_ms"][kind]
        note = f"median {one['p50']:.1f} ms of {one['count']}"
        yield Row(what, round(one["p99"], 1), " ms", None, note)


def _memory(found: dict[str, Any]) -> Iterator[Row]:
    for name in PARTS:
        part = found["memory"].get(name, {"growth": None, "most_mb": 0})
        yield Row(
            f"memory of {name} while nobody is killed, last third against the second",
            part["growth"],
            "×",
            Goal("≤", GROWTH),
            f"at most {part['most_mb']:.0f} MB",
            promise=True,
        )
