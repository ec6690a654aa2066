"""A song in; its samples at a player's input, at the pace at which they are played, out."""

import fcntl
import os
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from oriel.audio import Audio
from oriel.errors import BadAudio

RATE = 44_100  # Hz
CHANNELS: Literal[2] = 2
BYTES_PER_FRAME = 2 * CHANNELS
BYTES_PER_SECOND = BYTES_PER_FRAME * RATE

_CHUNK = BYTES_PER_FRAME * (RATE // 100)
_AHEAD_SECONDS = 0.25  # of a greedy player
_GLANCE_SECONDS = 0.005


class Tape:
    """A song's samples as 16-bit stereo in a temporary file, so that one can go anywhere in it.

    They are decoded in a thread, about a hundred times faster than they play: 10 MB a minute.
    """

    def __init__(self, audio: Audio) -> None:
        self._audio = audio
        self._file = tempfile.TemporaryFile(prefix="oriel-")  # noqa: SIM115 - `close` closes it
        self._written = 0
        self._ended = False
        self._closing = False
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._decode, name="oriel-tape", daemon=True)
        self._thread.start()

    def read(self, offset: int, count: int, stopped: Callable[[], bool]) -> bytes:
        """Up to `count` bytes from `offset` on, once they are there; none after the end.

        None either when `stopped` has become true, of which `wake` is to be told.
        """
        with self._more:
            self._more.wait_for(lambda: self._ended or self._written >= offset + count or stopped())
            if self._closing or stopped():
                return b""
            return os.pread(self._file.fileno(), count, offset)

    def wake(self) -> None:
        """Let those who wait for samples see whether they still want them."""
        with self._more:
            self._more.notify_all()

    def close(self) -> None:
        """Stop decoding and remove the file."""
        self._closing = True
        self._thread.join()
        self._file.close()

    def _decode(self) -> None:
        try:
            for block in self._audio.blocks(RATE, CHANNELS):
                if self._closing:
                    break
                samples = np.round(np.clip(block, -1.0, 1.0) * 32767).astype("<i2").tobytes()
                self._file.write(samples)
                self._file.flush()
                with self._more:
                    self._written += len(samples)
                    self._more.notify_all()
        except (BadAudio, OSError):  # the song was heard once already; a full disk means silence
            pass
        finally:
            with self._more:
                self._ended = True
                self._more.notify_all()


class Feed:
    """A player's process that is fed from a moment of a tape on; `close` silences it."""

    def __init__(self, command: Sequence[str], tape: Tape, start: float, *, greedy: bool) -> None:
        self._tape = tape
        self._offset = round(start * RATE) * BYTES_PER_FRAME
        self._greedy = greedy
        self._written = 0
        self._offered: float | None = None  # when the first samples were there for it
        self._begun: float | None = None
        self._done = False
        self._closing = False
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for Oriel, which then closes it
        )
        assert self._process.stdin is not None
        self._stdin = self._process.stdin
        self._pipe = self._stdin.fileno()
        self._thread = threading.Thread(target=self._feed, name="oriel-feed", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the player left before it was given everything."""
        return self._process.poll() is not None and not self._done

    def unheard(self, now: float) -> float:
        """Seconds that the player has let its first samples lie; 0 while they are decoded."""
        return 0.0 if self._offered is None else now - self._offered

    def taken(self, now: float) -> float | None:
        """Seconds of sound that the player has taken by `now`; None before it took any.

        Of a greedy one, which takes all there is: the seconds since it took the first.
        """
        if self._begun is None:
            return None
        if self._greedy or self._done:
            return now - self._begun
        return max(0, self._written - self._waiting()) / BYTES_PER_SECOND

    def close(self) -> None:
        """End the player at once."""
        self._closing = True
        self._tape.wake()
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._stdin.close()

    def _feed(self) -> None:
        try:
            if self._greedy:
                self._write(_endless_wav())
            while not self._closing and (chunk := self._next()):
                self._offered = self._offered or time.monotonic()
                self._write(chunk)
                self._await_first()
            # The pipe stays open: a player that sees its end may drop what it has not yet played.
            self._begun = self._begun or time.monotonic()  # there may have been nothing to give
            self._done = not self._closing
        except OSError:  # the player is gone, which `failed` tells
            pass

    def _next(self) -> bytes:
        """The next samples, when it is time for them."""
        if self._greedy and self._begun is not None:
            due = self._begun + self._written / BYTES_PER_SECOND - _AHEAD_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
        chunk = self._tape.read(self._offset, _CHUNK, lambda: self._closing)
        self._offset += len(chunk)
        return chunk

    def _write(self, data: bytes) -> None:
        self._written += os.write(self._pipe, data)

    def _await_first(self) -> None:
        while self._begun is None and not self._closing and self._process.poll() is None:
            if self._waiting() < self._written:
                self._begun = time.monotonic()
            else:
                time.sleep(_GLANCE_SECONDS)

    def _waiting(self) -> int:
        """Bytes in the pipe that the player has not yet taken."""
        return int.from_bytes(fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def _endless_wav() -> bytes:
    """A WAV header for a stream of unknown length (RIFF, Microsoft and IBM 1991)."""
    layout = "<4sI4s4sIHHIIHH4sI"
    pcm, bits = 1, 16
    return struct.pack(
        layout,
        *(b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16, pcm, CHANNELS, RATE, BYTES_PER_SECOND),
        *(BYTES_PER_FRAME, bits, b"data", 0xFFFFFFFF),
    )
