"""A device number in, an offscreen OpenGL context on EGL out that has shown that it can draw."""

import ctypes.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.errors import BadOption, NoGL

_SOFTWARE = re.compile(r"llvmpipe|softpipe|swrast|swiftshader|software", re.IGNORECASE)
_COUNT = re.compile(r"found (\d+) devices")
_OLDEST = 330
# After these nothing is drawn any more; a lost context's error has no name in moderngl.
_FATAL = {"GL_OUT_OF_MEMORY", "GL_UNKNOWN_ERROR"}

INSTALL = (
    "install libegl1, libopengl0 and libgl1-mesa-dri (Debian, Ubuntu) or your GPU's driver with EGL"
)


@dataclass(frozen=True)
class Device:
    """What draws: the driver's own words, and whether it is a processor rather than a GPU."""

    index: int
    renderer: str
    vendor: str
    version: str
    software: bool


@contextmanager
def opened(device: int | None = None) -> Iterator[moderngl.Context]:
    """A context on this EGL device, or on the best there is; released at the end.

    Raises NoGL when there is no EGL library, no device, or a driver that draws wrong pictures;
    BadOption when the device asked for does not exist.
    """
    context = _create(_best() if device is None else device)
    try:
        _check(context)
        context.gc_mode = "context_gc"  # `targets.target` collects what nobody holds any more
        yield context
    finally:
        context.release()


def describe(device: int | None = None) -> Device:
    """What this device, or the best there is, says of itself; raises as `opened` does."""
    index = _best() if device is None else device
    with opened(index) as context:
        return device_of(context, index)


def devices() -> list[Device]:
    """Every EGL device that makes a context, in EGL's order."""
    found = []
    for index in range(_count()):
        try:
            found.append(describe(index))
        except NoGL:
            continue
    return found


def device_of(context: moderngl.Context, index: int | None = None) -> Device:
    """What an open context says of its driver."""
    info = context.info
    return Device(
        index=index or 0,
        renderer=info["GL_RENDERER"],
        vendor=info["GL_VENDOR"],
        version=info["GL_VERSION"],
        software=is_software(info["GL_RENDERER"]),
    )


def check_size(context: moderngl.Context, size: tuple[int, int]) -> None:
    """Raise BadOption for a picture, in pixels, that is larger than the device's textures."""
    most = context.info["GL_MAX_TEXTURE_SIZE"]
    if max(size) > most:
        raise BadOption(
            f"{size[0]}x{size[1]} is too large for {context.info['GL_RENDERER']}, which draws at"
            f" most {most} pixels a side; choose a smaller size"
        )


def check_drawn(context: moderngl.Context, luma: NDArray[np.uint8]) -> None:
    """Raise NoGL where a picture of a video was not drawn: black is 16 in its (height, width) luma.

    A context may be lost at any time, as when the driver is restarted, and memory run out.
    """
    error = context.error
    if error in _FATAL or not luma.all():
        what = error if error in _FATAL else "black pictures"
        raise NoGL(
            f"The OpenGL driver ({context.info['GL_RENDERER']}) draws no more ({what}): try again,"
            " at a smaller size or with another device (--device; oriel doctor lists them)"
        )


def is_software(renderer: str) -> bool:
    """Whether this GL_RENDERER is a processor that plays a GPU."""
    return _SOFTWARE.search(renderer) is not None


def _best() -> int:
    """The first GPU that draws, else the first device that does."""
    count = _count()
    if count == 1:
        return 0
    working: list[int] = []
    failure = NoGL(_explained("it lists none"))
    for index in range(count):
        try:
            if not describe(index).software:
                return index
        except NoGL as error:
            failure = error
            continue
        working.append(index)
    if not working:
        raise failure
    return working[0]


def _create(index: int) -> moderngl.Context:
    try:
        return _context(index)
    except Exception as error:  # glcontext raises nothing more particular
        counted = _COUNT.search(str(error))
        if counted and int(counted[1]) > 0:
            raise BadOption(
                f"There is no GPU device {index}: this machine has devices 0 to"
                f" {int(counted[1]) - 1}; choose one of them (oriel doctor lists them)"
            ) from error
        raise NoGL(_explained(error)) from error


def _count() -> int:
    """How many devices EGL lists; asking for one that cannot exist makes it say so."""
    try:
        _context(9999).release()
    except Exception as error:  # glcontext raises nothing more particular
        counted = _COUNT.search(str(error))
        if counted:
            return int(counted[1])
        raise NoGL(_explained(error)) from error
    return 1


def _context(index: int) -> moderngl.Context:
    # The versioned names: the plain ones come with development packages only.
    settings: dict[str, Any] = {
        "backend": "egl",
        "device_index": index,
        "libgl": _library("GL", "OpenGL") or "libGL.so.1",
        "libegl": _library("EGL") or "libEGL.so.1",
    }
    return moderngl.create_context(require=_OLDEST, standalone=True, **settings)


def _library(*names: str) -> str | None:
    return next((path for name in names if (path := ctypes.util.find_library(name))), None)


def _explained(error: object) -> str:
    if _library("EGL") is None:
        return f"There is no EGL library (libEGL.so.1) on this machine: {INSTALL}"
    if _library("GL", "OpenGL") is None:
        return f"There is no OpenGL library (libOpenGL.so.0) on this machine: {INSTALL}"
    return f"EGL has no device that can draw ({error}): {INSTALL}"


def _check(context: moderngl.Context) -> None:
    """Draw a colour and read it back: some drivers make contexts and then only black."""
    texture = context.texture((4, 4), 4)
    target = context.framebuffer([texture])
    try:
        target.clear(0.2, 0.4, 0.6, 1.0)
        drawn = target.read(components=4)
    finally:
        target.release()
        texture.release()
    if any(abs(got - want) > 1 for got, want in zip(drawn[:4], (51, 102, 153, 255), strict=True)):
        renderer = context.info["GL_RENDERER"]
        raise NoGL(
            f"The OpenGL driver ({renderer}) draws wrong pictures: update it, or choose"
            " another device with --device (oriel doctor lists them)"
        )
