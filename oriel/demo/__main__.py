"""`python -m oriel.demo [demo.wav]` writes the demo song."""

import sys
from pathlib import Path

from oriel.demo import write

print(f"The demo song is in {write(Path(sys.argv[1] if len(sys.argv) > 1 else 'demo.wav'))}.")
