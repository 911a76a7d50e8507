"""Scopes and dependencies at the end of a skeleton line: ``Title | what it covers (needs 1, 2)``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .clauses import shorten
from .code_spans import CodeSpans
from .markup import plain_text, visible_text

_MAX_ITEM = 1000
_MAX_COVERS = 240
_PIPE = re.compile(r"(?<=\S)(?:\s[|｜]\s|\s?｜\s?)(?=\S)")
_CODE = re.compile(r"`[^`]{0,200}`?")
_NOUN = r"(?:points?|steps?|items?|nos?\.?|punkte?n?|schritte?|puntos?|pasos?|点|第|要点|ポイント|\#)"
_NUMBER = rf"(?:{_NOUN}\s?)?\d{{1,2}}(?:点|番)?"
_BETWEEN = r"\s?(?:[,，、;；/&+–-]|\b(?:and|und|et|y|e|и|to|bis|or)\b|と|和|及び|および|與|与|와|및)\s?"
_LIST = rf"{_NUMBER}(?:(?:{_BETWEEN}){{1,2}}{_NUMBER}){{0,12}}"
_NONE = r"none|nothing|no\s(?:others?|points?)|n/a|keine?n?|aucune?|nada|ninguno|なし|无|無|-|–|—"
_VERB = (
    r"(?:needs?|needed|requires?|required|depends?(?:\s(?:up)?on)?|dependent\son|dependenc(?:y|ies)|depends_on"
    r"|builds?\s(?:up)?on|based\son|prerequisites?|benötigt|braucht|setzt\svoraus|nécessite|dépend\sde|besoin\sde"
    r"|necesita|requiere|depende\sde|richiede|dipende\sda|precisa\sde|vereist|требует|нужн[оы]|зависит\sот"
    r"|需要|依赖于?|依賴於?|依存|前提|必要|필요)"
)
_NEEDS = (
    rf"(?:{_VERB}\s?[:：]?\s?(?:(?P<list>{_LIST})|{_NONE})(?:\s?voraus)?"
    rf"|(?P<before>{_LIST})\s?(?:が|に|を|는|이|가)?\s?(?:必要|依存|前提|필요|需要)[^\d()（）\[\]]{{0,8}})"
)
_BRACKETED = re.compile(rf"\s*[(（\[【]\s?{_NEEDS}\s?[.。]?[)）\]】]\s*[.。*_]{{0,3}}$", re.IGNORECASE)
_OPEN_END = re.compile(rf"(?:^|\s?[|｜;；]\s?|\s[–—-]\s){_NEEDS}\s?[.。]?$", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,2})\s?(?:[–-]|to|bis)\s?(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Scoped:
    """Parts of a skeleton line.

    Args:
        title: Text of the title, marks included.
        covers: What the point covers; empty where the line does not say so.
        needs: Numbers of the points that it needs, as the model wrote them.
        marked: The line has the form: it says what the point covers, or what it needs.
    """

    title: str
    covers: str = ""
    needs: tuple[int, ...] = ()
    marked: bool = False


def read_scope(text: str) -> Scoped:
    """Split a list item's text into its title, what it covers and what it needs."""
    text = text[:_MAX_ITEM].rstrip()
    text, needs, marked = _strip_needs(text)
    hidden = _CODE.sub(lambda match: "`" * len(match.group()), text)  # a | b in code is no scope
    pipe = None if "||" in hidden else _PIPE.search(hidden)
    if pipe is None:
        return Scoped(text, "", needs, marked)
    title, more, _ = _strip_needs(text[: pipe.start()])
    spans = CodeSpans(visible_text(text[pipe.end() :]))
    covers = spans.restore(plain_text(spans.text).strip(" |｜*_"))
    if not any(c.isalnum() for c in title):
        return Scoped(text, "", needs, marked)
    return Scoped(
        title, shorten(covers, _MAX_COVERS) if len(covers) > _MAX_COVERS else covers, needs + more, True
    )


def ends_scope(text: str) -> bool:
    """Whether a line has come to the end of its form: it says what the point needs."""
    return (
        text[-4:].rstrip(" .。*_").endswith((")", "）", "]", "】")) and _strip_needs(text[-120:].rstrip())[2]
    )


def _strip_needs(text: str) -> tuple[str, tuple[int, ...], bool]:
    """Strip what a line needs from its end; returns the rest, the numbers, and whether it was there."""
    if not text or not (text[-1] in ")）]】.。*_|" or text[-1].isalnum() or text[-1] in "-–—"):
        return text, (), False
    start = max(0, len(text) - 160)
    match = _BRACKETED.search(text, start) or _OPEN_END.search(text, start)
    if match is None or match.start() == 0:
        return text, (), False
    return text[: match.start()].rstrip(), _read_numbers(match["list"] or match["before"] or ""), True


def _read_numbers(text: str) -> tuple[int, ...]:
    numbers = {int(number) for number in re.findall(r"\d{1,2}", text)}
    for first, last in _RANGE.findall(text):
        numbers.update(range(int(first), int(last) + 1))
    return tuple(sorted(numbers))
