"""A shader's mistake is told with the file and the line to mend."""

import pytest

from oriel import glsl
from oriel.gl.mistakes import told, whence


@pytest.mark.parametrize(
    "complaint",
    [
        "fragment_shader\n====\n0:{line}(3): error: no `x'\n0:1(1): warning: dull",
        "fragment_shader\n====\n0({line}) : error C1008: no `x'",
        "fragment_shader\n====\nERROR: 0:{line}: no `x'",
    ],
)
def test_every_driver_s_complaint_names_the_file_and_its_line(complaint: str) -> None:
    source = glsl.source("screen.frag", parts={"effects.glsl": glsl.read("effects/mirror.glsl")})
    line = 1 + source.splitlines().index(glsl.read("effects/mirror.glsl").splitlines()[-2])
    length = len(glsl.read("effects/mirror.glsl").splitlines())

    sentence = told(complaint.format(line=line), {"fragment_shader": source})

    assert sentence.startswith(f"effects/mirror.glsl:{length - 1}: ")
    assert sentence.endswith("no `x'")


def test_a_line_of_no_file_is_named_by_its_number() -> None:
    assert whence(["#version 330 core", "nowhere"], 2) == "composed source:2"
