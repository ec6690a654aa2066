"""A child runs within limits, tells how far it is, and is gone when it is not wanted."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from oriel.jobs import child, tasks, view
from oriel.jobs.child import Ended, Limits, Sandbox

ROOMY = Limits(20)
GROUPS = Path("/proc/self/autogroup").exists()  # how Linux shares out between sessions


def around(kind: str, code: str) -> Sandbox:
    """What runs this Python instead of Oriel."""
    environment = {"PATH": os.defpath}
    oriel = (sys.executable, "-c", code)
    return Sandbox(kind == "bwrap", environment, oriel=oriel)


async def ran(sandbox: Sandbox, folder: Path, limits: Limits = ROOMY, **given: Any) -> Ended:
    given = {"stop": asyncio.Event(), "inputs": [], **given}
    return await child.run(sandbox, [], folder=folder, limits=limits, **given)


KINDS = pytest.mark.parametrize("kind", ["bwrap", "rlimits alone"])


@KINDS
async def test_its_lines_are_told_and_its_last_words_kept(kind: str, tmp_path: Path) -> None:
    code = """
import sys
print('{"frame": 1, "of": 2}', flush=True)
print('no JSON', flush=True)
print('{"path": "a.mp4"}')
print('first', file=sys.stderr)
print('It is no song.', file=sys.stderr)
sys.exit(2)
"""
    told: list[dict[str, Any]] = []

    ended = await ran(around(kind, code), tmp_path, told=lambda line: told.append(dict(line)))

    assert told == [{"frame": 1, "of": 2}, {"path": "a.mp4"}]
    assert (ended.code, ended.why) == (2, "ended")
    assert ended.result == {"path": "a.mp4"}
    assert ended.sentence == "It is no song."


@KINDS
async def test_nothing_that_it_leaves_leads_us_elsewhere_or_has_us_wait(
    kind: str, tmp_path: Path
) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.write_text("secret")
    folder.mkdir()
    code = f"""
import os, stat
os.makedirs('kept/deeper')
open('kept/file', 'w').write('made')
os.symlink({str(secret)!r}, 'video.mp4')
os.symlink('/proc/self/environ', 'kept/poster.jpg')
os.symlink({str(tmp_path)!r}, 'kept/deeper/numba')
os.mkfifo('bands.npz')
os.mknod('socket', stat.S_IFSOCK | 0o600)
"""

    ended = await ran(around(kind, code), folder)

    assert ended.code == 0, ended.log
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert left == ["kept", "kept/deeper", "kept/file"]
    assert secret.read_text() == "secret"


NO_SOCKET = """
import ctypes, errno, socket
libc = ctypes.CDLL(None, use_errno=True)
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_DGRAM)
    except PermissionError:
        continue
    raise SystemExit(f'got {family!r}')
io_uring_setup = 425
for ask in (lambda: libc.syscall(io_uring_setup, 1, 0), lambda: libc.ptrace(0, 0, 0, 0)):
    assert ask() == -1 and ctypes.get_errno() == errno.EACCES, ctypes.get_errno()
"""


async def test_without_bubblewrap_it_gets_no_socket_and_cannot_reach_into_others(
    tmp_path: Path,
) -> None:
    code = f"""{NO_SOCKET}
import subprocess, sys
one, other = socket.socketpair()
one.send(b'heard')
assert other.recv(5) == b'heard', 'within itself it may speak'
sys.exit(subprocess.call([sys.executable, '-c', {NO_SOCKET!r}]))
"""

    ended = await ran(around("rlimits alone", code), tmp_path)

    assert ended.code == 0, ended.log


@KINDS
async def test_it_may_write_in_its_own_folder(kind: str, tmp_path: Path) -> None:
    ended = await ran(around(kind, "open('made', 'w').write('here')"), tmp_path)

    assert ended.code == 0
    assert (tmp_path / "made").read_text() == "here"


async def test_it_sees_its_inputs_but_neither_our_data_nor_the_network(tmp_path: Path) -> None:
    secret, given, folder = (tmp_path / name for name in ("secret", "given", "folder"))
    secret.write_text("secret")
    for place in (given, folder):
        place.mkdir()
    (given / "song").write_text("song")
    code = f"""
