"""The benchmarks measure what they say, and their table tells the truth about goals."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import program
from benchmarks.table import Goal, Row, machine, table, write
from tests import media


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("song") / "song.wav"
    return media.write(path, media.song(3), 44_100)


@pytest.mark.parametrize(
    ("number", "goal", "met"),
    [
        (40.0, Goal("≥", 40), True),
        (39.9, Goal("≥", 40), False),
        (0.3, Goal("≤", 0.3), True),
        (0.31, Goal("≤", 0.3), False),
        (None, Goal("≤", 0.3), None),
        (1.0, None, None),
    ],
)
def test_a_goal_is_met_on_its_own_side(
    number: float | None, goal: Goal | None, met: bool | None
) -> None:
    assert Row("it", number, " s", goal).met is met


def test_the_table_has_a_line_for_each_row() -> None:
    rows = [
        Row("speed", 41.234, " frames/s", Goal("≥", 40), "540 frames"),
        Row("memory", 377.4, " MB", Goal("≤", 300)),
        Row("browser", None, "×", Goal("≥", 15), "no Chromium"),
    ]

    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table(rows).splitlines()]

    assert lines[0] == ["what", "measured", "goal", "met", "note"]
    assert lines[2:] == [
        ["speed", "41.2 frames/s", "≥ 40 frames/s", "yes", "540 frames"],
        ["memory", "377 MB", "≤ 300 MB", "no", ""],
        ["browser", "–", "≥ 15×", "", "no Chromium"],
    ]


def test_the_json_has_the_machine_the_rows_and_every_measurement(tmp_path: Path) -> None:
    write([Row("speed", 1.0, "×")], machine(), {"speed": [1.0]}, tmp_path / "new" / "out.json")

    document = json.loads((tmp_path / "new" / "out.json").read_text("utf-8"))

    assert document["rows"][0]["what"] == "speed"
    assert document["raw"] == {"speed": [1.0]}
    assert {"cpu", "cores", "python", "oriel", "av"} <= document["machine"].keys()


def test_a_program_s_time_and_memory_are_its_own(song: Path, tmp_path: Path) -> None:
    held = np.ones(800_000_000 // 8)  # which a child must not be blamed for

    run = program.render(song, tmp_path / "out.mp4", "--size", "160x90", "--frames", "0:20")

    assert held.nbytes == 800_000_000
    assert run.result["frames"] == 20
    assert run.fps == pytest.approx(20 / run.seconds)
    assert run.drawing_fps > run.fps
    assert 50 < run.peak_mb < 500


def test_the_first_frame_comes_before_the_end(song: Path, tmp_path: Path) -> None:
    whole = program.render(song, tmp_path / "out.mp4", "--size", "640x360")
    first = program.first_frame(song, tmp_path / "first.mp4", "--size", "640x360")

    assert 0 < first < whole.seconds


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="render"):
        program.render(tmp_path / "nothing.mp3", tmp_path / "out.mp4")
