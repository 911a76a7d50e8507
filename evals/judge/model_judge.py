"""A language model as the judge: one request, one verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from sot.admission import Admission
from sot.completion import Completion
from sot.errors import PrefillRefusedError
from sot.serialise import UsageJson
from sot.types import Backend, BackendInfo, GenerateConfig, Message

from .pairs import Pair
from .prompts import Aspect, JudgePrompts
from .records import ShownFirst
from .verdict import Verdict, parse_verdict

_PREFILLED_TOKENS = 8  # "Verdict:" stands there already; the longest continuation is " TIE"
_TOKENS = 1024  # what a model that thinks aloud may need
_THINKING_TOKENS = 4096  # on top, where the model thinks before it writes
_KEPT = 2000  # characters of a reply that are kept


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request."""

    verdict: Verdict
    text: str
    usage: UsageJson
    seconds: float


class ModelJudge:
    """Asks a backend, greedily unless told otherwise.

    Args:
        backend: The engine.
        info: What it says of itself.
        prompts: What it is asked.
        explain: Ask for reasons before the verdict.
        max_tokens: Most tokens of a reply; ``None``: 8 where only the verdict is left to write, else 1024.
        temperature: Of the decoding; ``None`` leaves it to engines that refuse to be told.
        concurrency: Most requests at once.
        seed: For engines that take one.
        extra: Further request fields, for engines that take them.
    """

    def __init__(
        self,
        backend: Backend,
        info: BackendInfo,
        prompts: JudgePrompts,
        *,
        explain: bool = False,
        max_tokens: int | None = None,
        temperature: float | None = 0,
        concurrency: int = 4,
        seed: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = info.model
        self.prompts = prompts.fingerprint(explain=explain)
        self._backend = backend
        self._templates = prompts
        self._explain = explain
        self._info = info
        self._max_tokens = max_tokens
        self._prefill = prompts.prefill if info.continues_turn and not explain else None
        self._config = GenerateConfig(temperature=temperature, seed=seed, extra=extra or {})
        self._admission = Admission(concurrency)

    async def ask(self, pair: Pair, aspect: Aspect, shown_first: ShownFirst) -> Reply:
        """Have a pair judged, in one order.

        Args:
            pair: The answers.
            aspect: In what respect.
            shown_first: Whose answer comes first.

        Raises:
            SotError: The engine failed, or the answers do not fit its context.
        """
        texts = (pair.text, pair.baseline_text)
        first, second = texts if shown_first == "strategy" else texts[::-1]
        messages = self._templates.messages(
            aspect,
            question=pair.question,
            first=first,
            second=second,
            reference=pair.reference,
            explain=self._explain,
        )
        started = time.perf_counter()
        try:
            text, completion = await self._read(messages, self._prefill)
        except PrefillRefusedError:
            self._prefill = None
            text, completion = await self._read(messages, None)
        usage = completion.usage
        return Reply(
            parse_verdict(text, completion.finish_reason),
            text.strip()[:_KEPT],
            UsageJson(
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                requests=usage.requests,
                reasoning_tokens=usage.reasoning_tokens,
            ),
            round(time.perf_counter() - started, 4),
        )

    async def _read(self, messages: Sequence[Message], prefill: str | None) -> tuple[str, Completion]:
        """Ask for one reply and read it to its end; a prefill is part of its text."""
        usual = _TOKENS if prefill is None else _PREFILLED_TOKENS
        config = replace(
            self._config, max_tokens=self._max_tokens or usual, stop=() if prefill is None else ("\n",)
        )
        completion = Completion(
            self._backend,
            self._admission.turn(),
            messages,
            config,
            info=self._info,
            prefill=prefill,
            max_thinking_tokens=_THINKING_TOKENS,
        )
        text = prefill or ""
        async with aclosing(completion.text()) as pieces:
            async for piece in pieces:
                text += piece
        return text, completion
