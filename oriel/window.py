"""A song and a look in; a window in which the look moves with the song, and anew when it changes."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from oriel import audio, effects, glsl, options, pictures, playback, sizes
from oriel import look as looks
from oriel.errors import BadOption, OrielError
from oriel.gl import desktop
from oriel.look import Look
from oriel.stage import Ear, Scene, scene
from oriel.watch import Watch

JUMP_SECONDS = 5.0

KEYS = """space: pause · left, right: 5 s back, on · R: from the beginning · F: full screen
S: save this picture as PNG · Esc, Q: close"""

_CLOSING = {"escape", "q"}
_WATCH_SECONDS = 0.25
_TITLE_SECONDS = 0.25
_LONGEST_WAIT = 0.05
# What a half-written shader, effect or look raises: ours, an effect's header, a file just gone.
_MISTAKES = (OrielError, ValueError, OSError)


def show(
    song: str | Path,
    *,
    look: str = "default",
    settings: Sequence[str] = (),
    size: str | tuple[int, int] = "720p",
    start: float = 0.0,
    fps: str | int | float | Fraction = 30,
    sound: bool = True,
    tell: Callable[[str], None] = lambda sentence: print(sentence, file=sys.stderr, flush=True),
) -> None:
    """Show a song's pictures in a window in time with its sound, until the window is closed.

    `look` is a name or a JSON file, with `key=value` settings on top; `start` is in seconds. When
    a shader or the look's file changes the picture is drawn anew; if it has a mistake that is
    told and the last good one stays. The pictures are those of the video at `fps`, drawn at the
    window's size. Raises UserError, and NoGL where there is no desktop.
    """
    song, rate = Path(song), options.frame_rate(fps)
    heard_song = audio.load(song)
    wanted = looks.with_settings(looks.load(look), settings)
    with ExitStack() as opened:
        window = opened.enter_context(desktop.opened(f"{song.name}: listening", sizes.size(size)))
        ear = opened.enter_context(closing(Ear(heard_song, rate)))
        tell(KEYS)
        while (bands := ear.heard(wanted)) is None:
            if _CLOSING & set(window.wait(_LONGEST_WAIT)) or window.closing:
                return
        if not 0 <= start <= bands.seconds:
            raise BadOption(
                f"There is nothing at {start:g} s: the song is {bands.seconds:.2f} s long;"
                " begin within it"
            )
        players = playback.players() if sound else []
        if sound and not players:
            tell("There is no player for the sound here: install aplay, pacat or ffplay.")
        player = opened.enter_context(
            closing(playback.Playback(heard_song, bands.seconds, players, tell))
        )
        first = scene(window.context, wanted, bands, sizes.size(size))
        showing = _Show(song, look, settings, rate, window, ear, player, first, tell)
        player.seek(start, playing=True)
        showing.run()


class _Show:
    """One window's life; `run` lives it."""

    def __init__(
        self,
        song: Path,
        look: str,
        settings: Sequence[str],
        fps: Fraction,
        window: desktop.Desktop,
        ear: Ear,
        player: playback.Playback,
        first: Scene,
        tell: Callable[[str], None],
    ) -> None:
        self._song, self._look, self._settings, self._fps = song, look, settings, fps
        self._window, self._ear, self._player, self._tell = window, ear, player, tell
        self._video_size = first.picture.size
        self._scene = first
        self._wanted: Look | None = None
        self._changed: list[str] = []
        self._watch = Watch(_watched(look))
        self._watched = self._titled = self._resized = time.monotonic()
        self._shown = -1
        self._drawn = 0
        self._actions: dict[str, Callable[[], None]] = {
            "space": self._pause,
            "left": lambda: self._jump(-JUMP_SECONDS),
            "right": lambda: self._jump(JUMP_SECONDS),
            "r": lambda: self._player.seek(0.0, playing=True),
            "f": window.toggle_full_screen,
            "s": self._save,
        }

    def run(self) -> None:
        """Draw each frame when its time comes, until the window is closed."""
        while not self._window.closing:
            for key in self._window.wait(self._until_next()):
                if key in _CLOSING:
                    return
                self._actions[key]()
            self._reload()
            self._resize()
            self._draw()
            self._entitle()

    def _until_next(self) -> float:
        """Seconds until the next frame is due."""
        if not self._player.playing:
            return _LONGEST_WAIT
        next_due = float((self._frame() + 1) / self._fps)
        return min(next_due - self._player.position, _LONGEST_WAIT)

    def _frame(self) -> int:
        # The time may be a rounding error short of the frame that was sought.
        return int(self._player.position * self._fps + 1e-6)

    def _draw(self) -> None:
        frame = self._frame()
        if frame != self._shown or self._window.stale:
            self._window.show(self._scene.draw(frame))
            self._shown = frame
            self._drawn += 1

    def _reload(self) -> None:
        """Look for changed files, and draw what they hold as soon as it can be drawn."""
        now = time.monotonic()
        if now - self._watched >= _WATCH_SECONDS:
            self._watched = now
            if changed := self._watch.changed():
                self._changed = [path.name for path in changed]
                self._attempt(self._read)
        if self._wanted is not None:
            self._attempt(self._renew)

    def _read(self) -> None:
        effects.effect.cache_clear()
        self._wanted = looks.with_settings(looks.load(self._look), self._settings)

    def _renew(self) -> None:
        # If this fails it is tried again when something was changed again.
        look, self._wanted = self._wanted, None
        if look is None:
            return
        if (bands := self._ear.heard(look)) is None:
            self._wanted = look
            return
        self._become(scene(self._window.context, look, bands, self._scene.picture.size))
        self._tell(f"Shown anew: {', '.join(self._changed)}")

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except _MISTAKES as error:
            self._tell(str(error))

    def _resize(self) -> None:
        """Draw at the size that the picture has in the window, once that has settled."""
        place = desktop.fitted(self._video_size, self._window.size)
        size = place.right - place.left, place.top - place.bottom
        now = time.monotonic()
        if size == self._scene.picture.size:
            self._resized = now
        elif now - self._resized > _LONGEST_WAIT:
            self._resized = now
            old = self._scene
            self._attempt(
                lambda: self._become(scene(self._window.context, old.look, old.bands, size))
            )

    def _become(self, new: Scene) -> None:
        self._scene = new
        self._shown = -1
        self._window.tidy()

    def _entitle(self) -> None:
        now = time.monotonic()
        if now - self._titled < _TITLE_SECONDS:
            return
        state = f"{self._drawn / (now - self._titled):.0f}/s" if self._player.playing else "paused"
        at, end = (_clock(each) for each in (self._player.position, self._scene.bands.seconds))
        width, height = self._scene.picture.size
        self._window.title(f"{self._song.name}  {at} / {end}  {width}×{height}  {state}")
        self._titled, self._drawn = now, 0

    def _pause(self) -> None:
        if self._player.playing:
            self._player.pause()
        else:
            self._player.play()

    def _jump(self, seconds: float) -> None:
        self._player.seek(self._player.position + seconds)

    def _save(self) -> None:
        at = self._frame() / self._fps
        place = Path(f"{self._song.stem}-{float(at):.2f}s.png")

        def save() -> None:
            self._scene.draw(self._frame())
            pictures.save(self._scene.pixels(), place)
            self._tell(f"Saved {place}")

        self._attempt(save)


def _watched(look: str) -> list[Path]:
    """The folder of the shaders, and the look's own file where it has one."""
    if look.lstrip().startswith("{"):  # a JSON text, as `look.load` tells
        return [glsl.folder()]
    if look in looks.names():
        return [glsl.folder(), Path(str(files("oriel") / "looks" / f"{look}.json"))]
    return [glsl.folder(), Path(look)]


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
