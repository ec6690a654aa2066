"""Figures as charts, and as sheets in which nothing is a formula."""

import csv
import io
from datetime import date

from oriel.service import charts, sheets

FIRST, LAST = date(2026, 11, 23), date(2026, 11, 24)
FIGURES = {
    "ended": {("2026-11-23", "done"): (4, 0.0), ("2026-11-24", "failed"): (1, 0.0)},
    "ordered": {("2026-11-23", "free"): (3, 0.0), ("2026-11-23", "premium"): (2, 0.0)},
    "failed": {("2026-11-24", "bad_song"): (1, 0.0)},
    "frames": {("2026-11-23", ""): (4, 4000.0)},
    "drawing": {("2026-11-23", ""): (4, 80.0)},
    "waiting": {("2026-11-23", ""): (4, 480.0)},
    "paid": {
        ("2026-11-23", "premium usd"): (2, 3998.0),
        ("2026-11-24", "premium eur"): (1, 1899.0),
    },
    "stored": {("2026-11-24", "videos"): (0, 2.5e9)},
}


def table(name: str) -> list[list[object]]:
    return charts.table(charts.of(FIGURES, FIRST, LAST), name)


def test_each_chart_has_a_value_for_every_day() -> None:
    drawn = charts.of(FIGURES, FIRST, LAST)

    assert {chart.name for chart in drawn.charts} == set(charts.NAMES)
    assert all(len(s.values) == 2 for chart in drawn.charts for s in chart.series)


def test_renders_are_told_by_how_they_ended_and_how_many_were_ordered() -> None:
    assert table("renders") == [
        ["day", "Done", "Failed", "Cancelled", "Ordered"],
        ["2026-11-23", 4, 0, 0, 5],
        ["2026-11-24", 0, 1, 0, 0],
    ]


def test_speed_and_waiting_are_means_and_nothing_where_nothing_was_made() -> None:
    assert [row[1] for row in table("speed")] == ["Speed (frames/s)", 50.0, None]
    assert [row[1] for row in table("waits")] == ["Mean wait (minutes)", 2.0, None]


def test_currencies_are_never_summed() -> None:
    assert table("revenue")[0] == ["day", "Premium (EUR)", "Premium (USD)"]
    assert table("revenue")[1:] == [["2026-11-23", 0.0, 39.98], ["2026-11-24", 18.99, 0.0]]


def test_what_was_not_looked_at_is_not_known() -> None:
    assert [row[1] for row in table("storage")[1:]] == [None, 2.5]


def test_no_cell_of_a_sheet_is_a_formula() -> None:
    rows = [["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", " =1"], ["a,b", 'say "x"', -1, None]]

    read = list(csv.reader(io.StringIO(sheets.written(rows))))

    assert all(cell.startswith("'") for cell in read[0])
    assert read[1] == ["a,b", 'say "x"', "-1", ""]
