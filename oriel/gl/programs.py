"""Shader names in, linked programs out, whose uniforms are set by name where they exist."""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
        with _undisturbed():
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


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that come meanwhile are heard afterwards.

    moderngl links in C++, which asks Python about each uniform and does not survive it that a
    handler raises there, as Ctrl-C's does; and a driver may take a second over a program.
    """
    if threading.current_thread() is not threading.main_thread():  # handlers run in no other
        yield
        return
    came: list[int] = []
    handlers = {each: signal.getsignal(each) for each in signal.valid_signals()}
    heard = {each: handler for each, handler in handlers.items() if callable(handler)}
    for each in heard:
        signal.signal(each, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for each, handler in heard.items():
            signal.signal(each, handler)
        for number in came:
            signal.raise_signal(number)
