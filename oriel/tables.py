"""Bands go in; a file that other programs read, .npz, .json or .csv, comes out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oriel import hops
from oriel.errors import BadOption
from oriel.whole import whole

if TYPE_CHECKING:
    from oriel.bands import Bands


def save(bands: "Bands", path: str | Path) -> Path:
    """Write bands for programs: .npz (NumPy), .json or .csv (one line a frame), by the name's end.

    The file appears whole or not at all.  Raises BadOption for another ending, and BadOutput where
    it cannot be written.
    """
    path = Path(path)
    writers = {".npz": _write_npz, ".json": _write_json, ".csv": _write_csv}
    if path.suffix.lower() not in writers:
        raise BadOption(f"Bands are saved as {', '.join(writers)}, not as {path.name}.")
    with whole(path) as place:
        writers[path.suffix.lower()](bands, place)
    return path


def columns(bands: "Bands") -> dict[str, NDArray[np.float32]]:
    """Every number by its name, (frames,) each, in the order of the columns of a table."""
    spectrum = {name: bands.spectrum[:, band] for band, name in enumerate(hops.SPECTRUM)}
    single = ("level", "onset", "beat", "bar")
    return (
        {"bass": bands.bass, "treble": bands.treble}
        | {f"spectrum_{name}": values for name, values in spectrum.items()}
        | {name: getattr(bands, name) for name in single}
    )


def _write_npz(bands: "Bands", place: Path) -> None:
    facts = {"fps": str(bands.fps), "seconds": bands.seconds, "tempo": bands.tempo}
    with place.open("wb") as file:
        np.savez_compressed(file, **facts, beats=bands.beats, **columns(bands))  # type: ignore[arg-type]


def _write_json(bands: "Bands", place: Path) -> None:
    document = {
        "fps": str(bands.fps),
        "seconds": bands.seconds,
        "tempo": bands.tempo,
        "beats": _plain(bands.beats),
        "frames": {name: _plain(values) for name, values in columns(bands).items()},
    }
    place.write_text(json.dumps(document, separators=(",", ":")) + "\n")


def _plain(values: NDArray[np.float32]) -> list[float]:
    return [round(value, 5) for value in values.tolist()]


def _write_csv(bands: "Bands", place: Path) -> None:
    table = columns(bands)
    times = np.arange(len(bands.bass)) / float(bands.fps)
    rows = np.column_stack([times, *table.values()])
    np.savetxt(place, rows, "%.5f", ",", header=",".join(["time", *table]), comments="")
