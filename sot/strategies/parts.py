"""Runner of answers whose parts are known beforehand: no skeleton is asked for, all parts start at once.

It reports the parts as points of a skeleton, sends their requests in parallel under the answer's turn, lets a
request wait for the parts that it needs, repairs what failed once, and feeds an ordered output. How a request
asks and how its text is read is the strategy's own (`sot.strategies.part_request`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..events import PointFinished, PointFound, SkeletonFinished
from ..text.stops import StopReached
from ..types import FinishReason, Point, PointAnswer, Skeleton, Usage
from .base import Outcome, Run
from .dependencies import Dependencies
from .finish import gravest_finish, is_whole
from .part_request import GiveUp, PartOutput, PartRequest
from .part_writer import PartWriter
from .siblings import Siblings, new_siblings


class Parts:
    """The parts of one answer, in progress.

    Args:
        run: The answer in progress.
        points: All parts, numbered from 1 in the order of the answer.
        requests: The requests that write them, each part in one of them.
        output: The ordered output, to which the parts have been added.
        give_up: Gives the placeholder of a part that failed for good, or raises.
        siblings: What the readers of the parts share; unless given, the gate of the repairs alone.
    """

    def __init__(
        self,
        run: Run,
        points: Sequence[Point],
        requests: Sequence[PartRequest],
        output: PartOutput,
        *,
        give_up: GiveUp,
        siblings: Siblings | None = None,
    ) -> None:
        self._run = run
        self._points = tuple(points)
        self._requests = tuple(requests)
        self._output = output
        self._give_up = give_up
        self._siblings = siblings or new_siblings(run)
        self._needs = Dependencies()
        self._needs.known(self._points)
        self._answers: dict[int, PointAnswer] = {}
        self._reasons: dict[int, FinishReason] = {}
        self._skeleton_s: float | None = None

    async def write(self) -> bool:
        """Write all parts; returns false where a stop sequence (`Run.stops`) ended the text.

        The end of the text, `Run.end_text`, is left to the strategy, which may write more.

        Raises:
            SotError: A part failed for good, and ``give_up`` raised.
        """
        run = self._run
        try:
            async with asyncio.TaskGroup() as group:
                for point in self._points:
                    run.emit(PointFound(point, run.now()))
                self._skeleton_s = run.now()
                run.emit(SkeletonFinished(self._points, Usage(), self._skeleton_s))
                run.write(self._output.open())
                for request in self._requests:
                    self._start(group, request)
        except BaseExceptionGroup as failures:
            stopped, _ = failures.split(StopReached)
            if stopped is None:
                raise
            return False
        return True

    def outcome(self, *, stopped: bool = False) -> Outcome:
        """Return the outcome with the parts that are complete.

        Args:
            stopped: Whether a stop sequence ended the text.
        """
        reason = "stop" if stopped else gravest_finish(self._reasons.values())
        return Outcome(
            usage=self._run.spent,
            skeleton=Skeleton(self._points),
            points=tuple(self._answers[index] for index in sorted(self._answers)),
            skeleton_s=self._skeleton_s,
            finish_reason=reason,
            complete=all(map(is_whole, self._reasons.values())),
        )

    def _start(self, group: asyncio.TaskGroup, request: PartRequest) -> None:
        task = group.create_task(self._write(request))

        def release(_: asyncio.Task[None]) -> None:  # in whatever way it ended, also before it began
            for point in request.points:
                self._needs.finished(point.index, None)

        task.add_done_callback(release)

    async def _write(self, request: PartRequest) -> None:
        needed = await self._needs.texts(request.needs)
        writer = PartWriter(self._run, request, self._output, self._siblings, self._give_up, self._done)
        await writer.write(needed)

    def _done(self, answer: PointAnswer, reason: FinishReason) -> None:
        """Take in a finished part: report it, release its text, and those that wait for it."""
        index, missing = answer.index, answer.status == "missing"
        self._answers[index], self._reasons[index] = answer, reason
        self._run.emit(PointFinished(answer))
        self._needs.finished(index, None if missing else answer.text)
        nothing = missing and not self._output.released(index)
        self._run.write(self._output.finish(index, answer.text, placeholder=nothing))
