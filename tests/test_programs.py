"""Shaders are linked in a library that must not be disturbed, and whoever wants to stop may come at any time."""

import subprocess
import sys

# A handler that raises, as that of Ctrl-C does, at three hundred moments of linking and afterwards.
_DISTURBED = """
import signal, time
from oriel.gl import context, programs

class Stopped(BaseException):
    pass

def stop(number, frame):
    raise Stopped

signal.signal(signal.SIGALRM, stop)
with context.opened() as gl:
    lasts = 1.0
    for _ in range(10):  # the least of some: a machine may stand still during one
        began = time.perf_counter()
        programs.link(gl, "line.vert", "line.frag")
        lasts = min(lasts, time.perf_counter() - began)
    stopped, kept = 0, []  # a program that is gone frees itself, where nothing can be raised
    for moment in range(300):
        try:
            signal.setitimer(signal.ITIMER_REAL, max(1e-6, lasts * moment / 200))
            kept.append(programs.link(gl, "line.vert", "line.frag"))
            time.sleep(2 * lasts)
        except Stopped:
            stopped += 1
print(stopped)
"""


def test_who_wants_to_stop_while_shaders_are_linked_is_heard_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _DISTURBED], capture_output=True, text=True, timeout=120
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == 300
