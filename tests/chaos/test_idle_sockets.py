"""The attack with idle sockets on the real server, small and short; the program here runs it at full size."""

from __future__ import annotations

from .idle_sockets import KINDS, run

_FILES, _SOCKETS, _FEW = 64, 90, 24


def test_health_is_answered_and_the_log_stays_small() -> None:
    figures = run(_SOCKETS, _FILES, tuple(KINDS.values()), patience=60, few=_FEW)
    assert figures.sockets == _SOCKETS
    assert figures.failed == 0
    assert figures.left <= _FEW
    assert figures.answered
    assert figures.logged < 50_000
