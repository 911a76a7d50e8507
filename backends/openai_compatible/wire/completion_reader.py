"""Reader of a completion's JSON objects, streamed or whole, in the shapes that servers send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from sot.errors import MalformedResponseError, ServerError
from sot.types import Chunk, FinishReason, Usage

from .alike_objects import AlikeObjects
from .error_mapping import Clean, StatusNotOk
from .error_shapes import as_json, error_fields, error_status, error_text, error_words
from .finish_reasons import finish_reason
from .payloads import parse_object
from .surrogates import SurrogateJoiner
from .usage import find_usage, plain_usage, tells_cached

_SHAPE_ERRORS = (
    AttributeError,
    TypeError,
    KeyError,
    IndexError,
    ValueError,
    OverflowError,
    RecursionError,
)
_FINISH_FIELDS = ("finish_reason", "finishReason", "stop_reason", "done_reason")
_REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "thought")
_USUAL = frozenset({"role", "content"})  # a delta of these alone is read without a look at all names
# An object of these fields alone, with one choice of those alone, is text with its usage and nothing else.
_USUAL_EVENT = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier"}
)
_USUAL_CHOICE = frozenset({"index", "delta", "logprobs", "finish_reason", "stop_reason", "token_ids"})
_TEXT_PARTS = ("text", "output_text", "refusal", None)
_REASONING_PARTS = (
    "reasoning",
    "reasoning_text",
    "reasoning.text",
    "reasoning.summary",
    "summary_text",
    "thinking",
)


class CompletionReader:
    """Reader of one completion's JSON objects; keeps its finish reason and usage.

    Attributes:
        finish_reason: The finish reason, once it has come.
        empty: Whether neither text nor reasoning has come.
        tells_cached: Whether the server says how many tokens were cached, be it none.
        said: A message outside of any completion, which may tell why none came.
    """

    def __init__(self, clean: Clean) -> None:
        self.finish_reason: FinishReason | None = None
        self.empty = True
        self.tells_cached = False
        self.said = ""
        self._clean = clean
        self._index: Any = None
        self._by_delta = False
        self._usage: Usage | None = None
        self._deltas = 0
        self._text = SurrogateJoiner()
        self._reasoning = SurrogateJoiner()
        self._alike = AlikeObjects()

    def take_data(self, data: bytes) -> Chunk | None:
        """Read the next object of the stream from its bytes; see `take`.

        Raises:
            MalformedResponseError: It is no JSON object.
        """
        if (known := self._alike.read(data)) is not None and self._text.rests:
            self._deltas += 1
            text, told = known
            self._usage = told or self._usage
            return Chunk(text, "", None, told)
        event = parse_object(data, self._clean)
        usual = self._usual_text(event)
        if usual is None:
            return self._take_other(event)
        self._alike.learn(data, counts=usual.usage is not None)
        return usual

    def take(self, event: dict[str, Any]) -> Chunk | None:
        """Read the next object of the stream, or the only object of a response that does not stream.

        Returns:
            Its text, reasoning or finish reason; ``None`` for a role, an empty delta or bare usage.

        Raises:
            StatusNotOk: The object is an error.
            SotError: It violates the protocol, or the engine gave the request up.
        """
        usual = self._usual_text(event)
        return self._take_other(event) if usual is None else usual

    def _take_other(self, event: dict[str, Any]) -> Chunk | None:
        """Read an object of any shape."""
        self._look_for_error(event)
        try:
            usage = find_usage(event)
            self.tells_cached |= tells_cached(event)
            # Some servers send running totals with every delta: the last one counts.
            self._usage = usage or self._usage
            choice = self._choice(event)
            if choice is None:
                return None
            text, reasoning = self._parts(choice)
            text, reasoning = self._text.take(text), self._reasoning.take(reasoning)
            finish = _finish(choice)
        except _SHAPE_ERRORS:
            raise MalformedResponseError(
                f"the server sent an object of an unknown shape: {self._clean(as_json(event)[:4096])}"
            ) from None
        if self._index is None and (text or reasoning or finish):
            self._index = choice.get("index")
        if text or reasoning:
            self._deltas += 1
            self.empty = False
        told = self.usage() if usage else None
        if not finish or self.finish_reason:
            return Chunk(text, reasoning, usage=told) if text or reasoning else None
        if finish == "broken":
            self._look_for_error(choice)
            raise ServerError("the engine gave the request up before the answer was complete", status=500)
        self.finish_reason = finish
        return Chunk(text, reasoning, finish, told)

    def _usual_text(self, event: Mapping[str, Any]) -> Chunk | None:
        """Read an object of the usual shape, as nearly every token comes in; ``None``: it has another."""
        choices = event.get("choices")
        if type(choices) is not list or len(choices) != 1 or event.get("object") == "error":
            return None
        choice = choices[0]
        if type(choice) is not dict or not (
            _USUAL_EVENT.issuperset(event) and _USUAL_CHOICE.issuperset(choice)
        ):
            return None
        index, delta = choice.get("index"), choice.get("delta")
        if type(delta) is not dict or not _USUAL.issuperset(delta) or type(index) is not int:
            return None
        text = delta.get("content")
        if type(text) is not str or not text or choice.get("finish_reason") or choice.get("stop_reason"):
            return None
        if self._index not in (None, index) or not self._text.is_whole(text):
            return None
        given, told = event.get("usage"), None
        if given is not None and (told := plain_usage(given)) is None:
            return None
        self._index, self._by_delta, self.empty = index, True, False
        self._deltas += 1
        if told is not None:
            self._usage = told
            told = told if told.completion_tokens else self.usage()
        return Chunk(text, "", None, told)

    def usage(self) -> Usage:
        """Return the tokens spent so far.

        Where the server reports no usage, completion tokens are the number of deltas, which is exact for
        servers that send one token at a time and too low for others; prompt tokens are then 0.
        """
        usage = self._usage or Usage(requests=1)
        return usage if usage.completion_tokens else replace(usage, completion_tokens=self._deltas)

    def _look_for_error(self, event: Mapping[str, Any]) -> None:
        status = error_status(event)
        if status is not None:
            raise StatusNotOk(status, error_text(event), streamed=True)

    def _choice(self, event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the choice of an object that is the completion: the first in which something came."""
        choices = event.get("choices")
        if not choices:
            if isinstance(event.get("message"), str):
                self.said = error_words(error_fields(error_text(event)))
            return None
        if isinstance(choices, dict):
            choices = list(choices.values())
        index = self._index
        if index is None:
            index = min(choice.get("index") or 0 for choice in choices)
        return next((choice for choice in choices if choice.get("index") in (index, None)), None)

    def _parts(self, choice: Mapping[str, Any]) -> tuple[str, str]:
        """Return the text and the reasoning of a choice."""
        delta = choice.get("delta")
        if delta is not None:
            self._by_delta = True
        elif not self._by_delta:  # beside deltas, a `message` holds once more what they held
            delta = choice.get("message")
        if isinstance(delta, str):
            return delta, ""
        if type(delta) is dict and "text" not in choice and _USUAL.issuperset(delta):
            text = delta.get("content")
            if isinstance(text, str):
                return text, ""
        delta = delta or {}
        text, reasoning = read_content(delta.get("content"))
        reasoning = "".join(
            next((found for name in _REASONING_FIELDS if (found := _reasoning(delta.get(name)))), "")
            or _reasoning(delta.get("reasoning_details"))
            or reasoning
        )
        others = (delta.get("text"), delta.get("refusal"), choice.get("text"))
        text = text or next(filter(None, map(_string, others)), "")
        if delta.get("thought") is True:
            return "", text
        return text, reasoning


def read_content(content: Any) -> tuple[str, str]:
    """Return the text and the reasoning of a message's content: a string, or parts of which some may think.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(content, str):
        return content, ""
    if not content:
        return "", ""
    parts = [content] if isinstance(content, dict) else content
    text, reasoning = "", ""
    for part in parts:
        if isinstance(part, str):
            text += part
        elif part.get("type") in _REASONING_PARTS or part.get("thought") is True:
            reasoning += _reasoning(part)
        elif part.get("type") in _TEXT_PARTS:
            text += _string(part.get("text")) or _string(part.get("refusal"))
    return text, reasoning


def _finish(choice: Mapping[str, Any]) -> FinishReason | Literal["broken"] | None:
    return next((found for name in _FINISH_FIELDS if (found := finish_reason(choice.get(name)))), None)


def _reasoning(value: Any) -> str:
    """Return the text of thoughts: a string, a part, or a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_reasoning(part) for part in value)
    if isinstance(value, dict):
        names = ("text", "thinking", "reasoning", "summary", "content")
        return next((found for name in names if (found := _reasoning(value.get(name)))), "")
    return ""


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
