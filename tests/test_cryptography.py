"""Each key, each algorithm and each place of either is in the inventory of docs/security.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "oriel").rglob("*.py"))
LIBRARIES = re.compile(
    r"^\s*(?:import|from) (?:hashlib|hmac|secrets|ssl|jwt|cryptography|argon2|pyotp|google\.oauth2)\b"
    r"|\bos\.urandom\(",
    re.M,
)


def inventory() -> str:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    return text.partition("## Keys and algorithms\n")[2].partition("\n## ")[0]


def calls(name: str) -> Iterator[tuple[ast.Module, ast.Call]]:
    """Where something is called, by the end of its name."""
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and re.search(name, ast.unparse(node.func)):
                yield tree, node


def purpose(tree: ast.Module, word: ast.expr) -> str:
    """What a key is derived for, by the text, or the constant of its file, that says so."""
    if isinstance(word, ast.Name):
        of_file = (one for one in tree.body if isinstance(one, ast.Assign))
        word = next(one.value for one in of_file if ast.unparse(one.targets[0]) == word.id)
    if isinstance(word, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "…" for one in word.values)
        return "".join(map(str, parts))
    return str(ast.literal_eval(word))


def test_every_key_that_is_derived_is_in_the_inventory_with_what_it_is_for() -> None:
    made = {purpose(tree, call.args[1]) for tree, call in calls(r"^keys\.derived$")}

    told = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|", inventory(), re.M)
    assert {name for name, _, _ in told} == made
    assert len(made) > 5


def test_the_inventory_names_every_file_that_encrypts_signs_hashes_or_takes_chance() -> None:
    using = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if LIBRARIES.search(path.read_text("utf-8"))
    }

    assert set(re.findall(r"`(oriel/[\w/]+\.py)`", inventory())) == using


def test_what_hashes_and_signs_is_sha_256_and_what_is_chance_is_128_bits_or_more() -> None:
    hashes = {ast.unparse(call.func).rpartition(".")[2] for _, call in calls(r"^hashlib\.\w+$")}
    digests = {ast.unparse(call.args[2]) for _, call in calls(r"^hmac\.(?:new|digest)$")}
    chance = [
        (ast.literal_eval(call.args[0]), ast.unparse(call.func))
        for _, call in calls(r"^secrets\.token_")
    ]

    assert hashes <= {"sha256", "file_digest"}
    assert digests == {"'sha256'", "sha256"}
    assert sorted(size for size, how in chance if size < 16) == [4, 4], "of names of files"
    assert sum(size >= 24 for size, _ in chance) >= 4
