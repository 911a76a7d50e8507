"""Completion: one streamed request to the engine, and what it cost even when left early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from typing import Literal

from .admission import Turn
from .errors import BackendError, PrefillRefusedError, ThinkingError
from .text.completion_text import CompletionText
from .text.pace import Late, Pace, parts_of, until
from .tracing.observed import Observed
from .types import (
    Backend,
    BackendInfo,
    Chunk,
    FinishReason,
    GenerateConfig,
    Message,
    RemembersThinking,
    Usage,
)

_TOLD = 32  # tokens of thoughts after which a model that was told not to think evidently does
_PROMPT_ROOM = 64  # tokens of a prompt beyond its text


class Completion:
    """One request to the engine, whose text can be read once.

    The text ends at a stop sequence and at the token limit, whether or not the engine obeys them. A
    reasoning model's thoughts are no part of it. Where they may come, the request gets
    ``max_thinking_tokens`` on top of ``config.max_tokens``, which is the limit of the text. What is not known
    beforehand is learned: a request whose thoughts come unexpectedly is sent again, with room for them, or
    with the fields that switch thinking off; the engine is told what came of it (`RemembersThinking`).

    Args:
        backend: The engine.
        turn: The answer's turn, whose permits the request needs.
        messages: The prompt as chat messages.
        config: Decoding settings.
        info: The engine's identity and capabilities; without it, thoughts are only taken out.
        prefill: The start of the assistant's turn, which the engine continues.
        max_thinking_tokens: Most tokens of thoughts.
        refuse_thoughts: Raise where ``config.think`` is false and the model thinks in spite of it.
        raw_marks: Yield a closing mark that nothing opened, for a reader that knows what to do about it,
            instead of holding text back until it is known that none comes.
        deadline: When the text ends in any case, in the event loop's time; ``None``: never.

    Attributes:
        finish_reason: The finish reason, once the engine has sent it or a limit has been reached.
        late: Whether the text ended at the deadline.
        deltas: Chunks with text or reasoning received so far.
        text_tokens: Those with text.
        sent: Whether the request has been sent to the engine.
        sent_at: When it was sent, in the event loop's time.
        first_at: When the first token came.
        queued_s: Seconds that it waited for its permit.
        purpose: What it writes, for traces and logs: its stage, or ``opening``.
        ended_at: When its text ended or was left.
        thought: Whether thoughts have come, also of an attempt that was sent again.
    """

    def __init__(
        self,
        backend: Backend,
        turn: Turn,
        messages: Sequence[Message],
        config: GenerateConfig,
        *,
        info: BackendInfo | None = None,
        prefill: str | None = None,
        max_thinking_tokens: int = 0,
        refuse_thoughts: bool = False,
        raw_marks: bool = False,
        deadline: float | None = None,
    ) -> None:
        self._backend = backend
        self._turn = turn
        self._messages = messages
        self._config = config
        self._info = info
        self._prefill = prefill
        self._max_thinking = max_thinking_tokens
        self._refuses = refuse_thoughts
        self._raw_marks = raw_marks
        self._deadline = deadline
        self._think = _think_to_send(config.think, info)
        self._room = self._first_room()
        self._earlier = Usage()  # of requests that were sent again
        self._usage: Usage | None = None
        self._ended = False  # by the engine
        self._text: CompletionText | None = None
        self.finish_reason: FinishReason | None = None
        self.deltas = 0
        self.late = False
        self.sent = False
        self.sent_at: float | None = None
        self.first_at: float | None = None
        self.queued_s = 0.0
        self.purpose = config.stage
        self._traceparent = ""
        self.ended_at: float | None = None
        self.thought = False
        self._raw_thoughts: int | None = None  # tokens before a mark that the reader found
        self._count_token: Callable[[], None] = _uncounted

    @property
    def config(self) -> GenerateConfig:
        """Its decoding settings."""
        return self._config

    @property
    def info(self) -> BackendInfo | None:
        """Identity of its engine, where it was given."""
        return self._info

    @property
    def messages(self) -> Sequence[Message]:
        """Messages of its prompt."""
        return self._messages

    @property
    def prefill(self) -> str | None:
        """Start of the assistant's turn."""
        return self._prefill

    @property
    def usage(self) -> Usage:
        """Token usage of the request.

        For a request that was left early or failed, the last usage that the engine sent; where it sent none,
        the number of chunks stands for the completion tokens, since most engines send one token in each.
        """
        return self._earlier + self._current()

    @property
    def text_tokens(self) -> int:
        """Chunks with text so far."""
        return 0 if self._text is None else self._text.text_tokens

    @property
    def shows_early(self) -> bool:
        """Whether text is known to be text as it comes: no closing mark can make thoughts of it later."""
        return self._stray() == "keep"

    def found_bare_mark(self) -> None:
        """Take note that a reader of raw marks found a bare closing mark: all before it was thoughts."""
        if self._raw_thoughts is None:
            self._raw_thoughts = self.text_tokens
            self.thought = True

    def why_empty(self) -> str:
        """Return why the completion has no text, in one line."""
        spent = self.usage.reasoning_tokens
        if spent:
            return (
                f"all {spent} tokens went into thinking; "
                "raise max_thinking_tokens or switch thinking off (thinking)"
            )
        if self.finish_reason == "content_filter":
            return "the engine's content filter left nothing of it"
        if self.late:
            return "the time limit was reached before any text came (max_seconds)"
        if self.finish_reason == "length":
            return "the token limit was reached before any text came"
        return "the model wrote nothing"

    async def text(self) -> AsyncGenerator[str, None]:
        """Send the request and yield the completion's text, without a reasoning model's thoughts.

        Leaving it early (``aclose``) ends the request at the engine. An engine that has much text ready
        keeps nobody else waiting: other tasks get their turn after a few pieces.

        Raises:
            PrefillRefusedError: The engine does not continue the turn.
            ThinkingError: The model thinks although it was told not to, with ``refuse_thoughts``.
            BackendError: The engine failed.
        """
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        async with AsyncExitStack() as held:
            try:
                async with until(self._deadline):
                    await held.enter_async_context(self._turn.permit())
            except Late:
                self._end_late()
                return
            self.sent, self.sent_at = True, clock()
            self.queued_s = self.sent_at - asked_at
            with Observed(self) as observed:
                self._traceparent = observed.traceparent
                try:
                    async with aclosing(observed.kept(self._attempts())) as pieces:
                        async for piece in pieces:
                            yield piece
                finally:
                    self.ended_at = clock()

    async def _attempts(self) -> AsyncGenerator[str, None]:
        """Send the request until it need not be sent again, and yield its text."""
        while True:
            again = False
            async with aclosing(self._attempt()) as pieces:
                async for piece in pieces:
                    if piece is None:
                        again = True
                        break
                    yield piece
            if not again:
                return
            self._earlier += self._current()
            self._usage = None
            self.deltas = 0
            self._ended, self.finish_reason = False, None

    async def _attempt(self) -> AsyncGenerator[str | None, None]:
        """Send the request once and yield its text; ``None``: it must be sent again, differently."""
        config, begun, stray = self._config, False, self._stray()
        self._text = text = CompletionText(
            stop=config.stop,
            max_tokens=config.max_tokens,
            max_thinking_tokens=self._room or None,
            stray="keep" if self._raw_marks and stray == "watch" else stray,
        )
        metered = self._turn.admission.gain.meter.request(point=config.stage == "point")
        self._count_token = partial(self._count_first, metered.token)
        try:
            stream = self._backend.stream(self._messages, self._to_send(), prefill=self._prefill)
            pace = Pace()
            async with aclosing(stream):
                while text.over is None and (chunk := await self._next(stream)) is not None:
                    self._note_chunk(chunk)
                    for part, reasoning in parts_of(chunk):
                        piece = self._take(part, reasoning, text)
                        if not begun and text.thought and self._unexpected(text):
                            yield None
                            return
                        if piece:
                            begun = True
                            yield piece
                        if text.over is not None:
                            break
                        if pace.is_due(len(part) + len(reasoning)):
                            await asyncio.sleep(0)
            piece = text.close()
            self.finish_reason = text.over or self.finish_reason
            if not begun and not self.late and self._wants_room(text, piece):
                yield None
            elif piece:
                begun = True
                yield piece
        except (PrefillRefusedError, ThinkingError):
            raise
        except BackendError:
            held = text.close()
            if held and not text.doubtful:
                yield held
            raise
        finally:
            metered.end()
            self._note(text, begun=begun)

    async def _next(self, stream: AsyncGenerator[Chunk, None]) -> Chunk | None:
        """Return the engine's next chunk; ``None`` at the end, and at the deadline."""
        try:
            if self._deadline is None:
                return await anext(stream)
            async with until(self._deadline):
                return await anext(stream)
        except StopAsyncIteration:
            return None
        except Late:
            self._end_late()
            return None

    def _end_late(self) -> None:
        """Take note that the text ends at the deadline."""
        self.late = True
        self.finish_reason = "length"

    def _note_chunk(self, chunk: Chunk) -> None:
        """Take note of what a chunk says besides its text."""
        if chunk.usage is not None:
            self._usage = chunk.usage
        if chunk.finish_reason is not None:
            self.finish_reason, self._ended = chunk.finish_reason, True

    def _take(self, part: str, reasoning: str, text: CompletionText) -> str:
        """Take in a piece of the completion; returns the text that can be shown."""
        if part or reasoning:
            self.deltas += 1
            self._count_token()
        piece = text.feed(part, reasoning)
        self.thought = self.thought or text.thought
        return piece

    def _count_first(self, count: Callable[[], None]) -> None:
        """Count the first token; the others need no look at the clock."""
        if self.first_at is None:
            self.first_at = asyncio.get_running_loop().time()
        self._count_token = count
        count()

    def _wants_room(self, text: CompletionText, piece: str) -> bool:
        """Whether a request that ended without text shown must be sent again, since thoughts took its limit.

        Raises:
            ThinkingError: It cannot be sent in another way.
        """
        if not piece and self._hidden_thoughts():
            return True
        return text.doubtful and self.finish_reason == "length" and self._make_room()

    def _to_send(self) -> GenerateConfig:
        limit = self._config.max_tokens
        return replace(
            self._config,
            think=self._think,
            stop=() if self._room else self._config.stop,  # an engine would also end thoughts there
            max_tokens=None if limit is None else limit + self._room,
            traceparent=self._traceparent,
        )

    def _first_room(self) -> int:
        """Return the tokens for thoughts that the request gets from the beginning."""
        info = self._info
        if info is None:
            return 0
        expected = info.stops_thinking is False if self._think is False else bool(self._think or info.thinks)
        return self._most_room() if expected and info.thinks is not False else 0

    def _most_room(self) -> int:
        """Return the most tokens of thoughts that fit the context besides prompt and text."""
        info = self._info
        if info is None or info.context_length is None:
            return self._max_thinking
        prompt = sum(len(turn.content) for turn in self._messages) // 2 + _PROMPT_ROOM
        return max(0, min(self._max_thinking, info.context_length - prompt - (self._config.max_tokens or 0)))

    def _stray(self) -> Literal["keep", "hold", "watch"]:
        """Return how a closing mark that nothing opened is awaited; see `ThoughtSplitter`."""
        info = self._info
        if info is None or not isinstance(self._backend, RemembersThinking):
            return "keep"
        if info.opens_thinking is False or info.thinks is False:
            return "keep"
        if self._think is False and info.stops_thinking:
            return "keep"
        return "hold" if info.opens_thinking else "watch"

    def _unexpected(self, text: CompletionText) -> bool:
        """Whether thoughts came that the request must be sent again for; changes how it is sent.

        Raises:
            PrefillRefusedError, ThinkingError: It cannot be sent in another way.
        """
        if self._prefill is not None:
            raise PrefillRefusedError("the engine took the started turn for the beginning of a thought")
        if self._info is None:
            return False
        if self._config.think is False and self._think is None:
            self._think = False
            return True
        if self._think is False and self._refuses:
            if text.thought_tokens > _TOLD:
                raise ThinkingError("the model thinks although it was told not to")
            return False
        limit = self._config.max_tokens or 0
        if text.bare and 2 * text.thought_tokens < limit:
            return False  # they are over, and most of the limit is left
        return self._make_room()

    def _make_room(self) -> bool:
        if self._room or self._config.max_tokens is None:
            return False
        self._room = self._most_room()
        return self._room > 0

    def _hidden_thoughts(self) -> bool:
        """Whether the limit went into thoughts that the engine does not show, and more room may help."""
        usage = self._usage
        hidden = usage is not None and usage.reasoning_tokens > 0 and self.finish_reason == "length"
        if not hidden or self._info is None:
            return False
        if self._config.think is False and self._think is None:
            self._think = False
            return True
        if self._think is False and self._refuses:
            raise ThinkingError("the model thinks although it was told not to")
        return self._make_room()

    def _note(self, text: CompletionText, *, begun: bool) -> None:
        """Tell the engine how the completion began, if that is known."""
        backend = self._backend
        if self._prefill is not None or not isinstance(backend, RemembersThinking):
            return
        hidden = self._usage is not None and self._usage.reasoning_tokens > 0
        bare = text.bare or self._raw_thoughts is not None
        thought = text.thought or hidden or bare
        if begun or thought:
            backend.note_thinking(told=self._think, thought=thought, bare=bare)

    def _current(self) -> Usage:
        told = self._usage or Usage(requests=1 if self.sent else 0)
        if self._usage is None or not self._ended:
            told = replace(told, completion_tokens=max(told.completion_tokens, self.deltas))
        seen = self._raw_thoughts or (0 if self._text is None else self._text.thought_tokens)
        thoughts = told.reasoning_tokens or seen
        # Some engines count the text alone.
        tokens = told.completion_tokens + (thoughts if thoughts > told.completion_tokens else 0)
        return replace(told, completion_tokens=tokens, reasoning_tokens=thoughts)


def _uncounted() -> None:
    """Stand for a counter of tokens before the request is sent."""


def _think_to_send(think: bool | None, info: BackendInfo | None) -> bool | None:
    """Return whether the request says anything about thinking.

    Engines that may not know the fields get them only once the model has been seen to think.
    """
    if think is False and info is not None and not (info.takes_think or info.thinks):
        return None
    return think
