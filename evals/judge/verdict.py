"""Parser of a judge's reply: which answer it says is better, in the forms that models write it.

A verdict is read where the reply names it: a line ``Verdict: A`` in any dress or language, a field of JSON,
a tag, ``[[A]]``, or a reply that is the choice and nothing else. A reply with none, with two unlike ones, or
that takes its verdict back is unreadable; it is never taken for a tie.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sot.text.thinking import ThoughtSplitter
from sot.types import FinishReason

from ..stats.net_win import Place

_MAX_CHARS = 20_000  # of a reply; its end is what counts
_CHOICE_WORDS = 2  # Answer A
_SHORT = 6  # words of a line that is a choice and nothing else

_LABELS = """
    verdict veredicto veredito verdetto verdikt werdykt urteil oordeel uitspraak hüküm karar вердикт
    решение الحكم حکم निर्णय फैसला 判定 判断 判斷 裁决 裁決 评判 評判 判决 判決 结论 結論 판정 평결 결론
"""
_OTHER_LABELS = """
    winner decision judgment judgement conclusion result preference choice choix
    better\\s+(?:answer|response) best\\s+(?:answer|response) preferred(?:\\s+(?:answer|response))?
    answer gewinner entscheidung antwort fazit ganador decisión respuesta gagnant décision réponse
    vincitore decisione vencedor decisão победитель ответ 勝者 胜者 答案 승자 الفائز विजेता
"""
_NOUNS = """
    answer option response assistant model candidate text choice reply solution antwort réponse
    respuesta resposta risposta opción ответ вариант 回答 答案 答え 选项 選項 응답 답변 الإجابة
    الاجابة उत्तर yanıt cevap
"""
_TIES = """
    tie tied draw even equal equally\\s+good unentschieden gleichstand gleich\\s?gut empate égalité
    pareggio parità ничья гelijkspel gelijkspel remis berabere beraberlik 平局 平手 引き分け 同点
    同等 무승부 동점 تعادل बराबर बराबरी टाई
"""
_BETTER = """
    better best wins? stronger preferred superior preferable clearer beats outperforms surpasses over\\b
    besser beste meilleure? mejor melhor migliore лучше gana gewinnt winner 更好 较好 較好 更优
    优于 より 優れ 良い 더 낫 أفضل الأفضل बेहतर iyi lepsza
"""
_WORSE = """
    worse worst weaker inferior less not no hardly loses? nor neither both equal\\w*
    schlechter nicht pas peor хуже не 更差 不
