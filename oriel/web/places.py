"""Where the browser's files lie: in a checkout, or in the package as a wheel carries them."""

from dataclasses import dataclass
from pathlib import Path

from oriel.errors import BadOption

# The files of npm packages that browsers use, by the name under which they see them: as if they
# lay in web/ with our own.
LIBRARIES = {
    "visualizer/three.module.js": "three/build/three.module.js",
    "visualizer/three.core.js": "three/build/three.core.js",
    "pages/uplot.js": "uplot/dist/uPlot.esm.js",
    "pages/uplot.css": "uplot/dist/uPlot.min.css",
    "shared/instrument-sans.woff2": (
        "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2"
    ),
    "shared/instrument-sans-ext.woff2": (
        "@fontsource-variable/instrument-sans/files/instrument-sans-latin-ext-wght-normal.woff2"
    ),
}
# Their licences travel with them in a wheel.
LICENCES = ("three/LICENSE", "uplot/LICENSE", "@fontsource-variable/instrument-sans/LICENSE")
# What a bare `import … from "three"` means; the page's import map.
MODULES = {"three": "visualizer/three.module.js"}


@dataclass(frozen=True)
class Places:
    """Two folders: our own files for browsers, and npm's packages; `live` where files may change."""

    web: Path
    packages: Path
    live: bool

    @property
    def page(self) -> Path:
        """The folder of the studio's page."""
        return self.web / "visualizer"

    def sources(self) -> dict[str, Path]:
        """Each file that a browser may ask for, by its name below `web`."""
        own = {path.relative_to(self.web).as_posix(): path for path in self._own()}
        return own | {name: self.packages / place for name, place in LIBRARIES.items()}

    def _own(self) -> list[Path]:
        return sorted(
            path
            for path in self.web.rglob("*")
            if path.is_file() and path.suffix != ".html" and path.name[0] not in "._"
        )


def find() -> Places:
    """The places of this installation; raises BadOption where the page is not there."""
    package = Path(__file__).parent.parent
    built = package / "web" / "static"
    if built.is_dir():
        places = Places(built / "web", built / "packages", live=False)
    else:
        places = Places(package.parent / "web", package.parent / "node_modules", live=True)
    return check(places)


def check(places: Places) -> Places:
    """The same places, if all is there; raises BadOption with what to run if not."""
    if not places.page.is_dir():
        raise BadOption(
            "This Oriel was installed without the studio's page: in a checkout of Oriel run"
            " npm ci, then install it from there"
        )
    missing = [name for name in LIBRARIES.values() if not (places.packages / name).is_file()]
    if missing:
        raise BadOption(
            f"The studio's page was never built: {missing[0]} is missing; run npm ci in"
            " Oriel's folder"
        )
    return places
