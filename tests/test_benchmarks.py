"""The benchmarks measure what they say, and their table tells the truth about goals."""

import asyncio
import itertools
import json
import time
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import film
import numpy as np
import pytest
from loops import apart, once

from benchmarks import hours, http, locked, program, speed
from benchmarks.__main__ import tell
from benchmarks.service import load, reads, uploads
from benchmarks.service.load import Load
from benchmarks.table import NONE, Goal, Row, machine, sentence, table, write
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


def test_what_may_never_happen_and_what_is_promised_breaks_a_run_and_speed_does_not() -> None:
    kept = [
        Row("slow", 10.0, " ms", Goal("≤", 5)),
        Row("lost", 0, "", NONE),
        Row("flat", 1.0, "×", Goal("≤", 1.1), promise=True),
    ]
    wrong = [
        Row("lost", 2, "", NONE),
        Row("late", 71.26, " ms", Goal("≤", 60), promise=True),
        Row("unseen", None, "×", Goal("≤", 1.1), promise=True),
    ]

    assert sentence(kept) == ""
    assert sentence([*kept, *wrong]) == (
        "What was promised was not kept: lost: 2, not ≤ 0; late: 71.3 ms, not ≤ 60 ms;"
        " unseen: –, not ≤ 1.1×."
    )


def test_a_run_that_broke_a_promise_ends_with_1_once_all_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    about = {"cpu": "a processor", "cores": 2, "renderer": "llvmpipe"}

    tell([Row("lost", 0, "", NONE)], about, {}, out)
    with pytest.raises(SystemExit, match="not kept: lost: 1, not ≤ 0"):
        tell([Row("lost", 1, "", NONE)], about, {}, out)

    assert json.loads(out.read_text("utf-8"))["rows"][0]["number"] == 1
    assert "| lost | 1 " in capsys.readouterr().out


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
    out = tmp_path / "first.mp4"

    began = time.perf_counter()
    first = program.first_frame(song, out, "--size", "640x360")
    seconds = time.perf_counter() - began

    assert 0 < first <= seconds
    assert not out.exists(), "it was left before it was whole"


def test_encoding_alone_takes_what_is_held_again_and_again(demo_song: Path, tmp_path: Path) -> None:
    short = speed.Film(frames=7, held=3, size=(64, 36), filmed=0)

    rows, measured = speed.beside_others(demo_song, tmp_path, short, rounds=1)

    assert measured["whole"][0]["result"]["frames"] == 7
    assert measured["alone"][0]["frames"] == 7
    whole, begun = (row for row in rows if "encoding alone" in row.what)
    assert whole.goal == Goal("≤", 2.0)
    assert whole.number > 0
    assert begun.number < whole.number  # of so few frames it may be less than nothing


def test_a_card_s_film_is_long_and_once_the_demo_of_it_is_held() -> None:
    width, height = speed.ON_A_CARD.size

    assert speed.ON_A_CARD.frames >= 2_880
    assert speed.ON_A_CARD.held / speed.FPS == speed.DEMO_SECONDS
    assert speed.ON_A_CARD.held * width * height * 3 / 2 < 4e9


def test_a_long_render_s_peak_is_told_and_each_length_that_its_file_has() -> None:
    rows, measured = hours.rows(20, beat=False)

    peak, off = rows
    assert 50 < peak.number < 500
    assert off.met
    assert measured["lengths"].keys() == {"file", "video", "audio", "pictures"}


def test_drawing_that_holds_the_lock_is_filmed_without_sound_with_a_thread_s_and_a_process_s() -> (
    None
):
    rows, seconds = locked.rows(frames=90, rounds=1)

    (alone,), (thread,), (apart,) = seconds.values()
    assert min(alone, thread, apart) > 90 * 28 * 60e-6  # what the drawing sleeps
    assert [row.number for row in rows] == [apart / alone, thread / alone]
    assert rows[0].goal == Goal("≤", 1.05)


