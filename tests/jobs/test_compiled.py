"""What librosa had compiled is kept once, lent in copies, and made anew where it is old."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from oriel import compiled as core
from oriel.jobs import child
from oriel.jobs.child import Limits, Sandbox
from oriel.jobs.compiled import Compiled, usable

COMPILES = """
import os, pathlib, sys, wave
assert sys.argv[1] == 'bands'
assert wave.open(sys.argv[2]).getnframes() > 4 * 22050
place = pathlib.Path(os.environ['NUMBA_CACHE_DIR']) / 'librosa'
place.mkdir(parents=True, exist_ok=True)
(place / 'beat.nbc').write_text({made!r})
"""


def kept(tmp_path: Path, program: str) -> Compiled:
    """What is kept at `tmp_path`/kept, made by this Python instead of Oriel."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    sandbox = Sandbox(True, oriel=(sys.executable, "-c", program))
    return Compiled(tmp_path / "kept", sandbox, scratch)


async def heard(compiled: Compiled, folder: Path, program: str = "pass") -> child.Ended:
    """How a child ended that ran this Python in `folder`, with what is lent."""
    folder.mkdir()
    await compiled.lend(folder)
    return await child.run(
        Sandbox(True, oriel=(sys.executable, "-c", program)),
        [],
        folder=folder,
        inputs=[],
        limits=Limits(20),
        stop=asyncio.Event(),
    )


def files(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("*.nbc")}


async def test_it_is_compiled_once_by_hearing_a_song_of_our_own(tmp_path: Path) -> None:
    await kept(tmp_path, COMPILES.format(made="first")).fill()
    await kept(tmp_path, COMPILES.format(made="second")).fill()

    assert files(tmp_path / "kept") == {"librosa/beat.nbc": "first"}
    assert not list((tmp_path / "scratch").iterdir())


async def test_a_child_finds_a_copy_and_gives_nothing_back(tmp_path: Path) -> None:
    compiled = kept(tmp_path, COMPILES.format(made="ours"))
    await compiled.fill()
    harm = """
import os, pathlib
found = pathlib.Path(os.environ['NUMBA_CACHE_DIR']) / 'librosa' / 'beat.nbc'
assert found.read_text() == 'ours'
found.write_text('harm')
"""

    ended = await heard(compiled, tmp_path / "job", harm)

    assert ended.code == 0, ended.log
    assert files(tmp_path / "kept") == {"librosa/beat.nbc": "ours"}


async def test_what_is_of_another_librosa_is_compiled_anew_and_lent_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(core, "_CPU", tmp_path / "of another processor")
        await kept(tmp_path, COMPILES.format(made="old")).fill()
    compiled = kept(tmp_path, COMPILES.format(made="new"))
    finds = "import os; assert not os.path.exists(os.environ['NUMBA_CACHE_DIR'])"

    before = await heard(compiled, tmp_path / "job", finds)
    await compiled.fill()

    assert before.code == 0, before.log
    assert files(tmp_path / "kept")["librosa/beat.nbc"] == "new"


async def test_a_child_for_whose_copy_there_is_no_room_gets_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled = kept(tmp_path, COMPILES.format(made="ours"))
    await compiled.fill()
    (tmp_path / "kept" / "unreadable").symlink_to("nowhere")
    finds = "import os; assert not os.path.exists(os.environ['NUMBA_CACHE_DIR'])"

    ended = await heard(compiled, tmp_path / "job", finds)

    assert ended.code == 0, ended.log
    assert "A child gets no copy" in caplog.text


async def test_of_workers_that_compile_at_once_one_s_is_kept(tmp_path: Path) -> None:
    both = [kept(tmp_path, COMPILES.format(made=name)) for name in ("first", "second")]

    await asyncio.gather(*(one.fill() for one in both))

    assert files(tmp_path / "kept")["librosa/beat.nbc"] in ("first", "second")
    assert core.is_whole(tmp_path / "kept")


async def test_a_librosa_that_does_not_compile_is_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled = kept(tmp_path, "raise SystemExit('There is no librosa.')")

    await compiled.fill()
    ended = await heard(compiled, tmp_path / "job")

    assert "There is no librosa." in caplog.text
    assert ended.code == 0


def test_what_an_image_holds_is_used_unless_it_is_for_another_processor_and_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, own = tmp_path / "chosen", tmp_path / "own"

    assert usable(None, own) == own
    assert usable(chosen, own) == chosen, "it may be made there"
    chosen.mkdir()
    assert usable(chosen, own) == chosen, "it may be written there"
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere else
    assert usable(chosen, own) == own
    core.mark(chosen)
    assert usable(chosen, own) == chosen
