"""Scores of answers to questions with one right answer: numbers, choices and short texts. No judge is asked.

An answer's result is `Answer.final_answer`, where the strategy told it apart; else what is marked as the
result (boxed, "the answer is", "答えは"); else the last number, the last choice, or the last line. This is
reading by rule, not by understanding: an unmarked answer that ends in another number than its result is
counted wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from ..dataset.question import Kind
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
_OPPOSITES = (("yes", "no"), ("true", "false"), ("valid", "invalid"), ("はい", "いいえ"))
_RANGE = ".."


@dataclass(frozen=True, slots=True)
class ExactScore:
    """Comparison of an answer with the reference; without a result to read (``found``) it is wrong."""

    correct: bool
    found: str | None
    expected: str


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


def score_text(kind: Kind, reference: str, text: str, final_answer: str | None = None) -> ExactScore:
    """Compare an answer with a reference. Never raises, whatever the texts hold.

    Args:
        kind: How to read both; ``open`` is read as ``text``.
        reference: The right answer; of a number it may be a range, ``LOW..HIGH``, of a text alternatives
            parted by ``|``.
        text: The whole answer.
        final_answer: The result alone, where it is known.
    """
    plain = _plain(text)
    marked = [_plain(final_answer)] if final_answer and final_answer.strip() else _marked(plain)
    if kind == "number":
        return _number(reference, plain, marked)
    if kind == "choice":
        return _choice(reference, plain, marked)
    return _text(reference, plain, marked)


def _number(reference: str, text: str, marked: list[str]) -> ExactScore:
    given = None
    for part in marked:
        given = given or _result(part)
    if given is None:
        given = next(reversed([*find_numbers(text)]), None)
    if given is None:
        return ExactScore(False, None, reference)
    low, parted, high = reference.partition(_RANGE)
    least, most = next(find_numbers(low), None), next(find_numbers(high), None)
    if parted and least is not None and most is not None:
        return ExactScore(within(given, least, most), given.text, reference)
    return ExactScore(least is not None and same_number(given, least), given.text, reference)


def _result(marked: str) -> Number | None:
    """The number of a marked result: after the last equals sign, else the first; not what is in brackets."""
    outside = marked.split("(", 1)[0]
    for part in (re.split("[=≈]", outside)[-1], outside, marked):
        number = next(find_numbers(part), None)
        if number is not None:
            return number
    return None


def _choice(reference: str, text: str, marked: list[str]) -> ExactScore:
    expected = _letter(normal(reference), first=True)
    given = None
    for part in marked:
        given = given or _letter(part, first=True)
    given = given or _letter(text, first=False)
    return ExactScore(given is not None and given == expected, given, reference)


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
            return ExactScore(True, candidate.strip(), reference)
    return ExactScore(False, candidates[0].strip() if candidates else None, reference)


def _says(given: str, wanted: str) -> bool:
    """Whether a short text says what is wanted: as a whole, at its beginning, or once among few words."""
    if given == wanted or given.startswith(f"{wanted} "):
        return True
    if any(_has(given, other) for other in (*_opposites(wanted), f"not {wanted}")):
        return False
    if any("\u3040" <= char <= "\u9fff" for char in wanted):  # no spaces between words
        return wanted in given
    return _has(given, wanted)


def _has(given: str, wanted: str) -> bool:
    return f" {wanted} " in f" {given} "


def _opposites(wanted: str) -> list[str]:
    return [
        other for pair in _OPPOSITES for own, other in (pair, pair[::-1]) if own == wanted and other != wanted
    ]


def _marked(text: str) -> list[str]:
    """What is marked as the result, the last first."""
    boxed = [found for found in _BOXED.findall(text) if found.strip()]
    if boxed:
        return boxed[::-1]
    rests = [text[found.end() :].split("\n", 1)[0] for found in _MARKED.finditer(text)]
    return [rest for rest in reversed(rests) if rest.strip(" *_:.")]


def _plain(text: str) -> str:
    r"""Full-width forms as plain ones, LaTeX's ``\text{…}`` as its content; of a very long text the end."""
    return _LATEX_TEXT.sub(r"\1", normal(text))


def _words(text: str) -> str:
    """The words alone, in small letters, without articles; of a text without words its signs."""
    letters = "".join(char if char.isalnum() else " " for char in text.casefold())
    words = [word for word in letters.split() if word not in ("the", "a", "an")]
    return " ".join(words) or "".join(text.split())
