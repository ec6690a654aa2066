"""What the pages for users tell to type, typed: each `oriel` of them, on a song, a hundredth as long."""

import os
import subprocess
import sys
from pathlib import Path

import media
import numpy as np
import pytest
import snippets
from snippets import ROOT, Block

PAGES = ["README.md", "docs/quickstart.md", "docs/looks.md", "docs/rendering.md"]
# These stay until they are ended, or take their time by design; tests of their own run them.
STAYING = {"window", "serve", "bench"}
SECONDS = 100  # the pages speak of 1:35
FEW = 9  # frames of each render

SHORTER = f"""
import functools, oriel
oriel.render = functools.partial(oriel.render, frames=(0, {FEW}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody has a song, and a look of their own."""
    here = tmp_path_factory.mktemp("typed")
    beats = 0.5 * media.clicks(SECONDS, 0.5, 22050)
    media.write(here / "song.mp3", beats.astype(np.float32), 22050, codec="mp3")
    (here / "my-look.json").write_text('{"shape": "torusKnot"}')
    return here


def blocks(kind: str) -> list[Block]:
    return [one for name in PAGES for one in snippets.blocks(ROOT / name) if one.kind == kind]


def shorter(words: list[str]) -> list[str]:
    """The same, of few frames: parts a hundredth as long, and the beginning of a whole song."""
    if words[0] != "render":
        return words
    if "--frames" not in words:
        return [*words, "--frames", f"0:{FEW}"]
    at = words.index("--frames") + 1
    first, last = (int(number) // 100 for number in words[at].split(":"))
    return [*words[:at], f"{first}:{last}", *words[at + 1 :]]


def run(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("block", blocks("sh"), ids=lambda block: block.page)
def test_what_a_page_tells_to_type_works(block: Block, folder: Path) -> None:
    for words in block.commands:
        if words[0] == "oriel" and words[1] not in STAYING:
            run(folder, "-m", *words[:1], *shorter(words[1:]))


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.page)
def test_a_page_s_program_runs(block: Block, folder: Path) -> None:
    run(folder, "-c", SHORTER + block.text)