"""


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


# Letters of a script with spaces may not follow a letter that is a choice; 更好 and です may.
_END = r"(?![^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
_FIRST, _SECOND = "AaАΑأا", "BbБВΒب"  # in Latin, Cyrillic, Greek and Arabic
_LETTER = (
    rf"(?P<first>[{_FIRST}]{_END}|first{_END}|1st{_END})|(?P<second>[{_SECOND}]{_END}|second{_END}|2nd{_END})"
    rf"|(?P<tie>(?:{_any(_TIES)}){_END})"
)
_NOUN = rf"(?:(?:{_any(_NOUNS)})\s*[:#-]?\s*)"
_CHOICE = re.compile(
    rf"\W*(?:(?:an?|the|it\s+is|it's|both(?:\s+answers)?(?:\s+are)?|die|la|le)\s+)*{_NOUN}?\(?(?:{_LETTER})\)?"
    rf"(?P<noun>\s+(?:one|{_any(_NOUNS)}){_END})?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_OTHER = re.compile(rf"(?<![^\W_])(?:[AB]|TIE|tie){_END}")
_SAYS_BETTER = re.compile(
    rf"\s*(?:(?:is|was|wins|seems|ist|est|es|è|é|gewinnt|gana)\b|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|"
    rf"(?:{_any(_BETTER)}))",
    re.IGNORECASE,
)
_IS_BETTER = re.compile(rf"(?<![^\W_\u3040-\uffff])(?:{_any(_BETTER)})", re.IGNORECASE)
_IS_WORSE = re.compile(rf"(?<![^\W_\u3040-\uffff])(?:{_any(_WORSE)})", re.IGNORECASE)
_REASON = re.compile(
    r"\s*(?:[,.;:(。,、\-–—]|because\b|since\b|as\b|for\b|weil\b|car\b|porque\b|因为|因為)", re.IGNORECASE
)
_EXPLAINS = re.compile(r"\s*(?:\(|because\b|since\b|as\b|for\b)", re.IGNORECASE)
_EXPLANATION = 3  # words of it at least
_NOTHING = re.compile(r"[\s.!?。,;:)(\-–—]*(?:です|だ|である|입니다|이다|है)?[\s.!?。)]*")
_RANKED = re.compile(r"(?<![^\W_])([AB])\s*(>{1,2}|<{1,2}|=)\s*([AB])(?![^\W_])")
_MOST_CHARS = 300  # of a choice with its reason that are looked at
_DOUBT = re.compile(
    r"\b(?:or|oder|ou|unless|maybe|perhaps|either|but|however|und|and\s+[AB]|/\s*[AB])\b", re.IGNORECASE
)

_TOKENS = re.compile(r"<[|｜][^<>|｜\s]{1,40}[|｜]>|</?[A-Za-z][^<>]{0,40}>|\[/?INST\]")
_LATEX = re.compile(r"\\(?:boxed|fbox|text|textbf|mathbf|mathrm)\s*\{([^{}]*)\}")
_DRESS = re.compile(
    r"[*_`~$#>\"“”«»„「」『』【】〈〉《》|\[\]{}\\\ufe0f\u2600-\u27bf\U0001f300-\U0001faff]|(?<!\w)['‘’]|['‘’](?!\w)"
)
_BULLET = re.compile(r"^[\s\-•+–—·]*(?:\d{1,2}[.)]\s+)?")

_FEW_WORDS = r"(?:[^\W\d]+[\s,'’]+){0,5}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\s]{0,8}"
_OPENING = r"(?:(?:so|thus|therefore|hence|and|my|the|our|final|die|der|das|la|le|el|il)[\s,]+|最[终終]){0,4}"
_SEPARATOR = (
    r"\s*(?:is\b|:|=>?|-+>?|–|—|→|⇒|goes\s+to\b|ist\b|lautet\b|es\b|est\b|è\b|é\b|是|为|為|は|는|은|هو|हैं?\b)"
)


def _line(before: str, labels: str, separator: str) -> re.Pattern[str]:
    label = rf"(?<![^\W_\u3040-\uffff])(?:{_any(labels)})(?![^\W_\u3040-\uffff])"
    return re.compile(
        rf"(?P<before>{before}){label}(?:結果|结果|결과)?(?:\s*\((?!\s*(?:A|B|TIE)\s*\))[^()]*\))?{separator}(?P<said>.*)",
        re.IGNORECASE | re.DOTALL,
    )


# A line that names its verdict: what comes before, and what it says.
_LINE = _line(_FEW_WORDS, _LABELS, rf"(?:{_SEPARATOR})*\s*")
# A line that names its choice by another word than verdict.
_OTHER_LINE = _line(_OPENING, _OTHER_LABELS, rf"(?:(?:{_SEPARATOR})+\s*|\s*$)")
_KEYS = (
    r"(?:final[_ ]?)?(?:verdict|winner|decision|judge?ment|preference|choice|answer"
    r"|(?:better|preferred)(?:[_ ]answer)?)"
)
# A verdict in a field of JSON, a tag, double brackets or a box.
_MARKED = re.compile(
    rf"[\"']{_KEYS}[\"']\s*:\s*[\"']?(?P<field>[^\"',}}\]]*)[\"']?\s*(?=[,}}\]]|$)"
    rf"|<{_KEYS}>\s*(?P<tag>[^<>]*?)\s*</{_KEYS}>"
    r"|\[\[\s*(?P<mark>[^\[\]]{1,24}?)\s*\]\]"
    r"|\\boxed\s*\{\s*(?:\\text\w*\s*\{)?(?P<boxed>[^{}]{1,24})\}",
    re.IGNORECASE,
)
# A word by which a verdict says that it is the last one.
_FINAL = re.compile(
    r"final|endgültig|définiti|definitiv|finale|最终|最終|최종|итог|النهائي|अंतिम", re.IGNORECASE
)
_HYPOTHETICAL = re.compile(
    r"\b(?:not|no|never|cannot|can't|don't|if|would|could|might|unless|either|neither|example|format|forms?|like"
    r"|initial|tentative|preliminary)\b",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:on\s+second\s+thoughts?|chang(?:e|ed|ing)\s+my\s+mind|scratch\s+that|correction"
    r"|take\s+(?:it|that)\s+back|wait\b|i\s+was\s+wrong|reconsider)",
    re.IGNORECASE,
)
_OBJECTS = re.compile(r"(?:but|however|yet|no|not|though|still|or|except|actually|hmm)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict of a reply, or why it cannot be read."""

    place: Place | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """Verdict that a line of a reply names."""

    line: int
    place: Place | None  # None where it leaves it open
    final: bool


def parse_verdict(reply: str, finish_reason: FinishReason | None = "stop") -> Verdict:
    """Read the one verdict of a whole reply, prefilled start included."""
    cut = finish_reason == "length"
    splitter = ThoughtSplitter(stray="hold")
    text = splitter.feed(reply[-_MAX_CHARS:]) + splitter.close()
    lines = [line for line in text.splitlines() if _plain_line(line)]
    plain = [_plain_line(line) for line in lines]
    named = [*_named(lines, plain)]
    if not named:  # other words than verdict are common in reasons: only at the reply's ends
        named = [entry for entry in _labelled(plain, _OTHER_LINE) if entry.line in (0, len(plain) - 1)]
    if any(entry.place for entry in named):
        return _agreed(named, plain)
    if plain and not named and not cut and (place := _alone(plain)) is not None:
        return Verdict(place)
    return Verdict(None, "cut by the token limit (--judge-tokens)" if cut else "no verdict line")


