"""``sot serve`` with vanishing clients, in small: others lose nothing, and the engine's connections rest."""

from __future__ import annotations

from .vanishing import Crowd, run_crowd


async def test_clients_that_vanish_harm_nobody() -> None:
    figures = await run_crowd(Crowd(clients=12, seconds=0.0, vanishing=16, pace=0.002))
    assert figures.wrong == []
    assert (figures.busy, figures.open) == (0, 0)
    assert figures.vanished.total() == 16
    assert len(figures.vanished) > 2
    assert figures.whole > 5
