"""Scores of answers by rule: numbers, choices and short texts against the right one, and forms asked for.

An answer's result is `Answer.final_answer`, where the strategy told it apart; else what is marked as the
result (boxed, "the answer is", "答えは"); else the last number, the last choice, or the last line. This is
reading by rule, not by understanding: an unmarked answer that ends in another number than its result is
counted wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from ..dataset.question import Kind
from .form import wrong_items, wrong_json
from .number_marks import normal
from .numbers import Number, find_numbers, same_number, within

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_MARKED = re.compile(
    r"(?:final\s+answer|(?:correct\s+|right\s+)?answer|solution|result)[*_\s]*(?:is\b|:|=)[*_\s]*:?[*_\s]*"
    r"|####\s*"
    r"|(?:最終的な)?(?:答え|回答|解答|正解)[*_\s]*(?:は|:|=)[*_\s、]*"
    r"|\b(?:antwort|ergebnis|endergebnis|lösung|réponse|résultat|respuesta|resultado|resposta|risposta|risultato"
    r"|ответ|результат)[*_\s]*(?:ist\b|lautet\b|est\b|es\b|é\b|è\b|:|=|-|—)[*_\s]*:?[*_\s]*"
    r"|(?:答案|最终结果|最終結果)[*_\s]*(?:是|为|為|:|=)[*_\s]*|(?:정답|답)[*_\s]*(?:은|는|:|=)[*_\s]*"
    r"|(?:الإجابة|الجواب|النتيجة|پاسخ|جواب|उत्तर|উত্তর)[*_\s]*(?:هي|هو|:|=|है\b)[*_\s]*",
    re.IGNORECASE,
)
_LATEX_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}")
_CHOICE_NAMED = re.compile(
    r"\(([A-Za-z])\)|(?<![A-Za-z0-9])(?:(?i:option|choice|answer)\s+)([A-Z])\b|(?<![A-Za-z0-9])([A-Z])(?=[).:])"
)
_CHOICE_FIRST = re.compile(r"[^A-Za-z0-9]*(?:([A-Z])(?![A-Za-z0-9'])|([a-z])(?=[).:]|\s*$))")
_PAIRS = (("yes", "no"), ("true", "false"), ("valid", "invalid"), ("はい", "いいえ"))
_OPPOSITES = (*_PAIRS, *(pair[::-1] for pair in _PAIRS))
_RANGE = ".."
_MORE_CHARS = 10_000
_FORMS = {"json": wrong_json, "items": wrong_items}


class ExactScore(NamedTuple):
    """Comparison of an answer with the reference; without a result to read (``found``) it is wrong."""

    correct: bool
    found: str | None


class Scored(Protocol):
    """Record of an answer, as far as scoring reads it."""

    kind: Kind
    reference: str | None
    answer: dict[str, Any] | None


def exact_score(record: Scored) -> ExactScore | None:
    """Score a record; ``None`` where there is nothing to score: a failed answer, an open question."""
    if record.answer is None or record.reference is None or record.kind == "open":
        return None
    final, text = record.answer.get("final_answer"), str(record.answer.get("text") or "")
    return score_text(record.kind, record.reference, text, final if isinstance(final, str) else None)


@lru_cache(maxsize=20_000)  # a report asks for the same score several times
def score_text(kind: Kind, reference: str, text: str, final_answer: str | None = None) -> ExactScore:
    """Compare an answer with a reference. Never raises, whatever the texts hold.

    Args:
        kind: How to read both; ``open`` is read as ``text``.
        reference: Of a number it may be a range, ``LOW..HIGH``, of a text alternatives parted by ``|``; of a
            form what `form` checks it by.
        final_answer: The result alone, where it is known.
    """
    if (wrong := _FORMS.get(kind)) is not None:
        mistake = wrong(reference, text)
        return ExactScore(mistake is None, mistake or "as asked")
    plain = _plain(text)
    marked = [_plain(final_answer)] if final_answer and final_answer.strip() else _marked(plain)
    compare = {"number": _number, "choice": _choice}.get(kind, _text)
    return compare(reference, plain, marked)


def _number(reference: str, text: str, marked: list[str]) -> ExactScore:
    given = next(filter(None, map(_result, marked)), None) or next(reversed(find_numbers(text)), None)
    if given is None:
        return ExactScore(False, None)
    low, parted, high = reference.partition(_RANGE)
    least, most = find_numbers(low)[:1], find_numbers(high)[:1]
    if parted and least and most:
        return ExactScore(within(given, least[0], most[0]), given.text)
    return ExactScore(bool(least) and same_number(given, least[0]), given.text)


def _result(marked: str) -> Number | None:
    """The number of a marked result: after the last equals sign, else the first; not what is in brackets."""
    outside = marked.split("(", 1)[0]
    parts = dict.fromkeys((re.split("[=≈]", outside)[-1], outside, marked))
    return next((numbers[0] for part in parts if (numbers := find_numbers(part))), None)


def _choice(reference: str, text: str, marked: list[str]) -> ExactScore:
    expected = _letter(normal(reference), first=True)
    first = (_letter(part, first=True) for part in marked)
    given = next(filter(None, first), None) or _letter(text, first=False)
    return ExactScore(given is not None and given == expected, given)


def _letter(text: str, *, first: bool) -> str | None:
    """The choice that a text names, as a capital letter: the first one of a marked result, else the last.

    A letter without brackets counts where it stands alone or at the beginning of a marked result.
    """
    leading = _CHOICE_FIRST.match(text) if first or len(text.split()) == 1 else None
    if leading:
        return (leading[1] or leading[2]).upper()
    named = ["".join(letters) for letters in _CHOICE_NAMED.findall(text)]
    return named[0 if first else -1].upper() if named else None


def _text(reference: str, text: str, marked: list[str]) -> ExactScore:
    expected = [words for part in normal(reference).split("|") if (words := _words(part))]
    lines = [line for line in text.split("\n") if line.strip()]
    candidates = marked or ([lines[-1], lines[0]] if lines else [])
    for candidate in candidates:
        given = _words(candidate)
        if any(_says(given, wanted) for wanted in expected):
            return ExactScore(True, candidate.strip())
    return ExactScore(False, candidates[0].strip() if candidates else None)


def _says(given: str, wanted: str) -> bool:
    """Whether a short text says what is wanted: as a whole, at its beginning, or once among few words."""
    if given == wanted or given.startswith(f"{wanted} "):
        return True
    opposites = [other for own, other in _OPPOSITES if own == wanted]
    if any(f" {other} " in f" {given} " for other in (*opposites, f"not {wanted}")):
        return False
    if any("\u3040" <= char <= "\u9fff" for char in wanted):  # no spaces between words
        return wanted in given
    return f" {wanted} " in f" {given} "


def _marked(text: str) -> list[str]:
    """What is marked as the result, the last first."""
    boxed = [found for found in _BOXED.findall(text) if found.strip()]
    return boxed[::-1] or list(_rests(text))


def _rests(text: str) -> Iterator[str]:
    """Rests of lines after a mark, the last first, as many as are not much longer together than the text.

    A model that says "the answer is" a thousand times in one line would else have that line read each time.
    """
    room = len(text) + _MORE_CHARS
    for begin in reversed([found.end() for found in _MARKED.finditer(text)]):
        end = text.find("\n", begin)
        rest = text[begin:] if end < 0 else text[begin:end]
        room -= len(rest)
        if room < 0:
            return
        if rest.strip(" *_:."):
            yield rest


def _plain(text: str) -> str:
    r"""Full-width forms as plain ones, LaTeX's ``\text{…}`` as its content; of a very long text the end."""
    return _LATEX_TEXT.sub(r"\1", normal(text))


def _words(text: str) -> str:
    """The words alone, in small letters, without articles; of a text without words its signs."""
    letters = "".join(char if char.isalnum() else " " for char in text.casefold())
    words = [word for word in letters.split() if word not in ("the", "a", "an")]
    return " ".join(words) or "".join(text.split())
