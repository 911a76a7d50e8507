"""Negotiation of one request's fields: what a server refuses is left out, and remembered once that works."""

from __future__ import annotations

import re
from collections.abc import Collection

from sot.errors import PrefillRefusedError

from .discovery.learned import Learned
from .wire.context_errors import is_context_error
from .wire.error_mapping import Clean, StatusNotOk
from .wire.error_shapes import error_fields, error_kind, error_words
from .wire.filter_errors import is_filter_error
from .wire.refusals import (
    is_range,
    is_range_alone,
    named_bound,
    named_fields,
    refuses_prefill,
    refuses_schemas,
    speaks_of_schema,
)
from .wire.request import LIMITS, USAGE_SO_FAR, RequestBody, Terms
from .wire.schema_field import SCHEMA
from .wire.thinking_fields import EFFORT, lowest_effort

_MOST_ROUNDS = 16
# Values that some servers (TGI) find out of range, although they ask for nothing special.
_HARMLESS = {"temperature": 0, "top_p": 1}
_CHOSEN = ("temperature", "top_p", "seed", "repetition_penalty", "repeat_penalty", *LIMITS)


class Negotiation:
    """Fields of one request, given up as the server refuses them.

    A refusal that comes back in the same words after a field was given up was not about that field, which
    then is sent again. A schema that is refused for what it says is left out of this request alone.

    Args:
        learned: Memory of the model at the server.
        refused: Fields that the user says are refused.
    """

    def __init__(self, learned: Learned, refused: Collection[str] = ()) -> None:
        self._learned = learned
        self._by_hand = frozenset(refused)
        self._refused: set[str] = set()
        self._this_time: frozenset[str] = frozenset()  # given up for this request alone
        self._minima: dict[str, int] = {}
        self._maxima: dict[str, int] = {}
        self._values: dict[str, str] = {}
        self._acquitted: set[str] = set()
        self._last: tuple[str, set[str]] = ("", set())
        self._rounds = 0

    @property
    def terms(self) -> Terms:
        """Terms of the next try: what was learned before, and what was given up since."""
        learned = self._learned
        return Terms(
            learned.refused | self._by_hand | self._refused | self._this_time,
            learned.minima | self._minima,
            learned.maxima | self._maxima,
            learned.values | self._values,
        )

    def settle(self) -> None:
        """Remember what was given up: the server has answered without it."""
        learned = self._learned
        if self._refused or self._minima or self._maxima or self._values:
            learned.refused |= self._refused
            learned.minima |= self._minima
            learned.maxima |= self._maxima
            learned.values |= self._values
            learned.evidence["refuses"] = "requests with these fields were refused, and taken without them"

    def concede(self, answer: StatusNotOk, body: RequestBody) -> bool:
        """Give up what a refusal complains about.

        Args:
            answer: The server's refusal.
            body: The request that it refused.

        Returns:
            Whether the request is to be sent again, on other terms.
        """
        fields = error_fields(answer.text)
        words = error_words(fields)
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS:
            return False
        if answer.status == 500:  # as vLLM says of a grammar that fails in its engine
            return self._give_schema_up(body)
        if answer.status not in (400, 422):
            return False
        if is_context_error(error_kind(fields), words) or is_filter_error(answer.status, fields, words):
            return False
        told = re.sub(r"\d+", "", words)  # without the request's number, where a message has one
        if speaks_of_schema(answer.text) and SCHEMA not in self._acquitted and body.schema is not None:
            if not refuses_schemas(answer.text):
                return self._give_schema_up(body)
            self._give_up({SCHEMA}, told)
            return True
        return self._give_named_up(answer, body, told) or self._give_schema_up(body)

    def _give_named_up(self, answer: StatusNotOk, body: RequestBody, told: str) -> bool:
        """Give up the field that a refusal names; returns whether it names one.

        Args:
            told: The refusal's words, without numbers.
        """
        said, dropped = self._last
        if dropped and told == said:
            self._refused -= dropped
            self._acquitted |= dropped
        named = named_fields(answer.text, _refusable(body) | dropped, body.fields)
        left = [name for name in named if name not in self._acquitted]
        if not left:
            return self._give_all_up(named, told)
        name = left[0]
        if self._adapt(name, body, answer.text):
            self._last = (told, set())
            return True
        harmless = name in _HARMLESS and body.fields.get(name) == _HARMLESS[name]
        if name in _CHOSEN and is_range_alone(answer.text) and not harmless:
            return False  # the caller's mistake
        self._give_up({name}, told)
        return True

    def refusal_of_prefill(self, answer: StatusNotOk, clean: Clean) -> PrefillRefusedError | None:
        """Return the error for a server that does not continue a started turn, which is remembered.

        Args:
            answer: The server's response to a request with such a turn.
            clean: Sanitiser of the server's text.
        """
        fields = error_fields(answer.text)
        words = error_words(fields)
        if not refuses_prefill(answer.status, words) or is_context_error(error_kind(fields), words):
            return None
        says = clean(words)
        learned = self._learned
        learned.continues_turn = False
        learned.evidence["continues_turn"] = f"a request with a started turn was refused: {says}"
        return PrefillRefusedError(learned.evidence["continues_turn"])

    def _adapt(self, name: str, body: RequestBody, text: str) -> bool:
        """Change a value to one that the refusal names; returns whether it names one."""
        value = body.fields.get(name)
        if name == EFFORT:
            effort = lowest_effort(error_words(error_fields(text)), str(value))
            if effort is not None:
                self._values[EFFORT] = effort
            return effort is not None
        if name not in LIMITS or not isinstance(value, int) or not is_range(text):
            return False
        bound = named_bound(text, value)
        if bound is None:
            return False
        for limit in LIMITS:
            (self._maxima if bound < value else self._minima)[limit] = bound
        return True

    def _give_schema_up(self, body: RequestBody) -> bool:
        """Leave the schema out of this request; returns whether it had one."""
        self._this_time = frozenset({SCHEMA})
        return body.schema is not None

    def _give_up(self, names: set[str], told: str) -> None:
        self._refused |= names
        self._last = (told, names)

    def _give_all_up(self, named: list[str], told: str) -> bool:
        """Give up all fields that a message names, where none of them alone was the cause."""
        several = set(named)
        if len(several) < 2 or several <= self._refused:
            return False
        self._give_up(several, told)
        return True


def _refusable(body: RequestBody) -> frozenset[str]:
    """Return the names of fields that can be given up, also of one inside another."""
    options = body.fields.get("stream_options")
    inside = "stream_options" in body.own and isinstance(options, dict) and USAGE_SO_FAR in options
    return body.own | {USAGE_SO_FAR} if inside else body.own
