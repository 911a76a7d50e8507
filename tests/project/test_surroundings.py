"""The tests' guard: what a test leaves behind in its process is told."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest
from rows import rows
from surroundings import Surroundings


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    return Surroundings("made_up")


@rows(
    "change, put_back, said",
    [
        (
            lambda: os.environ.update(SOT_X="1"),
            lambda: os.environ.pop("SOT_X"),
            "os.environ has changed: SOT_X",
        ),
        (lambda: sys.path.append("x"), sys.path.pop, "sys.path was"),
        (lambda: sys.argv.append("x"), sys.argv.pop, "sys.argv was"),
        (
            lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            "a signal's handler was",
        ),
        (
            lambda: logging.getLogger("sot").setLevel(7),
            lambda: logging.getLogger("sot").setLevel(0),
            "a logger's level was",
        ),
        (lambda: logging.disable(3), lambda: logging.disable(0), "logging.disable was 0 and is 3"),
    ],
)
def test_what_is_left_behind_is_told(
    own: Surroundings, change: Callable[[], object], put_back: Callable[[], object], said: str
) -> None:
    own.begin()
    assert own.changes() == []
    change()
    try:
        (told,) = own.changes()
    finally:
        put_back()
    assert told.startswith(said)
    assert own.changes() == []


def test_what_a_library_sets_is_not_told(own: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    own.begin()
    monkeypatch.setenv("PYTORCH_X", "1")
    assert own.changes() == []


def test_modules_that_were_dropped_are_told_once(
    own: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made_up").mkdir()
    for name in ("__init__", "kept", "dropped"):
        (tmp_path / "made_up" / f"{name}.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    own.begin()
    with patch.dict(sys.modules):
        import_module("made_up.kept")
        assert own.changes() == []
        own.begin()
        with patch.dict(sys.modules):
            import_module("made_up.dropped")
        assert own.changes() == ["sys.modules has lost made_up.dropped"]
    assert own.changes() == ["sys.modules has lost made_up, made_up.kept"]
    assert own.changes() == []
