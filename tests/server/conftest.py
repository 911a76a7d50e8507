"""Engine double and server that several files here use; a file may have its own of the same names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_server import EngineServer
from server_process import ServedApp


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> EngineServer:
    running.reset()
    return running


@pytest.fixture
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served
