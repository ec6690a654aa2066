"""`python -m oriel.trial [DEVICE]` draws a picture and prints, as JSON, by what and how bright.

`oriel doctor` runs it as a child, so that a driver that crashes is found and does not crash it.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from oriel import demo
from oriel.errors import OrielError
from oriel.gl import context
from oriel.render import picture


def draw(device: int | None) -> dict[str, Any]:
    """Draw the default look in the middle of a second of music; raises OrielError."""
    described = context.describe(device)
    with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
        song = demo.write(Path(folder) / "second.wav", seconds=1.0)
        pixels = picture(song, 0.5, look="default", size=(320, 180), device=device)
    return {
        "device": asdict(described),
        "devices": [asdict(one) for one in context.devices()],
        "brightest": int(np.max(pixels)),
    }


def main() -> None:
    """Print the drawing's description, or the error's sentence and kind with exit code 1."""
    try:
        told = draw(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    except OrielError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}))
        sys.exit(1)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
