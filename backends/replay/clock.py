"""Driver of the simulation along an event loop's clock, real or virtual."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from .sim_request import SimRequest
from .simulation import Simulation

TokenCallback = Callable[[int], None]
"""Called with a request's number of completion tokens so far, whenever it grows."""


class SimulationDriver:
    """Driver that finishes every step of a simulation at its time and calls the requests' readers.

    It holds timers of the loop, no task, and only while the engine is busy.

    Args:
        speed: Simulated seconds per second of the loop; infinite: no pauses at all.
    """

    def __init__(self, simulation: Simulation, speed: float) -> None:
        self.simulation = simulation
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._timer: asyncio.Handle | None = None
        self._readers: dict[SimRequest, TokenCallback] = {}

    def submit(self, request: SimRequest, tell: TokenCallback) -> None:
        """Submit a request, whose reader is called with every token."""
        if self.simulation.idle and self._timer is None and not math.isinf(self.speed):
            self.simulation.skip_to((self._loop.time() - self._origin) * self.speed)
        self._readers[request] = tell
        self.simulation.submit(request)
        if self._timer is None:
            self._begin()

    def abort(self, request: SimRequest) -> None:
        """Abort a request; a finished one is left alone."""
        self.simulation.abort(request)
        self._readers.pop(request, None)

    def stop(self) -> None:
        """Stop the clock; no reader is called any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._readers.clear()

    def _begin(self) -> None:
        """Begin the next step, and set a timer for its end."""
        self._timer = None
        end = self.simulation.begin()
        if end is None:
            return
        if math.isinf(self.speed):
            self._timer = self._loop.call_soon(self._finish)
        else:
            self._timer = self._loop.call_at(self._origin + end / self.speed, self._finish)

    def _finish(self) -> None:
        for request, done in self.simulation.finish():
            tell = self._readers.get(request)
            if tell is None:
                continue
            if done >= request.tokens:
                del self._readers[request]
            tell(done)
        self._begin()