def test_a_file_beyond_32_bits_of_its_clock_is_read_right_and_one_that_lost_some_is_found_out(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.mp4"

    film.write(out, 10, fps=Fraction(1, 3600), size=(64, 36))

    assert set(hours.lengths(out).values()) == {36_000.0}
    content = bytearray(out.read_bytes())
    clock = content.index(b"mvhd") + 4
    assert content[clock] == 1  # the version whose length has 64 bits
    content[clock + 24 : clock + 28] = bytes(4)  # of which these are the upper ones
    out.write_bytes(content)
    assert hours.lengths(out)["file"] < 300


def test_a_load_counts_every_answer_and_a_server_that_hangs_up() -> None:
    async def measured(seconds: float) -> dict[str, Any]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while path := (await reader.readuntil(b"\r\n\r\n")).split()[1]:
                    status = b"404 Not Found" if path == b"/nothing" else b"200 OK"
                    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\n"
                    for piece in (head[:20], head[20:], b"bo", b"dy"):
                        writer.write(piece)
                        await writer.drain()
                    if path == b"/hang-up":
                        break
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1")
        async with server:
            port = server.sockets[0].getsockname()[1]
            paths = [("here", "/here", ""), ("there", "/nothing", ""), ("end", "/hang-up", "")]
            return await load.measured(Load("127.0.0.1", port, 3, seconds, paths, warm=0.0))

    for seconds in (0.5, 3.0, 15.0):  # more where the machine stands still for a while
        began = time.perf_counter()
        found = once(measured(seconds))
        whole = 1000 * (time.perf_counter() - began)
        here = found["kinds"]["here"]
        if here.count > 10 and 0 in found["statuses"]:
            break

    assert here.count > 10
    assert here.a_second == pytest.approx(here.count / seconds, abs=0.06)
    assert 0 < here.p50 <= here.p95 <= here.p99 <= here.longest < whole
    assert found["statuses"][404] == found["kinds"]["there"].count
    assert found["statuses"][200] == here.count + 1
    assert found["statuses"][0] == 1


def test_a_paced_load_offers_as_much_as_it_says_and_counts_from_when_each_was_due() -> None:
    async def measured(slower: int) -> dict[str, Any]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                for number in itertools.count():
                    await reader.readuntil(b"\r\n\r\n")
                    await asyncio.sleep(0.4 * slower if number == 1 else 0)
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1")
        async with server:
            port = server.sockets[0].getsockname()[1]
            paced: dict[str, Any] = {"warm": 0.0, "pace": 50.0 / slower}
            paths = [("here", "/", "")]
            return await load.measured(Load("127.0.0.1", port, 1, 0.5 * slower, paths, **paced))

    for slower in (1, 5, 25):  # for a machine that stands still for a while
        here = once(measured(slower))["kinds"]["here"]
        if here.count > 22:
            break

    assert here.count == pytest.approx(25, abs=2)
    assert here.p50 > 100 * slower  # it took long once, and twenty requests waited for it
    assert here.longest > 400 * slower


def test_a_percentile_is_what_that_share_does_not_pass() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert [load.percentile(values, share) for share in (0.5, 0.95, 0.99)] == [50.0, 95.0, 99.0]
    assert load.percentile([7.0], 0.5) == 7.0


def test_the_service_is_read_from_and_written_to_beside_streams_that_hear_all() -> None:
    # Of so many, none changes twice while the server stands still: it would tell the latter alone.
    asked, measured = apart(reads.rows, replace(reads.QUICK, streams=80))
    sent, took = apart(uploads.rows, songs=3, size=100_000)

    by_name = {row.what: row for row in [*asked, *sent]}
    assert by_name["reads that failed"].number == 0
    assert by_name["event streams that stayed open and heard all"].met is True
    assert measured["status"]["most"]["count"] > 0
    assert measured["profile"]["paced"]["count"] > 0
    assert len(took["ms"]) == 3
    assert json.dumps(measured)


def test_requests_by_chance_are_counted_and_both_databases_answer_the_same() -> None:
    told, measured = http.rows(1, seed=7, group="presets")

    assert [(row.number, "seed 7" in row.note) for row in told] == [(0, True), (0, True)]
    one, other = measured["found"].values()
    assert one == other
    assert {200, 401, 422} <= one["answers"].keys()


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="render"):
        program.render(tmp_path / "nothing.mp3", tmp_path / "out.mp4")
