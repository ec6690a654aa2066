"""No command and no example of a page is left to itself: each is run, or is told here with why not."""

import re
from pathlib import Path

import consoles
import pytest
import snippets
from snippets import Block

SHELL = ("sh", "console")
PRINTED = ("text", "")  # what programs print, and drawings

# Pages that one test types from their first line to their last, or compares whole.
WHOLE = {
    "docs/api.md": "tests/web/api/test_guide.py",
    "docs/cli.md": "tests/test_docs.py: it is made of what each --help prints",
    **{
        f"docs/tutorials/{name}.md": "tests/test_snippets.py"
        for name in ("album", "first-video", "own-effect", "own-look", "own-shape", "shop")
    },
}

# What is typed: which page, which lines, and the test that does so.
TYPED = [
    (
        "README.md|docs/(quickstart|looks|rendering).md",
        r"oriel (?!window|serve|bench|admin|db)",
        "tests/test_docs_commands.py",
    ),
    (".*", "oriel admin remove-second-factor", "tests/web/api/test_operators.py"),
    (".*", r"make (demo|serve)\b", "tests/docs/test_make.py"),
    (".*", r"oriel (window|serve|bench)\b", "tests/docs/test_staying.py"),
]

# And what a server is set up, operated, upgraded and restored by, line after line.
ON_A_SERVER = {(one.page, line) for one in consoles.EACH.values() for line in one.lines}

# What no test can type here, and what is held in its stead.
NOT_TYPED = [
    (r"make (test|check)\b", "they are what runs this"),
    (r"(sudo )?apt-get install", "it would change this machine: test_scripts.py, debian-packages"),
    (
        r"pip install|source \.venv",
        "tests/test_images.py installs the extras, and has a render with one alone",
    ),
    (r"npm ci", "the tests' own node_modules comes of it"),
    (
        r"docker (build|run)",
        "no engine: tests/test_images.py takes the images' steps and runs what they made",
    ),
    (
        r"docker compose up",
        "no engine, nor its images of others: tests/test_images.py starts what the steps made by"
        " compose.yaml's own commands and settings, and orders a video",
    ),
    (r"fly (secrets|deploy|ssh)", "no account: tests/test_platforms.py reads what is deployed"),
    (r"kubectl apply", "no cluster: tests/test_manifests.py holds them to its schemas"),
    (
        r"kubectl .* exec .* oriel admin create",
        "no cluster: tests/docs/test_one_server.py types it",
    ),
    (r"oriel db (backup|restore) /backups", "the same with /var/backups is typed"),
]

# Examples that are no commands: which page, how they begin, and the test that takes them.
EXAMPLES = [
    ("README.md|docs/quickstart.md", "import oriel", "tests/test_docs_commands.py"),
    ("docs/effects.md", "// Swirl", "tests/test_docs.py, tests/docs/test_staying.py"),
    ("docs/shapes.md", '"""A sphere', "tests/test_shapes.py"),
    ("docs/looks.md", "{", "tests/docs/test_examples.py"),
    ("docs/settings.md", r"\[personal\]", "tests/docs/test_examples.py"),
    ("docs/pages.md", r"@page|\{% extends", "tests/docs/test_examples.py"),
    ("docs/deploying.md", "ORIEL_", "tests/docs/test_one_server.py"),
    ("docs/operating.md", r'\{"status"', "tests/docs/test_one_server.py"),
]

BLOCKS = [block for block in snippets.every() if block.page not in WHOLE]


def typed(page: str, line: str) -> bool:
    """Whether a test types this line of this page."""
    return (page, line) in ON_A_SERVER or any(
        re.fullmatch(pages, page) and re.match(begins, line) for pages, begins, _ in TYPED
    )


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.page)
def test_each_line_and_example_is_taken_by_a_test_or_told(block: Block) -> None:
    if block.kind in SHELL:
        for line in block.lines:
            told = any(re.match(begins, line) for begins, _ in NOT_TYPED)
            assert typed(block.page, line) or told, f"{block.page}: who types {line!r}?"
    elif block.kind not in PRINTED:
        taken = [
            test
            for page, begins, test in EXAMPLES
            if re.fullmatch(page, block.page) and re.match(begins, block.text)
        ]
        assert taken, f"{block.page}: who takes {block.text[:40]!r}?"


def test_each_console_is_typed_by_the_test_that_has_a_server() -> None:
    test = (Path(__file__).parent / "test_one_server.py").read_text("utf-8")

    assert set(re.findall(r"consoles\.([A-Z_]+)\.lines", test)) == consoles.EACH.keys()


@pytest.mark.parametrize(
    "line", ["systemctl restart oriel-web@8002", "curl http://127.0.0.1:8000", "install -d /srv"]
)
def test_a_line_that_is_new_to_a_page_is_typed_by_nobody(line: str) -> None:
    for page in (consoles.DEPLOYING, consoles.OPERATING, consoles.BACKUP):
        assert not typed(page, line)


def test_nothing_is_told_here_that_no_page_says_any_more() -> None:
    lines = [(one.page, line) for one in BLOCKS if one.kind in SHELL for line in one.lines]
    for begins, _ in NOT_TYPED:
        assert any(re.match(begins, line) for _, line in lines), begins
    for pages, begins, _ in TYPED:
        assert any(re.fullmatch(pages, page) and re.match(begins, line) for page, line in lines)
    for pages, begins, _ in EXAMPLES:
        assert any(
            re.fullmatch(pages, one.page) and re.match(begins, one.text) for one in BLOCKS
        ), begins
    assert WHOLE.keys() <= {one.page for one in snippets.every()}
