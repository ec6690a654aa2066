"""The page's files under names that tell their content."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from posixpath import splitext

import pytest
from asking import Answer, ask

from oriel.web import assets, places

ROOT = Path(__file__).parent.parent.parent
MOST_JAVASCRIPT = 350_000  # bytes, compressed
GZIP = {"Accept-Encoding": "gzip"}

# Both scripts of each pair must be the same, token by token: only comments and blanks may go.
COMPARE = """
import { tokenizer } from "acorn";
import { readFileSync } from "node:fs";
const options = { ecmaVersion: "latest", sourceType: "module" };
const told = ({ type, value }) => `${type.label} ${value?.value ?? value}`;
const tokens = (text) => Array.from(tokenizer(text, options), told);
const pairs = JSON.parse(readFileSync(0, "utf8"));
const differ = pairs.filter(([, one, other]) => {
  const [before, after] = [tokens(one), tokens(other)];
  return before.length !== after.length || before.some((token, i) => token !== after[i]);
});
console.log(JSON.stringify(differ.map(([name]) => name)));
"""

FILES = {
    "main.js": b'import { a } from "./a.js";\nnew Worker(new URL("./deep/w.js", import.meta.url));',
    "a.js": b"export { b } from './b.js';\nimport * as THREE from \"three\";\nawait import('./c.js');",
    "b.js": b'import "./a.js";\nconst text = "from nowhere.js";',
    "c.js": b"export default 1;",
    "deep/w.js": b'import "../c.js";',
    "s.css": b'@import "t.css";\na { background: url(./i.svg) } b { cursor: url("i.svg") }',
    "t.css": b"a { background: url(data:image/png;base64,AAAA) }",
    "i.svg": b"<svg/>",
}


def changed(name: str) -> set[str]:
    """The files whose names change when one file's content does."""
    before = assets.build(FILES)
    after = assets.build(FILES | {name: FILES[name] + b" "})
    return {one for one in FILES if before[one].url != after[one].url}


def urls(studio: str) -> list[str]:
    """Each asset that the page leads to, by way of the others."""
    found: dict[str, None] = {}
    waiting = re.findall(r"/assets/[^\"\\]+", ask(studio, "/").text)
    while waiting:
        url = waiting.pop()
        if url not in found:
            found[url] = None
            if splitext(url)[1] in (".js", ".css"):
                waiting += re.findall(r"[\"'(](/assets/[^\"')]+)", ask(studio, url).text)
    return list(found)


def everything(studio: str) -> dict[str, Answer]:
    return {url: ask(studio, url, GZIP) for url in urls(studio)}


def test_references_lead_to_the_names_that_tell_content() -> None:
    built = assets.build(FILES)

    script = built["main.js"].body.decode()
    assert f'from "{built["a.js"].url}"' in script
    assert f'new URL("{built["deep/w.js"].url}", import.meta.url)' in script
    assert f"from '{built['b.js'].url}'" in built["a.js"].body.decode()
    assert f"import('{built['c.js'].url}')" in built["a.js"].body.decode()
    assert f'import "{built["c.js"].url}"' in built["deep/w.js"].body.decode()
    assert f'@import "{built["t.css"].url}"' in built["s.css"].body.decode()
    assert built["s.css"].body.decode().count(built["i.svg"].url) == 2


def test_what_is_no_reference_stays_as_it_is() -> None:
    built = assets.build(FILES)

    assert '"three"' in built["a.js"].body.decode()
    assert '"from nowhere.js"' in built["b.js"].body.decode()
    assert built["t.css"].body == FILES["t.css"]
    assert built["i.svg"].body == FILES["i.svg"]


def test_a_name_changes_with_all_that_its_content_refers_to_and_with_nothing_else() -> None:
    assert changed("c.js") == {"c.js", "deep/w.js", "a.js", "b.js", "main.js"}
    assert changed("main.js") == {"main.js"}
    assert changed("i.svg") == {"i.svg", "s.css"}


def test_scripts_that_import_each_other_change_together() -> None:
    assert changed("b.js") == {"a.js", "b.js", "main.js"}
    assert changed("a.js") == {"a.js", "b.js", "main.js"}


def test_every_asset_that_the_page_leads_to_is_there_for_ever(studio: str) -> None:
    found = everything(studio)

    assert {splitext(url)[1] for url in found} >= {".js", ".css", ".json", ".woff2", ".svg"}
    for url, answer in found.items():
        assert answer.status == 200, url
        assert re.search(r"-[0-9a-f]{16}\.\w+$", url), url
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        kind = answer.headers["content-type"]
        assert kind == assets.kind(url)
        assert not re.match(r"text/|[^;]+\+xml", kind) or kind.endswith("; charset=utf-8"), url


def test_what_can_be_compressed_is_and_comes_out_whole(studio: str) -> None:
    for url, packed in everything(studio).items():
        plain = ask(studio, url, {"Accept-Encoding": "identity"})

        assert "content-encoding" not in plain.headers
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert packed.content == plain.body
        if "content-encoding" in packed.headers:
            assert len(packed.body) < 0.9 * len(plain.body)
        else:
            assert len(plain.body) < 300 or url.endswith(".woff2"), url


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("identity", False),
    ],
)
def test_only_who_takes_gzip_gets_gzip(studio: str, accepted: str, packed: bool) -> None:
    answer = ask(studio, "/", {"Accept-Encoding": accepted})

    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert "<!doctype html>" in answer.text.lower()


def test_all_the_javascript_is_small(studio: str) -> None:
    scripts = {url: a for url, a in everything(studio).items() if url.endswith(".js")}

    assert any("three" in url for url in scripts)
    assert sum(len(answer.body) for answer in scripts.values()) < MOST_JAVASCRIPT


def test_a_script_lets_a_worker_import_from_here_alone(studio: str) -> None:
    script = next(url for url in urls(studio) if url.endswith(".js"))

    policy = ask(studio, script).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy


def test_scripts_lose_their_comments_and_nothing_else() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("lacks Node.js (Debian package nodejs)")
    scripts = {n: p.read_bytes() for n, p in places.find().sources().items() if n.endswith(".js")}
    pairs = [
        (name, script.decode(), change(script).decode())
        for name, script in scripts.items()
        for change in [assets.minified if name in places.LIBRARIES else assets.undocumented]
    ]

    done = subprocess.run(
        [node, "--input-type=module", "--eval", COMPARE],
        input=json.dumps(pairs),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert sum(len(after) for _, _, after in pairs) < 0.6 * sum(len(text) for _, text, _ in pairs)


def test_statements_keep_the_numbers_of_their_lines() -> None:
    script = (
        b"/**\n * Doubles.\n * @param {number} x\n */\nexport const f = (x) => 2 * x; // twice\n"
    )

    assert assets.undocumented(script) == b"\n\n\n\nexport const f = (x) => 2 * x; // twice\n"
