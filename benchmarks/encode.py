"""Frames from memory go in; the time and processor time that encoding alone takes come out."""

import tempfile
import time
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oriel.video import Writer

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def measure(
    frames: Iterable[Planes],
    size: tuple[int, int],
    fps: Fraction,
    quality: str | int = "standard",
    codec: str = "auto",
) -> dict[str, Any]:
    """Write the frames (Y, U, V as `Writer.write` takes them) to a video without sound.

    All are held in memory first, once each if some come again. `seconds` runs from opening the file until it has its name;
    `cpu_ms` is the processor time of one frame, over all cores.
    """
    held = list(frames)
    with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
        out = Path(folder) / "film.mp4"
        began, began_cpu = time.perf_counter(), time.process_time()
        with Writer(out, size, fps, len(held), codec=codec, quality=quality) as writer:
            for planes in held:
                writer.write(*planes)
        seconds = time.perf_counter() - began
        cpu = time.process_time() - began_cpu
        bits = 8 * out.stat().st_size
    return {
        "encoder": writer.encoder,
        "frames": len(held),
        "seconds": seconds,
        "fps": len(held) / seconds,
        "cpu_ms": 1000 * cpu / len(held),
        "mbit_per_s": bits / float(len(held) / fps) / 1e6,
    }
