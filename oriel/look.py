"""A look: one JSON document goes in, checked values come out."""

import difflib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any

from oriel import effects, fields
from oriel.errors import BadLook
from oriel.fields import FIELDS

# A look is a few hundred bytes; what is larger is something else.
_LARGEST_FILE_BYTES = 1_000_000
_MOST_PROBLEMS = 5  # in one sentence


@dataclass(frozen=True)
class Look:
    """A checked look; make one with `load`, never by hand.

    `values` holds every key of FIELDS; `effects` maps an effect's name to all its parameters.
    """

    values: Mapping[str, Any] = field(default_factory=lambda: _defaults())
    effects: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def to_json(self) -> dict[str, Any]:
        """The whole look as a JSON document, defaults included."""
        return {**self.values, "effects": {k: dict(v) for k, v in self.effects.items()}}


def names() -> list[str]:
    """The built-in looks' names, sorted: one a file in `oriel/looks/`."""
    place = files("oriel") / "looks"
    return sorted(f.name.removesuffix(".json") for f in place.iterdir() if f.name.endswith(".json"))


def load(wanted: "str | Path | Mapping[str, Any] | Look") -> Look:
    """The look of a built-in name, a JSON file, a JSON text or a mapping; raises BadLook."""
    if isinstance(wanted, Look):
        return wanted
    if not isinstance(wanted, str | PathLike):
        return _checked(wanted)
    if wanted in names():
        return _checked(
            json.loads((files("oriel") / "looks" / f"{wanted}.json").read_text("utf-8"))
        )
    if isinstance(wanted, str) and wanted.lstrip().startswith("{"):
        return _checked(_parsed(wanted, "the look"))
    return _checked(_read(Path(wanted)))


def with_settings(look: Look, settings: Iterable[str]) -> Look:
    """The look with `key=value` settings applied, such as "effects.vignette.amount=0.5"."""
    document = look.to_json()
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key:
            raise BadLook(f"{setting!r} is not a setting: write key=value, such as glow=0.8")
        _place(document, key.strip().split("."), _value(text.strip()), key)
    return _checked(document)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a look, made from FIELDS and the effects' own lines."""
    properties = {key: one.schema() for key, one in FIELDS.items()}
    properties["effects"] = {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "properties": {name: _effect_schema(effects.effect(name)) for name in effects.names()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Oriel look",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _defaults() -> dict[str, Any]:
    return {key: one.default for key, one in FIELDS.items()}


def _checked(document: object) -> Look:
    if not isinstance(document, Mapping):
        raise BadLook('A look must be a JSON object, such as {"shape": "cube"}')
    problems = list(islice(_problems(document), _MOST_PROBLEMS))
    if problems:
        raise BadLook("; ".join(problems))
    given = {key: FIELDS[key].clean(value) for key, value in document.items() if key in FIELDS}
    chosen = {name: _filled(name, turned) for name, turned in document.get("effects", {}).items()}
    return replace(Look(), values={**_defaults(), **given}, effects=chosen)


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        if key == "effects":
            yield from _effect_problems(value)
        elif key not in FIELDS:
            yield f"a look has no key {_shown(key)}{_nearest(key, [*FIELDS, 'effects'])}"
        elif not FIELDS[key].accepts(value):
            yield f"{key} is {_shown(value)} but must be {FIELDS[key].allowed}"


def _effect_problems(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield 'effects must be an object, such as {"vignette": {"amount": 0.5}}'
        return
    for name, turned in value.items():
        yield from _one_effect(name, turned)


def _one_effect(name: str, turned: object) -> Iterator[str]:
    if name not in effects.names():
        yield f"there is no effect {_shown(name)}{_nearest(name, effects.names())}"
        return
    if not isinstance(turned, Mapping):
        yield f"effects.{name} must be an object of its parameters, {{}} for the defaults"
        return
    parameters = fields.of_effect(name)
    for key, value in turned.items():
        if key not in parameters:
            yield f"effects.{name} has no {_shown(key)}{_nearest(key, parameters)}"
        elif not parameters[key].accepts(value):
            allowed = parameters[key].allowed
            yield f"effects.{name}.{key} is {_shown(value)} but must be {allowed}"


def _filled(name: str, turned: Mapping[str, Any]) -> dict[str, float]:
    known = fields.of_effect(name).values()
    return {one.key: one.clean(turned.get(one.key, one.default)) for one in known}


def _read(path: Path) -> object:
    try:
        content = _content(path)
        text = content.decode("utf-8-sig")  # Windows' editors begin with a mark
    except FileNotFoundError as error:
        near = _nearest(str(path), names())
        raise BadLook(
            f"There is no look {str(path)!r}{near}: name a built-in look (oriel list looks)"
            " or a JSON file"
        ) from error
    except (OSError, ValueError) as error:
        raise BadLook(
            f"The look {str(path)!r} cannot be read: {_reason(error)}; name a file that can be"
        ) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise BadLook(f"{path} is too large for a look: at most 1 MB of JSON was expected")
    return _parsed(text, str(path))


def _content(path: Path) -> bytes:
    """The file's bytes, up to one too many; a pipe that nobody writes into would wait for ever."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("a look is a file, not a folder, a device or a pipe")
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE_BYTES + 1)


def _parsed(text: str, where: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadLook(
            f"{where} is not JSON ({error.msg} at {place}): mend it there, or save the look anew"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadLook(
            f"{where} is not a look: its JSON is too deep or its numbers too long; save it anew"
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; JSON itself lets the last of several equal keys win, silently."""
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadLook(f"In the look the key {_shown(twice)} is given twice: keep one")
    return document


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (getattr(error, "strerror", None) or str(error)).lower()


def _place(document: dict[str, Any], path: list[str], value: object, key: str) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
        if not isinstance(document, dict):
            raise BadLook(
                f"a look has no key {_shown(key)}: {name} holds no keys of its own;"
                f" set {name} itself"
            )
    document[path[-1]] = value


def _value(text: str) -> object:
    for read in (json.loads, float):
        try:
            return read(text)
        except (ValueError, RecursionError):
            continue
    return text


def _shown(value: object) -> str:
    try:
        text = json.dumps(value, default=repr)
    except (ValueError, RecursionError):
        return "too deep or too long"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _nearest(word: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(word)[:60], list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _effect_schema(effect: effects.Effect) -> dict[str, Any]:
    return {
        "type": "object",
        "description": effect.meaning,
        "additionalProperties": False,
        "properties": {key: one.schema() for key, one in fields.of_effect(effect.name).items()},
    }
