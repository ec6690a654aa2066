"""All that the page must know of looks, effects and shaders, as one JSON document."""

from typing import Any

from oriel import __version__, effects, glsl, look


def catalog() -> dict[str, Any]:
    """The document; its keys are told in docs/studio.md."""
    return {
        "version": __version__,
        "schema": look.schema(),
        "looks": {name: look.load(name).to_json() for name in look.names()},
        "header": glsl.source("screen.vert", "300 es").partition("\n//")[0] + "\n",
        "shaders": _shaders(),
        "effects_source": effects.library(),
        "effects": {name: _effect(effects.effect(name)) for name in effects.names()},
    }


def forget() -> None:
    """Read shaders and effects anew the next time; for those who edit them."""
    effects.effect.cache_clear()


def _shaders() -> dict[str, str]:
    """Every file under `oriel/shaders/` as it lies there, by its name."""
    names = [*glsl.files(), *(f"effects/{name}" for name in glsl.files("effects"))]
    return {name: glsl.read(name) for name in sorted(names)}


def _effect(effect: effects.Effect) -> dict[str, Any]:
    return {
        "meaning": effect.meaning,
        "stage": effect.stage,
        "order": effect.order,
        "needs_beat": effects.asks_for_the_beat(effect.source),
    }
