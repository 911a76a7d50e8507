"""Work beside the event loop."""

from __future__ import annotations

import threading

import pytest

from sot.strategies.aside import aside


async def test_work_runs_in_another_thread_and_its_errors_are_raised() -> None:
    assert await aside(threading.get_ident) != threading.get_ident()

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await aside(fail)
