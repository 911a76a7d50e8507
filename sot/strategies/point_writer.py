"""Writer of one point of a skeleton: one request, and one repair where it is needed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import (
    AuthenticationError,
    BackendError,
    MissingPointError,
    PrefillRefusedError,
    SotError,
)
from ..events import PointDelta, PointFinished, PointStarted
from ..prompting.conversation import Prompt, WrittenPoint
from ..stages.engines import EngineOfAnswer
from ..text.ordered import OrderedStream
from ..text.point_text import PointText
from ..types import FinishReason, Point, PointAnswer, PointStatus, Usage
from .base import Run
from .conversations import ConversationFor
from .point_draft import Draft, cut_mark
from .repairs import RepairGate
from .request_text import read_text
from .siblings import Siblings

_log = logging.getLogger(__name__)

_END_PART = 3  # a point cut within its only sentence gets one third of its limit again, to end it


@dataclass(frozen=True, slots=True)
class _Repair:
    """Request that repairs a point.

    Args:
        prompt: Its prompt.
        prefill: Start of the model's turn.
        limit: Most completion tokens.
        continues: Whether it continues the text; else it writes the point again.
    """

    prompt: Prompt
    prefill: str | None
    limit: int
    continues: bool


class PointWriter:
    """Writer of one point into the ordered stream.

    Args:
        run: The answer in progress.
        conversation_for: Gives the builder of an engine's prompts.
        ordered: The ordered stream that merges the points' texts.
        point: The point to write.
        max_tokens: Most completion tokens of the point's first request.
        siblings: What it shares with the writers of the answer's other points; unless given, nothing.

    Attributes:
        usage: Usage of all its requests so far, also of those that failed.
        finish_reason: Finish reason of the point, once it is written; see `sot.types.Answer`.
        filtered: Whether the engine's content filter cut or refused it.
        error: Error of the request whose text stands, once it is written.
    """

    def __init__(
        self,
        run: Run,
        conversation_for: ConversationFor,
        ordered: OrderedStream,
        point: Point,
        *,
        max_tokens: int,
        siblings: Siblings | None = None,
    ) -> None:
        self._run = run
        self._conversation_for = conversation_for
        self._engine: EngineOfAnswer = run
        self._ordered = ordered
        self._point = point
        self._limit = max_tokens
        self._siblings = siblings or Siblings()
        self._text = PointText(point.index, point.title)
        self.usage = Usage()
        self.finish_reason: FinishReason = "stop"
        self.filtered = False
        self.error: SotError | None = None
        self._first_text_s: float | None = None

    @property
    def complete(self) -> bool:
        """Whether the point is whole, as far as it is written: neither missing nor cut."""
        return self.finish_reason == "stop"

    async def write(
        self, points: Sequence[Point], written: str, needed: Sequence[WrittenPoint] = ()
    ) -> PointAnswer:
        """Write the point.

        Args:
            points: The points of the skeleton so far.
            written: The skeleton's text so far, verbatim, so that the prefix cache serves it.
            needed: The finished points whose texts it needs.

        Raises:
            MissingPointError: The point could not be completed, and ``on_missing`` is ``raise``.
            AuthenticationError: The engine refuses the key, as it will for every other request.
        """
        run, index = self._run, self._point.index
        started = run.now()
        if not self._siblings.titles:
            self._siblings.titles.extend(other.title for other in points)
        self._use(run.engine_for("point"))
        prompt = self._conversation.point(self._point, points, written, needed)
        run.emit(PointStarted(index))
        self._text = self._new_text(prompt.prefill)
        try:
            draft = await self._attempt(prompt, prompt.prefill, self._limit)
        except PrefillRefusedError:
            self._conversation = self._conversation.without_prefill()
            prompt = self._conversation.point(self._point, points, written, needed)
            self._text = self._new_text(None)
            draft = await self._attempt(prompt, None, self._limit)
        repaired, moved = False, False
        if draft.error is not None and run.replaces(self._engine, "point", draft.error):
            moved = True
            self._use(run)
            prompt = self._conversation.point(self._point, points, written, needed)
        if (repair := self._repair(prompt, points, needed, draft, moved=moved)) is not None:
            try:
                draft, repaired = await self._send_repair(repair, draft, moved=moved)
            except PrefillRefusedError:  # of the main engine, which has taken the point over
                self._conversation = self._conversation.without_prefill()
                prompt = self._conversation.point(self._point, points, written, needed)
                self._text = self._new_text(None)
                plain = replace(repair, prompt=prompt, prefill=None)
                draft, repaired = await self._send_repair(plain, draft, moved=moved)
        self.error, reason = draft.error, draft.reason
        if reason is not None:
            _log.info("point %d: %s", index, reason)
        if draft.failed and run.options.on_missing == "raise":
            raise MissingPointError(index, self._point.title, reason or "") from draft.error
        self.finish_reason = "content_filter" if self.filtered else draft.finish_reason
        text, status = self._final(draft, repaired=repaired)
        answer = PointAnswer(
            index=index,
            title=self._point.title,
            text=text,
            status=status,
            usage=self.usage,
            started_s=started,
            first_text_s=self._first_text_s,
            finished_s=run.now(),
            reason=reason,
        )
        run.emit(PointFinished(answer))
        nothing = status == "missing" and not self._ordered.released(index)
        run.write(self._ordered.finish(index, text, placeholder=nothing))
        return answer

    def _use(self, engine: EngineOfAnswer) -> None:
        """Send the next request to an engine, with prompts that are laid out for it."""
        self._engine, self._conversation = engine, self._conversation_for(engine)

    def _new_text(self, prefill: str | None) -> PointText:
        """Return the filter of the point's text, which finds its end: an engine's stop cannot look beyond."""
        run, sentences = self._run, self._run.plan.sentences
        text = PointText(
            self._point.index,
            self._point.title,
            None if sentences is None else sentences.high,
            titles=self._siblings.titles,
            ends=run.pack.file.point.stop if prefill is not None else (),
            said=self._siblings.said,
        )
        text.begin(self._limit)
        return text

    async def _attempt(self, prompt: Prompt, prefill: str | None, limit: int) -> Draft:
        run, index = self._run, self._point.index
        config = run.config(max_tokens=limit, stage="point", priority=index)
        completion = run.complete(prompt.messages, config, prefill=prefill, engine=self._engine)

        def take(piece: str, tokens: int) -> bool:
            if self._first_text_s is None and piece.strip():
                self._first_text_s = run.now()
            run.emit(PointDelta(index, piece))
            run.write(self._ordered.feed(index, self._text.feed(piece, tokens)))
            return self._text.full  # the point is whole, or repeats what was said

        try:
            error = await read_text(completion, self._siblings.gate, take)
        except AuthenticationError as refused:
            if self._engine is run:
                raise
            error = refused
        finally:
            self.usage += completion.usage
        finish = completion.finish_reason if error is None else None
        text, ending = self._text.finish(finish, shown=self._ordered.released(index))
        draft = Draft(text, ending, error, completion, self._text.repeats)
        self.filtered = self.filtered or draft.filtered
        return draft

    def _repair(
        self,
        prompt: Prompt,
        points: Sequence[Point],
        needed: Sequence[WrittenPoint],
        draft: Draft,
        *,
        moved: bool,
    ) -> _Repair | None:
        """Choose the repair of a point; ``None``: it stays as it is. ``moved``: another engine writes it."""
        run, error, ending = self._run, draft.error, draft.ending
        if draft.filtered or (error is None and ending not in ("empty", "cut")):
            return None
        if error is None and ending == "cut" and draft.repeats:
            return None  # it would go on with its repetition
        if draft.late:
            return None  # there is no time left for it
        if error is None and ending == "empty" and draft.thought:
            return None  # it had its room for thoughts, and would only think again
        left = self._limit
        if run.options.max_answer_tokens is not None:  # first request and repair share the point's budget
            left -= self.usage.completion_tokens - self.usage.reasoning_tokens
            if left < 1:
                return None
        if ending != "empty" and prompt.prefill is not None:
            # Cut by the token limit: then a little more, only to end the sentence.
            limit = self._limit if error is not None else max(1, self._limit // _END_PART)
            return _Repair(
                prompt, f"{prompt.prefill} {self._text.text.rstrip()}", min(left, limit), continues=True
            )
        if self._ordered.released(self._point.index) or (ending == "cut" and error is None):
            return None  # text already shown stays; and a new request would be cut at the same limit
        # A refused prompt would be refused again, at the same engine.
        same = moved or (isinstance(error, BackendError) and error.retryable)
        again = prompt if same else self._conversation.stand_alone_point(self._point, points, needed)
        return _Repair(again, again.prefill, left, continues=False)

    async def _send_repair(self, repair: _Repair, before: Draft, *, moved: bool) -> tuple[Draft, bool]:
        """Send a repair once the engine is ready for it; return the better draft and whether one was sent.

        Another engine than the one that failed need not be waited for.

        Raises:
            PrefillRefusedError: Another engine does not continue the turn in which the point begins anew.
        """
        run, index = self._run, self._point.index
        if not repair.continues:
            self._ordered.restart(index)  # before the wait, in which it might be shown
        gate = RepairGate() if moved else self._siblings.gate
        if not moved and not await gate.enter(before.error):
            return self._with_shown(before), False
        after = before
        try:
            run.emit(PointStarted(index, attempt=2, continues=repair.continues))
            if repair.continues:
                self._text.extend(repair.limit)
            else:
                self._text.begin(repair.limit)
            after = await self._attempt(repair.prompt, repair.prefill, repair.limit)
        except PrefillRefusedError:
            if moved and not repair.continues:
                raise
            return self._with_shown(before), True
        finally:
            gate.leave(after.error)
        further = len(before.text) > len(after.text) and not self._ordered.released(index)
        return (before if further and (after.failed or after.filtered) else after), True

    def _with_shown(self, draft: Draft) -> Draft:
        """Return a draft that stays, with what the reader has been shown of the point since it ended."""
        shown = self._ordered.released(self._point.index)
        if shown <= len(draft.text):
            return draft
        finish = draft.completion.finish_reason if draft.error is None else None
        text, ending = self._text.finish(finish, shown=shown)
        return replace(draft, text=text, ending=ending)

    def _final(self, draft: Draft, *, repaired: bool) -> tuple[str, PointStatus]:
        """Return the point's text for the reader and its status."""
        text = draft.text
        if draft.ending == "empty":
            note = self._conversation.missing(draft.shown_reason())
            return (f"{text.rstrip()}{cut_mark(text)} {note}" if text else note), "missing"
        if draft.filtered or draft.ending == "cut":
            return text + cut_mark(text), "trimmed"
        if draft.error is not None or draft.late:
            return text, "trimmed"
        if repaired:
            return text, "repaired"
        return text, "trimmed" if draft.ending == "trimmed" else "done"
