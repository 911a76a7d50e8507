"""Hashed features of a question by itself, in pure Python, for the trained router.

The features are words and groups of two and three, marked where they stand at the start or the end, and once
more those of the sentence that asks; character n-grams, which cover Japanese, Chinese and typing errors; the
words of the system prompt, in a field of their own; and facts about the form (numbers, names, length, code,
quotes). Only the beginning and the end of a long question are read, so the cost is bounded. Features of the
conversation before the question are in `context`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from zlib import crc32

from ..types import Message, Route

BUCKETS = 1 << 19  # fewer make features collide: with 1 << 17 macro-F1 was 0.01 less
CODE = re.compile(r"```|[{};][ \t]*$|^[ \t]*(?:def|class|import|function|SELECT)\b", re.MULTILINE)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_HEAD_CHARS = 700
_TAIL_CHARS = 400
_SYSTEM_CHARS = 400
_ASKING_WORDS = 40
_MASKED_WORDS = 120
_LONG_WORD = 5
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[^\w\s]")
_SENTENCE = re.compile(r"[^.!?。？！\n]+[.!?。？！]*")
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+\b")  # a capital inside a sentence
_NUMBER_WORD = re.compile(
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|hundred|"
    r"thousand|million|twice|half|third|quarter|double|triple)s?"
)
_QUOTED = re.compile(r'["“「『]([^"”」』]*)["”」』]')
_QUOTE_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def question_features(messages: Sequence[Message], rules: Route | None = None) -> list[int]:
    """Return the features of a conversation's last question by itself, with the system prompt.

    Args:
        messages: The conversation; the last user turn is the question.
        rules: The rules router's route, as a further feature; ``None`` leaves it out.
    """
    return hashed(_names(messages, rules))


def hashed(names: Iterable[str]) -> list[int]:
    """Hash feature names to bucket numbers from 0 to `BUCKETS` - 1, sorted, without repetition."""
    return sorted({crc32(name.encode("utf-8", "replace")) % BUCKETS for name in names})


def excerpt(text: str) -> str:
    """Return the beginning and the end of a long text; a short one as it is."""
    if len(text) <= _HEAD_CHARS + _TAIL_CHARS:
        return text
    return f"{text[:_HEAD_CHARS]}\n{text[-_TAIL_CHARS:]}"


def plain(text: str) -> str:
    """Normalise a text: NFKC, case folded, straight quotes."""
    normal = unicodedata.normalize("NFKC", text)[: len(text) + 200]  # NFKC may turn one into eighteen
    return normal.casefold().translate(_QUOTE_MARKS)


def words(text: str) -> list[str]:
    """Split a normalised text into words and signs, with ``#`` for every number."""
    return ["#" if word.isdecimal() else word for word in _WORD.findall(text)]


def ending(text: str) -> str:
    """Return the sign at the end of a text, or ``a`` for a letter or digit."""
    last = text.rstrip()[-1:]
    return "a" if last.isalnum() else last


def _names(messages: Sequence[Message], rules: Route | None) -> Iterator[str]:
    question = next((turn.content for turn in reversed(messages) if turn.role == "user"), "")
    yield "bias"
    if rules is not None:
        yield f"rules={rules.strategy}"
        yield f"rules={rules.strategy}/{rules.confidence:.1f}"
        yield f"why={rules.reason}"
    yield from _system_names(messages)
    text = excerpt(question)
    yield from _form_names(question, text)
    yield from _asking_names(text)
    yield from _masked_names(text)
    found = words(plain(text))
    yield from _word_names(found)
    yield from _character_names(plain(text), found)


def _system_names(messages: Sequence[Message]) -> Iterator[str]:
    system = " ".join(turn.content[:_SYSTEM_CHARS] for turn in messages if turn.role == "system")
    if system:
        found = words(plain(system[:_SYSTEM_CHARS]))
        yield "system"
        yield from (f"s:{word}" for word in found)
        yield from (f"s-start:{' '.join(found[:count])}" for count in (1, 2, 3))


