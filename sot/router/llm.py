"""The llm router: asks the backend itself which strategy suits, for one letter.

What its prompt shares with the request that follows, so that a prefix cache serves it: the request is the
caller's conversation with the last turn continued, ``[system] [history] [user: question + which form?]``.
Normal decoding asks ``[system] [history] [user: question]``, chain of thought the same with a few words after
the question, and so does the skeleton in the compact style: for all of them nothing is computed twice.

In the aligned style the skeleton request has its demonstrations before the history and its instruction before
the question, and shares only the system prompt. Its demonstrations are the same for every question, so they
come from the cache by themselves; the history and the question are computed a second time. The other order,
demonstrations first here too, would share those with the skeleton and with nothing else, and would show
nothing but lists to a model that is to reply with a letter. Caches work by blocks (vLLM: 16 tokens and more),
so of a short question less is shared than its text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from ..admission import InFlight, Limits
from ..completion import Completion
from ..errors import AuthenticationError, BackendError, ContextLengthError
from ..options import Options
from ..prompting.conversation import with_question
from ..prompting.language import detect_language
from ..prompting.packs import load_pack, pack_for
from ..types import Backend, GenerateConfig, Message, Route, StrategyName, Usage
from .base import Router
from .hybrid import HybridRouter

_MAX_TOKENS = 4  # one for the letter; some models write "**A**" or "Answer: A"
_LETTERS: dict[str, StrategyName] = {"A": "skeleton", "B": "normal", "C": "cot"}
_LETTER = re.compile(
    r"[\W_]*(?:(?:answer|form|option|答え|回答)[\W_]*(?:is\W+)?)?([ABC])(?![A-Z'’]|\s+[A-Z])", re.I
)
_FORMS: dict[StrategyName, str] = {
    "skeleton": "the model says that the answer has independent points",
    "normal": "the model says that the answer is one text",
    "cot": "the model says that the answer has to be worked out",
}
# No probabilities come through `Backend`, so that the confidence only tells whether a second opinion agrees.
_AGREED, _ALONE = 0.9, 0.6


class LlmRouter:
    """Routes by the model's own opinion; where that cannot be had, another router decides.

    Args:
        backend: The engine.
        options: Where the prompt pack and further request fields come from.
        in_flight: The limit on requests that it shares with others; none unless given.
        fallback: Decides where the model's reply cannot be read or the engine fails, and is the second
            opinion; the hybrid router unless given.
    """

    name = "llm"

    def __init__(
        self,
        backend: Backend,
        *,
        options: Options | None = None,
        in_flight: InFlight | None = None,
        fallback: Router | None = None,
    ) -> None:
        self._backend = backend
        self._options = options or Options()
        self._in_flight = in_flight or InFlight()
        self._fallback: Router = fallback or HybridRouter()

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy; see `Router.route`.

        Args:
            messages: The conversation; the last user turn is the question.

        Raises:
            AuthenticationError: The engine refuses the key.
            PromptPackError: The prompt pack is broken.
        """
        second = await self._fallback.route(messages)
        if not messages or messages[-1].role != "user" or not messages[-1].content.strip():
            return second
        completion = self._request(messages)
        reply = ""
        try:
            async with aclosing(completion.text()) as pieces:
                async for piece in pieces:
                    reply += piece
        except AuthenticationError:
            raise
        except (BackendError, ContextLengthError) as error:
            return _with_note(second, f"the model could not be asked: {error}", completion.usage)
        strategy = read_letter(reply)
        if strategy is None:
            return _with_note(second, f"the model's reply {reply.strip()!r} is no letter", completion.usage)
        confidence = _AGREED if strategy == second.strategy else _ALONE
        return Route(strategy, confidence, _FORMS[strategy], self.name, completion.usage)

    def _request(self, messages: Sequence[Message]) -> Completion:
        question, prompts = messages[-1].content, self._options.prompts
        pack = pack_for(detect_language(question)) if prompts is None else load_pack(prompts)
        return Completion(
            self._backend,
            Limits(self._in_flight.first_turn(), 1),  # its answer waits for it
            with_question(messages, pack.render("route", question=question)),
            GenerateConfig(temperature=0, max_tokens=_MAX_TOKENS, extra=self._options.extra),
        )


def read_letter(reply: str) -> StrategyName | None:
    """The strategy that a model's reply names; ``None`` where it names none.

    A letter must stand by itself: "A story needs …" is the beginning of an answer, not the choice A.

    Args:
        reply: The reply.
    """
    found = _LETTER.match(unicodedata.normalize("NFKC", reply))
    return _LETTERS[found[1].upper()] if found else None


def _with_note(route: Route, note: str, usage: Usage) -> Route:
    return replace(route, reason=f"{route.reason} ({note})", usage=usage)
