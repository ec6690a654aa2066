"""What mkdocs asks while it builds the site: links that lead out of docs/ become plain text.

On a server of code such a link opens the file; the site does not carry the code. The icon is that
of the product's pages.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_ICON = Path(__file__).parent.parent / "web" / "shared" / "icon.svg"
_OUT = re.compile(r"\[(?P<text>[^\]]+)\]\((?:\.\./)+(?P<path>[^)#\s]+)(?:#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The site's files, with the icon among them."""
    files.append(File.generated(config, "icon.svg", abs_src_path=str(_ICON)))
    return files


def on_page_markdown(markdown: str, **about: Any) -> str:
    """The page's text, in which what a link to a file of the repository led to is named."""
    depth = about["page"].file.src_uri.count("/") + 1
    out = re.compile(rf"\]\((?:\.\./){{{depth},}}")
    return _OUT.sub(lambda found: _named(found) if out.search(found[0]) else found[0], markdown)


def _named(found: re.Match[str]) -> str:
    text, path = found["text"], f"`{found['path']}`"
    return text if path.strip("`") in text else f"{text} ({path})"
