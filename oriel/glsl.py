"""Shader files by name in, whole GLSL sources for a target out: OpenGL 3.3 or WebGL 2."""

import re
from functools import cache
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

Target = Literal["330", "300 es"]

# The sources keep to what both targets accept; only this header differs.
_HEADERS: dict[Target, str] = {
    "330": "#version 330 core\n",
    "300 es": (
        "#version 300 es\n"
        "precision highp float;\nprecision highp int;\nprecision highp sampler2D;\n"
    ),
}
_ENDINGS = (".glsl", ".vert", ".frag")
_INCLUDE = re.compile(r'^#include "(?P<name>[\w./]+)"$', re.MULTILINE)


def folder() -> Path:
    """Where the GLSL lies on this disk; watched by those who reload it."""
    return Path(str(_root()))


def files(under: str = "") -> list[str]:
    """Names of the shader files directly under this folder of `oriel/shaders/`."""
    place = _root() / under if under else _root()
    return [entry.name for entry in place.iterdir() if entry.name.endswith(_ENDINGS)]


def read(name: str) -> str:
    """One shader file's text, as it lies in the package."""
    return (_root() / name).read_text(encoding="utf-8")


def source(name: str, target: Target = "330", parts: dict[str, str] | None = None) -> str:
    """A whole shader: the target's header, and every `#include` replaced by its text, once.

    `parts` are texts made at run time (the composed effects) that are included by their key.
    """
    included: set[str] = set()

    def insert(found: re.Match[str]) -> str:
        wanted = found["name"]
        if wanted in included:
            return ""
        included.add(wanted)
        text = (parts or {}).get(wanted)
        return _INCLUDE.sub(insert, read(wanted) if text is None else text)

    return _HEADERS[target] + _INCLUDE.sub(insert, read(name))


@cache
def _root() -> Traversable:
    return package_files("oriel") / "shaders"
