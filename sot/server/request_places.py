"""Requests of other interfaces, translated to chat completions: read as such, with their own field names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .failures import Failure
from .request_reader import ParsedRequest, parse_chat
from .request_terms import ReadingTerms

_IN_MESSAGES = re.compile(r"^messages(?:\.|\[)(\d+)\]?")
_MESSAGE = re.compile(r"^message \d+")


@dataclass(frozen=True, slots=True)
class Translated:
    """A request as the fields of a chat completion.

    Args:
        chat: Those fields.
        places: Place in the request of each message.
        names: Names in the request of other fields, by those of a chat completion.
        reason: Field and reason for which only the engine can answer it, where the translation found one.
    """

    chat: Mapping[str, Any]
    places: Sequence[str]
    names: Mapping[str, str]
    reason: tuple[str, str] | None = None

    def parse(self, terms: ReadingTerms, body: Mapping[str, Any]) -> ParsedRequest:
        """Parse the request.

        Args:
            terms: Terms under which it is read.
            body: The request itself, for the engine's own endpoint.

        Raises:
            Failure: It is invalid (400), or names an unknown model (404).
        """
        try:
            parsed = parse_chat(self.chat, terms)
        except Failure as failure:
            raise self._as_asked(failure) from None
        reason = self.reason
        if parsed.direct is not None:
            place = self._place(parsed.direct_param or "")
            words = _MESSAGE.sub(lambda _: place, parsed.direct, count=1)
            reason = reason or (place, words.replace(f"has {parsed.direct_param}", f"has {place}"))
        if reason is None:
            return replace(parsed, body=body)
        return replace(parsed, body=body, direct=reason[1], direct_param=reason[0], messages=())

    def _as_asked(self, failure: Failure) -> Failure:
        """Return a failure that names the request's own field."""
        param = failure.param
        if param is None:
            return failure
        place = self._place(param)
        message = failure.message.replace(f"{param}:", f"{place}:", 1).replace(param, place)
        return Failure(failure.status, message, failure.code, place)

    def _place(self, param: str) -> str:
        number = _IN_MESSAGES.match(param)
        if number and int(number[1]) < len(self.places):
            return self.places[int(number[1])]
        return self.names.get(param, param)
