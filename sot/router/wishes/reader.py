"""Reader of a conversation's wishes: which turns count, and which wish rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from ...prompting.plan import Span
from ...types import Message
from .cleaning import cleaned
from .language_names import language_code
from .languages import wish_language
from .programs import program_prompt
from .turn import FoundWish, clipped, plain, wishes_in
from .wish import WishLanguage
from .wishes import Wishes

_SYSTEM_TIMES = 4  # so much more is read of a system prompt, which comes with every question
_MOST_EARLIER = 12  # user turns before the last that are read
_PARAGRAPH = Span(3, 5)  # sentences
_DATA = frozenset({"json", "jsonl", "ndjson", "yaml", "yml", "csv", "tsv", "xml", "toml", "html", "xhtml"})
_WHOLE = ("form", "short", "sentences", "words")  # wishes that leave no room for a list


def read_wishes(messages: Sequence[Message]) -> Wishes:
    """Return the wishes that hold for the answer to a conversation's last turn; later ones rule.

    Of the system prompt and of earlier turns only orders about every answer count; after a turn that goes on
    with the question before it ("and in winter?"), that question's wishes hold as well.

    Args:
        messages: The conversation; the last user turn is the question.
    """
    messages = cleaned(messages)
    system = [turn.content for turn in messages if turn.role == "system"]
    asked = [turn.content for turn in messages if turn.role == "user"]
    values: dict[str, Any] = {}
    for text in system:
        _rule(values, _standing_system(text), sticky=True)
    for text in asked[-_MOST_EARLIER - 1 : -1]:
        _rule(values, _standing(text))
    if len(asked) > 1 and _goes_on(asked[-1]):
        _rule(values, _read(asked[-2])[2])
    if asked:
        _rule(values, _read(asked[-1])[2])
    values.pop("sticky", None)
    return Wishes(program=program_prompt(system, asked[-1] if asked else ""), **values)


def _read(text: str, times: int = 1) -> tuple[str, WishLanguage, tuple[FoundWish, ...]]:
    return _read_clipped(clipped(text), times)


@lru_cache(maxsize=64)  # each turn of a conversation is read again with the next one
def _read_clipped(text: str, times: int) -> tuple[str, WishLanguage, tuple[FoundWish, ...]]:
    language = wish_language(text)
    normal = plain(text, times=times)
    return normal, language, tuple(wishes_in(normal, language))


def _standing_system(text: str) -> list[FoundWish]:
    """Return a system prompt's wishes, which are about every answer unless a condition says otherwise."""
    _, language, found = _read(text, _SYSTEM_TIMES)
    return [
        one
        for one in found
        if not language.conditional.search(one.sentence)
        and (one.wish.slot != "count" or _orders(one.sentence, language))
    ]


def _standing(text: str) -> list[FoundWish]:
    """Return the wishes of an earlier user turn that are about all further answers."""
    normal, language, found = _read(text)
    if language.order_only.match(normal):
        return list(found)
    if language.standing.search(normal):
        # A standing order may go on in the next sentence: "From now on be brief. No lists."
        return [one for one in found if one.wish.slot != "count" or language.standing.search(one.sentence)]
    return [one for one in found if one.wish.slot == "free"]


def _orders(sentence: str, language: WishLanguage) -> bool:
    """Return whether a number of points is about the answers: of something else, a prompt only tells."""
    return any(pattern.search(sentence) is not None for pattern in (language.order, language.standing))


def _goes_on(text: str) -> bool:
    normal, language, _ = _read(text)
    return language.continues.match(normal) is not None


def _rule(values: dict[str, Any], found: Iterable[FoundWish], *, sticky: bool = False) -> None:
    """Let the wishes of one turn rule over those of earlier turns.

    Args:
        values: Fields of `Wishes` so far; changed in place.
        found: The turn's wishes.
        sticky: Whether a data format asked for cannot be taken back by a later turn: a program reads it.
    """
    own: dict[str, Any] = {}
    counted = ""
    for one in found:
        if one.wish.slot == "free":
            own.clear()
            _drop(values, *_WHOLE, "length", "mark")
        else:
            counted = _note(own, one, counted)
    if own.pop("list", False) and "form" not in own:
        _drop(values, "form")
    if own.get("length") == "long":
        _drop(values, "short", "sentences", "words")
    if "form" in own:
        _drop(own, "mark")
        _drop(values, "form", "mark")
        if sticky and own["form"] in _DATA:
            own["sticky"] = True
    values.update(own)


def _note(own: dict[str, Any], one: FoundWish, counted: str) -> str:
    """Enter a wish into the fields of its turn.

    Args:
        own: The fields so far; changed in place.
        one: The wish.
        counted: Sentence of the last number of points, to which another in the same sentence is added.

    Returns:
        The sentence of the last number of points now.
    """
    wish, number = one.wish, one.wish.number
    match wish.slot:
        case "count" if number is not None:
            same = counted == one.sentence and "count" in own
            own["count"] = _sum(own["count"], number) if same else number
            return one.sentence
        case "each_sentences":
            own["each_sentences"] = number or _PARAGRAPH
        case "length":
            own.update({"short": True} if wish.value == "one" else {"length": wish.value})
        case "language":
            own["language"] = language_code(wish.value)
        case "mark":
            own["list"] = True
            if wish.value != "list":
                own["mark"] = wish.value
        case _:
            own[wish.slot] = number if number is not None else wish.value
    return counted


def _drop(values: dict[str, Any], *names: str) -> None:
    for name in names:
        if not (name == "form" and "sticky" in values):
            values.pop(name, None)


def _sum(one: Span, other: Span) -> Span:
    """Add two numbers of points, as in "three pros and three cons"."""
    low = None if one.low is None or other.low is None else one.low + other.low
    high = None if one.high is None or other.high is None else one.high + other.high
    return Span(low, high)
