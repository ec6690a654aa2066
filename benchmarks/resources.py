"""How soon the first frame comes, and how much memory an hour of sound takes."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import program
from benchmarks.bench_bands import repeated
from benchmarks.table import Goal, Row

SONG_SECONDS = 240
SHORT_SECONDS, LONG_SECONDS = 300, 3_600
PART = "0:300"  # frames; the whole song is heard all the same
ROUNDS = 5


def start() -> tuple[list[Row], dict[str, Any]]:
    """The rows of the start, and all that was measured."""
    with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
        song = repeated(Path(folder) / "song.mp3", "libmp3lame", SONG_SECONDS)
        first, helped = [], []
        for _ in range(ROUNDS):
            first.append(program.first_frame(song, Path(folder) / "song.mp4"))
            helped.append(program.help_text())
    rows = [
        Row(
            "start until the encoder is handed the first frame, 4-minute MP3, default look, 720p",
            median(first),
            " s",
            Goal("≤", 2),
        ),
        Row("oriel --help", median(helped), " s", Goal("≤", 0.3)),
    ]
    return rows, {"first_frame": first, "help": helped}


def memory(whole: bool) -> tuple[list[Row], dict[str, Any]]:
    """The rows of memory; `whole` draws all of the hour, else it is heard and a part is drawn."""
    small, part = ["--size", "640x360"], [] if whole else ["--frames", PART]
    drawn = "all of it drawn" if whole else f"{PART.partition(':')[2]} frames of it drawn"
    with tempfile.TemporaryDirectory(prefix="oriel-") as name:
        folder = Path(name)
        peaks, with_beat = {}, {}
        for seconds in (SHORT_SECONDS, LONG_SECONDS):
            song = repeated(folder / f"{seconds}.flac", "flac", seconds)
            out = folder / "out.mp4"
            peaks[seconds] = program.render(song, out, *small, *part).peak_mb
            heard = program.render(song, out, *small, "--frames", PART, *program.BEAT)
            with_beat[seconds] = heard.peak_mb
    rows = [
        Row(
            "peak memory, 1 hour of sound, 640×360",
            peaks[LONG_SECONDS],
            " MB",
            Goal("≤", 500),
            drawn,
        ),
        Row(
            "the same, in times of 5 minutes",
            peaks[LONG_SECONDS] / peaks[SHORT_SECONDS],
            "×",
            Goal("≤", 1.2),
            f"5 minutes: {peaks[SHORT_SECONDS]:.0f} MB",
        ),
        Row(
            "peak memory, 1 hour of sound and its beat, 640×360",
            with_beat[LONG_SECONDS],
            " MB",
            Goal("≤", 500),
            f"5 minutes: {with_beat[SHORT_SECONDS]:.0f} MB",
        ),
    ]
    return rows, {"peak_mb": peaks, "peak_mb_with_beat": with_beat}
