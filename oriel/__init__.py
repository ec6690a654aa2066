"""A song goes in; a video that moves with it comes out.

    import oriel
    oriel.render("song.mp3", "song.mp4", look="default", size="1080p")

Nothing is loaded before it is used: `import oriel` costs some milliseconds.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oriel import audio, bands, effects, errors, look, shapes
    from oriel.errors import (
        BadAudio,
        BadLook,
        BadOption,
        BadOutput,
        EncoderFailed,
        Fault,
        NoGL,
        OrielError,
        UserError,
    )
    from oriel.look import Look
    from oriel.render import Progress, Result, picture, render

__version__ = "0.1.0"

__all__ = [
    "BadAudio",
    "BadLook",
    "BadOption",
    "BadOutput",
    "EncoderFailed",
    "Fault",
    "Look",
    "NoGL",
    "OrielError",
    "Progress",
    "Result",
    "UserError",
    "__version__",
    "audio",
    "bands",
    "effects",
    "errors",
    "look",
    "picture",
    "render",
    "shapes",
]

_MODULES = ("audio", "bands", "effects", "errors", "look", "shapes")
_HOMES = {"Look": "look", "Progress": "render", "Result": "render", "picture": "render"}


if not TYPE_CHECKING:  # or a type checker would believe in every name

    def __getattr__(name: str) -> object:
        """Load what is asked for when it is asked for (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module 'oriel' has no attribute {name!r}")
        if name in _MODULES:
            return importlib.import_module(f"oriel.{name}")
        if name == "render":
            importlib.import_module("oriel.render")
            return globals()["render"]
        return getattr(importlib.import_module(f"oriel.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """This package, in which `oriel.render` is always the function.

    Importing the module of that name would otherwise put itself in the function's place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name == "render" and isinstance(value, ModuleType):
            value = value.render
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
