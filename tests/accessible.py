"""Whether everybody can use a page: what axe-core finds, in the theme that is worn, at a width."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
WHOLE: Mapping[str, list[str]] = {}  # all that axe-core knows

_CHOOSE = """
theme => {
  localStorage.setItem('oriel.theme', JSON.stringify(theme));
  document.documentElement.dataset.theme = theme;
}
"""


def wear(page: Any, theme: str) -> None:
    """Show this page, and each that follows, in a theme: what its switch does."""
    page.evaluate(_CHOOSE, theme)


def violations(page: Any, rules: Mapping[str, list[str]] = WHOLE) -> list[str]:
    """What axe-core finds wrong with the page as it is now."""
    if not AXE.is_file():
        pytest.skip("lacks axe-core: run npm ci")
    if not page.evaluate("Boolean(globalThis.axe)"):
        page.evaluate(AXE.read_text("utf-8"))
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in page.evaluate("(rules) => axe.run(rules)", rules)["violations"]
        for node in one["nodes"]
    ]


def too_wide(page: Any) -> list[str]:
    """By how much the page is wider than its window, in words; nothing where it fits."""
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wider} px wider than its window"] if wider > 0 else []
