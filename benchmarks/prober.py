"""Files in; for each a line of what became of it out, by what a worker's child does with a song.

It runs as the text of `python -c` within the sandbox, many files a child, since starting one takes
longer than a small song. Arguments: the folder, the number to begin with, the longest seconds.
"""

import json
import resource
import sys
import time
from fractions import Fraction
from pathlib import Path

from oriel import audio, bands, probe
from oriel.errors import UserError


def main(folder: Path, first: int, longest: float) -> None:
    """Probe and hear the files from `first` on."""
    for path in sorted(folder.glob("[0-9]*"))[first:]:
        print(json.dumps({"begun": path.name}), flush=True)
        began = time.monotonic()
        try:
            probe.probe(path, longest)
            bands.listen(audio.load(path), Fraction(30), rhythm=False)
            became = "heard"
        except UserError as error:
            became = "refused" if 0 < len(str(error)) < 500 else "refused in no sentence"
        except MemoryError:
            became = "out of memory"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        seconds = time.monotonic() - began
        print(
            json.dumps({"ended": path.name, "became": became, "s": seconds, "mb": peak}), flush=True
        )


main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
