"""What the trained router sees of a conversation: hashed features, in pure Python.

Words and word pairs, marked where they stand at the start or the end; character n-grams, which carry
Japanese, Chinese and typing errors; and a few facts about the form (numbers, length, code, quotes, turns).
Only the beginning and the end of a long question are read, so the cost is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from zlib import crc32

from ..types import Message, Route

BUCKETS = 1 << 16
_HEAD_CHARS = 700
_TAIL_CHARS = 400
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[^\w\s]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CODE = re.compile(r"```|[{};]\s*$|^\s*(?:def|class|import|function|SELECT)\b", re.MULTILINE)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def features(messages: Sequence[Message], rules: Route | None = None) -> list[int]:
    """The features of a conversation, as bucket numbers from 0 to `BUCKETS` - 1, without repetition.

    Args:
        messages: The conversation; the last user turn is the question.
        rules: What the rules router says of it, as one more thing to know; ``None`` leaves it out.
    """
    return sorted({crc32(name.encode("utf-8", "replace")) % BUCKETS for name in _names(messages, rules)})


def _names(messages: Sequence[Message], rules: Route | None) -> Iterator[str]:
    turns = [message for message in messages if message.role != "system"]
    question = next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
    yield "bias"
    if rules is not None:
        yield f"rules={rules.strategy}"
        yield f"rules={rules.strategy}/{rules.confidence:.1f}"
        yield f"why={rules.reason}"
    yield from _form(question, turns)
    text = _plain(question)
    words = _words(text)
    yield from _word_names(words)
    yield from _character_names(text)


def _form(question: str, turns: Sequence[Message]) -> Iterator[str]:
    numbers = len(_NUMBER.findall(question[: _HEAD_CHARS * 4]))
    yield f"numbers={min(numbers, 6)}"
    yield f"length={min(len(question).bit_length(), 14)}"
    yield f"lines={min(question.count(chr(10)), 4)}"
    yield f"turns={min(len(turns), 5)}"
    ends = question.rstrip()[-1:]
    yield f"ends={ends if not ends.isalnum() else 'a'}"
    if _CODE.search(question[: _HEAD_CHARS * 4]):
        yield "code"
    if any(mark in question for mark in ('"', "“", "「", "『")):
        yield "quotes"
    if ":" in question or "：" in question:
        yield "colon"
    if len(turns) > 1:
        before = turns[-2].content
        yield "after-list" if re.search(r"^\s*(?:\d+[.)]|[-*])", before, re.MULTILINE) else "after-text"
        yield f"after-numbers={min(len(_NUMBER.findall(before[:2000])), 4)}"


def _plain(question: str) -> str:
    if len(question) > _HEAD_CHARS + _TAIL_CHARS:
        question = question[:_HEAD_CHARS] + "\n" + question[-_TAIL_CHARS:]
    return unicodedata.normalize("NFKC", question).casefold().translate(_QUOTES)


def _words(text: str) -> list[str]:
    return ["#" if word.isdecimal() else word for word in _WORD.findall(text)]


def _word_names(words: list[str]) -> Iterator[str]:
    for index, word in enumerate(words):
        yield f"w:{word}"
        if index:
            yield f"w2:{words[index - 1]} {word}"
        if index > 1:
            yield f"w3:{words[index - 2]} {words[index - 1]} {word}"
    for count in (1, 2, 3, 4):
        yield f"start:{' '.join(words[:count])}"
        yield f"end:{' '.join(words[-count:])}"


def _character_names(text: str) -> Iterator[str]:
    plain = _NUMBER.sub("#", " ".join(text.split()))
    sizes = (1, 2, 3, 4) if _CJK.search(plain) else (4, 5)
    for size in sizes:
        for start in range(len(plain) - size + 1):
            yield f"c:{plain[start : start + size]}"
    yield f"c-start:{plain[:3]}"
    yield f"c-end:{plain[-3:]}"
    yield f"c-end4:{plain[-4:]}"
    yield f"c-end6:{plain[-6:]}"
