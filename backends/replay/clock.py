"""Runs the simulated engine along an event loop's clock, real or simulated."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from .sim_request import SimRequest
from .simulation import Simulation

Tell = Callable[[int], None]


class Clockwork:
    """Ends every step of the simulation at its time and tells the requests' readers.

    It holds timers of the loop, no task, and only while there is something to do.

    Args:
        simulation: The engine.
        speed: Simulated seconds in one of the loop; infinite: no pauses at all.
    """

    def __init__(self, simulation: Simulation, speed: float) -> None:
        self.simulation = simulation
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._timer: asyncio.Handle | None = None
        self._readers: dict[SimRequest, Tell] = {}

    def submit(self, request: SimRequest, tell: Tell) -> None:
        """A request arrives.

        Args:
            request: The request.
            tell: Is called with the number of its tokens whenever there is a new one.
        """
        if self.simulation.idle and self._timer is None and not math.isinf(self.speed):
            self.simulation.skip_to((self._loop.time() - self._origin) * self.speed)
        self._readers[request] = tell
        self.simulation.submit(request)
        if self._timer is None:
            self._begin()

    def abort(self, request: SimRequest) -> None:
        """A request is given up; nothing happens where it is over.

        Args:
            request: The request.
        """
        self.simulation.abort(request)
        self._readers.pop(request, None)

    def stop(self) -> None:
        """Give everything up."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._readers.clear()

    def _begin(self) -> None:
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
