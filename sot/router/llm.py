"""LLM router: asks the engine's own model which strategy suits, and reads one letter.

Its prompt is laid out so that the prefix cache serves the request that follows. It continues the last turn of
the caller's conversation: ``[system] [history] [user: question + which form?]``. Normal decoding sends
``[system] [history] [user: question]``, and chain of thought and the compact style's skeleton the same with
an instruction after the question: they share everything up to the end of the question.

In the aligned style the skeleton request has its demonstrations before the history and its instruction before
the question, and shares only the system prompt. Its demonstrations are the same for every question, so they
are in the cache anyway; the history and the question are prefilled a second time. With the demonstrations
first here, too, the skeleton would share them but no other request would share anything, and the model, which
is to reply with a letter, would see nothing but lists. Caches work by blocks (vLLM: 16 tokens and more), so
of a short question less than its text is shared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from ..admission import Admission
from ..completion import Completion
from ..errors import AuthenticationError, BackendError
from ..keys import current_keys, require_separation
from ..options import Options
from ..options.adapters import adapter_of, check_known
from ..prompting.conversation import with_question
from ..prompting.language import detect_language
from ..prompting.packs import load_pack, pack_for
from ..stages.shared import SharedEngine, is_engines_own, is_replaced
from ..types import Backend, GenerateConfig, Message, Route, StrategyName, Usage
from .base import Router
from .hybrid import HybridRouter
from .items import with_items
from .wishes import read_wishes, ruled

_MAX_TOKENS = 4  # one for the letter; some models write "**A**" or "Answer: A"
_LETTERS: dict[str, StrategyName] = {"A": "skeleton", "B": "normal", "C": "cot"}
_JOINED = r"[0-9A-Z\u00c0-\u024f\u0300-\u036f]"  # of the same word; Japanese goes on behind a letter
_LETTER = re.compile(
    r"[\W_]*(?:(?:answer|form|option|答え|回答)[\W_]*(?:is\W+)?)?([ABC])"
    rf"(?!{_JOINED}|['’+#]|-{_JOINED}|[^\S\n]+{_JOINED}|[\s,/&|_]+[ABC](?!{_JOINED}))",
    re.I,
)
_FORMS: dict[StrategyName, str] = {
    "skeleton": "the model says that the answer has independent points",
    "normal": "the model says that the answer is one text",
    "cot": "the model says that the answer has to be worked out",
}
# `Backend` returns no probabilities, so the confidence only says whether the fallback router agrees.
_AGREED, _ALONE = 0.9, 0.6


class LlmRouter:
    """Router by the model's own choice, with another router as fallback.

    Args:
        backend: The engine.
        options: Settings, of which it uses ``prompts`` and ``extra``.
        admission: Admission control shared with the answers; one of its own unless given.
        engine: Engine of the stage ``route``, in place of ``backend`` and its admission control. Where it
            fails the fallback decides, and it is left alone for a while.
        fallback: Router for a reply without a letter or a failure of the engine. The confidence depends on
            whether it agrees. The hybrid router unless given.
    """

    name = "llm"

    def __init__(
        self,
        backend: Backend,
        *,
        options: Options | None = None,
        admission: Admission | None = None,
        engine: SharedEngine | None = None,
        fallback: Router | None = None,
    ) -> None:
        self._engine = engine
        self._backend = backend if engine is None else engine.backend
        self._options = options or Options()
        self._admission = engine.admission if engine is not None else admission or Admission()
        self._fallback: Router = fallback or HybridRouter()

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy by the model's reply, and by explicit wishes, which rule over it.

        The model is not asked where a wish leaves normal decoding only.

        Args:
            messages: The conversation; the last user turn is the question.

        Raises:
            AuthenticationError: The engine refuses the key.
            ConfigError: The engine does not keep tenants apart where there is one, or has no such adapter.
            PromptPackError: The prompt pack is broken.
        """
        wishes = read_wishes(messages)
        second = await self._fallback.route(messages)
        no_question = not messages or messages[-1].role != "user" or not messages[-1].content.strip()
        if no_question or (wishes.against_points() and wishes.against_steps()):
            if no_question:
                return second
            route = replace(second, router=self.name)
        else:
            route = await self._by_model(messages, second)
        # The fallback router has looked for a list of items already; its reason may have been replaced.
        found = ruled(route, wishes)
        known = second.reason and found.reason.startswith(second.reason)
        return found if known else with_items(found, messages, wishes)

    async def _by_model(self, messages: Sequence[Message], second: Route) -> Route:
        """Return the model's choice, or the fallback router's where it makes none.

        Args:
            messages: The conversation.
            second: The fallback router's route.
        """
        engine = self._engine
        if engine is not None and not engine.may_try():
            return _with_note(second, f"the model could not be asked: {engine.reason}", Usage())
        try:
            completion = await self._request(messages)
        except BackendError as error:
            self._note(error)
            return _with_note(second, f"the model could not be asked: {error}", Usage())
        reply = ""
        try:
            async with aclosing(completion.text()) as pieces:
                async for piece in pieces:
                    reply += piece
        except BackendError as error:
            if engine is None and isinstance(error, AuthenticationError):
                raise
            self._note(error)
            return _with_note(second, f"the model could not be asked: {error}", completion.usage)
        if engine is not None:
            engine.worked()
        strategy = read_letter(reply)
        if strategy is None and completion.usage.reasoning_tokens and not reply.strip():
            return _with_note(second, "the model thought instead of replying", completion.usage)
        if strategy is None:
            return _with_note(second, f"the model's reply {reply.strip()!r} is no letter", completion.usage)
        confidence = _AGREED if strategy == second.strategy else _ALONE
        return Route(strategy, confidence, _FORMS[strategy], self.name, completion.usage)

    def _note(self, error: BackendError) -> None:
        """Take note of a failure of the stage's own engine."""
        if self._engine is not None and is_replaced(error) and is_engines_own(error):
            self._engine.failed(error)

    async def _request(self, messages: Sequence[Message]) -> Completion:
        info = await (self._backend.info() if self._engine is None else self._engine.info())
        keys = current_keys()
        tenant = keys.tenant or self._options.tenant
        adapter = adapter_of(self._options.adapter, "route")
        require_separation(info, tenant)
        check_known(adapter, info)
        question, prompts = messages[-1].content, self._options.prompts
        pack = pack_for(detect_language(question)) if prompts is None else load_pack(prompts)
        return Completion(
            self._backend,
            self._admission.first_turn(),  # its answer waits for it
            with_question(messages, pack.render("route", question=question)),
            GenerateConfig(
                temperature=0,
                max_tokens=_MAX_TOKENS,
                think=False,
                extra=self._options.extra,
                stage="route",
                adapter=adapter,
                answer=keys.answer,
                tenant=tenant,
            ),
            info=info,
            refuse_thoughts=True,
            raw_marks=True,
        )


def read_letter(reply: str) -> StrategyName | None:
    """Return the strategy that a model's reply names; ``None`` where it names none.

    The letter must stand alone: "A story needs …" is the beginning of an answer, not the choice A, and
    "A, B or C" only repeats the question. What follows in another line does not count.
    """
    found = _LETTER.match(unicodedata.normalize("NFKC", reply))
    return _LETTERS[found[1].upper()] if found else None


def _with_note(route: Route, note: str, usage: Usage) -> Route:
    return replace(route, reason=f"{route.reason} ({note})", usage=usage)
