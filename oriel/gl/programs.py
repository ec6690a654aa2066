"""Shader names in, linked programs out, whose uniforms are set by name where they exist."""

from collections.abc import Mapping
from typing import Any

import moderngl
import numpy as np

from oriel import glsl
from oriel.errors import Fault
from oriel.gl import mistakes


def link(
    context: moderngl.Context, vertex: str, fragment: str, parts: dict[str, str] | None = None
) -> moderngl.Program:
    """The program of two shader files; `parts` are texts to include that were made at run time.

    Raises Fault with the file and line of each mistake in them, one a line.
    """
    sources = {
        "vertex_shader": glsl.source(vertex, parts=parts),
        "fragment_shader": glsl.source(fragment, parts=parts),
    }
    try:
        return context.program(
            vertex_shader=sources["vertex_shader"], fragment_shader=sources["fragment_shader"]
        )
    except moderngl.Error as error:
        why = mistakes.told(str(error), sources)
        raise Fault(
            f"The shaders {vertex} and {fragment} do not compile: mend this.\n{why}"
        ) from error


def assign(program: moderngl.Program, values: Mapping[str, Any]) -> None:
    """Set every uniform that the program has among these; arrays are written as they are."""
    for name, value in values.items():
        uniform = program.get(name, None)
        if not isinstance(uniform, moderngl.Uniform):
            continue
        if isinstance(value, np.ndarray):
            uniform.write(value.tobytes())
        else:
            uniform.value = value
