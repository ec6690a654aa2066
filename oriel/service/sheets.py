"""Rows in, CSV out, in which no cell is taken for a formula.

Spreadsheets run what begins with one of these signs (OWASP, "CSV Injection"): such a text gets an
apostrophe, which they take for "what follows is text". Numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(rows: Iterable[Sequence[object]]) -> str:
    """The rows as RFC 4180 has them."""
    file = io.StringIO()
    csv.writer(file).writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
