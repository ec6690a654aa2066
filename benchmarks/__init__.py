"""What `make bench` runs; servers and emulators are those of the tests, by the names they have there."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))
