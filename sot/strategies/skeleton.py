"""Skeleton-of-Thought strategy: a short skeleton, then all points in parallel, merged into one ordered text.

After Ning et al. (2024), section 2, with four differences: points start while the skeleton is still being
written (``pipeline``), points share one growing prefix (``style``), the text is one ordered stream, and
normal decoding runs beside the skeleton to open the answer, or to be it (``opening``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from ..completion import Completion
from ..errors import (
    BackendConnectionError,
    BackendTimeoutError,
    BadRequestError,
    ContextLengthError,
    MalformedResponseError,
    PrefillRefusedError,
    PromptPackError,
    ServerError,
    SotError,
    ThinkingError,
    first_error,
)
from ..events import Event, FellBack, OpeningFinished, PointFound, SkeletonFinished, TextDelta
from ..prompting.conversation import Conversation, Style, choose_style
from ..skeleton import SkeletonParser
from ..text.indent import marker_width
from ..text.ordered import SEPARATOR, OrderedStream
from ..text.stops import StopFilter, StopReached
from ..text.thinking import text_after_thoughts
from ..text.thinking_signs import reads_like_thinking
from ..types import FinishReason, Point, PointAnswer, Skeleton, Usage
from .base import Outcome, Run
from .beside import run_beside
from .closing import repeats_answer, write_closing
from .continuation import go_on_after
from .demonstrations import has_demonstrations, note_skeleton
from .dependencies import Dependencies
from .finish import gravest_finish
from .opening import FollowingStream, Opening, wants_opening
from .point_writer import PointWriter
from .scopes import asks_for_scopes, note_scopes
from .sequential import NormalStrategy
from .siblings import new_siblings
from .start import starts_at_once
from .token_budget import TokenBudget, split_budget

_PATIENCE_S = 1.0  # of complete points with the sentence that opens the answer
# Failures that may be the skeleton request's own, with its longer prompt and its prefill, or transient:
# normal decoding may succeed. It would meet every other failure, too.
_WORTH_NORMAL = (
    ContextLengthError,
    BackendTimeoutError,
    BadRequestError,
    MalformedResponseError,
    ServerError,
    ThinkingError,
)


class UnusableSkeleton(Exception):
    """Signal that the skeleton cannot be used. The reader has seen no text of it yet."""


class SkeletonStrategy:
    """Skeleton-of-Thought with a fallback to normal decoding."""

    async def run(self, run: Run) -> Outcome:
        budget = split_budget(run.options, run.plan)
        opening = Opening(run, budget) if wants_opening(run, budget) else None
        work = _SkeletonAnswer(run, budget, opening)
        run.stops = StopFilter(run.options.stop) if run.options.stop else None
        if opening is not None:
            outcome = await run_beside(run, _try_skeleton(work), opening)
        elif not isinstance(outcome := await _try_skeleton(work), Outcome):
            reason = outcome
            await work.wait_for_engine()
            run.stops = None  # no text has been shown, and the engine applies them to a single request
            run.emit(FellBack(reason))
            outcome = replace(await NormalStrategy().run(run), fell_back=reason)
        return replace(outcome, usage=run.spent, skeleton_usage=work.skeleton_usage)


def style_of(run: Run) -> Style:
    """Return the prompt style of an answer."""
    return choose_style(run.options.style, run.info)


def new_conversation(
    run: Run, budget: TokenBudget, style: Style, *, demonstrations: bool, scopes: bool
) -> Conversation:
    """Make the builder of an answer's prompts.

    Args:
        run: The answer in progress.
        budget: Its token budget.
        style: The prompt style.
        demonstrations: Whether the skeleton's prompt has the pack's demonstrations.
        scopes: Whether the skeleton is asked for with what each point covers and needs.
    """
    return Conversation(
        run.messages,
        run.pack,
        style,
        can_prefill=run.info.continues_turn,
        min_points=run.options.min_points,
        max_points=budget.max_points,
        plan=run.plan,
        foreign=run.foreign,
        language=run.language,
        demonstrations=demonstrations,
        scopes=scopes,
    )


async def _try_skeleton(work: _SkeletonAnswer) -> Outcome | str:
    """Answer by a skeleton; returns the reason where it cannot be used."""
    try:
        return await work.run()
    except UnusableSkeleton as unusable:
        return str(unusable)
    except BaseExceptionGroup as group:
        stopped, _ = group.split(StopReached)
        if stopped is not None:
            return work.outcome("stop")
        unusable, rest = group.split(UnusableSkeleton)
        if unusable is None or rest is not None:
            raise
        return str(first_error(unusable))


class _SkeletonAnswer:
    """One answer by a skeleton: reads the skeleton, starts the points' writers, collects their results."""

    def __init__(self, run: Run, budget: TokenBudget, opening: Opening | None) -> None:
        self._run = run
        self._budget = budget
        self._opening = opening
        style = style_of(run)
        self._aligned = style == "aligned"
        self._shown = has_demonstrations(run.backend, run.info, run.options, style)
        scopes = asks_for_scopes(run.backend, run.info, run.options, run.plan, budget)
        self._conversation = new_conversation(run, budget, style, demonstrations=self._shown, scopes=scopes)
        self._dependencies = Dependencies(heeded=run.options.scopes != "off")
        self._ordered = self._new_stream()
        self._parser = SkeletonParser(max_points=self._budget.max_points)
        self._points: list[Point] = []
        self._siblings = new_siblings(run)
        self._writers: list[PointWriter] = []
        self._tasks: list[asyncio.Task[PointAnswer]] = []
        self._raw = ""
        self._showing: asyncio.Task[None] | None = None  # lets the points out after the opening
        self._closing: asyncio.Task[str] | None = None
        self._skeleton_s: float | None = None
        self._held: list[Event] = []
        self._tell = run.emit
        self._request: Completion | None = None  # for the skeleton
        self._whole = True  # the skeleton request did not break off
        self._let_out = False  # the points' text may have been shown
        self._broken_off = False  # what follows in the skeleton is of no use
        self._is_prose = False  # the skeleton, and so given up
        self._surely_text = True  # what looks like a point cannot turn out to be a thought any more
        self._why_empty = ""
        self._cause: SotError | None = None  # error behind an unusable skeleton
        self.skeleton_usage = Usage()

    async def wait_for_engine(self) -> None:
        """Wait as long as the engine asks before the question is decoded normally.

        Raises:
            SotError: It asks for longer than the answer has patience, or it is gone.
        """
        gate = self._siblings.gate
        if self._cause is not None and not await gate.enter(self._cause):
            raise self._cause
        gate.leave(None)

    async def run(self) -> Outcome:
        run = self._run
        if run.info.thinks and run.info.stops_thinking is False and run.options.thinking != "on":
            raise UnusableSkeleton("the model cannot stop thinking, and would think for each point")
        async with asyncio.TaskGroup() as group:
            try:
                await self._read_skeleton(group)
            except PrefillRefusedError:
                self._conversation = self._conversation.without_prefill()
                self._forget_points()
                self._parser = SkeletonParser(max_points=self._budget.max_points)
                self._raw = ""
                await self._read_skeleton(group)
            self._skeleton_s = run.now()
            if self._conversation.scopes and self._whole:
                note_scopes(run.backend, run.info, kept=self._parser.scoped)
            run.emit(SkeletonFinished(tuple(self._points), self.skeleton_usage, self._skeleton_s))
            self._note_form()
            if self._too_few and not self._let_out:
                raise UnusableSkeleton(self._why_too_few())
            self._start_waiting(group, self._raw.rstrip())
            self._let_points_out(group)
            if self._opening is not None:
                self._opening.tell_count(len(self._points))
                group.create_task(self._cut_short(self._opening))
            if self._budget.closing_tokens and not self._too_few:
                self._closing = group.create_task(
                    write_closing(
                        run, self._conversation, self._points, max_tokens=self._budget.closing_tokens
                    )
                )
                group.create_task(self._end_closing(self._closing))
        answers = tuple(task.result() for task in self._tasks)
        if all(answer.status == "missing" for answer in answers) and not self._ordered.text:
            self._cause = next((writer.error for writer in self._writers if writer.error is not None), None)
            raise UnusableSkeleton(f"no point could be written: {answers[0].reason}")
        if self._too_few:
            return await self._go_on()
        outcome = self.outcome(self._finish_reason(answers))
        closing = self._close(outcome)
        run.end_text()
        return replace(outcome, closing=closing)

    @property
    def _too_few(self) -> bool:
        return len(self._points) < self._run.options.min_points

    async def _go_on(self) -> Outcome:
        """Decode normally after points that were shown because another one had begun, which never came."""
        reason = self._why_too_few()
        if self._cause is not None:
            reason = f"the skeleton request failed: {self._cause}"
        await self.wait_for_engine()
        self._run.emit(FellBack(reason))
        points = self.outcome(gravest_finish(writer.finish_reason for writer in self._writers))
        # Whatever ended the skeleton, normal decoding writes what is missing.
        whole = all(writer.complete for writer in self._writers)
        return await go_on_after(self._run, replace(points, complete=whole), reason)

    def _finish_reason(self, answers: Sequence[PointAnswer]) -> FinishReason:
        """Return the finish reason of an answer whose points are all written."""
        reasons: list[FinishReason] = [writer.finish_reason for writer in self._writers]
        if not self._whole:
            reasons.append("error")
        ended = None if self._request is None else self._request.finish_reason
        if ended in ("length", "content_filter") and not (self._parser.full or self._parser.repeated):
            reasons.append(ended)  # points are missing that the model would have named
        if self._budget.tight and any(answer.status == "trimmed" for answer in answers):
            reasons.append("length")
        return gravest_finish(reasons)

    def _close(self, outcome: Outcome) -> str:
        """Write the closing, where there is one and the answer is whole; returns it."""
        closing = ""
        if self._closing is not None and not self._closing.cancelled():
            closing = self._closing.result()
        whole = outcome.complete and outcome.finish_reason == "stop"
        if not closing or not whole or repeats_answer(closing, self._run.text):
            return ""
        try:
            self._run.write(SEPARATOR + closing)
        except StopReached:
            return ""
        return closing

    def outcome(self, finish_reason: FinishReason) -> Outcome:
        """Return the outcome with the points that are complete."""
        complete = (
            task for task in self._tasks if task.done() and not task.cancelled() and not task.exception()
        )
        return Outcome(
            usage=self._run.spent,
            skeleton=Skeleton(tuple(self._points)),
            points=tuple(task.result() for task in complete),
            skeleton_usage=self.skeleton_usage,
            skeleton_s=self._skeleton_s,
            finish_reason=finish_reason,
            complete=self._whole and all(writer.complete for writer in self._writers),
            opening="" if self._opening is None else self._opening.text,
        )

    def _new_stream(self) -> OrderedStream:
        return OrderedStream() if self._opening is None else FollowingStream(self._opening)

    async def _read_skeleton(self, group: asyncio.TaskGroup) -> None:
        run, parser = self._run, self._parser
        prompt = self._conversation.skeleton()
        config = run.config(
            max_tokens=self._budget.skeleton_tokens, stop=run.pack.file.skeleton.stop, stage="skeleton"
        )
        completion = run.complete(
            prompt.messages, config, prefill=prompt.prefill, refuse_thoughts=True, raw_marks=True
        )
        self._request = completion
        self._surely_text = completion.shows_early
        earlier, emit = self.skeleton_usage, run.emit
        if not self._surely_text:  # nothing is told of points that may turn out to be thoughts
            run.emit = self._hold
        try:
            if prompt.prefill:
                self._take(group, prompt.prefill)
                if prompt.prefill.endswith("."):
                    parser.feed(" ")  # or a model that repeats the number would make "1.1. Title" of it
            async with aclosing(completion.text()) as pieces:
                async for piece in pieces:
                    self._take(group, piece)
                    if parser.bare:
                        completion.found_bare_mark()
                    if self._enough():
                        break
            useless = self._broken_off or self._is_prose or self._cut_title(completion)
            if not useless:
                for point in parser.close():
                    self._found(group, point, self._raw.rstrip())
        except PrefillRefusedError:
            raise
        except SotError as error:
            self._survive(error, completion)
            self._whole = False
        finally:
            run.emit = emit
            for event in self._held:
                emit(event)
            self._held.clear()
            self.skeleton_usage = earlier + completion.usage
            only_thoughts = completion.usage.reasoning_tokens and not self._points
            self._why_empty = completion.why_empty() if only_thoughts else ""

    def _note_form(self) -> None:
        """Take note of whether the model wrote a list, unless something else ended it."""
        request = self._request
        cut = request is None or request.finish_reason in ("length", "content_filter")
        if self._aligned and self._whole and not cut:
            usable = len(self._points) >= 2
            note_skeleton(self._run.backend, self._run.info, shown=self._shown, usable=usable)

    def _cut_title(self, completion: Completion) -> bool:
        """Whether the last line was cut, or is of no use, and there are enough points without it."""
        cut = completion.finish_reason in ("length", "content_filter")
        useless = self._parser.full or self._parser.repeated
        return (cut or useless) and len(self._points) >= self._run.options.min_points

    def _enough(self) -> bool:
        """Whether the rest of the skeleton does not matter."""
        parser = self._parser
        if self._broken_off:
            return True
        if parser.prose:
            self._is_prose = not self._may_be_thoughts()
            return self._is_prose
        return self._surely_text and (parser.full or parser.repeated)

    def _hold(self, event: Event) -> None:
        """Hold an event of a point until it is known that this is one; those of the opening are sure."""
        if isinstance(event, TextDelta | OpeningFinished):
            self._tell(event)
        else:
            self._held.append(event)

    def _may_be_thoughts(self) -> bool:
        """Whether what has come may turn out to be thoughts, and reads like it."""
        sure = self._surely_text or self._parser.bare
        return not sure and reads_like_thinking(self._raw.lstrip())

    def _take(self, group: asyncio.TaskGroup, piece: str) -> None:
        self._raw += piece
        run = self._run
        discarded, bare = self._parser.discarded, self._parser.bare
        points = self._parser.feed(piece)
        if self._parser.discarded > discarded:
            if self._let_out:  # the reader has text of them: whatever the mark meant, they stay
                self._broken_off = True
                return
            self._forget_points()
        if self._parser.bare and not bare:
            self._raw = text_after_thoughts(self._raw)
            # Known before the request ends, and so in time for the points.
            run.info = replace(run.info, thinks=True, opens_thinking=True)
        for point in points:
            # Whole lines only: the engine has computed them, and the start of the next line says nothing yet.
            lines, _, _ = self._raw.rpartition("\n")
            self._found(group, point, (lines or self._raw).rstrip())
        # A last point that has only begun is as good as one where the reader has no text yet. With an opening
        # there is time to be quite sure: what is shown cannot be taken back.
        nearly = len(self._points) == run.options.min_points - 1 and self._opening is None
        if nearly and not self._let_out and self._parser.begun:
            self._let_early_points_out(group)

    def _found(self, group: asyncio.TaskGroup, point: Point, written: str) -> None:
        run = self._run
        point = self._dependencies.found(point)
        self._points.append(point)
        self._siblings.titles.append(point.title)
        run.emit(PointFound(point, run.now()))
        if not run.options.pipeline or self._may_be_thoughts():
            return
        if not self._writers or starts_at_once(run):
            self._start_waiting(group, written)
        if len(self._points) == run.options.min_points and not self._let_out:
            self._let_early_points_out(group)

    def _let_early_points_out(self, group: asyncio.TaskGroup) -> None:
        """Let the points' text out while the skeleton is written, where it is certain that a list comes."""
        if self._run.options.pipeline and self._surely_text:
            # Only now is it certain that this will not fall back, so only now may text come out.
            self._let_points_out(group)

    def _let_points_out(self, group: asyncio.TaskGroup) -> None:
        """Let the points' text out, once the opening is complete."""
        self._let_out = True
        if self._opening is None:
            self._run.write(self._ordered.open())
        elif self._showing is None:
            self._opening.confirm()
            self._showing = group.create_task(self._show_after(self._opening))

    async def _show_after(self, opening: Opening) -> None:
        await opening.over.wait()
        self._siblings.said.add(0, opening.text)
        self._run.write(self._ordered.open())

    async def _cut_short(self, opening: Opening) -> None:
        """End an opening whose request has stalled: complete points do not wait for it for long."""
        await asyncio.wait(self._tasks)
        if all(task.exception() or task.result().status == "missing" for task in self._tasks):
            return  # it goes on, as the fallback
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await opening.over.wait()
        except TimeoutError:
            opening.cut_short()

    async def _end_closing(self, closing: asyncio.Task[str]) -> None:
        """Give up a closing whose request has stalled."""
        await asyncio.wait(self._tasks)
        await asyncio.wait([closing], timeout=_PATIENCE_S)
        closing.cancel()

    def _start_waiting(self, group: asyncio.TaskGroup, written: str) -> None:
        """Start all points found so far that have no writer yet.

        Always all of them: `starts_at_once` may change its mind between two lines, and whichever points have
        a writer are the first ones of the list.
        """
        points = tuple(self._points)
        for point in points[len(self._writers) :]:
            self._start(group, point, points, written)

    def _start(self, group: asyncio.TaskGroup, point: Point, points: Sequence[Point], written: str) -> None:
        if self._request is not None and self._request.thought:  # known in time for the points
            self._run.info = replace(self._run.info, thinks=True)
        heading = self._conversation.heading(point)
        self._ordered.add(point.index, heading, indent=marker_width(heading))
        writer = PointWriter(
            self._run,
            self._conversation,
            self._ordered,
            point,
            max_tokens=self._budget.point_tokens,
            siblings=self._siblings,
        )
        self._writers.append(writer)
        write = partial(writer.write, tuple(points), written)
        self._tasks.append(self._dependencies.start(group, point, write))

    def _forget_points(self) -> None:
        """Give up the points found so far, whose text no reader has seen, and cancel their requests."""
        for task in self._tasks:
            task.cancel()
        self._held.clear()
        self._points, self._writers, self._tasks = [], [], []
        self._siblings = new_siblings(self._run)
        if self._opening is not None:
            self._opening.forget_points()
        self._ordered = self._new_stream()
        self._dependencies = Dependencies(heeded=self._run.options.scopes != "off")

    def _survive(self, error: SotError, completion: Completion) -> None:
        """Continue with enough points in spite of the error; else fall back to normal decoding, or raise.

        Raises:
            UnusableSkeleton: There are too few points, and normal decoding may succeed.
            SotError: Neither applies.
        """
        if isinstance(error, PromptPackError):  # from a point's prompt, not from the engine
            raise error
        if not self._too_few:
            return
        broke_off = isinstance(error, BackendConnectionError) and completion.deltas > 0
        if isinstance(error, _WORTH_NORMAL) or broke_off:
            if isinstance(error, ThinkingError):
                self._run.info = replace(self._run.info, thinks=True, stops_thinking=False)
                raise UnusableSkeleton(f"{error}, and would for each point") from error
            self._cause = error
            if self._let_out:
                return  # what was shown stays, and normal decoding goes on from it
            raise UnusableSkeleton(f"the skeleton request failed: {error}") from error
        raise error

    def _why_too_few(self) -> str:
        found = len(self._points)
        if not found:
            return self._why_empty or "the model wrote no list of points"
        least = self._run.options.min_points
        return f"the skeleton has {found} point{'s' if found > 1 else ''}, fewer than {least}"
