"""The GLSL rule: the same sources compile for OpenGL 3.3 and, in a browser, for WebGL 2."""

import re
from itertools import product
from typing import Any

import moderngl
import pytest

from oriel import effects, glsl

LINK = """
programs => {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return ['this browser has no WebGL 2'];
  const compile = (kind, source) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  };
  return programs.map(([vertex, fragment]) => {
    const shaders = [compile(gl.VERTEX_SHADER, vertex), compile(gl.FRAGMENT_SHADER, fragment)];
    const program = gl.createProgram();
    for (const shader of shaders) gl.attachShader(program, shader);
    gl.linkProgram(program);
    if (gl.getProgramParameter(program, gl.LINK_STATUS)) return '';
    const complaints = shaders.map(shader => gl.getShaderInfoLog(shader));
    return [...complaints, gl.getProgramInfoLog(program)].join(' ') || 'not linked';
  });
}
"""

# Every effect alone, all of them, none; with each set of switches that the painter may set.
CHOICES: list[list[str]] = [[], *([name] for name in effects.names()), effects.names()]
SWITCHES = {
    "screen.frag": [("GRADIENT",), ("FINER",)],
    "planes.frag": [
        (),
        ("GRADIENT",),
        ("FINER",),
        ("BARE",),
        ("COARSE",),
        ("COARSE", "BARE"),
    ],
    "far.frag": [(), ("GRADIENT",), ("GLOWING",)],
}
MESHES = [("line.vert", "line.frag"), ("point.vert", "point.frag"), ("solid.vert", "solid.frag")]
ALL_FILES = [*glsl.files(), *(f"effects/{name}" for name in glsl.files("effects"))]


def _passes() -> list[str]:
    """Fragment shaders that need no parts: they cover a target from a texture."""
    return [
        name
        for name in glsl.files()
        if name.endswith(".frag") and name not in {*SWITCHES, *(pair[1] for pair in MESHES)}
    ]


def _programs(target: glsl.Target) -> dict[str, tuple[str, str]]:
    """Vertex and fragment source, for a target, of every program that there can be."""
    plain = [*MESHES, *(("screen.vert", name) for name in _passes())]
    found = {
        pair[1]: (glsl.source(pair[0], target), glsl.source(pair[1], target)) for pair in plain
    }
    screen = glsl.source("screen.vert", target)
    for fragment, sets in SWITCHES.items():
        for switches, chosen in product(sets, CHOICES):
            defined = "".join(f"#define {name}\n" for name in switches)
            parts = {"effects.glsl": defined + effects.compose(dict.fromkeys(chosen))}
            label = f"{fragment} with {' '.join(switches)} and {', '.join(chosen) or 'no effect'}"
            found[label] = screen, glsl.source(fragment, target, parts)
    return found


def test_every_program_links_in_webgl2(page: Any) -> None:
    programs = _programs("300 es")

    said = page.evaluate(LINK, list(programs.values()))

    complaints = {label: words for label, words in zip(programs, said, strict=True) if words}
    assert complaints == {}


def test_a_browser_notices_what_only_opengl_allows(page: Any) -> None:
    vertex = glsl.source("screen.vert", "300 es")
    fragment = glsl.source("screen.frag", "300 es", {"effects.glsl": effects.compose({})})

    said = page.evaluate(LINK, [[vertex, fragment.replace("shown", "1 + 0.5; shown", 1)]])

    assert said[0]


def test_every_program_links_in_opengl(gl: moderngl.Context) -> None:
    # Nothing differs between the targets but the header, so that a few combinations will do here.
    programs = _programs("330")
    some = [label for label in programs if " and " not in label or "no effect" in label]
    some += [label for label in programs if all(name in label for name in effects.names())]

    for label in some:
        vertex, fragment = programs[label]
        gl.program(vertex_shader=vertex, fragment_shader=fragment)


def test_only_the_header_differs_between_the_targets() -> None:
    parts = {"effects.glsl": effects.compose(dict.fromkeys(effects.names()))}

    opengl = glsl.source("planes.frag", "330", parts)
    webgl = glsl.source("planes.frag", "300 es", parts)

    body = opengl.removeprefix("#version 330 core\n")
    header = webgl.removesuffix(body)
    assert re.fullmatch(r"#version 300 es\n(precision highp \w+;\n)+", header)


def test_every_shader_file_is_used() -> None:
    read: set[str] = {"screen.vert"}
    for pair in MESHES:
        read.update(pair)
    read.update(_passes(), SWITCHES, (f"effects/{name}.glsl" for name in effects.names()))
    for name in list(read):
        read.update(_included(name))

    assert set(ALL_FILES) == read


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_shader_file_keeps_the_rules(name: str) -> None:
    text = glsl.read(name)
    code = re.sub(r"//.*", "", text)

    assert text.startswith("// "), "it is headed by what it does"
    assert "#version" not in text
    assert "precision " not in code
    assert not re.search(r"fract\s*\(\s*(sin|cos)", code), "chance is an integer hash"
    assert "texture2D" not in code
    assert "gl_FragColor" not in code
    assert all(len(line) <= 110 for line in text.splitlines())


@pytest.mark.parametrize("name", [name for name in ALL_FILES if not name.startswith("effects/")])
def test_each_uniform_says_what_it_is(name: str) -> None:
    plain = ("sampler2D", "mat4")  # these say it by their names

    for line in glsl.read(name).splitlines():
        if line.startswith("uniform ") and line.split()[1] not in plain:
            assert "//" in line, line


def test_a_file_is_included_once_wherever_it_is_asked_for() -> None:
    parts = {"effects.glsl": '#include "chance.glsl"\n#include "frame.glsl"\n// here'}

    source = glsl.source("screen.frag", parts=parts)

    assert source.count("uint hashed(") == 1
    assert source.count("uniform vec2 resolution;") == 1
    assert "// here" in source
    assert "#include" not in source


def test_an_unknown_file_cannot_be_included() -> None:
    with pytest.raises(FileNotFoundError):
        glsl.source("screen.frag", parts={"effects.glsl": '#include "nowhere.glsl"'})


def test_the_folder_is_where_the_files_lie() -> None:
    assert (glsl.folder() / "picture.glsl").read_text("utf-8") == glsl.read("picture.glsl")


def _included(name: str) -> set[str]:
    direct = set(re.findall(r'^#include "(.+)"$', glsl.read(name), re.MULTILINE)) - {"effects.glsl"}
    return direct.union(*(_included(each) for each in direct))
