"""Who asks a process to stop, and who insists."""

import select
import signal
import subprocess
import sys

CODE = """
import asyncio
from oriel.stopping import Stop

async def main():
    stop = Stop()
    stop.hear()
    print("ready", flush=True)
    await stop.asked.wait()
    print("asked", flush=True)
    await stop.at_once.wait()
    print("at once", flush=True)

asyncio.run(main())
"""


def test_the_same_signal_twice_insists_and_another_one_does_not() -> None:
    command = [sys.executable, "-u", "-c", CODE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"ready\n"

        child.send_signal(signal.SIGTERM)
        asked = child.stdout.readline()
        child.send_signal(signal.SIGINT)
        said, _, _ = select.select([child.stdout], [], [], 0.3)
        child.send_signal(signal.SIGTERM)

        assert (asked, said) == (b"asked\n", [])
        assert child.stdout.readline() == b"at once\n"
        assert b"Asked again to stop" in child.stderr.read()
