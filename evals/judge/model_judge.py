"""A language model as the judge: one request, one verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from sot.admission import Admission
from sot.completion import Completion
from sot.serialise import UsageJson
from sot.types import Backend, BackendInfo, GenerateConfig

from .pairs import Pair
from .prompts import Aspect, JudgePrompts
from .records import ShownFirst
from .verdict import Verdict, parse_verdict

_PREFILLED_TOKENS = 8  # "Verdict:" stands there already; the longest continuation is " TIE"
_TOKENS = 1024  # what a model that thinks aloud may need
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
        self._prefill = prompts.prefill if info.continues_turn and not explain else None
        self._config = GenerateConfig(
            temperature=temperature,
            max_tokens=max_tokens or (_PREFILLED_TOKENS if self._prefill else _TOKENS),
            stop=("\n",) if self._prefill else (),
            seed=seed,
            extra=extra or {},
        )
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
        completion = Completion(
            self._backend, self._admission.turn(), messages, self._config, prefill=self._prefill
        )
        text = self._prefill or ""
        async with aclosing(completion.text()) as pieces:
            async for piece in pieces:
                text += piece
        usage = completion.usage
        return Reply(
            parse_verdict(text, completion.finish_reason),
            text.strip()[:_KEPT],
            UsageJson(
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                requests=usage.requests,
            ),
            round(time.perf_counter() - started, 4),
        )
