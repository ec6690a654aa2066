"""This machine goes in; what Oriel needs of it, whether it is there and how to mend it come out."""

import ctypes
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from oriel import __version__
from oriel.errors import BadOption, NoGL

State = Literal["ok", "warn", "fail"]

MEND_PACKAGES = "in a clone of Oriel: pip install '.[render]'"
MEND_EGL = (
    "install libegl1, libopengl0 and libgl1-mesa-dri (Debian, Ubuntu), mesa-libEGL, mesa-libGL and"
    " mesa-dri-drivers (Fedora), or your graphics card's driver"
)
MEND_NVENC = (
    "nothing is wrong where the card has no encoder, as the A100 and H100: software takes over;"
    " give containers the `video` driver capability"
)
MEND_NVIDIA = (
    "an NVIDIA card is here but does not draw: install the driver's EGL library"
    " (libnvidia-gl on Debian and Ubuntu); in a container set"
    " NVIDIA_DRIVER_CAPABILITIES=graphics,video,compute,utility and see that"
    " /usr/share/glvnd/egl_vendor.d/10_nvidia.json is there"
)
MEND_SLOW = "nothing is wrong, but a graphics card with its driver would be many times faster"
MEND_DRIVER = "the graphics driver crashed: update it, or choose another device with --device"
MEND_ORIEL = "install Oriel anew; if that does not help, it is a mistake in Oriel, please report it"
_TRIAL_SECONDS = 120.0
_NEEDED = ("moderngl", "av", "librosa", "PIL", "matplotlib", "pyrr")
_DISK_WARN_GB, _DISK_FAIL_GB = 2.0, 0.1
_MEMORY_WARN_GB, _MEMORY_FAIL_GB = 1.0, 0.25


@dataclass(frozen=True)
class Check:
    """One thing looked at: its state, what was found, and how to mend it where it is not ok."""

    name: str
    state: State
    found: str
    mend: str = ""


def examine(device: int | None = None) -> list[Check]:
    """Every check, in the order in which they depend on each other; takes some seconds.

    Raises BadOption for a `device` that is not there.
    """
    checks = [_python(), _packages(), _egl_library()]
    if all(check.state == "ok" for check in checks):
        checks += _drawing(device)
        checks += _encoders()
        checks += [_fonts(), _window()]
    return [*checks, _disk(), _memory()]


