"""The fenced blocks of the docs, and the commands in them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_BLOCK = re.compile(
    r'^```(?P<kind>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE
)
_OURS = re.compile(r"\b(oriel|make) ")
_WITHIN = re.compile(r"`([^`]+)`")
_PROMPT = re.compile(r"^[$#] ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block: its page's place in the repository, its language, and the file that it is to be."""

    page: str
    kind: str
    text: str
    title: str | None = None

    @property
    def lines(self) -> list[str]:
        """What is typed, each with what it goes on with in the next line."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.kind == "console":
            lines = [line[2:] for line in lines if _PROMPT.match(line)]
        return [line for line in lines if line.strip()]

    @property
    def commands(self) -> list[list[str]]:
        """The words of each line that calls on us, without what follows a pipe or the like."""
        lines = [line for line in self.lines if _OURS.search(line)]
        return [words for line in lines if (words := _words(line))]


def blocks(page: Path) -> list[Block]:
    """A page's blocks, in their order."""
    name = str(page.relative_to(ROOT))
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return [Block(name, one["kind"], one["text"], one["title"]) for one in found]


def block(page: str, begins: str) -> Block:
    """The one block of a page, such as "docs/gpu.md", whose text begins so."""
    [found] = [one for one in blocks(ROOT / page) if one.text.startswith(begins)]
    return found


def every() -> list[Block]:
    """All of them."""
    return [block for page in PAGES for block in blocks(page)]


def codes(page: Path) -> list[str]:
    """What its sentences have in code, each in one line."""
    text = _BLOCK.sub("", page.read_text("utf-8"))
    return [" ".join(code.split()) for code in _WITHIN.findall(text)]


def within(page: Path, begins: str) -> list[list[str]]:
    """What stands behind `begins`, such as "oriel ", where a sentence has that in code."""
    told = [code.removeprefix(begins) for code in codes(page) if code.startswith(begins)]
    return [words for words in map(shlex.split, told) if "…" not in words]


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    while words and (words[0] in ("!", "sudo") or re.match(r"\w+=", words[0])):
        words.pop(0)
    ends = [n for n, word in enumerate(words) if word in ("|", "&", "&&", ">", ";", "||")]
    return words[: ends[0]] if ends else words
