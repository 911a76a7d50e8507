"""Numbers as other scripts and languages write them, brought into one plain form: digits 0 to 9, a point
before the decimals, a minus sign in front, a percent sign behind.

What can be read in two ways is left as it stands, and `sot.evals.score.numbers` reads it the English way.
"""

from __future__ import annotations

import re
import unicodedata

_MAX_CHARS = 200_000

_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_VULGAR = re.compile(r"(?<=\d)(?=[¼½¾⅐-⅟↉])")  # 3½ is three and a half, and not 31 halves
_MARKS = str.maketrans("٫٬،٪∕‐‑‒−➖ʼ‘’＇", ".,,%/-----''''")

_LATEX_MARK = re.compile(r"(?<=\d)(?:\{([.,])\}|(?:\\[,;:! ]|~)(?=\d{3}(?!\d)))")
_FRACTION = re.compile(
    r"(?P<units>(?<=\d)\s*)?\\[dtc]?frac\s*(?:\{\s*(?P<top>-?\d+)\s*\}|(?P<above>\d))"
    r"\s*(?:\{\s*(?P<bottom>\d+)\s*\}|(?P<below>\d))"
)

# Spaces before and after would make a list of it: 10 200 5.
_GROUPS = r"[1-9]\d{0,2}(?P<mark>[ '_])\d{3}(?:(?P=mark)\d{3})*"
_AMOUNT = re.compile(
    rf"""
    (?<![\d^]) (?<!\d[.,'_]) (?<!\d[ ])
    (?:
      (?P<european>[1-9]\d{{0,2}}(?P<point>[.'_ ])\d{{3}}(?:(?P=point)\d{{3}})*),(?P<cents>\d+)
      | (?P<groups>{_GROUPS})(?P<decimals>\.\d+)?(?![ ]?[/⁄])(?![ ]\d)
      | (?P<dots>[1-9]\d{{0,2}}(?:\.\d{{3}}){{2,}})
      | (?P<lakhs>[1-9]\d?(?:,\d{{2}})+,\d{{3}})(?P<rest>\.\d+)?
      | (?P<whole>\d+),(?P<parts>\d+)
    )
    (?!\d) (?![.,'_]\d)
    """,
    re.VERBOSE,
)
_ENGLISH = re.compile(r"\d,\d{3}\.\d|(?<![\d.,])\d+\.(?:\d{1,2}|\d{4,})(?![\d.,]*\d)")

_MINUS = re.compile(
    r"(?:(?<![^\W_])(?:minus|negative|moins|menos|meno|eksi|âm|минус|ناقص|سالب|منفی|منفي|ऋणात्मक|ऋण|मायनस)\s+"
    r"|(?:マイナス|負の|负|負|마이너스)\s*)(?=[$€£¥]?\d)",
    re.IGNORECASE,
)
_OPERAND = re.compile(
    r"(?:[\d)\]}%$²³]|(?<![^\W_])[b-zB-Z]"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand))$"
)
_SPACED_MINUS = re.compile(r"(?<=[=≈])\s*[-–]\s+(?=[$€£¥.]?\d)")

_PERCENT = re.compile(
    r"(?<=\d)\s?(?:per\s?cent|pct|prozent|procent|pour\s?cent|por\s?ciento|por\s?cento|per\s?cento"
    r"|процент(?:а|ов|ы)?|パーセント|퍼센트|प्रतिशत|শতাংশ|درصد|فیصد|[بف]ي?\s?المئة|[بف]ي?\s?المائة)(?![^\W\d_])",
    re.IGNORECASE,
)
_PERCENT_FIRST = re.compile(
    r"(?:(?<![\w)\]}\\])%\s?|(?<![^\W_])yüzde\s|百分之\s?)([-+]?\d+(?:[.,]\d+)*)(?![\d%])", re.IGNORECASE
)


def normal(text: str) -> str:
    """Normalise the end of a text: full-width forms become plain, all digits 0 to 9, powers ``^{…}``."""
    text = _INVISIBLE.sub("", text[-_MAX_CHARS:])
    text = _RAISED.sub(lambda found: f"^{{{found[0].translate(_SUPERSCRIPT)}}}", text)
    text = unicodedata.normalize("NFKC", _VULGAR.sub(" ", text)).translate(_MARKS)
    text = _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    return _LATEX_MARK.sub(lambda found: found[1] or " ", text)


def plain_numbers(text: str) -> str:
    """Rewrite the numbers of a text that `normal` has been through in the plain form."""
    text = _FRACTION.sub(_fraction, text)
    text = _PERCENT_FIRST.sub(r"\1%", _PERCENT.sub("%", text))
    text = _SPACED_MINUS.sub(" -", _MINUS.sub(_minus, text))
    english = _ENGLISH.search(text) is not None
    return _AMOUNT.sub(lambda found: _amount(found, english=english), text)


def has_decimal_comma(text: str) -> bool:
    """Tell whether a text writes decimals after a comma, so that a point in it may part thousands."""
    return _ENGLISH.search(text) is None and any(
        found["european"] or (found["whole"] and _is_decimal(found)) for found in _AMOUNT.finditer(text)
    )


def _fraction(found: re.Match[str]) -> str:
    parts = f"{found['top'] or found['above']}/{found['bottom'] or found['below']}"
    return parts if found["units"] is None else f" {parts}"


def _minus(found: re.Match[str]) -> str:
    """A sign, or what stood there: between two numbers it is a subtraction."""
    before = found.string[max(0, found.start() - 24) : found.start()].rstrip(" *_`\n")
    return found[0] if _OPERAND.search(before) else "-"


def _amount(found: re.Match[str], *, english: bool) -> str:
    grouped = found["european"] or found["groups"] or found["dots"] or found["lakhs"]
    if grouped:
        decimals = f".{found['cents']}" if found["cents"] else found["decimals"] or found["rest"] or ""
        return re.sub("[^0-9]", "", grouped) + decimals
    return f"{found['whole']}.{found['parts']}" if not english and _is_decimal(found) else found[0]


def _is_decimal(found: re.Match[str]) -> bool:
    """Whether a single comma comes before decimals: not before three digits, which the English group, and not
    between two numbers in brackets.
    """
    text, start, end = found.string, found.start(), found.end()
    grouped = len(found["parts"]) == 3 and len(found["whole"]) <= 3 and not found["whole"].startswith("0")
    return not grouped and not (
        text[start - 1 : start] in tuple("([{") and text[end : end + 1] in tuple(")]}")
    )