import os, socket
assert open({str(given / "song")!r}).read() == 'song'
assert not os.path.exists({str(secret)!r})
assert sorted(os.listdir({str(tmp_path)!r})) == ['folder', 'given']
for path in ({str(given / "more")!r}, '/etc/more', {str(tmp_path / "more")!r} + '/more'):
    try:
        open(path, 'w')
    except OSError:
        continue
    raise SystemExit('wrote ' + path)
assert [name for _, name in socket.if_nameindex()] == ['lo']
"""

    ended = await ran(around("bwrap", code), folder, inputs=[given])

    assert ended.code == 0, ended.log


async def test_what_it_shares_as_files_of_memory_lies_in_its_folder_and_takes_no_memory(
    tmp_path: Path,
) -> None:
    code = """
import os
open('/dev/shm/shared', 'wb').write(bytes(1000))
try:
    open('/dev/more', 'w')
except OSError:
    os._exit(0)
"""

    ended = await ran(around("bwrap", code), tmp_path)

    assert ended.code == 0, ended.log
    assert (tmp_path / "shared").stat().st_size == 1000


async def test_it_sees_programs_and_libraries_of_this_machine_and_nothing_else(
    tmp_path: Path,
) -> None:
    code = """
import json, os
homes = [name for name in ('/home', '/srv', '/mnt', '/media', '/tmp') if os.path.exists(name)]
found = {'homes': homes, 'etc': os.listdir('/etc'), 'pids': [p for p in os.listdir('/proc') if p.isdigit()]}
print(json.dumps(found))
"""
    system = {Path(place).name for place in view.shown() if place.startswith("/etc/")}

    ended = await ran(around("bwrap", code), tmp_path)

    homes = {f"/{tmp_path.parts[1]}"} & {"/home", "/srv", "/mnt", "/media", "/tmp"}
    assert set(ended.result["homes"]) == homes, ended.log
    assert set(ended.result["etc"]) <= system
    assert len(ended.result["pids"]) <= 2  # bubblewrap's own, and its


@KINDS
async def test_it_gives_way_to_whoever_answers_beside_it(kind: str, tmp_path: Path) -> None:
    code = """
import json, os
print(json.dumps({'nice': os.getpriority(os.PRIO_PROCESS, 0), 'group': open(GROUP).read()}))
""".replace("GROUP", "'/proc/self/autogroup'" if GROUPS else "os.devnull")

    ended = await ran(around(kind, code), tmp_path)

    assert ended.result["nice"] == os.getpriority(os.PRIO_PROCESS, 0) + 5, ended.log
    assert ended.result["group"].endswith(" nice 5\n" if GROUPS else "")


@KINDS
async def test_it_has_no_privilege_and_gets_none(kind: str, tmp_path: Path) -> None:
    code = """
import json
lines = [line.split(':', 1) for line in open('/proc/self/status')]
print(json.dumps({name: value.strip() for name, value in lines}))
"""

    ended = await ran(around(kind, code), tmp_path)

    assert ended.result["NoNewPrivs"] == "1"
    assert {int(ended.result[f"Cap{name}"], 16) for name in ("Eff", "Prm", "Inh", "Amb")} == {0}


@KINDS
@pytest.mark.parametrize(
    ("code", "limits", "why"),
    [
        ("while True: pass", Limits(20, cpu_seconds=1), "too long"),
        ("b = bytearray(3 << 30)", Limits(20, memory_bytes=1 << 30), "ended"),
        ("b = bytearray(3 << 30)", Limits(20, data_bytes=1 << 30), "ended"),
        ("open('big', 'wb').write(bytes(2 << 20))", Limits(20, file_bytes=1 << 20), "ended"),
    ],
    ids=["time", "memory", "memory beside a card", "file"],
)
async def test_it_cannot_use_more_than_it_may(
    kind: str, code: str, limits: Limits, why: str, tmp_path: Path
) -> None:
    ended = await ran(around(kind, code), tmp_path, limits)

    assert ended.why == why
    assert ended.code != 0


async def test_beside_a_card_it_may_reserve_and_map_what_a_driver_does_but_not_fill_it(
    tmp_path: Path,
) -> None:
    code = """
import mmap
of_all_memory = mmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0)
card = mmap.mmap(-1, 8 << 30)  # shared, as a card's memory is
held = []
try:
    while len(held) < 64:
        held.append(b"x" * (32 << 20))
