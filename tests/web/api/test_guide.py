"""docs/api.md does what it says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import serving
from apis import a_song

from oriel.web.api.codes import CODES, FAILURES

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.+?)```", GUIDE, re.DOTALL)


def test_the_guide_lists_every_code_as_the_table_has_it() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+) \|$", GUIDE, re.MULTILINE)

    expected = [(name, str(code.status), code.meaning) for name, code in CODES.items()]
    assert rows == expected, f"the table in docs/api.md should be {expected}"


def test_the_guide_lists_every_reason_to_fail_as_the_table_has_it() -> None:
    listed = GUIDE.partition("<!-- failures -->")[2].partition("<!-- end failures -->")[0]

    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", listed, re.MULTILINE) == [*FAILURES.items()]


def test_the_guide_s_examples_run_as_they_stand(tmp_path: Path) -> None:
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"lacks {program} (Debian package {program})")
    (tmp_path / "song.wav").write_bytes(a_song(2))
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    script = "set -euxo pipefail\n" + "\n".join(EXAMPLES)

    with serving.served(cwd=tmp_path, environment=home, complete=True) as server:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={**os.environ, **home, "ORIEL": server.url},
            capture_output=True,
            text=True,
            timeout=300,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"done"' in done.stdout
    assert '"free": 5' in done.stdout
    assert (tmp_path / "video.mp4").read_bytes()[4:8] == b"ftyp"
    assert (tmp_path / "poster.jpg").read_bytes()[:2] == b"\xff\xd8"
