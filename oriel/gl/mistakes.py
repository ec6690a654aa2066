"""A driver's complaint about a composed shader in; the same, with the file and line to mend, out."""

import re
from collections.abc import Iterator, Mapping

from oriel import glsl

# Mesa "0:12(3): error: ...", NVIDIA "0(12) : error C1008: ...", AMD and ANGLE "ERROR: 0:12: ...".
_COMPLAINT = re.compile(
    r"^(?:ERROR: )?\d+[:(](?P<line>\d+)[^\s]*[:\s]+(?P<words>.*)$", re.MULTILINE
)
_MOST = 5


def told(complaint: str, sources: Mapping[str, str]) -> str:
    """What a driver says, one mistake a line, each with its file; `sources` are whole GLSL texts.

    The keys of `sources` are moderngl's names of the stages, "vertex_shader" or
    "fragment_shader"; a complaint that names neither, or no line, is returned as it is.
    """
    stage = next((name for name in sources if name in complaint), None)
    found = [one for one in _COMPLAINT.finditer(complaint) if "warning" not in one["words"].lower()]
    if stage is None or not found:
        return " ".join(complaint.split())
    lines = sources[stage].splitlines()
    mistakes = [f"{whence(lines, int(one['line']))}: {one['words'].strip()}" for one in found]
    return "\n".join(dict.fromkeys(mistakes[:_MOST]))


def whence(composed: list[str], number: int) -> str:
    """ "vignette.glsl:7": the shader file that line `number` (from 1) of a composed source is from.

    Where several files have this very line it is the one that agrees with most lines around it.
    """
    index = min(max(number, 1), len(composed)) - 1
    places = (
        (_agreeing(composed, index, lines, here), f"{name}:{here + 1}")
        for name, lines in _files()
        for here, line in enumerate(lines)
        if line == composed[index]
    )
    return max(places, default=(0, f"composed source:{number}"))[1]


def _files() -> Iterator[tuple[str, list[str]]]:
    for under in ("", "effects"):
        for name in glsl.files(under):
            path = f"{under}/{name}" if under else name
            yield path, glsl.read(path).splitlines()


def _agreeing(a: list[str], i: int, b: list[str], j: int) -> int:
    """How many lines around these two are the same, without a gap."""
    above = _run(zip(reversed(a[:i]), reversed(b[:j]), strict=False))
    below = _run(zip(a[i + 1 :], b[j + 1 :], strict=False))
    return above + below


def _run(pairs: "zip[tuple[str, str]]") -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
