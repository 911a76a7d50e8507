"""Readers of the requests for fields of a JSON schema: a text, another value, the short values together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..structure.field_text import FieldText, label_pattern
from ..structure.fitting import find_values, fit, in_words
from ..structure.form import openers
from ..structure.json_text import JsonText, dump_json
from ..structure.plan import Part
from ..structure.strings import escaped, quoted
from ..structure.validity import Checker, Problem, shown_path
from ..structure.work import Budget
from ..types import FinishReason
from .part_request import PartDelta, PartReader, PartText

_LONGEST = 400  # characters of a short value before it is given up
_LIMIT = "a limit (of tokens, or of time) was reached before its end"


class TextReader(PartReader):
    """Reader of a long string, which is shown as JSON while it is written.

    Args:
        part: The field.
        following: Names of the fields that come next, of which any may begin a new one.
        budget: Steps of the answer's checks.
        encoded: Whether the engine is known to follow the schema.
        max_tokens: Token limit of the request.
        ends: Texts that end it, unless it is JSON.
    """

    def __init__(
        self,
        part: Part,
        following: Sequence[str],
        budget: Budget,
        *,
        encoded: bool,
        max_tokens: int | None,
        ends: Sequence[str] = (),
    ) -> None:
        self._part = part
        self._text = FieldText(
            part.name,
            part.rules,
            own_name=part.own_name,
            max_tokens=max_tokens,
            encoded=encoded,
            following=() if encoded else following,
            ends=ends,
        )
        self._budget = budget
        self._begun = False

    @property
    def full(self) -> bool:
        return self._text.full

    def feed(self, piece: str, tokens: int) -> Iterator[PartDelta | PartText]:
        shown = self._text.feed(piece, tokens)
        if shown:
            yield PartDelta(self._part.index, ("" if self._begun else '"') + escaped(shown))
            self._begun = True

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterator[PartText]:
        index, end = self._part.index, self._text.finish(reason)
        if end.ending == "empty":
            yield PartText(index, "", "empty")
            return
        problem = end.problem
        checker = Checker(self._part.schema, known=True, budget=self._budget)
        if not problem and (found := checker.problem(end.text)) is not None:
            problem = found.reason
        text = "null" if end.text is None else quoted(end.text)
        yield PartText(index, text, end.ending, problem)


class ValueReader(PartReader):
    """Reader of a value that is no long string, shown once it is known to be valid.

    Args:
        part: The field.
        budget: Steps of the answer's checks.
        again: Whether this is a repair, after which nobody asks again.
    """

    def __init__(self, part: Part, budget: Budget, *, again: bool) -> None:
        self._part = part
        self._budget = budget
        self._again = again
        self._short = part.kind == "value"
        self._found = JsonText(openers(part.schema))

    @property
    def slow(self) -> bool:
        return self._budget.takes_long(self._found.text)

    @property
    def full(self) -> bool:
        found = self._found
        if found.followed or found.stuck:
            return True
        return self._short and ("\n" in self._said() or len(found.text) > _longest([self._part]))

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        self._found.feed(piece)
        return ()

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterator[PartText]:
        part, text, said = self._part, self._found, self._said()
        if not said.strip():
            return
        cut = _is_cut(text, reason)
        values = [*text.values(cut=cut, cut_strings=not self._short), *_whole(said, cut=cut)]
        if self._short and "\n" in said:
            said = said.partition("\n")[0]
            candidates = [*values, *in_words(said, part.schema)]
        else:
            candidates = [*values, *in_words(said, part.schema, cut=cut and not text.stuck)]
        yield _fitted(part, candidates, self._budget, again=self._again, cut=cut)

    def _said(self) -> str:
        """Return the text without the field's name before it."""
        text = self._found.text.lstrip()
        label = label_pattern(self._part.name, self._part.own_name).match(text)
        return text[label.end() :].lstrip() if label else text


class ValuesReader(PartReader):
    """Reader of the short values, which come as one JSON object.

    Args:
        parts: The fields.
        budget: Steps of the answer's checks.
        again: Whether this is a repair, after which nobody asks again.
    """

    def __init__(self, parts: Sequence[Part], budget: Budget, *, again: bool) -> None:
        self._parts = parts
        self._budget = budget
        self._again = again
        self._found = JsonText("{", _longest(parts))

    @property
    def slow(self) -> bool:
        return self._budget.takes_long(self._found.text)

    @property
    def full(self) -> bool:
        return self._found.followed or self._found.stuck

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        self._found.feed(piece)
        return ()

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterator[PartText]:
        if not self._found.text.strip():
            return
        cut = _is_cut(self._found, reason)
        values = find_values(self._found, {part.name: part.path for part in self._parts}, cut=cut)
        last = next(reversed(values), "")
        for part in self._parts:
            if part.name in values:
                at_end = cut and part.name == last and self._found.stuck
                yield _fitted(part, [values[part.name]], self._budget, again=self._again, cut=at_end)
            else:
                yield PartText(part.index, "", "cut" if cut else "whole", _LIMIT if cut else "it is missing")


def _longest(parts: Sequence[Part]) -> int:
    """Return the most characters of a short value, whatever its schema gives."""
    return _LONGEST + max(part.chars for part in parts)


def _is_cut(text: JsonText, reason: FinishReason | None) -> bool:
    """Return whether a text ended before its JSON value did."""
    return not text.over and (text.stuck or reason == "length")


def _whole(said: str, *, cut: bool) -> Iterator[Any]:
    """Yield the value of a text that is nothing but JSON."""
    found = JsonText("")
    found.feed(said)
    yield from found.values(cut=cut)


def _fitted(part: Part, candidates: Sequence[Any], budget: Budget, *, again: bool, cut: bool) -> PartText:
    """Return the text of a part from what a model may have meant.

    Args:
        part: The part.
        candidates: What it may have meant, the likeliest first.
        budget: Steps of the answer's checks.
        again: Whether nobody will ask again, so that a string that is too long is cut.
        cut: Whether the text ended before the value did.
    """
    ending = "cut" if cut else "whole"
    checker = Checker(part.schema, known=True, budget=budget)
    fitted = fit(candidates, part.schema, checker, cut=again)
    if fitted.problem is None:
        return PartText(part.index, dump_json(fitted.value, len(part.path)), ending)
    return PartText(part.index, "", ending, _LIMIT if cut else _said(fitted.problem))


def _said(problem: Problem) -> str:
    where = shown_path(problem.path)
    return f"at {where}: {problem.reason}" if where else problem.reason
