"""What every test may ask for, and the rule that CI skips nothing."""

import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browsing
import drawings
import moderngl
import pytest
import serving
from desktop import screen  # noqa: F401 (a fixture)
from hypothesis import HealthCheck, settings

from oriel import compiled, demo
from oriel.gl import context

LONGEST = (  # a minute or more, most of it spent waiting: for a browser, a worker or a server
    "test_one_server.py",
    "test_soak.py",
    "test_wheel.py",
    "test_images.py",
    "test_ordering.py",
    "test_hostile_songs.py",
    "test_worker.py",  # once librosa was compiled, for which all wait
    "test_storage_away.py",
    "test_looks.py",
    "test_people.py",
    "test_buying.py",
    "test_songs_taken.py",
    "test_accounts.py",
    "test_docs_commands.py",
    "test_bad_input.py",
    "test_snippets.py",
)


def pytest_configure() -> None:
    """Let all workers share what librosa compiled, and what they start hear of Ctrl-C.

    Each has an empty data folder; and what a shell runs in its background ignores Ctrl-C, with all
    that it starts. An example of hypothesis's may last as long as a busy machine has it wait: the
    usual limit is a fifth of a second.
    """
    slow = [HealthCheck.too_slow]
    settings.register_profile("busy", deadline=None, suppress_health_check=slow)
    settings.load_profile("busy")
    os.environ[compiled.VARIABLE] = str(compiled.folder())
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that none of them is left when all others are done."""
    longest = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: longest.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def demo_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo song: 32 s of 16-bit stereo WAV at 44,100 Hz, 122 beats per minute from time 0."""
    return demo.write(tmp_path_factory.mktemp("song") / "demo.wav")


@pytest.fixture(scope="module")
def gl() -> Iterator[moderngl.Context]:
    """A context on llvmpipe where there is one; two would be in each other's way in a process."""
    with context.opened(drawings.software()) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system of 1 MiB cannot be mounted: this needs root and mount(8)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running `oriel serve`, such as "http://127.0.0.1:40123"."""
    with serving.served(cwd=tmp_path_factory.mktemp("studio")) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium with WebGL 2 in software, sound without a click, and no way to the internet.

    Without its windows' own bars and menus, which are drawn at half the cost of the whole.
    """
    chromium = shutil.which("chromium-headless-shell")
    if chromium is None:
        pytest.skip("lacks Chromium (Debian package chromium-headless-shell)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(browsing.FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A new page in a profile of its own; an error in it, or a request elsewhere, fails the test.

    It draws five pictures a second, unless the test is marked `every_picture`. `page.complaints` is
    the list of its errors so far; who provokes some checks and clears it.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    if request.node.get_closest_marker("every_picture") is None:
        browsing.unhurried(context)
    page = context.new_page()
    page.complaints = browsing.complaints_of(page)
    yield page
    complaints = list(page.complaints)
    context.close()
    assert complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure in CI: what a test lacks there is to be installed.

    Before Python 3.11.8 no source can be parsed while another is being, as both are for traces, and
    what the garbage collector finds may write one: pytest ended there, and told of no failure
    (https://github.com/python/cpython/issues/106905).
    """
    gc.disable()
    try:
        report = yield
    finally:
        gc.enable()
    if _forbidden_skip(report) and not item.get_closest_marker("gpu"):
        _fail(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Collect no garbage any more, for the same reason: plugins are loaded here, thus parsed."""
    gc.disable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """The same for a file that skips itself while it is collected."""
    report = yield
    if _forbidden_skip(report):
        _fail(report)
    return report


def _forbidden_skip(report: pytest.TestReport | pytest.CollectReport) -> bool:
    expected_failure = hasattr(report, "wasxfail")
    return os.environ.get("CI") == "true" and report.skipped and not expected_failure


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"Nothing may be skipped in CI, but this was. {reason}"
