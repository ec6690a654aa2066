"""The numbers that the browser is held against are what Python gives, for parts and a whole song."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vectors import update

from oriel import audio, bands, tables

HEAR = Path(__file__).parent / "visualizer" / "hear.js"

# Single precision's last digits differ between processors.
LAST_DIGITS = 2e-5


@pytest.mark.parametrize("name", update.vectors())
def test_python_still_gives_what_the_browser_is_held_against(name: str) -> None:
    _assert_alike(update.made(name), update.read(name), name)


def test_the_vectors_are_small() -> None:
    assert sum(path.stat().st_size for path in update.PLACE.glob("*.json")) < 1_000_000


@pytest.mark.parametrize(("fps", "hearing"), [("30000/1001", "precise"), ("60", "classic")])
def test_a_browser_hears_a_whole_song_with_its_beats_as_python_does(
    tmp_path: Path, demo_song: Path, fps: str, hearing: Any
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("lacks Node.js (Debian package nodejs)")
    song = audio.load(demo_song)
    expected = bands.listen(song, update.Fraction(fps), hearing=hearing)
    told = json.loads(tables.save(expected, tmp_path / "beats.json").read_text("utf-8"))
    samples = tmp_path / "samples"
    samples.write_bytes(np.concatenate(list(song.blocks(44_100, 1))).astype("<f4").tobytes())
    options = {"fps": fps, "hearing": hearing, "beats": told["beats"], "tempo": told["tempo"]}

    command = [node, str(HEAR), str(samples), json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    heard = json.loads(done.stdout)
    assert len(expected.beats) > 50
    assert heard["tempo"] == expected.tempo
    for name in ("level", "onset", "beat", "bar", "beats"):
        assert heard[name] == pytest.approx(getattr(expected, name), abs=1e-4), name
    spectrum = np.array(heard["spectrum"]).T
    assert spectrum == pytest.approx(expected.spectrum, abs=1e-4)
    for name in ("bass", "treble"):
        apart = np.abs(np.array(heard[name]) - getattr(expected, name))
        # A byte of the analyser is one of 255; on a border, single precision may choose either.
        assert apart.max() <= (1e-4 if hearing == "precise" else 1.01 / 510)
        assert (apart > 1e-4).mean() < 0.01


def _assert_alike(made: Any, kept: Any, where: str) -> None:
    assert type(made) is type(kept), where
    if isinstance(made, dict):
        assert made.keys() == kept.keys(), where
        if made.keys() in ({"float32"}, {"uint8"}):
            digits = LAST_DIGITS if "float32" in made else 1
            made, kept = (update.unpack(packed).astype(float) for packed in (made, kept))
            assert made == pytest.approx(kept, abs=digits), where
            return
        for key, value in made.items():
            _assert_alike(value, kept[key], f"{where}.{key}")
    elif isinstance(made, list):
        assert len(made) == len(kept), where
        for index, value in enumerate(made):
            _assert_alike(value, kept[index], f"{where}[{index}]")
    elif isinstance(made, float):
        assert made == pytest.approx(kept, rel=LAST_DIGITS, abs=LAST_DIGITS), where
    else:
        assert made == kept, where
