"""Looks in, each time that one changes; the picture of a song at any of its frames out."""

import threading
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from fractions import Fraction
from queue import SimpleQueue

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel import effects
from oriel.audio import Audio
from oriel.bands import Bands
from oriel.frames import Frames
from oriel.gl.painter import Painter
from oriel.gl.targets import Target, target
from oriel.look import Look
from oriel.render import hear, prepare


class Ear:
    """Hears a song for one look after another, in a thread; what was heard once is kept."""

    def __init__(self, song: Audio, fps: Fraction) -> None:
        self._song = song
        self._fps = fps
        self._heard: dict[Hashable, Future[Bands]] = {}
        self._asked: SimpleQueue[tuple[Future[Bands], Look] | None] = SimpleQueue()
        # An executor's thread would keep the process until the song is heard to its end.
        threading.Thread(target=self._listen, name="oriel-ear", daemon=True).start()

    def heard(self, look: Look) -> Bands | None:
        """What this look wants to know of the song; None while it is being heard.

        Raises what went wrong, once: who asks again has it heard again.
        """
        key = (
            *(look[name] for name in ("hearing", "bassFrequency", "trebleFrequency")),
            effects.need_beat(look.effects),
        )
        if key not in self._heard:
            self._heard[key] = Future()
            self._asked.put((self._heard[key], look))
        asked = self._heard[key]
        if not asked.done():
            return None
        if asked.exception() is not None:
            del self._heard[key]
        return asked.result()

    def close(self) -> None:
        """Hear nothing more."""
        for asked in self._heard.values():
            asked.cancel()
        self._asked.put(None)

    def _listen(self) -> None:
        while (asked := self._asked.get()) is not None:
            answer, look = asked
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(hear(self._song, look, self._fps))
            except Exception as error:  # raised again where it is asked for
                answer.set_exception(error)


@dataclass(frozen=True)
class Scene:
    """All that is needed to draw one look at one size."""

    look: Look
    bands: Bands
    frames: Frames
    painter: Painter
    picture: Target

    def draw(self, index: int) -> Target:
        """The picture of a frame; it is overwritten by the next."""
        self.painter.paint(self.frames, min(max(index, 0), len(self.frames) - 1), self.picture)
        return self.picture

    def pixels(self) -> NDArray[np.uint8]:
        """The picture that was drawn last: (height, width, 3) sRGB, the top row first."""
        width, height = self.picture.size
        read = self.picture.framebuffer.read(components=3, alignment=1)
        return np.frombuffer(read, np.uint8).reshape(height, width, 3)[::-1]


def scene(context: moderngl.Context, look: Look, bands: Bands, size: tuple[int, int]) -> Scene:
    """A look made ready to be drawn; raises Fault where its shaders do not compile."""
    mesh, frames = prepare(look, bands, size, 0, len(bands.bass))
    painter = Painter(context, look, mesh, size)
    made = Scene(look, bands, frames, painter, target(context, size, 3))
    made.draw(0)  # the last of its shaders is compiled when it is needed
    return made
