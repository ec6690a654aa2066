"""What every request's model shares: nothing extra, nothing endless, no NUL in a text."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

ID = r"[0-9A-HJKMNP-TV-Z]{26}"  # a ULID
SHA256 = r"[0-9a-f]{64}"
MOST = 100  # entries of a page


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("must hold no NUL")
    return text


class Asked(BaseModel):
    """A request's body or query."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Told(BaseModel):
    """An answer's body; more may be told one day."""

    model_config = ConfigDict(from_attributes=True)


class Page(Asked):
    """Which part of a list."""

    before: Annotated[str, Field(pattern=f"^{ID}$")] | None = Field(
        default=None, description="The last identifier of the page before; without it, the newest."
    )
    limit: int = Field(default=20, ge=1, le=MOST)


Sha256 = Annotated[str, Field(pattern=f"^{SHA256}$")]
Text = Annotated[str, AfterValidator(_plain)]
Email = Annotated[Text, StringConstraints(min_length=3, max_length=254)]
Password = Annotated[Text, StringConstraints(min_length=1, max_length=1000)]
# Ours have 43 letters. A request's first line may have 8,190 bytes, and a letter may take twelve there.
Token = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
# Six digits of an app, or a recovery code of 25 letters, with whatever parts them.
Code = Annotated[Text, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[Text, StringConstraints(max_length=100)]


def problems(error: ValidationError) -> dict[str, str]:
    """Each wrong field with what is wrong with it."""
    return dict(_problems(error))


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in one["loc"]) or "body"
        yield field, _sentence(one)


# What pydantic calls what, in words for whoever typed it.
_SAID = {
    "extra_forbidden": "is not known here",
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
_SHORT = ("too_short", "string_too_short")
_LENGTHS = dict.fromkeys(_SHORT, "must have {min_length} characters or more") | dict.fromkeys(
    ("too_long", "string_too_long"), "must have at most {max_length} characters"
)
_TEXT = (None, "Value")  # what pydantic calls a text that was looked at before it was measured


def _sentence(problem: Mapping[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _SHORT and (context["min_length"] == 1 or context.get("actual_length") == 0):
        return "must not be empty"
    if kind in _LENGTHS and context.get("field_type") in _TEXT:
        return _LENGTHS[kind].format(**context)
    if kind in _SAID:
        return _SAID[kind].format(**context)
    said = str(problem["msg"]).removeprefix("Value error, ")
    return said[:1].lower() + said[1:]