def _form_names(question: str, text: str) -> Iterator[str]:
    yield f"numbers={min(len(NUMBER.findall(text)), 6)}"
    yield f"length={min(len(question).bit_length(), 14)}"
    yield f"lines={min(question.count(chr(10)), 4)}"
    yield f"ends={ending(question)}"
    yield f"commas={min(sum(text.count(sign) for sign in ',、，'), 6)}"
    if CODE.search(text):
        yield "code"
    if quoted := _QUOTED.findall(text):
        yield "quotes"
        yield f"quoted={min(sum(map(len, quoted)).bit_length(), 10)}"
    if colon := re.search(r"[:：]\s*", text):
        yield "colon"
        yield f"colon-at={min(colon.start().bit_length(), 8)}"
        yield f"after-colon={min((len(text) - colon.end()).bit_length(), 10)}"


def _asking_names(text: str) -> Iterator[str]:
    """Yield features of the sentence that asks: the last question, else the last sentence."""
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(text) if sentence.strip()]
    if not sentences:
        return
    questions = [sentence for sentence in sentences if sentence[-1] in "?？"]
    asking = (questions or sentences)[-1]
    yield f"sentences={min(len(sentences), 8)}"
    yield f"questions={min(len(questions), 3)}"
    found = words(plain(asking))[:_ASKING_WORDS]
    yield from (f"ask:{word}" for word in found)
    yield from (f"ask2:{one} {two}" for one, two in pairwise(found))
    yield from (f"ask-start:{' '.join(found[:count])}" for count in (1, 2, 3))
    if len(sentences) > 1:
        first = words(plain(sentences[0]))
        yield from (f"first:{' '.join(first[:count])}" for count in (1, 2, 3, 4))
        yield f"ask-length={min(len(asking) // 20, 6)}"


def _masked_names(text: str) -> Iterator[str]:
    """Yield n-grams with names masked, because only their relation matters: "@ is taller than @"."""
    names = _NAME.findall(text)
    known = set(names)
    yield f"names={min(len(known), 6)}"
    yield f"names-again={min(len(names) - len(known), 5)}"
    masked = [_mask(word, known) for word in re.findall(r"[A-Za-z]+|\d+|[^\w\s]", text)[:_MASKED_WORDS]]
    yield f"number-words={min(masked.count('#w'), 5)}"
    for index in range(1, len(masked)):
        near = masked[max(0, index - 2) : index + 1]
        if "@" in near or "#w" in near:
            yield f"m2:{' '.join(near[-2:])}"
            yield f"m3:{' '.join(near)}"


def _mask(word: str, names: set[str]) -> str:
    if word in names:
        return "@"
    lower = word.lower()
    return "#" if word.isdecimal() else "#w" if _NUMBER_WORD.fullmatch(lower) else lower


def _word_names(found: list[str]) -> Iterator[str]:
    for index, word in enumerate(found):
        yield f"w:{word}"
        if index:
            yield f"w2:{found[index - 1]} {word}"
        if index > 1:
            yield f"w3:{found[index - 2]} {found[index - 1]} {word}"
    for count in (1, 2, 3, 4):
        yield f"start:{' '.join(found[:count])}"
        yield f"end:{' '.join(found[-count:])}"


def _character_names(text: str, found: list[str]) -> Iterator[str]:
    """Yield character n-grams: for Japanese and Chinese, and for typing errors in longer words."""
    if CJK.search(text):
        text = NUMBER.sub("#", " ".join(text.split()))
        for size in (1, 2, 3):
            for start in range(len(text) - size + 1):
                yield f"c:{text[start : start + size]}"
        for count in (3, 4, 6):
            yield f"c-end{count}:{text[-count:]}"
        yield f"c-start:{text[:3]}"
        return
    for word in dict.fromkeys(found):
        if len(word) >= _LONG_WORD:
            marked = f"<{word}>"
            for start in range(len(marked) - 3):
                yield f"c:{marked[start : start + 4]}"
