"""Reads numbers as people and models write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_MAX_DIGITS = 60
_MAX_EXPONENT = 60
_MAX_CHARS = 200_000

# Letters, an underscore or a caret in front make digits part of a name or a power: H2O, m², x_1.
_NUMBER = re.compile(
    r"""
    (?<![A-Za-z0-9_^])(?<!\^\{)(?<!\^-)(?<!\^\{-)
    (?P<sign>(?<![)\]}])[-+−–])?
    (?P<money>[$€£¥]\s?)?
    (?P<minus>[-−])?
    (?:
      \\[dt]?frac\s*\{\s*(?P<top>[-−]?\d+)\s*\}\s*\{\s*(?P<bottom>\d+)\s*\}
      | (?:(?P<units>\d+)\s)?(?P<above>\d+)\s?[/⁄]\s?(?P<below>\d+)(?![\d/])
      | (?:(?P<whole>\d{1,3}(?:[,'’_]\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?|(?P<point>\.\d+))
        (?:\s?(?:[×x*·]|\\times|\\cdot)\s?10\s?\^?\s?\{?(?P<ten>[-+−]?\d+)\}?
          |[eE](?P<exponent>[-+−]?\d+)(?![A-Za-z0-9])
          |\^\{?(?P<power>[-−]?\d+)\}?)?
    )
    (?P<percent>\s?(?:\\?%|percent\b|per\ cent\b|パーセント))?
    (?P<scale>\s?(?:thousand|million|billion|trillion)(?![A-Za-z])|[万億兆])?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_GROUPED = re.compile(r"(?<=\d)(?:\{,\}|\\[,;:! ]|[\u00a0\u2009\u202f])(?=\d{3}(?!\d))")
_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "万": 10**4,
    "億": 10**8,
    "兆": 10**12,
}
_WORDS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
}
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Args:
        value: Its value; of a percentage the number before the sign.
        decimals: Digits after the decimal point as written; ``None`` where it was written as a fraction, with
            an exponent or with a word such as million.
        percent: Whether it is a percentage.
        text: As it stands there.
    """

    value: Fraction
    decimals: int | None
    percent: bool
    text: str

    @property
    def readings(self) -> tuple[Fraction, ...]:
        """The values it may stand for: 25% is 25 to one writer and 0.25 to another."""
        return (self.value, self.value / 100) if self.percent else (self.value,)


def find_numbers(text: str) -> Iterator[Number]:
    """All numbers of a text, in order; number words only where there are no digits.

    Args:
        text: Any text. Full-width digits are read; of a very long one, only the end.
    """
    plain = normal(text)
    waiting: Number | None = None
    end = -1
    for found in _NUMBER.finditer(plain):
        number = _number(found)
        if number is None:
            continue
        if waiting is not None and end == found.start() and waiting.text[-1] in "万億兆":  # 1万5000
            together = waiting.value + number.value
            waiting = Number(together, None, number.percent, waiting.text + number.text)
        else:
            if waiting is not None:
                yield waiting
            waiting = number
        end = found.end()
    if waiting is not None:
        yield waiting
        return
    for found in _WORD.finditer(plain):
        yield Number(Fraction(_WORDS[found[0].casefold()]), 0, False, found[0])


def normal(text: str) -> str:
    """The text with full-width forms as plain ones, powers as ``^{…}`` and grouped digits with commas.

    Args:
        text: Any text; of a very long one, only the end is kept.
    """
    raised = _RAISED.sub(lambda found: f"^{{{found[0].translate(_SUPERSCRIPT)}}}", text[-_MAX_CHARS:])
    return unicodedata.normalize("NFKC", _GROUPED.sub(",", raised))


def same_number(given: Number, expected: Number) -> bool:
    """Whether an answer's number is the right one.

    It may be more precise than the reference, and is then rounded. Of a reference that is a fraction with
    endless decimals, two decimals or more are enough.

    Args:
        given: From the answer.
        expected: The reference.
    """
    return any(
        own == right or _rounds(own, given.decimals, right, expected)
        for own in given.readings
        for right in expected.readings
    )


def _rounds(own: Fraction, decimals: int | None, right: Fraction, expected: Number) -> bool:
    if expected.decimals is None:
        places = decimals if decimals is not None and decimals >= 2 else None
        return places is not None and abs(own - right) * 10**places < 1
    # Half a unit of the reference's last digit. A whole number allows none of it: 12.4 is not 12.
    return expected.decimals > 0 and abs(own - right) * 10**expected.decimals * 2 <= 1


def _number(found: re.Match[str]) -> Number | None:
    if len(found[0]) > _MAX_DIGITS:
        return None
    decimals: int | None = None
    if found["top"]:
        value = _quotient(int(_ascii(found["top"])), int(found["bottom"]))
    elif found["above"]:
        value = _quotient(int(found["above"]), int(found["below"]))
        if value is not None and found["units"]:
            value += int(found["units"])
    else:
        places = found["decimals"] or found["point"] or ""
        value = Fraction(re.sub("[^0-9]", "", found["whole"] or "0") + places)
        ten, power = found["ten"] or found["exponent"], found["power"]
        if ten:
            value = _times(value, Fraction(10), int(_ascii(ten)))
        elif power:
            value = _times(Fraction(1), value, int(_ascii(power)))
        else:
            decimals = max(0, len(places) - 1)
    if value is None:
        return None
    if found["scale"]:
        value, decimals = value * _SCALES[found["scale"].strip().casefold()], None
    negative = (found["sign"] or "+") != "+" or found["minus"] is not None
    return Number(-value if negative else value, decimals, found["percent"] is not None, found[0].strip())


def _ascii(number: str) -> str:
    return number.replace("−", "-")


def _quotient(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None


def _times(factor: Fraction, base: Fraction, power: int) -> Fraction | None:
    if abs(power) > _MAX_EXPONENT or (base == 0 and power < 0):
        return None
    return factor * base**power
