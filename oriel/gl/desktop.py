"""A title and a size in; a window on the desktop out, with an OpenGL context and its keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import glfw
import moderngl

from oriel.errors import NoGL
from oriel.gl.boxes import Box
from oriel.gl.screen import Pass
from oriel.gl.targets import Target

KEYS = {
    glfw.KEY_SPACE: "space",
    glfw.KEY_LEFT: "left",
    glfw.KEY_RIGHT: "right",
    glfw.KEY_ESCAPE: "escape",
    glfw.KEY_F: "f",
    glfw.KEY_Q: "q",
    glfw.KEY_R: "r",
    glfw.KEY_S: "s",
}
_REPEATING = ("left", "right")
_ROOM = 0.9  # of the desktop's width and height, for a window that would be larger


@contextmanager
def opened(title: str, size: tuple[int, int]) -> Iterator["Desktop"]:
    """A window whose picture has this size in pixels, or what of it the desktop has room for.

    Raises NoGL where there is no desktop, or none that can draw with OpenGL 3.3.
    """
    # What a desktop cannot do (Wayland places no windows) is left undone; the rest is raised.
    rules: Any = {None: "raise", glfw.FEATURE_UNAVAILABLE: "ignore"}
    glfw.ERROR_REPORTING = rules
    try:
        glfw.init()
    except glfw.GLFWError as error:
        raise NoGL(
            f"There is no desktop to open a window on ({_reason(error)}): start it on one, or"
            " draw a single picture with oriel frame"
        ) from error
    try:
        yield Desktop(_window(title, _fitting(size)))
    finally:
        glfw.terminate()


class Desktop:
    """An open window; `opened` makes and closes it."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self._pressed: list[str] = []
        self._stale = True
        self._before_full_screen: tuple[int, int, int, int] | None = None
        glfw.make_context_current(window)
        glfw.swap_interval(1)
        loader: Any = _Loader()
        self.context = moderngl.create_context(require=330, context=loader)
        # Painters come and go with each reload: what they held is given back by `tidy`.
        self.context.gc_mode = "context_gc"
        self._stretched = Pass(self.context, "stretched.frag")
        glfw.set_key_callback(window, self._on_key)
        glfw.set_window_refresh_callback(window, self._on_refresh)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the inside in pixels; never 0, not even when it is minimised."""
        width, height = glfw.get_framebuffer_size(self._window)
        return max(1, width), max(1, height)

    @property
    def closing(self) -> bool:
        """Whether the window was asked to close."""
        return bool(glfw.window_should_close(self._window))

    @property
    def stale(self) -> bool:
        """Whether something has covered or resized the window since it was last shown."""
        return self._stale

    def wait(self, seconds: float) -> list[str]:
        """Wait for something to happen, at most so long; the names of the keys that were pressed."""
        glfw.wait_events_timeout(max(seconds, 0.001))
        pressed, self._pressed = self._pressed, []
        return pressed

    def show(self, picture: Target) -> None:
        """Show a picture as large as the window allows, between bars where it is of another shape."""
        place = fitted(picture.size, self.size)
        screen = self.context.screen
        screen.clear()
        screen.viewport = place.scissor
        picture.texture.use(0)
        corner, size = place.scissor[:2], place.scissor[2:]
        self._stretched.assign({"corner": corner, "size": size, "picture_map": 0})
        self._stretched.draw(Target((), screen))
        glfw.swap_buffers(self._window)
        self._stale = False

    def title(self, text: str) -> None:
        """Put this text into the window's frame."""
        glfw.set_window_title(self._window, text)

    def tidy(self) -> None:
        """Give back the memory of what nobody draws with any more."""
        self.context.gc()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back to where the window was."""
        if self._before_full_screen is not None:
            no_monitor: Any = None
            glfw.set_window_monitor(self._window, no_monitor, *self._before_full_screen, 0)
            self._before_full_screen = None
        elif monitor := glfw.get_primary_monitor():
            x, y = glfw.get_window_pos(self._window)
            self._before_full_screen = (x, y, *glfw.get_window_size(self._window))
            mode = glfw.get_video_mode(monitor)
            glfw.set_window_monitor(self._window, monitor, 0, 0, *mode.size, mode.refresh_rate)

    def _on_key(self, window: Any, key: int, scancode: int, action: int, modifiers: int) -> None:
        name = KEYS.get(key)
        wanted = action == glfw.PRESS or (action == glfw.REPEAT and name in _REPEATING)
        if name is not None and wanted:
            self._pressed.append(name)

    def _on_refresh(self, window: Any) -> None:
        self._stale = True


def fitted(picture: tuple[int, int], window: tuple[int, int]) -> Box:
    """Where a picture of this shape goes in a window: as large as it can be, in the middle."""
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width = min(window[0], max(1, round(picture[0] * scale)))
    height = min(window[1], max(1, round(picture[1] * scale)))
    left, bottom = (window[0] - width) // 2, (window[1] - height) // 2
    return Box(left, bottom, left + width, bottom + height)


class _Loader:
    """What moderngl asks for OpenGL's functions: GLFW knows them, on X11 and on Wayland alike."""

    def load_opengl_function(self, name: str) -> Any:
        return glfw.get_proc_address(name) or 0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass

    def release(self) -> None:
        pass


def _window(title: str, size: tuple[int, int]) -> Any:
    glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
    glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
    glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
    glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
    glfw.window_hint(glfw.DEPTH_BITS, 0)
    glfw.window_hint(glfw.STENCIL_BITS, 0)
    try:
        return glfw.create_window(*size, title, None, None)
    except glfw.GLFWError as error:
        raise NoGL(
            f"This desktop opens no window for OpenGL 3.3 ({_reason(error)}):"
            " update its driver, or make a video with oriel render"
        ) from error


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    monitor = glfw.get_primary_monitor()
    if not monitor:
        return size
    _, _, width, height = glfw.get_monitor_workarea(monitor)
    room = min(_ROOM * width / size[0], _ROOM * height / size[1])
    return size if room >= 1 else (max(1, round(size[0] * room)), max(1, round(size[1] * room)))


def _reason(error: Exception) -> str:
    """GLFW's own words, which come as "(65544) b'X11: ...'"."""
    return str(error).partition("b'")[2].rstrip("'") or str(error)
