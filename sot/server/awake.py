"""Places in memory for the models of one server: the least recently used idle one sleeps for the next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..errors import SotError
from ..terminal import one_line
from ..types import Sleeps
from .failures import Failure

log = logging.getLogger("sot.server")

_TRIES = 3  # to put a model to sleep whose engine others use
_AGAIN_S = 1.0


@dataclass(eq=False, slots=True)
class AwakeModel:
    """One model, and the questions that it has.

    Args:
        name: Its name.
        sleeps: Its backend, if that can sleep; others are always awake, and do not count.
        running: Questions that it answers.
        waiting: Questions that wait for it to get a place.
        used_at: Order of the last use among those of all models.
        refused: Times in a row that it did not fall asleep.
    """

    name: str
    sleeps: Sleeps | None
    running: int = 0
    waiting: int = 0
    used_at: int = 0
    refused: int = 0

    @property
    def counts(self) -> bool:
        """Whether it takes one of the places."""
        if self.sleeps is None or self.refused >= _TRIES:
            return False
        return self.running > 0 or not self.sleeps.asleep


class AwakeModels:
    """Places for models that are awake, given in the order in which their questions came.

    When a model gets a place, all questions that wait for it go along; later ones queue behind those that
    wait for other models. So no model is starved, and none is woken for each question anew.

    Args:
        models: The models.
        most: Most models awake at once; ``None``: all.
        wait_s: Longest wait for a place, in seconds; then the question is refused.
        too_many: Makes the rejection of a question that waited for too long.
    """

    def __init__(
        self, models: Sequence[AwakeModel], most: int | None, wait_s: float, too_many: Callable[[], Failure]
    ) -> None:
        self._models, self._most, self._wait_s, self._too_many = models, most, wait_s, too_many
        self._queue: list[tuple[AwakeModel, asyncio.Future[None]]] = []
        self._switch: asyncio.Task[None] | None = None
        self._clock = 0

    @asynccontextmanager
    async def use(self, model: AwakeModel) -> AsyncGenerator[None, None]:
        """Wait for a model's place, and count a question of it until the context is left.

        Raises:
            Failure: The wait took too long (429).
        """
        model.waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._enter(model)
        except TimeoutError:
            raise self._too_many() from None
        finally:
            model.waiting -= 1
        try:
            yield
        finally:
            self._leave(model)

    async def _enter(self, model: AwakeModel) -> None:
        if not self._queue and self._has_place(model):
            model.running += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append((model, waiter))
        self._advance()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # it was let in at that very moment
                self._leave(model)
            else:
                self._queue = [entry for entry in self._queue if entry[1] is not waiter]
                self._advance()
            raise

    def _leave(self, model: AwakeModel) -> None:
        model.running -= 1
        model.refused = 0
        self._clock += 1
        model.used_at = self._clock
        self._advance()

    def _has_place(self, model: AwakeModel) -> bool:
        if self._most is None or model.sleeps is None or model.counts or model.refused >= _TRIES:
            return True
        return sum(each.counts for each in self._models) < self._most

    def _advance(self) -> None:
        """Let in those whose turn it is, and make room for the first of the others."""
        while self._queue and self._switch is None:
            model = self._queue[0][0]
            if not self._has_place(model):
                idle = [each for each in self._models if each.counts and not each.running]
                if idle:
                    victim = min(idle, key=lambda each: each.used_at)
                    self._switch = asyncio.create_task(self._put_to_sleep(victim))
                return
            going = [waiter for each, waiter in self._queue if each is model]
            self._queue = [entry for entry in self._queue if entry[0] is not model]
            for waiter in going:
                if not waiter.done():  # else it gives up at this moment
                    model.running += 1
                    waiter.set_result(None)

    async def _put_to_sleep(self, model: AwakeModel) -> None:
        assert model.sleeps is not None, "only such models count"
        try:
            await model.sleeps.sleep()
        except SotError as error:
            log.warning("%s cannot be put to sleep: %s", model.name, one_line(str(error)))
        except Exception:  # whatever it is, the questions that wait must not wait for ever
            log.exception("%s cannot be put to sleep", model.name)
        if not model.sleeps.asleep:
            model.refused += 1
            if model.refused < _TRIES:
                await asyncio.sleep(_AGAIN_S)
            else:
                log.warning("%s does not fall asleep: one model more is awake", model.name)
        self._switch = None
        self._advance()
