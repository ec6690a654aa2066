"""What children wrote of a song is numbers, or refused; nothing of it costs the worker its memory."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from oriel.jobs import findings


def bands(folder: Path, **arrays: object) -> Path:
    path = folder / "bands.npz"
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


def test_frames_and_beats_are_read(tmp_path: Path) -> None:
    path = bands(tmp_path, bass=np.zeros(90), tempo=120.0, beats=np.array([0.5, 1.0]))

    assert findings.frames(path) == 90
    assert findings.beats(path) == {"tempo": 120.0, "beats": [0.5, 1.0]}
    assert findings.beats(bands(tmp_path, tempo=0.0, beats=np.array([]))) is None


def test_bands_that_swell_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bands.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("bass.npy", "w", force_zip64=True) as file,
    ):
        for _ in range(600):
            file.write(bytes(1 << 20))

    assert path.stat().st_size < 1e6
    with pytest.raises(ValueError, match="too many"):
        findings.frames(path)


@pytest.mark.parametrize(
    "content", [b"", b"no bands", b"PK\x05\x06" + bytes(18)], ids=["empty", "words", "an empty zip"]
)
def test_what_is_no_bands_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bands.npz"
    path.write_bytes(content)

    with pytest.raises(ValueError, match="bands"):
        findings.frames(path)


def test_bands_that_were_tampered_with_are_refused(tmp_path: Path) -> None:
    path = bands(tmp_path, bass=np.random.default_rng(1).random(1000))
    whole = path.read_bytes()
    entry = whole.index(b"PK\x01\x02")

    # What is packed; whether it is locked; by which method it is packed.
    for place, spoilt in ((60, b"\xff" * 20), (entry + 8, b"\1"), (entry + 10, b"\x63")):
        path.write_bytes(whole[:place] + spoilt + whole[place + len(spoilt) :])
        with pytest.raises(ValueError, match="no bands"):
            findings.frames(path)


@pytest.mark.parametrize(
    "arrays",
    [
        {"tempo": 120.0, "beats": 1.0},
        {"tempo": np.zeros(4), "beats": np.zeros(3)},
        {"tempo": 120.0, "beats": np.zeros((3, 2))},
        {"tempo": 120.0, "beats": np.zeros(200_000)},
        {"tempo": 120.0},
    ],
    ids=["one beat", "several tempi", "beats of beats", "beats without end", "no beats"],
)
def test_beats_that_are_none_are_refused(tmp_path: Path, arrays: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no bands"):
        findings.beats(bands(tmp_path, **arrays))


def test_a_rhythm_is_numbers_alone_and_no_more_than_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "rhythm.json"
    path.write_text(json.dumps({"tempo": 120, "beats": [0.5, 1], "path": "/etc/passwd"}), "utf-8")

    assert findings.rhythm(path) == {"tempo": 120.0, "beats": [0.5, 1.0]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"tempo": 120}',
        '{"tempo": null, "beats": []}',
        '{"tempo": 120, "beats": ["a"]}',
        '{"tempo": 120, "beats": [NaN]}',
        '{"tempo": 120, "beats": [{}]}',
        '{"tempo": 1' + "0" * 400 + ', "beats": []}',
        "[" * 100_000,
        " " * (9 << 20),
    ],
)
def test_what_is_no_rhythm_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rhythm.json"
    path.write_text(text, "utf-8")

    with pytest.raises(ValueError, match="rhythm"):
        findings.rhythm(path)
