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

    done = subprocess.run(
        [node, "--test", "tests/visualizer/"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
