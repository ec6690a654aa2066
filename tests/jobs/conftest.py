"""What tests of workers may ask for."""

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from databases import database, database_url, postgres, schemas
from loops import loop, pytest_pyfunc_call
from postbox import postbox
from redises import redis_program
from working import Works, works

from oriel.service.db import Database

__all__ = [
    "database",
    "database_url",
    "loop",
    "postbox",
    "postgres",
    "pytest_pyfunc_call",
    "redis_program",
    "schemas",
]


@pytest.fixture(scope="session")
def short_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a beating tone, as WAV."""
    rate = 22_050
    time = np.arange(6 * rate) / rate
    tone = np.sin(2 * np.pi * 220 * time) * (0.2 + 0.8 * (time % 0.5 < 0.1))
    path = tmp_path_factory.mktemp("short") / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((tone * 20_000).astype("<i2").tobytes())
    return path


@pytest.fixture
def workplace(tmp_path: Path, database: Database, database_url: str) -> Iterator[Works]:
    """Workers on an empty database, without a queue: they look by themselves."""
    with works(tmp_path, database, database_url) as made:
        yield made
