"""Writer of a revised answer: kept texts at once, new points in parallel, all in one ordered text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from functools import cached_property

from ..errors import EmptyAnswerError
from ..events import PointFinished, PointFound, SkeletonFinished
from ..prompting.conversation import WrittenPoint, outline
from ..strategies.base import Outcome, Run
from ..strategies.conversations import Conversations
from ..strategies.dependencies import Dependencies
from ..strategies.finish import gravest_finish, is_whole
from ..strategies.point_writer import PointWriter
from ..strategies.siblings import new_siblings
from ..strategies.token_budget import part_tokens, split_budget
from ..text.indent import marker_width
from ..text.ordered import SEPARATOR, OrderedStream
from ..text.stops import StopFilter, StopReached
from ..types import Point, PointAnswer, Skeleton, Usage
from .plan import Revision


class RevisionStrategy:
    """Strategy of a revised answer; no skeleton is asked for, and there is no fallback.

    Args:
        revision: The new list of points, and the texts that stay.
    """

    def __init__(self, revision: Revision) -> None:
        self._revision = revision

    async def run(self, run: Run) -> Outcome:
        """Write the new points, and the whole answer in order.

        Raises:
            SotError: A point could not be written and ``on_missing`` is ``raise``, or none has any text.
        """
        work = _RevisedAnswer(run, self._revision)
        run.stops = StopFilter(run.options.stop) if run.options.stop else None
        try:
            return await work.run()
        except StopReached:
            return work.outcome()
        except BaseExceptionGroup as group:
            stopped, _ = group.split(StopReached)
            if stopped is None:
                raise
            return work.outcome()


class _RevisedAnswer:
    """One revised answer: releases what is kept, starts the writers, collects their results."""

    def __init__(self, run: Run, revision: Revision) -> None:
        self._run = run
        self._revision = revision
        # As in the first answer, so that the prefix cache still has the prompt up to the skeleton.
        self._conversations = Conversations(
            run,
            max_points=split_budget(run.options, run.plan).max_points,
            scopes=any(point.covers or point.depends_on for point in revision.points),
        )
        self._conversation = self._conversations.of(run.engine_for("point"))
        self._ordered = OrderedStream()
        self._needs = Dependencies(heeded=run.options.scopes != "off")
        self._points = tuple(self._needs.found(point) for point in revision.points)
        self._siblings = new_siblings(run, [point.title for point in revision.points])
        self._point_tokens = part_tokens(run.options, len(revision.new))
        self._kept: dict[int, PointAnswer] = {}
        self._writers: dict[int, PointWriter] = {}
        self._tasks: dict[int, asyncio.Task[PointAnswer]] = {}
        self._skeleton_s: float | None = None

    async def run(self) -> Outcome:
        run, revision = self._run, self._revision
        async with asyncio.TaskGroup() as group:
            self._announce()
            if revision.opening:
                run.write(revision.opening + SEPARATOR)
            for point in self._points:
                heading = self._conversation.heading(point)
                self._ordered.add(point.index, heading, marker_width(heading))
                if point.index in revision.kept:
                    self._keep(point)
            run.write(self._ordered.open())
            for point in self._points:
                if point.index not in revision.kept:
                    self._start(group, point)
        if not self._ordered.text.strip():
            reasons = [task.result().reason for task in self._tasks.values()]
            raise EmptyAnswerError(f"no point could be written: {reasons[0] or 'the model wrote nothing'}")
        if revision.closing:
            run.write(SEPARATOR + revision.closing)
        run.end_text()
        return self.outcome()

    def outcome(self) -> Outcome:
        """Return the outcome with the points that are complete."""
        done = [self._writers[index] for index, task in self._tasks.items() if task.done()]
        reason = gravest_finish((self._revision.cut_reason, *(writer.finish_reason for writer in done)))
        written = {
            index: task.result()
            for index, task in self._tasks.items()
            if task.done() and not task.cancelled() and not task.exception()
        }
        points = {**self._kept, **written}
        return Outcome(
            usage=self._run.spent,
            skeleton=Skeleton(self._points),
            points=tuple(points[index] for index in sorted(points)),
            skeleton_s=self._skeleton_s,
            finish_reason=reason,
            complete=is_whole(reason) and not self._revision.cut,
        )

    def _announce(self) -> None:
        """Report the skeleton, which is known from the beginning."""
        run, points = self._run, self._points
        for point in points:
            run.emit(PointFound(point, run.now()))
        self._skeleton_s = run.now()
        run.emit(SkeletonFinished(points, Usage(), self._skeleton_s))

    def _keep(self, point: Point) -> None:
        """Take over a text of the first answer, which costs nothing in this one."""
        now = self._run.now()
        kept = replace(
            self._revision.kept[point.index],
            usage=Usage(),
            started_s=now,
            first_text_s=None,
            finished_s=now,
        )
        self._kept[point.index] = kept
        self._run.emit(PointFinished(kept))
        self._run.write(self._ordered.finish(point.index, kept.text))
        self._siblings.said.add(point.index, kept.text)
        self._needs.finished(point.index, kept.text)

    def _start(self, group: asyncio.TaskGroup, point: Point) -> None:
        writer = PointWriter(
            self._run,
            self._conversations.of,
            self._ordered,
            point,
            max_tokens=self._point_tokens,
            siblings=self._siblings,
        )
        self._writers[point.index] = writer

        def write(needed: Sequence[WrittenPoint]) -> Awaitable[PointAnswer]:
            return writer.write(self._points, self._skeleton, needed)

        self._tasks[point.index] = self._needs.start(group, point, write)

    @cached_property
    def _skeleton(self) -> str:
        """The skeleton as the model would have written it, so that the first answer's prefix serves."""
        if not self._conversation.scopes:
            return outline(self._points)
        return "\n".join(f"{point.index}. {self._scope_line(point)}" for point in self._points)

    def _scope_line(self, point: Point) -> str:
        if not point.covers and not point.depends_on:
            return point.title
        pack = self._run.pack
        return pack.render("scope", title=point.title, covers=point.covers, needs=point.depends_on)
