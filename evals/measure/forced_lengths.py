"""Engine that decodes every request to a forced length: **the text is scripted, the time is real**.

A ratio of two ways to answer says little while one of them writes less. Here the engine decodes every request
for a fixed number of tokens, whatever the model would have written (``ignore_eos``). What it wrote is then of
no use as a skeleton, so the reader and the parser get a text that was written beforehand, a piece for each
token that the engine really decoded, at the moment it came.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from random import Random
from typing import Any, cast

from sot.errors import ConfigError
from sot.types import Backend, Chunk, GenerateConfig, Message, Usage

from ..dataset.question import Question
from .forced_texts import (
    TITLES,
    forced_question,
    given_item,
    numbered_pieces,
    object_pieces,
    skeleton_pieces,
    string_pieces,
    words,
)
from .lengths import Lengths
from .recorder import Around

_MORE = "the answer asked for more requests than it was planned to take"
_ENDLESS = 500  # values; llama.cpp takes no more than 2000


async def force(
    inner: Backend,
    script: Sequence[str],
    messages: Sequence[Message],
    config: GenerateConfig,
    prefill: str | None,
) -> AsyncGenerator[Chunk, None]:
    """Have an engine decode to the length of a script, and send a piece of it for each token as it comes."""
    forced = replace(
        config,
        max_tokens=len(script),
        stop=(),
        extra={**config.extra, "ignore_eos": True},
        schema=None if config.schema is None else _endless(config.schema),
    )
    shown = told = 0
    usage: Usage | None = None
    async with aclosing(inner.stream(messages, forced, prefill=prefill)) as chunks:
        async for chunk in chunks:
            usage = chunk.usage or usage
            # An engine that does not count while it writes sends a token in each piece.
            counted = 0 if chunk.usage is None else chunk.usage.completion_tokens
            told = counted or told + bool(chunk.text)
            ended = chunk.finish_reason is not None
            if ended and chunk.usage is not None:
                _check(chunk.usage, len(script))
            upto = len(script) if ended else min(told, len(script))
            text, shown = "".join(script[shown:upto]), max(shown, upto)
            if text or ended or chunk.usage is not None:
                yield Chunk(text, finish_reason="stop" if ended else None, usage=chunk.usage)
    if usage is not None:  # servers may tell it after the end alone
        _check(usage, len(script))


def _check(usage: Usage, tokens: int) -> None:
    if usage.completion_tokens != tokens:
        raise ConfigError(
            f"the engine wrote {usage.completion_tokens} tokens where {tokens} were forced: it does not take "
            "ignore_eos, or its context is too short"
        )


def _endless(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a long list of such values.

    A text that is complete by its schema ends a constrained request, whatever ``ignore_eos`` says. So it must
    not become complete; what a step costs stays the same. The lengths of strings are left out: xgrammar 0.2
    takes seconds to compile them, and half a millisecond more for each step, which is no merit of ours.
    """
    return {"type": "array", "items": _without_lengths(schema), "minItems": _ENDLESS}


def _without_lengths(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        table = cast("Mapping[str, Any]", schema)
        return {key: _without_lengths(table[key]) for key in table if key not in ("minLength", "maxLength")}
    return schema


class ScriptedText(Around):
    """Backend with forced lengths and scripted text around an engine. Answers one question at a time."""

    def __init__(self, inner: Backend, lengths: Lengths) -> None:
        super().__init__(inner)
        self._lengths = lengths
        self.begin(parts=False)

    def shaped(self, question: Question) -> Question:
        """Return the question to ask in place of another, which asks for as many parts as are forced."""
        return forced_question(question, self._lengths)

    def begin(self, *, parts: bool, question: str | None = None) -> None:
        """Begin an answer, in parts or as a whole.

        A skeleton answer's request for the question alone, which opens it, is as long as a normal answer.

        Args:
            parts: Whether it is written in parts: a skeleton and its points, fields, items.
        """
        lengths = self._lengths
        first = {"points": lengths.skeleton, "fields": lengths.values, "items": None}[lengths.kind]
        self._in_parts = parts
        self._question = question or ""
        self._opening = question if parts and lengths.kind == "points" else None
        self.bad = parts and Random(question).random() < lengths.bad
        coming = dict(enumerate(lengths.parts, 1)) if parts and not self.bad else {}
        # Tokens of the requests that are still to come: 0 is the skeleton, the values or the normal answer.
        whole = lengths.normal if not parts else first
        self._coming = coming if whole is None else {0: whole, **coming}
        self._planned = len(self._coming)
        self._wrong: str | None = None

    def check(self, fell_back: str | None = None) -> None:
        """Refuse the complete answer if it took other requests than planned, or a length was not kept."""
        if self._wrong is not None:
            raise ConfigError(self._wrong)
        if self._coming:
            raise ConfigError(
                f"the answer took {self._planned - len(self._coming)} requests where {self._planned} were "
                "planned: the lengths are not those that were forced"
            )
        if fell_back is not None and not self.bad:
            raise ConfigError(f"the scripted skeleton was not followed: {fell_back}")

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        try:
            script = self._script(messages, prefill, constrained=config.schema is not None)
            async with aclosing(force(self._inner, script, messages, config, prefill)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ConfigError as error:
            self._wrong = self._wrong or str(error)
            raise

    def _script(self, messages: Sequence[Message], prefill: str | None, *, constrained: bool) -> list[str]:
        lengths, asked = self._lengths, messages[-1].content
        if asked == self._opening:
            return words(lengths.normal)
        if not self._coming:
            raise ConfigError(_MORE)
        if self._in_parts and lengths.kind == "items":
            return self._items(asked)
        place = min(self._coming)
        if place and lengths.needs:
            # Points come out of order. The last title in the turn is that of the point; an outline and
            # needed texts come before it.
            turn = f"{asked} {prefill or ''}"
            place = max(self._coming, key=lambda left: turn.rfind(TITLES[left - 1]))
        tokens = self._coming.pop(place)
        if not self._in_parts or self.bad:
            return words(tokens, seed=place + 1)
        if place == 0 and lengths.kind == "points":
            return skeleton_pieces(tokens, len(lengths.points), prefill, needs=lengths.needs)
        if place == 0:
            return object_pieces(tokens)
        if constrained:
            return string_pieces(tokens, seed=place + 1)
        return words(tokens, seed=place + 1)  # or one request would repeat another's sentences

    def _items(self, asked: str) -> list[str]:
        """Return the answers to the items that a request holds, numbered from 1 if there are several."""
        places = [place for place in self._coming if given_item(self._question, place) in asked]
        if not places:
            raise ConfigError(_MORE)
        own = [words(self._coming.pop(place), seed=place + 1) for place in places]
        return own[0] if len(own) == 1 else numbered_pieces(own)
