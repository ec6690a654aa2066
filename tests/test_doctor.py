"""The doctor on this machine, whole and with real faults in what OpenGL needs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from matplotlib import font_manager

from oriel import doctor, encoders


def examined(folder: Path, **environment: str) -> tuple[int, dict[str, doctor.Check]]:
    """The exit code, and each check by its name."""
    done = subprocess.run(
        [sys.executable, "-m", "oriel", "doctor", "--json"],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    checks = [doctor.Check(**check) for check in json.loads(done.stdout)["checks"]]
    return done.returncode, {check.name: check for check in checks}


def test_a_machine_that_renders_is_found_fit(tmp_path: Path) -> None:
    code, checks = examined(tmp_path)

    assert code == 0
    assert checks["test picture"].state == "ok"
    assert checks["renderer"].state in ("ok", "warn")
    assert "libx264" in checks["encoders"].found
    assert checks["fonts"].found == "DejaVuSans.ttf"
    assert "free" in checks["disk"].found


def test_software_drawing_is_a_warning_that_names_the_renderer(tmp_path: Path) -> None:
    code, checks = examined(
        tmp_path, __EGL_VENDOR_LIBRARY_FILENAMES=mesa(), LIBGL_ALWAYS_SOFTWARE="1"
    )

    assert code == 0
    assert checks["renderer"].state == "warn"
    assert "llvmpipe" in checks["renderer"].found
    assert checks["renderer"].mend


def test_an_egl_library_that_does_not_load_is_found_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "libEGL.so.1").write_bytes(b"no library")

    code, checks = examined(tmp_path, LD_LIBRARY_PATH=str(tmp_path))

    assert code == 1
    assert checks["EGL library"].state == "fail"
    assert "libegl1" in checks["EGL library"].mend
    assert "renderer" not in checks


def test_egl_without_a_device_is_found_with_its_remedy(tmp_path: Path) -> None:
    code, checks = examined(
        tmp_path, __EGL_VENDOR_LIBRARY_DIRS=str(tmp_path), __EGL_VENDOR_LIBRARY_FILENAMES=""
    )

    assert code == 1
    assert checks["renderer"].state == "fail"
    assert "libgl1-mesa-dri" in checks["renderer"].mend


def test_a_device_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "oriel", "doctor", "--device", "40"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert done.returncode == 2
    assert done.stderr.startswith("There is no GPU device 40: this machine has devices 0 to ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_package_that_only_the_window_needs_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['glfw'] = None\n")

    code, checks = examined(tmp_path, PYTHONPATH=str(tmp_path))

    assert code == 0
    assert checks["window"].state == "warn"
    assert "glfw" in checks["window"].found
    assert "clone" in checks["window"].mend


def test_a_driver_that_crashes_is_found_and_does_not_crash_the_doctor(tmp_path: Path) -> None:
    code, checks = examined(tmp_path, **crashing_driver(tmp_path))

    assert code == 1
    assert checks["renderer"].state == "fail"
    assert "-11" in checks["renderer"].found


@pytest.mark.parametrize(("free", "state"), [(50e6, "fail"), (1e9, "warn"), (9e9, "ok")])
def test_little_room_is_told_with_its_remedy(
    free: float, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))

    found = doctor._disk()

    assert (found.name, found.state) == ("disk", state)
    assert ("make room" in found.mend) == (state != "ok")


@pytest.mark.parametrize(("free", "state"), [(100, "fail"), (500, "warn"), (5000, "ok")])
def test_little_memory_is_told_with_its_remedy(
    free: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In megabytes, as the kernel tells it; without a container's limit."""
    meminfo = f"MemTotal: 9999999 kB\nMemAvailable: {free * 1000} kB\n"
    told = {Path("/proc/meminfo"): meminfo}
    monkeypatch.setattr(Path, "read_text", lambda path: told.get(path, "max"))

    found = doctor._memory()

    assert (found.name, found.state) == ("memory", state)
    assert ("close other programs" in found.mend) == (state != "ok")


def test_an_encoder_a_font_and_a_picture_that_fail_are_told_with_their_remedies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*words: object, **options: object) -> str:
        raise ValueError("Failed to find font DejaVu Sans")

    monkeypatch.setattr(font_manager, "findfont", missing)
    monkeypatch.setattr(encoders, "probe", lambda name: "gone" if name == "libx264" else None)

    font, picture = doctor._fonts(), doctor._picture(3)
    [broken] = [check for check in doctor._encoders() if check.name == "encoders broken"]

    assert (font.state, "matplotlib" in font.mend) == ("warn", True)
    assert (broken.state, broken.found) == ("fail", "libx264: gone")
    assert "install" in broken.mend
    assert (picture.state, "driver" in picture.mend) == ("fail", True)


def test_the_report_says_what_must_be_mended_first() -> None:
    checks = [
        doctor.Check("good", "ok", "found"),
        doctor.Check("so so", "warn", "slow", "buy a faster one"),
        doctor.Check("bad", "fail", "missing", "install it"),
    ]

    text = doctor.report(checks)

    assert "ok    good   found" in text
    assert "-> install it" in text
    assert text.endswith("Oriel cannot render here until this is mended: bad.")


def mesa() -> str:
    """Where Mesa says that it is an EGL vendor, so that it is used although a GPU is there."""
    return "/usr/share/glvnd/egl_vendor.d/50_mesa.json"


def crashing_driver(folder: Path) -> dict[str, str]:
    """An EGL vendor whose library jumps to address 0 when it is asked for its entry points."""
    source, library = folder / "crash.c", folder / "crash.so"
    source.write_text("int __egl_Main(void) { return *(volatile int *)0; }\n")
    subprocess.run(
        ["cc", "-shared", "-nostdlib", "-fPIC", "-o", str(library), str(source)], check=True
    )
    vendor = {"file_format_version": "1.0.0", "ICD": {"library_path": str(library)}}
    (folder / "vendor.json").write_text(json.dumps(vendor))
    return {"__EGL_VENDOR_LIBRARY_FILENAMES": str(folder / "vendor.json")}