def report(checks: Sequence[Check]) -> str:
    """The checks as lines of text, and a last line that sums them up."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.state:<4}  {check.name:<{width}}  {check.found}")
        if check.mend:
            lines.append(f"{'':<{width + 8}}-> {check.mend}")
    return "\n".join([*lines, _verdict(checks)])


def _verdict(checks: Sequence[Check]) -> str:
    failed = [check.name for check in checks if check.state == "fail"]
    if failed:
        return f"Oriel cannot render here until this is mended: {', '.join(failed)}."
    warned = [check.name for check in checks if check.state == "warn"]
    return f"Oriel renders here; look at: {', '.join(warned)}." if warned else "Oriel renders here."


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Check("Python", "ok", f"{version}, Oriel {__version__}, {cores} processor cores")


def _packages() -> Check:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return Check("packages", "fail", f"missing: {', '.join(missing)}", MEND_PACKAGES)
    return Check("packages", "ok", "all that drawing and encoding need")


def _egl_library() -> Check:
    try:
        ctypes.CDLL("libEGL.so.1")
    except OSError as error:
        return Check("EGL library", "fail", str(error), MEND_EGL)
    return Check("EGL library", "ok", "libEGL.so.1")


def _drawing(device: int | None) -> list[Check]:
    """Draw in a child process: a driver may crash or hang."""
    command = [sys.executable, "-m", "oriel.trial", *([] if device is None else [str(device)])]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=_TRIAL_SECONDS)
    except subprocess.TimeoutExpired:
        hung = f"the driver did not draw one picture in {_TRIAL_SECONDS:.0f} s"
        return [Check("renderer", "fail", hung, MEND_EGL)]
    try:
        told: dict[str, Any] = json.loads(child.stdout.strip().rpartition("\n")[2])
    except ValueError:
        last = child.stderr.strip().rpartition("\n")[2]
        crashed = f"drawing ended with exit code {child.returncode}: {last}"
        mend = MEND_DRIVER if child.returncode < 0 else MEND_ORIEL
        return [Check("renderer", "fail", crashed, mend)]
    if told.get("kind") == BadOption.__name__:
        raise BadOption(told["error"])
    if "error" in told:
        mend = MEND_EGL if told["kind"] == NoGL.__name__ else MEND_ORIEL
        return [Check("renderer", "fail", told["error"], mend)]
    return [_renderer(told["device"]), _others(told["devices"]), _picture(told["brightest"])]


def _renderer(device: dict[str, Any]) -> Check:
    found = f"{device['renderer']} ({device['version']})"
    if not device["software"]:
        return Check("renderer", "ok", found)
    if _has_nvidia():
        return Check("renderer", "warn", f"{found}, which is software", MEND_NVIDIA)
    return Check("renderer", "warn", f"{found}, which is software", MEND_SLOW)


def _has_nvidia() -> bool:
    return Path("/dev/nvidiactl").exists() or Path("/proc/driver/nvidia/version").exists()


def _others(devices: Sequence[dict[str, Any]]) -> Check:
    listed = "; ".join(f"{one['index']} is {one['renderer']}" for one in devices)
    return Check("devices", "ok", listed)


def _picture(brightest: int) -> Check:
    if brightest < 32:
        black = f"it came out black (brightest value {brightest} of 255)"
        return Check(
            "test picture", "fail", black, "update the graphics driver, or choose --device"
        )
    return Check("test picture", "ok", "drawn, and not black")


def _encoders() -> list[Check]:
    from oriel import encoders

    tried = encoders.available()
    works = [one.name for one in tried if one.works]
    broken = [one for one in tried if not one.works and not one.hardware]
    checks = [Check("encoders", "ok" if works else "fail", ", ".join(works) or "none works")]
    if broken:
        why = "; ".join(f"{one.name}: {one.why}" for one in broken)
        needed = any(one.codec == "h264" for one in broken)
        mend = "pip install --force-reinstall av"
        checks.append(Check("encoders broken", "fail" if needed else "warn", why, mend))
    if _has_nvidia() and not any(one.works for one in tried if one.hardware):
        why = "; ".join(f"{one.name}: {one.why}" for one in tried if one.hardware)
        checks.append(Check("NVENC", "warn", why, MEND_NVENC))
    return checks


def _fonts() -> Check:
    from matplotlib import font_manager

    try:
        path = font_manager.findfont("DejaVu Sans", fallback_to_default=False)
    except ValueError as error:
        return Check("fonts", "warn", str(error), "pip install --force-reinstall matplotlib")
    return Check("fonts", "ok", Path(path).name)


def _window() -> Check:
    if importlib.util.find_spec("glfw") is None:
        return Check("window", "warn", "missing: glfw, for `oriel window` alone", MEND_PACKAGES)
    return Check("window", "ok", "glfw, where there is a desktop")


def _disk() -> Check:
    places = {"here": Path.cwd(), "temporary": Path(tempfile.gettempdir())}
    free = {name: shutil.disk_usage(place).free / 1e9 for name, place in places.items()}
    found = ", ".join(f"{gigabytes:.1f} GB free {name}" for name, gigabytes in free.items())
    state = _graded(min(free.values()), _DISK_WARN_GB, _DISK_FAIL_GB)
    return Check(
        "disk", state, found, "make room: a minute of 1080p is about 50 MB" * (state != "ok")
    )


def _memory() -> Check:
    limits = [read() for read in (_available_memory, _container_memory)]
    free = [gigabytes for gigabytes in limits if gigabytes is not None]
    if not free:
        return Check("memory", "ok", "unknown")
    state = _graded(min(free), _MEMORY_WARN_GB, _MEMORY_FAIL_GB)
    mend = "close other programs, or render at a smaller size" * (state != "ok")
    return Check("memory", state, f"{min(free):.1f} GB free", mend)


def _available_memory() -> float | None:
    return _number(
        Path("/proc/meminfo"),
        lambda text: 1024 * int(text.partition("MemAvailable:")[2].split()[0]),
    )


def _container_memory() -> float | None:
    limit = _number(Path("/sys/fs/cgroup/memory.max"), int)
    used = _number(Path("/sys/fs/cgroup/memory.current"), int)
    return None if limit is None or used is None else limit - used


def _number(path: Path, read: Callable[[str], int]) -> float | None:
    """A number of bytes from one of the kernel's files, in GB; None where it says nothing."""
    try:
        return read(path.read_text()) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def _graded(value: float, warn: float, fail: float) -> State:
    return "fail" if value < fail else "warn" if value < warn else "ok"
