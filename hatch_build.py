"""Puts what browsers are sent into what is built: our own files, three.js, the font, their licences.

Where `npm ci` has not run there is nothing to put in: Oriel is then built without its page, and
`oriel serve` says so. A source archive carries the page already built.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "oriel/web/static"


class PageHook(BuildHookInterface[Any]):
    """Adds files of web/ and node_modules under oriel/web/static."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files and their places; called before each build, "editable" ones too."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from oriel.web.places import LIBRARIES, LICENCES

        web, packages = root / "web", root / "node_modules"
        wanted = [*LIBRARIES.values(), *LICENCES]
        if version == "editable" or not web.is_dir():
            return
        if not all((packages / name).is_file() for name in wanted):
            self.app.display_warning("Built without the studio's page: npm ci did not run here.")
            return
        included: dict[str, str] = build_data["force_include"]
        included[str(web)] = f"{STATIC}/web"
        included.update({str(packages / n): f"{STATIC}/packages/{n}" for n in wanted})
