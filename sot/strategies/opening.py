"""Normal decoding beside the skeleton: its beginning opens the answer, its whole is the fallback.

The request is exactly that of normal decoding, and its text reaches the reader as it comes, up to the end of
the opening (`sot.text.opening_text`). What follows depends on the skeleton: points end the request there; a
skeleton that cannot be used lets it go on; and where normal decoding ends by itself first, it was the answer.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import TracebackType
from typing import Literal, Self

from ..completion import Completion
from ..errors import BackendConnectionError, BackendError, SotError
from ..events import OpeningFinished
from ..text.opening_text import OpeningText
from ..text.ordered import SEPARATOR, OrderedStream
from ..text.stops import StopReached
from ..types import FinishReason
from .base import Outcome, Run
from .sequential import NormalStrategy, decode_again, normal_request
from .siblings import new_siblings
from .tasks import end_tasks
from .token_budget import TokenBudget

_AT_ONCE = 4  # requests: the skeleton, the opening, and two points
_SHORT_ANSWER = 150  # words: an answer that is to have fewer has no room for an opening

State = Literal["undecided", "points", "answer", "fallback"]
"""What follows the opening; ``answer``: normal decoding ended by itself before enough points were known."""


def wants_opening(run: Run, budget: TokenBudget) -> bool:
    """Return whether an answer gets an opening: by the settings, the engine, its load, the asker's wishes.

    Args:
        run: The answer in progress.
        budget: Its token budget, which leaves the opening out where it is tight.
    """
    options, info = run.options, run.info
    if not options.opening or not budget.opening_tokens or options.stop:
        return False  # a stop sequence must hold for the answer, not for one of its requests
    needed = _requests_at_once(run)
    if min(run.turn.room, needed if info.parallel is None else info.parallel) < needed:
        return False
    words = run.plan.words_in_all
    if words is not None and words.high is not None and words.high < _SHORT_ANSWER:
        return False
    if options.thinking == "on":
        return False
    return not info.thinks or (options.thinking == "off" and info.stops_thinking is not False)


def _requests_at_once(run: Run) -> int:
    """Return how many requests the main engine must take at once, without those of other engines."""
    elsewhere = int(run.engine_for("skeleton") is not run) + 2 * int(run.engine_for("point") is not run)
    return _AT_ONCE - elsewhere


class Opening:
    """Request of normal decoding that runs beside the skeleton and its points.

    A context manager: leaving it ends the request.

    Args:
        run: The answer in progress.
        budget: Its token budget.

    Attributes:
        state: What follows the opening, as far as it is known.
        over: Set once the opening is complete, so that points may follow.
        error: Error of the request.
    """

    def __init__(self, run: Run, budget: TokenBudget) -> None:
        self._run = run
        self._room = None if run.options.max_answer_tokens is None else budget.opening_tokens
        self._request: Completion = normal_request(run, spare=budget.skeleton_tokens)
        self._request.purpose = "opening"
        self._text = OpeningText()
        self._left = False  # before it ended by itself
        self._seen = 0  # tokens of text
        self._point_waits = False  # the first point has text to show
        self._task: asyncio.Task[None] | None = None
        self.state: State = "undecided"
        self.over = asyncio.Event()
        self.error: SotError | None = None

    @property
    def task(self) -> asyncio.Task[None]:
        """Task that reads the request; it never raises what the engine raised (`error`)."""
        assert self._task is not None, "the request has not been started"
        return self._task

    @property
    def text(self) -> str:
        """The opening shown so far."""
        return self._text.opening

    @property
    def goes_on(self) -> bool:
        """Whether normal decoding has not failed, and its text may become the answer."""
        return self.state == "undecided" and self.error is None

    def start(self) -> None:
        """Send the request."""
        self._task = asyncio.create_task(self._read())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await end_tasks([] if self._task is None else [self._task])

    # The skeleton's side.

    def confirm(self) -> None:
        """Take note that points will follow: the request ends with the sentence under way.

        Without any text yet it ends at once. Calling this again changes nothing.
        """
        if self.state != "undecided":
            return
        self.state = "points"
        text = self._text
        self._run.write(self._close() if self._ended else text.finish_soon())
        if self._point_waits:
            self._run.write(text.give_way())
        self._leave_if_complete()

    def tell_count(self, count: int) -> None:
        """Take note of the number of points, for a sentence that promises one."""
        if self.state == "points":
            self._run.write(self._text.tell_count(count))
            self._leave_if_complete()

    def point_waits(self) -> None:
        """Take note that the first point has text to show."""
        if not self._point_waits:
            self._point_waits = True
            if self.state == "points":
                self._run.write(self._text.give_way())
                self._leave_if_complete()

    def forget_points(self) -> None:
        """Take note that the points found so far were none."""
        self._point_waits = False

    def cut_short(self) -> None:
        """End the opening where it is, because all points are complete: its request may have stalled."""
        if self.state == "points" and not self.over.is_set():
            self._run.write(self._text.close(broken=True))
            self._leave_if_complete()

    async def fall_back(self) -> Outcome:
        """Show all of the text, which is the answer, and return its outcome.

        Raises:
            SotError: Normal decoding failed.
        """
        run = self._run
        run.end_text()
        run.stops = None  # the engine applies them to a single request
        left, self.state = self._left or self.state == "points", "fallback"
        run.write(self._text.rest())
        if left:
            return await decode_again(run, run.text)
        await asyncio.wait([self.task])
        self.raise_fault()
        error = self.error
        if error is None:
            return self.outcome()
        # It may have failed because of the request beside it.
        broke_off = isinstance(error, BackendConnectionError) and bool(run.text)
        again = isinstance(error, BackendError) and (error.retryable or broke_off)
        if not again or not await new_siblings(run).gate.enter(error):
            raise error
        return await (decode_again(run, run.text) if run.text else NormalStrategy().run(run))

    def raise_fault(self) -> None:
        """Raise what the reading task raised that is no failure of the engine; nothing while it runs."""
        if self._ended and not self.task.cancelled() and (fault := self.task.exception()) is not None:
            raise fault

    def outcome(self) -> Outcome:
        """Return the outcome of a normally decoded answer."""
        request = self._request
        reason: FinishReason | None = "length" if self._left else request.finish_reason
        return Outcome(self._run.spent, finish_reason=reason, why_empty=request.why_empty())

    # The request's side.

    @property
    def _ended(self) -> bool:
        return self._task is not None and self._task.done()

    async def _read(self) -> None:
        try:
            async with aclosing(self._request.text()) as pieces:
                async for piece in pieces:
                    self._take(piece)
                    self._left = self._left or self._spent_up()
                    if self._left:
                        break
        except StopReached:  # the first point's text will meet it as well
            self._left = True
            self.over.set()
        except SotError as error:
            self.error = error
        if not self._left or (self.state == "points" and not self.over.is_set()):
            self._end()

    def _take(self, piece: str) -> None:
        tokens, self._seen = self._request.text_tokens - self._seen, self._request.text_tokens
        if self.state == "fallback":
            self._run.write(self._text.pass_on(piece))
            return
        self._run.write(self._text.feed(piece, tokens))
        self._leave_if_complete()

    def _end(self) -> None:
        """Take note that the request has ended by itself, or failed."""
        if self.state == "points":
            self._run.write(self._close())
            self._leave_if_complete()
        elif self.state == "undecided" and self._is_answer():
            self.state = "answer"
            self._run.write(self._text.rest())
            self._run.end_text()
            self._tell("answer")

    def _is_answer(self) -> bool:
        reason = self._request.finish_reason
        return self.error is None and reason in (None, "stop") and bool(self._text.text.strip())

    def _close(self) -> str:
        ended = self.error is None and not self._left and self._request.finish_reason in (None, "stop")
        return self._text.close(broken=not ended)

    def _leave_if_complete(self) -> None:
        """End the request where points follow and the opening is complete."""
        if self.state != "points" or not self._text.complete or self.over.is_set():
            return
        self._left = True
        self.over.set()
        self._tell("failed" if self.error is not None else "points")
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _tell(self, followed_by: Literal["points", "answer", "failed"]) -> None:
        text = self._run.text if followed_by == "answer" else self.text
        reason = {
            "points": "the skeleton is usable",
            "answer": "normal decoding had finished: the answer was a short one",
            "failed": f"normal decoding failed: {self.error}",
        }[followed_by]
        self._run.emit(OpeningFinished(text, followed_by, reason, self._run.now()))

    def _spent_up(self) -> bool:
        """Whether ``max_answer_tokens`` leaves this request no more tokens."""
        whole = self._run.options.max_answer_tokens
        if whole is None or self._room is None:
            return False
        if self.state == "fallback":
            spent = self._run.spent
            return spent.completion_tokens - spent.reasoning_tokens >= whole
        return self._request.text_tokens >= self._room


class FollowingStream(OrderedStream):
    """Ordered stream of points that follow an opening, after a blank line.

    Args:
        opening: The opening; it is told when the first point has text.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._opening = opening
        self._begun = False

    def open(self) -> str:
        return self._separated(super().open())

    def feed(self, index: int, text: str) -> str:
        piece = super().feed(index, text)
        if index == 1 and text.strip():
            self._opening.point_waits()
        return self._separated(piece)

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        piece = super().finish(index, text, placeholder=placeholder)
        if index == 1:
            self._opening.point_waits()
        return self._separated(piece)

    def _separated(self, piece: str) -> str:
        if not piece or self._begun:
            return piece
        self._begun = True
        return f"{SEPARATOR}{piece}" if self._opening.text else piece
