"""This machine in; the part of it that children may read, as bubblewrap's words, out.

What is not named here is not there: no home, no data of ours, no other's song, no setting in /etc.
"""

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import oriel

# Programs and libraries; what tells the loader and OpenGL where they lie; what drivers ask the
# kernel. https://github.com/NVIDIA/libglvnd/blob/master/src/EGL/icd_enumeration.md
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/sys"),
    *("/nix/store", "/run/opengl-driver", "/run/opengl-driver-32"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
    *("/etc/drirc", "/etc/egl", "/etc/fonts", "/etc/glvnd", "/etc/localtime", "/etc/nvidia"),
    *("/etc/OpenCL", "/etc/vulkan"),
)
_PACKAGES = ("site-packages", "dist-packages")


@lru_cache
def shown() -> tuple[str, ...]:
    """Words that bind each of these places, to be read only; those that are missing are left out."""
    return tuple(word for place in _places() for word in ("--ro-bind-try", place, place))


def _places() -> Iterator[str]:
    yield from _SYSTEM
    ours = [Path(sys.base_prefix), Path(sys.prefix), Path(oriel.__file__).parent]
    ours += [Path(place) for place in sys.path if Path(place).name in _PACKAGES]
    for place in dict.fromkeys(path.absolute() for path in ours):
        if place != Path("/") and not _is_system(place):
            yield str(place)


def _is_system(place: Path) -> bool:
    return any(place.is_relative_to(one) for one in _SYSTEM)
