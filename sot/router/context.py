"""Hashed features of the conversation before a question, in pure Python, for the trained router.

The features are how the question would be answered by itself, how the question before it was, and the two
together with the follow-up's form: "and for six people?" is a calculation after a calculation, but not after
a poem. Besides, in fields of their own: the follow-up's words, the words of the earlier questions, and facts
about the earlier turns (numbers, given text, code, lists).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ..types import Message, Route, StrategyName
from .features import CJK, CODE, NUMBER, ending, hashed, plain, words

Probabilities = Mapping[StrategyName, float]

_QUESTION_CHARS = 1000
_FOLLOW_UP_WORDS = 40
_FOLLOW_UP_CHARS = 60  # of Japanese and Chinese
_EARLIER_TURNS = 3
_EARLIER_CHARS = 300
_REPLY_CHARS = 1500
_LEANS = re.compile(
    r"\b(?:it|its|that|this|these|those|them|they|he|she|him|her|one|ones|same|again|instead|other|another|"
    r"first|second|third|last|your|above|previous|then|there)\b|それ|これ|その|この|さっき|它|这|這|那|上面|第"
)
_LIST = re.compile(r"^[ \t]*(?:\d+[.)]|[-*])", re.MULTILINE)


def earlier_question(messages: Sequence[Message]) -> list[Message] | None:
    """Return the conversation up to the user turn before the last; ``None`` where there is none."""
    asked = [index for index, turn in enumerate(messages) if turn.role == "user"]
    return list(messages[: asked[-2] + 1]) if len(asked) > 1 else None


def context_features(
    messages: Sequence[Message], alone: Probabilities, before: Probabilities, rules: Route | None = None
) -> list[int]:
    """Return the features of a question's relation to the conversation before it.

    Args:
        messages: The conversation, with at least two user turns; the last is the question.
        alone: Probabilities of the question by itself.
        before: Probabilities of the question before it, in its own conversation.
        rules: The rules router's route of the conversation; ``None`` leaves it out.
    """
    return hashed(_names(messages, alone, before, rules))


def _names(
    messages: Sequence[Message], alone: Probabilities, before: Probabilities, rules: Route | None
) -> Iterator[str]:
    turns = [turn for turn in messages if turn.role != "system"]
    last = max(index for index, turn in enumerate(turns) if turn.role == "user")
    question = turns[last].content[:_QUESTION_CHARS]
    earlier = [turn.content for turn in turns[:last] if turn.role == "user"][-_EARLIER_TURNS:]
    reply = next((turn.content for turn in reversed(turns[:last]) if turn.role == "assistant"), "")
    reply = reply[:_REPLY_CHARS]
    own, old = max(alone, key=alone.__getitem__), max(before, key=before.__getitem__)
    yield "conversation"
    if rules is not None:
        yield f"C-why={rules.strategy}/{rules.reason}"
        yield f"C-rules={rules.strategy}/before={old}"
    yield from _opinion_names(alone, before)
    yield from _form_names(question, earlier, reply, f"own={own}", f"before={old}")
    yield from _follow_up_names(question, f"before={old}")
    yield from _earlier_names(earlier)


def _opinion_names(alone: Probabilities, before: Probabilities) -> Iterator[str]:
    own, old = max(alone, key=alone.__getitem__), max(before, key=before.__getitem__)
    for name in alone:
        yield f"alone-{name}={int(alone[name] * 6)}"
        yield f"alone-{name}={int(alone[name] * 4)}/before={old}"
        yield f"before-{name}={int(before[name] * 6)}"
    yield from (f"own={own}", f"before={old}", f"own={own}/before={old}")
    yield f"own={own}/{int(alone[own] * 5)}/before={old}/{int(before[old] * 3)}"


def _form_names(question: str, earlier: list[str], reply: str, own: str, old: str) -> Iterator[str]:
    given = " ".join(turn[:_QUESTION_CHARS] for turn in earlier)
    length = len(question) // 3 if CJK.search(question) else len(words(plain(question)))
    facts = {
        "length": min(length // 3, 8),
        "numbers": min(len(NUMBER.findall(question)), 2),
        "ends": ending(question),
        "leans": min(len(_LEANS.findall(plain(question))), 2),
        "reply-numbers": min(len(NUMBER.findall(reply)), 3),
        "given-numbers": min(len(NUMBER.findall(given)), 3),
        "given-length": min(len(given).bit_length(), 12),
        "reply-length": min(len(reply).bit_length(), 12),
        "reply-calculates": "=" in reply,
        "reply-lists": _LIST.search(reply) is not None,
        "code": CODE.search(given) is not None or CODE.search(reply) is not None,
    }
    for name, value in facts.items():
        yield f"C-{name}={value}"
        yield f"C-{name}={value}/{old}"
        yield f"C-{name}={value}/{own}"
        yield f"C-{name}={value}/{own}/{old}"
    yield f"C-length={facts['length']}/numbers={facts['numbers']}/{old}"


def _follow_up_names(question: str, old: str) -> Iterator[str]:
    text = plain(question)
    found = words(text)[:_FOLLOW_UP_WORDS]
    for word in found:
        yield f"f:{word}"
        yield f"f:{word}/{old}"
    yield from (f"f2:{one} {two}" for one, two in pairwise(found))
    yield from (f"f-start:{' '.join(found[:count])}" for count in (1, 2, 3))
    yield f"f-start:{found[0] if found else ''}/{old}"
    yield f"f-end:{' '.join(found[-2:])}"
    if CJK.search(question):
        text = text[:_FOLLOW_UP_CHARS]
        for size in (1, 2, 3):
            for start in range(len(text) - size + 1):
                yield f"fc:{text[start : start + size]}"
        for start in range(len(text) - 1):
            yield f"fc:{text[start : start + 2]}/{old}"
        yield from (f"fc-start:{text[:2]}", f"fc-end:{text[-2:]}", f"fc-end:{text[-3:]}")


def _earlier_names(earlier: list[str]) -> Iterator[str]:
    yield f"p-turns={len(earlier)}"
    for number, turn in enumerate(earlier):
        text = plain(turn[:_EARLIER_CHARS])
        found = words(text)
        yield from (f"p-start:{' '.join(found[:count])}" for count in (1, 2, 3))
        if number >= len(earlier) - 2:
            yield from (f"p:{word}" for word in found)
            if CJK.search(text):
                yield from (f"pc:{text[start : start + 2]}" for start in range(min(len(text), 100) - 1))
