"""What tests of pages may ask for."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import limits.aio.storage.memory
import limits.aio.strategies
import media
import numpy as np
import playing
import pytest
from databases import postgres, schemas
from playing import RAMP_SECONDS
from storages import emulators, key_file

import oriel.service.limits

__all__ = ["clicks", "emulators", "key_file", "postgres", "ramp", "schemas"]

RATE = 44100


@pytest.fixture(autouse=True)
def a_new_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a minute or an hour ends, rates let in one more: for them, one begins and does not end."""
    hour = time.time() // 3600 * 3600
    clock = SimpleNamespace(time=lambda: hour, monotonic=time.monotonic)
    for counting in (limits.aio.storage.memory, limits.aio.strategies, oriel.service.limits):
        monkeypatch.setattr(counting, "time", clock)


@pytest.fixture
def within_a_day() -> None:
    """Where a day ends in less than a minute (UTC), let it end: what is counted by days stays in one."""
    left = 86_400 - time.time() % 86_400
    if left < 60:
        time.sleep(left)


@pytest.fixture
def page(page: Any) -> Any:
    """The same, which waits for its sound however late that begins."""
    playing.patient(page)
    return page


@pytest.fixture(scope="session")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds in which the sample at t seconds is t / 6, but for a start of silence."""
    samples = np.arange(int(RAMP_SECONDS * RATE)) / (RAMP_SECONDS * RATE)
    return media.write(tmp_path_factory.mktemp("ramp") / "ramp.wav", samples, RATE)


@pytest.fixture(scope="session")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of noise bursts."""
    chance = np.random.default_rng(1)
    samples = 0.02 * chance.standard_normal(3 * RATE)
    for at in (0.5, 1.0, 1.5, 2.0, 2.5):
        samples[int(at * RATE) : int((at + 0.05) * RATE)] *= 20
    return media.write(tmp_path_factory.mktemp("clicks") / "clicks.wav", samples, RATE)
