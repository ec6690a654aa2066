"""The browser's pure modules, tested by Node's own runner (tests/visualizer)."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_browser_s_modules_pass_their_own_tests() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("lacks Node.js (Debian package nodejs)")
    files = sorted(str(path) for path in (ROOT / "tests" / "visualizer").glob("*.test.js"))

    files = sorted(map(str, (ROOT / "tests" / "visualizer").glob("*.test.js")))

    done = subprocess.run([node, "--test", *files], capture_output=True, text=True)

    assert files
    assert done.returncode == 0, done.stdout + done.stderr
