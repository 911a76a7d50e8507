"""Dependencies between the points of one answer: a point waits for those whose texts it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from ..prompting.conversation import WrittenPoint
from ..types import Point, PointAnswer


class Dependencies:
    """Points of one answer that are found and finished so far.

    A point of a skeleton can only need points found before it: unknown numbers, later points and the point
    itself are ignored. Points that are known beforehand (`known`) come without circles. So no circle can
    arise, and every wait ends once the needed points are over, in whatever order the requests end.

    Args:
        heeded: Whether ``covers`` and ``depends_on`` of the points are heeded; otherwise they are removed.
    """

    def __init__(self, *, heeded: bool = True) -> None:
        self._heeded = heeded
        self._points: dict[int, Point] = {}
        self._over: dict[int, asyncio.Event] = {}
        self._texts: dict[int, str] = {}

    def found(self, point: Point) -> Point:
        """Register the next point of the skeleton; returns it with the dependencies that count."""
        index = point.index
        earlier = {other for other in point.depends_on if other < index and other in self._points}
        if self._heeded:
            point = replace(point, depends_on=tuple(sorted(earlier)))
        else:
            point = replace(point, depends_on=(), covers="")
        self._points[index] = point
        self._over[index] = asyncio.Event()
        return point

    def known(self, points: Sequence[Point]) -> None:
        """Register points that are known beforehand; each may need any other, without a circle."""
        for point in points:
            self._points[point.index] = point
            self._over[point.index] = asyncio.Event()

    def start(
        self,
        group: asyncio.TaskGroup,
        point: Point,
        write: Callable[[Sequence[WrittenPoint]], Awaitable[PointAnswer]],
    ) -> asyncio.Task[PointAnswer]:
        """Start the task that writes a point once those that it needs are over.

        The points that need this one are released when it ends in whatever way: complete, missing, failed, or
        cancelled before it began.

        Args:
            group: The answer's task group.
            point: A registered point.
            write: Writer of the point, given the texts that it needs.
        """
        task = group.create_task(self._write(point, write))
        task.add_done_callback(lambda _: self.finished(point.index, None))
        return task

    async def _write(
        self, point: Point, write: Callable[[Sequence[WrittenPoint]], Awaitable[PointAnswer]]
    ) -> PointAnswer:
        answer = await write(await self.ready(point))
        self.finished(point.index, None if answer.status == "missing" else answer.text)
        return answer

    async def ready(self, point: Point) -> tuple[WrittenPoint, ...]:
        """Wait until all points that a registered point needs are over.

        No request is in flight and no permit is held meanwhile.

        Returns:
            The needed points that have a text, in the order of the answer.
        """
        return await self.texts(self._points[point.index].depends_on)

    async def texts(self, needs: Sequence[int]) -> tuple[WrittenPoint, ...]:
        """Wait until registered points are over; returns those that have a text, in the order given."""
        for index in needs:
            await self._over[index].wait()
        return tuple(
            WrittenPoint(self._points[index], self._texts[index]) for index in needs if index in self._texts
        )

    def finished(self, index: int, text: str | None) -> None:
        """Release the points that wait for a point; a second call changes nothing.

        Args:
            index: The point.
            text: Its text; ``None`` where it has none: those that need it are written without it.
        """
        if self._over[index].is_set():
            return
        if text is not None and text.strip():
            self._texts[index] = text.strip()
        self._over[index].set()
