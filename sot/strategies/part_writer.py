"""Writer of the parts of one request, with one repair of those that failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from ..completion import Completion
from ..errors import AuthenticationError, PrefillRefusedError, SotError
from ..events import PointDelta, PointStarted
from ..prompting.conversation import WrittenPoint
from ..types import FinishReason, Message, Point, PointAnswer, PointStatus, Usage
from .aside import aside
from .base import Run, Stage
from .part_request import GiveUp, PartDelta, PartFailure, PartOutput, PartReader, PartRequest, PartText
from .point_draft import Draft
from .repairs import RepairGate
from .request_text import read_text
from .siblings import Siblings

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Part:
    """State of one part."""

    point: Point
    started_s: float = 0.0
    first_text_s: float | None = None
    draft: Draft | None = None  # of the last request that ended it
    problem: str = ""  # why its text is of no use
    repaired: bool = False
    over: bool = False

    @property
    def useless(self) -> bool:
        """Whether it has no text of use."""
        return self.draft is None or self.draft.ending == "empty" or bool(self.problem)

    @property
    def failed(self) -> bool:
        """Whether another request for it is worth while."""
        return self.useless or (self.draft is not None and self.draft.error is not None)


class PartWriter:
    """Writer of the parts of one request.

    The usage of all its requests is that of the part that ends last; the others of the request have none.

    Args:
        run: The answer in progress.
        request: The request.
        output: The ordered output.
        siblings: What it shares with the writers of the answer's other requests.
        give_up: Gives the placeholder of a part that failed for good, or raises.
        done: Takes each part once it is over, with its finish reason.
    """

    def __init__(
        self,
        run: Run,
        request: PartRequest,
        output: PartOutput,
        siblings: Siblings,
        give_up: GiveUp,
        done: Callable[[PointAnswer, FinishReason], None],
    ) -> None:
        self._run = run
        self._request = request
        self._output = output
        self._gate = siblings.gate
        self._give_up = give_up
        self._done = done
        self._parts = {point.index: _Part(point) for point in request.points}
        self._usage = Usage()
        self._moved = False  # the engine of the stage failed, and the main one writes the parts again

    async def write(self, needed: Sequence[WrittenPoint]) -> None:
        """Write the parts.

        Args:
            needed: The finished parts that the request has waited for.

        Raises:
            AuthenticationError: The engine refuses the key, as it will for every other request.
            SotError: A part failed for good, and ``give_up`` raised.
        """
        now = self._run.now()
        for part in self._parts.values():
            part.started_s = now
            self._run.emit(PointStarted(part.point.index))
        await self._attempt(self._request, self._request.messages(needed))
        if repairs := self._repairs():
            async with asyncio.TaskGroup() as group:
                for repair in repairs:
                    group.create_task(self._send(repair, needed))
        for part in self._parts.values():
            if not part.over:
                self._end(part)

    async def _attempt(self, request: PartRequest, messages: Sequence[Message]) -> SotError | None:
        """Send a request, and take note of what it leaves of its parts; returns the engine's error."""
        run, reader = self._run, request.reader()
        stage = cast("Stage", request.config.stage)
        engine = request.engine or run.engine_for(stage)
        completion = run.complete(messages, request.config, prefill=request.prefill, engine=engine)
        open_parts = {point.index for point in request.points}  # not ended by the text so far
        alone = self._parts[request.points[0].index] if len(open_parts) == 1 else None

        def take(piece: str, tokens: int) -> bool:
            if alone is not None and tokens:
                self._show_raw(alone, piece)
            for found in reader.feed(piece, tokens):
                if isinstance(found, PartDelta):
                    self._show(found, raw=alone is not None)
                elif found.index in open_parts:
                    open_parts.discard(found.index)
                    self._note(found, Draft(found.text, found.ending, None, completion))
            return reader.full or not open_parts

        try:
            if request.prefill is not None:
                take(request.prefill, 0)
            error = await read_text(completion, self._gate, take)
        except PrefillRefusedError:
            if request.prefill is None:
                raise
            for index in open_parts:
                self._withhold(index)
            return await self._attempt(replace(request, prefill=None), messages)
        except AuthenticationError as refused:
            if engine is run:
                raise
            error = refused
        finally:
            self._usage += completion.usage
        if error is not None and run.replaces(engine, stage, error):
            self._moved = True
        if open_parts:
            await self._close(reader, open_parts, completion, error)
        return error

    async def _close(
        self, reader: PartReader, open_parts: Iterable[int], completion: Completion, error: SotError | None
    ) -> None:
        """Take note of the parts that the end of the text ends; the reader leaves out empty ones."""
        reason = completion.finish_reason if error is None else None
        finish = partial(_texts, reader, reason, self._output.released)
        found = await aside(finish) if reader.slow else finish()
        for index in sorted(open_parts):
            text = found.get(index, PartText(index, "", "empty"))
            self._note(text, Draft(text.text, text.ending, error, completion))

    def _show_raw(self, part: _Part, piece: str) -> None:
        """Report the text of a request's only part, as the engine sends it."""
        if part.first_text_s is None and piece.strip():
            part.first_text_s = self._run.now()
        self._run.emit(PointDelta(part.point.index, piece))

    def _show(self, found: PartDelta, *, raw: bool) -> None:
        """Release new text of a part, and report it unless the raw text has been."""
        part = self._parts[found.index]
        if part.first_text_s is None:
            part.first_text_s = self._run.now()
        if not raw:
            self._run.emit(PointDelta(found.index, found.text))
        self._run.write(self._output.feed(found.index, found.text))

    def _note(self, found: PartText, draft: Draft) -> None:
        """Take note of a part's text; end the part where the text is of use and others are still to come."""
        part = self._parts[found.index]
        if part.first_text_s is None and found.text:
            part.first_text_s = self._run.now()
        withheld = self._withhold(found.index)
        if part.repaired and withheld and self._better_before(part, found, draft):
            return
        part.draft, part.problem = draft, found.problem
        others = any(not other.over for other in self._parts.values() if other is not part)
        if others and not part.failed and draft.ending == "whole":
            self._end(part)

    def _withhold(self, index: int) -> bool:
        """Discard a part's text in the output, unless the reader has seen some; returns whether.

        A request that is over has left its text in the part's draft, which may be shorter, and of no use: the
        output, which releases a text once those before it are over, must not show it by itself.
        """
        if self._output.released(index):
            return False
        self._output.restart(index)
        return True

    def _better_before(self, part: _Part, found: PartText, draft: Draft) -> bool:
        """Return whether the text that was to be repaired is better than what the repair left."""
        failed = draft.failed or draft.filtered or bool(found.problem)
        return failed and not part.useless and len(part.draft.text if part.draft else "") > len(found.text)

    def _repairs(self) -> Sequence[PartRequest]:
        """Return the requests that write failed parts again; those without one stay as they are."""
        failures = [self._failure(part) for part in self._parts.values() if self._repairable(part)]
        repairs = self._request.repair(failures) if failures else ()
        limit = self._request.config.max_tokens
        if not repairs or self._run.options.max_answer_tokens is None or limit is None:
            return repairs
        # First request and repairs share the budget.
        left = (limit - (self._usage.completion_tokens - self._usage.reasoning_tokens)) // len(repairs)
        if left < 1:
            return ()
        configs = [
            replace(repair.config, max_tokens=min(left, repair.config.max_tokens or left))
            for repair in repairs
        ]
        return [replace(repair, config=config) for repair, config in zip(repairs, configs, strict=True)]

    def _repairable(self, part: _Part) -> bool:
        if part.over or not part.failed or self._output.released(part.point.index):
            return False
        draft = part.draft
        return draft is None or not (draft.filtered or draft.late)

    async def _send(self, repair: PartRequest, needed: Sequence[WrittenPoint]) -> None:
        """Send a repair once the engine is ready for it; another engine is not waited for."""
        if self._moved:
            repair = replace(repair, engine=self._run)
        gate = RepairGate() if self._moved else self._gate
        parts = [self._parts[point.index] for point in repair.points]
        errors = [part.draft.error for part in parts if part.draft is not None]
        if not self._moved and not await gate.enter(errors[0] if errors else None):
            return
        error: SotError | None = None
        try:
            for part in parts:
                part.repaired = True
                self._run.emit(PointStarted(part.point.index, attempt=2))
            error = await self._attempt(repair, repair.messages(needed))
        finally:
            gate.leave(error)

    def _failure(self, part: _Part) -> PartFailure:
        draft = part.draft
        assert draft is not None, "every request leaves something of its parts"
        return PartFailure(
            point=part.point,
            reason=draft.reason or part.problem,
            public=part.problem if draft.reason is None else draft.shown_reason(),
            text=draft.text,
            error=draft.error,
            limited=draft.finish_reason == "length",
            thought=draft.thought,
            engine=self._run if self._moved else None,
        )

    def _end(self, part: _Part) -> None:
        """End a part: report and release its text, or the placeholder of one that failed for good."""
        draft = part.draft
        assert draft is not None, "every request leaves something of its parts"
        part.over = True
        last = all(other.over for other in self._parts.values())
        reason = part.problem or draft.reason
        if reason is not None:
            _log.info("part %d: %s", part.point.index, reason)
        text = draft.text
        if part.useless:
            placeholder = self._give_up(self._failure(part))
            if not self._output.released(part.point.index):
                text = placeholder
        answer = PointAnswer(
            index=part.point.index,
            title=part.point.title,
            text=text,
            status=_status(part, draft),
            usage=self._usage if last else Usage(),
            started_s=part.started_s,
            first_text_s=part.first_text_s,
            finished_s=self._run.now(),
            reason=reason or None,
        )
        self._done(answer, _finish_reason(part, draft))


def _texts(
    reader: PartReader, reason: FinishReason | None, shown: Callable[[int], int]
) -> dict[int, PartText]:
    """End a reader's text; returns the texts that it leaves, by their parts."""
    return {text.index: text for text in reader.finish(reason, shown)}


def _status(part: _Part, draft: Draft) -> PointStatus:
    if part.useless:
        return "missing"
    if draft.error is not None or draft.filtered or draft.late or draft.ending != "whole":
        return "trimmed"
    return "repaired" if part.repaired else "done"


def _finish_reason(part: _Part, draft: Draft) -> FinishReason:
    """Return a part's finish reason; a token limit that trimmed it counts, unlike for a skeleton's point."""
    limited = draft.error is None and draft.completion.finish_reason == "length"
    if limited and not draft.filtered and (part.useless or draft.ending != "whole"):
        return "length"
    return "error" if part.useless and draft.finish_reason == "stop" else draft.finish_reason