except MemoryError:
    print('{"held": %d}' % len(held))
"""

    ended = await ran(around("bwrap", code), tmp_path, Limits(20, data_bytes=1 << 30))

    assert 16 < ended.result["held"] < 32, ended.log


async def test_without_bubblewrap_it_has_no_network_where_it_may_leave_ours() -> None:
    """Somebody who may is made by bubblewrap, with the network of this machine."""
    named = "print([line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line])"
    confined = (sys.executable, "-I", "-S", str(child._CONFINE), '{"alone": true}')
    able = ("--unshare-user", "--cap-add", "CAP_SYS_ADMIN", "--dev-bind", "/", "/", "--")

    ended = await asyncio.create_subprocess_exec(
        *(child.BWRAP, *able, *confined, sys.executable, "-c", named),
        stdout=asyncio.subprocess.PIPE,
    )
    said = (await ended.communicate())[0].decode()

    assert said == "['lo']\n"


FORKING = """
import os, time
made = 0
try:
    for _ in range(60):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
        made += 1
except BlockingIOError:
    print("no more than", made)
"""


async def test_it_cannot_multiply_without_end_and_its_neighbours_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [word for place in view._SYSTEM for word in ("--ro-bind-try", place, place)]
    monkeypatch.setattr(view, "shown", lambda: words)  # nobody may look into root's home
    sandbox = Sandbox(True, oriel=("/usr/bin/python3", "-c", FORKING), tasks=20)
    nobody = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}  # root is not counted
    with tempfile.TemporaryDirectory(prefix="oriel-tasks-") as folder:
        Path(folder).chmod(0o777)
        program = sandbox.program([], Path(folder), [])
        both = [
            await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, **nobody)
            for _ in range(2)
        ]
        said = [(await one.communicate())[0].decode() for one in both]

    assert said == ["no more than 18\n"] * 2, "with itself and bubblewrap's own they are twenty"


@pytest.mark.parametrize(
    ("release", "is_limited"), [("5.10.0-28-amd64", False), ("5.14.0", True), ("strange", False)]
)
def test_where_the_kernel_would_count_others_too_nothing_is_counted(
    release: str, is_limited: bool
) -> None:
    assert bool(tasks.limited(20, release)) is is_limited


@KINDS
async def test_it_cannot_last_longer_than_it_may(kind: str, tmp_path: Path) -> None:
    ended = await ran(around(kind, "import time; time.sleep(60)"), tmp_path, Limits(0.5))

    assert ended.why == "too long"
    assert ended.code != 0


@KINDS
async def test_it_and_what_it_started_are_gone_at_once_when_it_is_not_wanted(
    kind: str, tmp_path: Path
) -> None:
    mark = f"{time.time_ns()}"
    code = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}])
print('{{"frame": 1}}', flush=True)
time.sleep(60)
"""
    stop = asyncio.Event()
    running = asyncio.create_task(
        ran(around(kind, code), tmp_path, stop=stop, told=lambda line: stop.set())
    )
    await stop.wait()
    asked = time.monotonic()

    ended = await running

    assert ended.why == "stopped"
    assert time.monotonic() - asked < 10  # they sleep for a minute
    assert alive(mark) == []


async def test_it_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    mark = f"{time.time_ns()}"
    code = f"""
import asyncio, sys
from pathlib import Path
from oriel.jobs import child
code = "import time; print('{{}}', flush=True); time.sleep(60)"
around = child.Sandbox(True, oriel=(sys.executable, "-c", code, {mark!r}))
told = lambda line: print("ready", flush=True)
asyncio.run(child.run(around, [], folder=Path({str(tmp_path)!r}), inputs=[],
    limits=child.Limits(50), stop=asyncio.Event(), told=told))
"""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    await worker.stdout.readline()
    assert alive(mark)

    worker.send_signal(signal.SIGKILL)
    await worker.communicate()

    async with asyncio.timeout(30):  # of the minute that it would last
        while alive(mark):
            await asyncio.sleep(0.05)


def alive(mark: str) -> list[int]:
    """The processes that carry a mark among their arguments, without the worker of a test."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            words = (place / "cmdline").read_bytes().split(b"\0") if place.name.isdigit() else []
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(place.name))
    return found
