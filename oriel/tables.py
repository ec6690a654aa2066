"""Bands go in; a file that other programs read, .npz, .json or .csv, comes out; .npz goes back in."""

import io
import json
import zipfile
from fractions import Fraction
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
    forms = {".npz": _npz, ".json": _json, ".csv": _csv}
    if path.suffix.lower() not in forms:
        raise BadOption(
            f"Bands are saved as {', '.join(forms)}, not as {path.name}:"
            " end its name with one of them."
        )
    with whole(path) as place:
        place.write_bytes(forms[path.suffix.lower()](bands))
    return path


def read(path: Path) -> "Bands":
    """The bands of an .npz file that `save` wrote; raises BadOption for any other."""
    from oriel.bands import Bands

    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
        spectrum = np.stack([kept.pop(f"spectrum_{name}") for name in hops.SPECTRUM], axis=1)
        return Bands(
            fps=Fraction(str(kept.pop("fps"))),
            seconds=float(kept.pop("seconds")),
            tempo=float(kept.pop("tempo")),
            spectrum=spectrum,
            **kept,
        )
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        ZeroDivisionError,
        zipfile.BadZipFile,
    ) as error:
        raise BadOption(
            f"{path} holds no bands: write them with oriel bands SONG -o FILE.npz"
        ) from error


def columns(bands: "Bands") -> dict[str, NDArray[np.float32]]:
    """Every number by its name, (frames,) each, in the order of the columns of a table."""
    single = ("level", "onset", "beat", "bar")
    return (
        {"bass": bands.bass, "treble": bands.treble}
        | {f"spectrum_{name}": bands.spectrum[:, i] for i, name in enumerate(hops.SPECTRUM)}
        | {name: getattr(bands, name) for name in single}
    )


def _npz(bands: "Bands") -> bytes:
    arrays = {
        "fps": np.array(str(bands.fps)),
        "seconds": np.array(bands.seconds),
        "tempo": np.array(bands.tempo),
        "beats": bands.beats,
        "fine": bands.fine,
        **columns(bands),
    }
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _json(bands: "Bands") -> bytes:
    document = {
        "fps": str(bands.fps),
        "seconds": bands.seconds,
        "tempo": bands.tempo,
        "beats": _plain(bands.beats),
        "frames": {name: _plain(values) for name, values in columns(bands).items()},
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _plain(values: NDArray[np.float32]) -> list[float]:
    return [round(value, 5) for value in values.tolist()]


def _csv(bands: "Bands") -> bytes:
    table = columns(bands)
    times = np.arange(len(bands.bass)) / float(bands.fps)
    rows = np.column_stack([times, *table.values()])
    file = io.StringIO()
    np.savetxt(file, rows, "%.5f", ",", header=",".join(["time", *table]), comments="")
    return file.getvalue().encode()
