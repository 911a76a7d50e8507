"""Writer of one point of a skeleton: one request, and one repair where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from ..completion import Completion
from ..errors import AuthenticationError, BackendError, MissingPointError, PrefillRefusedError, SotError
from ..events import PointDelta, PointFinished, PointStarted
from ..prompting.conversation import Conversation, Prompt
from ..text.ordered import OrderedStream
from ..text.point_text import Ending, PointText
from ..types import Point, PointAnswer, PointStatus, Usage
from .base import Run

_CUT_MARK = " …"
_END_PART = 3  # a point cut within its only sentence gets one third of its limit again, to end it


class PointWriter:
    """Writer of one point into the ordered stream.

    Args:
        run: The answer in progress.
        conversation: Builder of the prompts.
        ordered: The ordered stream that merges the points' texts.
        point: The point to write.
        max_tokens: Most completion tokens of the point's first request.

    Attributes:
        usage: Usage of all its requests so far, also of those that failed.
        complete: Whether the point is whole: neither missing nor cut in the middle of a sentence.
        filtered: Whether the engine's content filter cut it.
    """

    def __init__(
        self, run: Run, conversation: Conversation, ordered: OrderedStream, point: Point, *, max_tokens: int
    ) -> None:
        self._run = run
        self._conversation = conversation
        self._ordered = ordered
        self._point = point
        self._limit = max_tokens
        sentences = run.plan.sentences
        self._text = PointText(point.index, point.title, None if sentences is None else sentences.high)
        self.usage = Usage()
        self.complete = True
        self.filtered = False
        self._last: Completion | None = None
        self._first_text_s: float | None = None
        self._error: SotError | None = None  # of the last request

    async def write(self, points: Sequence[Point], written: str) -> PointAnswer:
        """Write the point.

        Args:
            points: The points of the skeleton so far.
            written: The skeleton's text so far, verbatim, so that the prefix cache serves it.

        Raises:
            MissingPointError: The point could not be completed, and ``on_missing`` is ``raise``.
            AuthenticationError: The engine refuses the key, as it will for every other request.
        """
        run, index = self._run, self._point.index
        started = run.now()
        prompt = self._conversation.point(self._point, points, written)
        run.emit(PointStarted(index))
        self._text.begin(self._limit)
        try:
            text, ending = await self._attempt(prompt, prompt.prefill, self._limit)
        except PrefillRefusedError:
            self._conversation = self._conversation.without_prefill()
            prompt = self._conversation.point(self._point, points, written)
            text, ending = await self._attempt(prompt, None, self._limit)
        status: PointStatus = "trimmed" if ending == "trimmed" else "done"
        if (repair := self._repair(prompt, points, ending)) is not None:
            before = text, ending, self._error
            text, ending = await self._attempt(*repair)
            status = "repaired"
            failed = ending == "empty" or self._error is not None
            if failed and len(before[0]) > len(text) and not self._ordered.released(index):
                text, ending, self._error = before  # the first attempt got further
        reason = None if self._error is None else str(self._error)
        if ending == "empty":
            reason = reason or (self._last.why_empty() if self._last else "the model wrote nothing")
        if reason is not None and run.options.on_missing == "raise":
            raise MissingPointError(index, self._point.title, reason) from self._error
        if ending == "empty":
            status = "missing"
            note = self._conversation.missing(reason or "")
            text = f"{text.rstrip()}{_CUT_MARK} {note}" if text else note
        elif ending == "cut":
            status = "trimmed"
            text += _CUT_MARK
        elif reason is not None:
            status = "trimmed"
        self.complete = ending in ("whole", "trimmed") and reason is None
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

    async def _attempt(self, prompt: Prompt, prefill: str | None, limit: int) -> tuple[str, Ending]:
        run, index = self._run, self._point.index
        stops = run.pack.file.point.stop if prefill is not None else ()
        config = run.config(max_tokens=limit, stop=(*stops, f"\n{index + 1}."), stage="point")
        self._last = completion = run.complete(prompt.messages, config, prefill=prefill)
        self._error, seen = None, 0
        try:
            async with aclosing(completion.text()) as pieces:
                async for piece in pieces:
                    if self._first_text_s is None and piece.strip():
                        self._first_text_s = run.now()
                    run.emit(PointDelta(index, piece))
                    tokens, seen = completion.text_tokens - seen, completion.text_tokens
                    run.write(self._ordered.feed(index, self._text.feed(piece, tokens)))
                    if self._text.full:
                        break  # as many sentences as were asked for; leaving ends the request
        except (AuthenticationError, PrefillRefusedError):
            raise
        except SotError as error:
            self._error = error
        finally:
            self.usage += completion.usage
        reason = completion.finish_reason if self._error is None else None
        self.filtered = reason == "content_filter"
        return self._text.finish(reason, shown=self._ordered.released(index))

    def _repair(
        self, prompt: Prompt, points: Sequence[Point], ending: Ending
    ) -> tuple[Prompt, str | None, int] | None:
        """Choose the repair request: its prompt, its prefill and its token limit; ``None``: no repair."""
        run, index, error = self._run, self._point.index, self._error
        if self.filtered or (error is None and ending not in ("empty", "cut")):
            return None
        if error is None and ending == "empty" and self._last and self._last.usage.reasoning_tokens:
            return None  # it had its room for thoughts, and would only think again
        left = self._limit
        if run.options.max_answer_tokens is not None:  # first request and repair share the point's budget
            left -= self.usage.completion_tokens - self.usage.reasoning_tokens
            if left < 1:
                return None
        shown = self._ordered.released(index)
        if ending != "empty" and prompt.prefill is not None:
            run.emit(PointStarted(index, attempt=2, continues=True))
            cut = error is None  # by the token limit: then a little more, only to end the sentence
            limit = min(left, max(1, self._limit // (_END_PART if cut else 1)))
            self._text.extend(limit)
            return prompt, f"{prompt.prefill} {self._text.text}", limit
        if shown or (ending == "cut" and error is None):
            return None  # text already shown stays; and a new request would be cut at the same limit
        run.emit(PointStarted(index, attempt=2))
        self._text.begin(left)
        self._ordered.restart(index)
        same = isinstance(error, BackendError) and error.retryable  # a refused prompt would be refused again
        again = prompt if same else self._conversation.stand_alone_point(self._point, points)
        return again, again.prefill, left
