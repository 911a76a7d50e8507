"""Number marks of list items: digits of any script, circled numbers, words, letters and Roman numerals."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .clauses import CJK
from .ordinals import ordinal_number, ordinal_pattern

MarkKind = Literal["number", "word", "letter", "roman", "decimal"]
Strength = Literal["strong", "loose", "weak"]

MAX_NUMBER = 99
DASHES = r"\-‐‑‒–—―−－﹣"
CIRCLED = "①-⑳⑴-⒇⒈-⒛❶-❿➀-➉➊-➓㉑-㉟㊱-㊿⓵-⓾㈠-㈩㊀-㊉Ⅰ-Ⅻⅰ-ⅻ"

_KANJI = {c: i for i, c in enumerate("一二三四五六七八九十", start=1)} | {
    c: i for i, c in enumerate("壹贰叁肆伍陆柒捌玖拾", start=1)
}
KANJI = "[一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾]"
_NAMES = (
    "point|step|tip|reason|idea|item|part|section|aspect|factor|topic|way|chapter|phase|stage|lesson|rule|day"
    "|punkt|schritt|tipp|grund|teil|étape|etape|conseil|partie|raison|paso|punto|consejo|parte|razón|passo|ponto"
    "|dica|motivo|consiglio|stap|steg|krok|шаг|пункт|совет|часть|adım|langkah|bước|단계|포인트|الخطوة|النقطة|चरण|बिंदु"
)
_LABEL = (
    rf"(?:(?:{_NAMES})(?:\s{{1,2}}|(?=\#))|第|其|その|要点|観点|论点|論点|理由"
    r"|(?:ポイント|ステップ|步骤|步驟|手順)\s?)"
)
_NUMBER_LABEL = (
    r"(?:\#|№|n[.]?\s?[º°]|(?:no|nr|num|núm|nº|n°)\b\.?|number|nummer|numéro|numero|número|номер|番号)"
)
_N = rf"\d{{1,3}}|{KANJI}{{1,3}}"
_STRONG = re.compile(
    rf"""(?:{_LABEL}\#?\s?)?(?:
      [(（\[【〔]\s?(?:(?P<in>{_N})|(?P<incircle>[{CIRCLED}]))\.?\s?[)）\]】〕][.．:：、]?(?!\()
    | (?P<n>{_N})(?:つ目|点目|番目|点|章|条|項|节|步)?
      (?: (?:\ufe0f?\u20e3 | \s?\\?(?P<sep>[.．。:：)）、।])(?![º°ª]) ){{1,2}}(?:[{DASHES}](?=\s))?(?!\d)
        | \s[{DASHES}](?=\s) )
    | (?P<circle>[{CIRCLED}])[.．:：、)）]?
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_LABELLED = re.compile(rf"{_LABEL}{KANJI}{{1,3}}[，,、]\s*", re.IGNORECASE)
_SEP = rf"\s?(?:[.．:：)）]|[{DASHES}](?=\s))"
_ORDINAL = r"(?:st|nd|rd|th|ers?|ère|re|ème|[oaeª]|ste|de|-?(?:й|я|е|ое))"
_LOOSE = re.compile(
    rf"""(?:
      (?:{_LABEL}\s?)?{_NUMBER_LABEL}\s?(?P<a>\d{{1,2}}){_SEP}
    | (?:{_LABEL})?(?P<b>\d{{1,2}})(?:[{DASHES}](?=\s) | {_ORDINAL}{_SEP} | \.?[º°ª]\s?[:：)）{DASHES}])
    )\s*(?!\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_WEAK = re.compile(
    rf"""(?:
      (?P<label>(?:{_LABEL}\s?)?{_NUMBER_LABEL})\s?(?P<a>\d{{1,2}})(?=\s)
    | (?P<name>(?:{_NAMES})\s)(?P<b>\d{{1,2}})(?=\s[^\W\d_])
    | (?P<c>\d{{1,2}})(?P<form>\.?[°ºª]\.?(?=\s) | [{DASHES}](?=[^\W\d_]) | [/\t،](?=\s|[^\W\d_]))
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_DECIMAL = re.compile(
    rf"(?:(?:section|part|point|step)\s)?(\d{{1,2}})[.．](\d{{1,2}})(?:{_SEP}(?!\d)|(?=\s))\s*(?=\S)",
    re.IGNORECASE,
)
_ALPHABETS = (
    *("abcdefghijklmnopqrstuvwxyz", "абвгдежзиклмнопрстуфхцчшщ", "αβγδεζηθικλμνξοπρστυφχψω"),
    *(
        "가나다라마바사아자차카타파하",
        "أبجدهوزحطيكلمن",
        "アイウエオカキクケコ",
        "甲乙丙丁戊己庚辛壬癸",
        "कखगघङचछज",
    ),
)
_LETTER = re.compile(
    rf"(?P<open>[(（\[])?\s?(?P<letter>[a-zA-Z]{{1,6}}|[{''.join(_ALPHABETS[1:])}{_ALPHABETS[1].upper()}"
    rf"{_ALPHABETS[2].upper()}])(?:\\?(?P<sep>[.．:：)）\]、])|\s(?P<dash>[{DASHES}])(?=\s))"
    rf"(?=\s|\*\*|[{CJK}])\s*"
)
_TITLE_WORDS = 8
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Number mark at the start of a text.

    Args:
        kind: Kind of the number.
        number: Its value; 0 where the mark says only that the item follows another.
        end: Position after the mark.
        strength: ``strong``: an item wherever it stands; ``loose``: an item in its place in the order of
            numbers; ``weak``: prose may begin so: the first is an item once the second has come.
        style: Form of the mark, by which the next item is found on the same line (see `Item.style`).
        family: What the marks of one list have in common.
        roman: Value as a Roman numeral, of a letter that may be one.
        section: Number before the point of ``1.2``.
    """

    kind: MarkKind
    number: int
    end: int
    strength: Strength
    style: str = ""
    family: str = ""
    roman: int = 0
    section: int = 0


def read_mark(text: str) -> Mark | None:
    """Parse the number mark at the start of a text; ``None`` without one."""
    if match := _STRONG.match(text):
        value = _value(match)
        return Mark("number", value, match.end(), "strong", _style(match)) if value <= MAX_NUMBER else None
    if match := _LABELLED.match(text):
        return Mark("number", 0, match.end(), "strong")
    first = text[:1]
    if first.isdigit() and (match := _DECIMAL.match(text)):
        return Mark("decimal", int(match[2]), match.end(), "weak", section=int(match[1]))
    if match := _LOOSE.match(text):
        return Mark("number", int(match["a"] or match["b"]), match.end(), "loose", _loose_style(match))
    if match := _WEAK.match(text):
        if match["name"] and text[match.end() :][:1].islower():  # "Step 1 is hard"
            return None
        family = (match["label"] or match["name"] or match["form"]).strip().lower()
        number = int(match["a"] or match["b"] or match["c"])
        return Mark("number", number, match.end(), "weak", family=family)
    return (_read_word(text) or _read_letter(text)) if first else None


def _loose_style(match: re.Match[str]) -> str:
    dashed = match["b"] and match.group().rstrip()[len(match["b"]) :] in set("-‐‑‒–—―−－﹣")
    return match.group().rstrip()[-1] if dashed else ""


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<label>{_LABEL})?(?P<word>{ordinal_pattern()})"
        rf"(?:\s?(?P<sep>[.．:：)）])|\s?[{DASHES}](?=\s)|(?P<comma>\s?[,，、،]))\s*(?=\S)",
        re.IGNORECASE,
    )


def _read_word(text: str) -> Mark | None:
    match = _word_pattern().match(text)
    if match is None:
        return None
    number = ordinal_number(match["word"])
    if match["label"]:
        return Mark("number", number, match.end(), "loose")
    # "First, let us see" is prose more often than an item.
    weak = bool(match["comma"]) or match["sep"] in (".", "．") or number == 0
    return Mark(
        "word", number, match.end(), "weak" if weak else "loose", family="comma" if match["comma"] else ""
    )


def _read_letter(text: str) -> Mark | None:
    match = _LETTER.match(text)
    if match is None:
        return None
    letter, sep = match["letter"], match["sep"] or match["dash"]
    if match["open"] and sep not in ")）]":
        return None
    folded = letter.lower()
    case = "A" if letter[0].isupper() else "a"
    roman = _roman(folded) if letter in (folded, letter.upper()) else 0
    # "A. Smith said so." is prose; a short text without an end is a title.
    rest = text[match.end() :].rstrip("*_ ")
    titled = sep in ".．" and 0 < len(rest.split()) <= _TITLE_WORDS and rest[-1] not in ".!?:;,"
    strength: Strength = "loose" if titled or sep in ")）]" else "weak"
    family = f"{match['open'] or ''}{case}{sep}"
    if len(letter) > 1:
        return Mark("roman", roman, match.end(), strength, family=family) if roman else None
    number, family = next((a.index(folded) + 1, f"{family}{a[0]}") for a in _ALPHABETS if folded in a)
    return Mark("letter", number, match.end(), strength, family=family.rstrip("a") or family, roman=roman)


def _roman(letters: str) -> int:
    """Return the value of a Roman numeral up to 39; 0 for anything else."""
    match = _ROMAN.fullmatch(letters)
    if match is None or not letters:
        return 0
    ones = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
    return 10 * len(match[1]) + ones[match[2]]


def _value(match: re.Match[str]) -> int:
    """Return the value of a matched number: digits, a circled number, or kanji up to 99."""
    circle = match.group("circle") or match.group("incircle")
    if circle:
        return int(unicodedata.numeric(circle))
    digits = match.group("n") or match.group("in")
    if digits[0] not in _KANJI:
        return int(digits)
    tens, ten, ones = digits.replace("拾", "十").rpartition("十")
    if not ten:
        return _KANJI[ones[-1]]
    return 10 * (_KANJI[tens[-1]] if tens else 1) + (_KANJI[ones[-1]] if ones else 0)


def _style(match: re.Match[str]) -> str:
    """Return the style of a matched number, as in `Item.style`; kanji have ``一`` in it."""
    if match.group("circle"):
        return match.group("circle")
    if match.group("in") or match.group("incircle"):
        return "(" if match.group("in") and match.group("in")[0] not in _KANJI else ""
    sep = match.group("sep") or ""
    return sep if match.group("n")[0] not in _KANJI else sep + "一" if sep else ""