def _alone(plain: Sequence[str]) -> Place | None:
    """The choice of a reply that is nothing else, or whose last line is."""
    if len(plain) > 1 and len(plain[-1].split()) > _CHOICE_WORDS:
        return None
    return _choice(plain[-1], alone=True)


def _agreed(named: Sequence[_Named], plain: Sequence[str]) -> Verdict:
    """The verdict that all agree on; one that says it is final counts before others."""
    counting = [entry for entry in named if entry.final and entry.place] or named
    places: set[Place] = {entry.place for entry in counting if entry.place}
    last = max(entry.line for entry in counting if entry.place)
    after = plain[last + 1 :]
    places |= {
        place
        for line in after
        if len(line.split()) <= _SHORT and (place := _choice(line, alone=True)) is not None
    }
    if len(places) > 1:
        return Verdict(None, "two different verdicts")
    open_after = any(entry.line > last and entry.place is None for entry in named)
    if open_after or any(_takes_back(line, reasons=last == 0) for line in after):
        return Verdict(None, "the verdict is taken back")
    return Verdict(places.pop())


def _named(lines: Sequence[str], plain: Sequence[str]) -> Iterator[_Named]:
    for number, line in enumerate(lines):
        for found in _MARKED.finditer(line):
            said = next(part for part in found.groups() if part is not None)
            if (place := _choice(_plain_line(said))) is not None:
                yield _Named(number, place, _FINAL.search(line[: found.end()]) is not None)
    yield from _labelled(plain, _LINE)


def _labelled(plain: Sequence[str], form: re.Pattern[str]) -> Iterator[_Named]:
    """Verdicts of labelled lines; a label alone, such as a heading, names that of the next line."""
    for number, line in enumerate(plain):
        found = form.fullmatch(line)
        if found is None or _is_hypothetical(found["before"]):
            continue
        said, at = found["said"], number
        while (again := form.fullmatch(said)) is not None and not again["before"].strip():
            said = again["said"]  # a prefilled label that the model wrote again
        if not said.strip() and number + 1 < len(plain):
            said, at = plain[number + 1], number + 1
            if _choice(said) is None:
                continue
        yield _Named(at, _choice(said), _FINAL.search(found["before"]) is not None)


def _plain_line(line: str) -> str:
    """A line without its dress: Markdown, LaTeX, tags, control tokens, quotes, bullets, full-width forms."""
    line = _TOKENS.sub(" ", _RANKED.sub(_ranked, unicodedata.normalize("NFKC", line)))
    line = _LATEX.sub(r"\1", _LATEX.sub(r"\1", line))
    return _BULLET.sub("", _DRESS.sub(" ", line)).strip(" \t.!。")


def _choice(said: str, *, alone: bool = False) -> Place | None:
    """The one choice that a text makes, ``None`` where it makes none or leaves it open."""
    found = _CHOICE.fullmatch(said[:_MOST_CHARS])
    if found is None:
        return None
    rest = found["rest"]
    if found["first"] and found["first"].islower() and len(found["first"]) == 1 and len(said.split()) > 1:
        return None  # an article
    place: Place = "tie" if found["tie"] else "first" if found["first"] else "second"
    return place if _stands(place, rest, alone=alone) else None


def _is_hypothetical(before: str) -> bool:
    """Whether the words before a verdict say that it is none, or not the last one."""
    return _HYPOTHETICAL.search(before) is not None


def _takes_back(line: str, *, reasons: bool) -> bool:
    """Whether a line after a verdict takes it back."""
    return _TAKES_BACK.search(line) is not None or (not reasons and _OBJECTS.match(line) is not None)


def _stands(place: Place, rest: str, *, alone: bool) -> bool:
    """Whether a choice stands with what follows it: nothing, that it is better, or a reason."""
    if _NOTHING.fullmatch(rest):
        return "?" not in rest
    if _DOUBT.search(rest):
        return False
    if _SAYS_BETTER.match(rest) and _IS_BETTER.search(rest):
        return _IS_WORSE.search(rest) is None
    begun = _REASON.match(rest)
    if alone or begun is None:
        return False
    reason = rest[begun.end() :].strip()
    if _OTHER.match(reason) and not (_EXPLAINS.match(rest) and len(reason.split()) >= _EXPLANATION):
        return False  # A, B
    return _choice(reason) in (None, place)


def _ranked(found: re.Match[str]) -> str:
    """A>B and B<A as A, A=B as a tie."""
    if "=" in found[2]:
        return " TIE "
    return f" {found[1] if '>' in found[2] else found[3]} "
