"""Devices and their contexts: the best is chosen, and one that cannot draw says what is wrong."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import drawings
import moderngl
import pytest

from oriel.errors import BadOption, NoGL
from oriel.gl import context

RASTERIZER_DISCARD = 0x8C89  # GL_RASTERIZER_DISCARD: everything is drawn nowhere
CPU, GPU = "llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA H100 80GB HBM3/PCIe/SSE2"


def test_a_device_says_what_it_is() -> None:
    found = context.describe(drawings.software())

    assert found.renderer
    assert found.software == context.is_software(found.renderer)
    assert int(found.version[0]) >= 3


@pytest.mark.parametrize(
    ("renderer", "software"),
    [
        (CPU, True),
        ("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)", True),
        (GPU, False),
        ("AMD Radeon RX 6600 (radeonsi, navi23, LLVM 15.0.6)", False),
    ],
)
def test_software_is_told_from_a_graphics_card(renderer: str, software: bool) -> None:
    assert context.is_software(renderer) is software


def test_a_device_that_is_not_there_is_the_users_mistake() -> None:
    with pytest.raises(BadOption, match="There is no GPU device 57: this machine has devices 0 to"):
        context.describe(57)


def test_a_machine_without_egl_drivers_is_told_what_to_install(tmp_path: Path) -> None:
    """libglvnd is told to look for drivers where there are none."""
    done = _describe_with(__EGL_VENDOR_LIBRARY_FILENAMES=str(tmp_path / "none.json"))

    assert done.startswith("NoGL EGL has no device that can draw")
    assert done.endswith(context.INSTALL)


def test_a_machine_without_an_egl_library_is_told_what_to_install(tmp_path: Path) -> None:
    """The loader finds a file of that name first, and it is no library."""
    (tmp_path / "libEGL.so.1").write_bytes(b"nothing")

    done = _describe_with(LD_LIBRARY_PATH=str(tmp_path))

    assert done.startswith("NoGL ")
    assert context.INSTALL in done


def test_a_driver_that_draws_nothing_is_named_and_not_used() -> None:
    with context.opened(drawings.software()) as gl:
        gl.enable_direct(RASTERIZER_DISCARD)

        with pytest.raises(NoGL, match=r"The OpenGL driver \(.+\) draws wrong pictures"):
            context._check(gl)


@pytest.mark.parametrize(
    ("listed", "best"),
    [([CPU, GPU], 1), ([GPU, CPU], 0), ([CPU, CPU, GPU, GPU], 2), ([CPU, CPU], 0)],
    ids=["behind a processor", "before it", "the first of two", "there is none"],
)
def test_a_graphics_card_is_taken_wherever_it_is_listed(
    monkeypatch: pytest.MonkeyPatch, listed: list[str | None], best: int
) -> None:
    """Each device draws, as this machine's first does; it is told only by what it says it is."""
    _list(monkeypatch, listed)

    found = context.describe()

    assert (found.index, found.renderer) == (best, listed[best])


def test_a_device_that_does_not_draw_gives_way_to_one_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What no machine here has: a driver that is half installed, before one that is whole."""
    _list(monkeypatch, [None, CPU])

    with context.opened() as gl:
        assert gl.info["GL_RENDERER"]
    assert context.describe().index == 1


def test_a_picture_larger_than_the_devices_textures_is_refused(gl: moderngl.Context) -> None:
    most = gl.info["GL_MAX_TEXTURE_SIZE"]

    with pytest.raises(BadOption, match=f"draws at most {most} pixels a side"):
        context.check_size(gl, (2, most + 2))


# ----------------------------------------------------------------------------- arrangements


def _list(monkeypatch: pytest.MonkeyPatch, says: list[str | None]) -> None:
    """Have EGL list devices that say they are these; one that says nothing makes no context."""
    made, told = context._context, context.device_of

    def make(index: int) -> moderngl.Context:
        if index >= len(says):
            raise Exception(f"requested device index {index}, but found {len(says)} devices")
        if says[index] is None:
            raise Exception("eglInitialize failed (0x3001)")
        return made(0)

    def tell(gl: moderngl.Context, index: int) -> context.Device:
        said = says[index] or ""
        return replace(told(gl, index), renderer=said, software=context.is_software(said))

    monkeypatch.setattr(context, "_context", make)
    monkeypatch.setattr(context, "device_of", tell)


def _describe_with(**environment: str) -> str:
    """What a new process says of its device, or the error's type and sentence."""
    script = (
        "from oriel.errors import OrielError\n"
        "from oriel.gl import context\n"
        "try:\n    print(context.describe().renderer)\n"
        "except OrielError as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
