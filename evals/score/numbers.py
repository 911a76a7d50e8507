"""Parser of numbers as people and models write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .number_marks import has_decimal_comma, normal, plain_numbers

_MAX_DIGITS = 60
_MAX_EXPONENT = 60

_SCALES = {
    10**3: "thousand tausend mil тысяча тысячи тысяч हज़ार हजार ألف آلاف هزار",
    10**5: "lakh lakhs लाख",
    10**6: "million millionen mio. millions millón millones milhão milhões milione milioni миллион миллиона "
    "миллионов مليون ملايين میلیون",
    10**7: "crore crores करोड़",
    10**9: "billion milliarde milliarden mrd. milliard milliards bilhão bilhões miliardo miliardi миллиард "
    "миллиарда миллиардов مليار میلیارد mil_millones",
    10**12: "trillion",
}
_SCALE = {word.replace("_", " "): value for value, words in _SCALES.items() for word in words.split()}
_LARGE = dict(zip("万萬만億亿억兆조", (10**4,) * 3 + (10**8,) * 3 + (10**12,) * 2, strict=True))
_SMALL = {"": 1, "十": 10, "십": 10, "百": 100, "백": 100, "千": 1000, "천": 1000}
_SCALE_WORDS = "|".join(map(re.escape, sorted(_SCALE, reverse=True))).replace(r"\ ", r"\s+")

# Letters, an underscore or a caret in front make digits part of a name or a power: H2O, m², x_1.
_NUMBER = re.compile(
    r"""
    (?<![A-Za-z0-9_^])(?<!\^\{)(?<!\^-)(?<!\^\{-)
    (?P<sign>(?<![)\]}])[-+–])?
    (?P<money>[$€£¥₹₩₽₺]\s?)?
    (?P<minus>-)?
    (?:
      (?:(?P<units>\d+)\s)?(?P<above>\d+)\s?[/⁄]\s?(?P<below>\d+)(?![\d/])
      | (?:(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?|(?P<point>\.\d+))
        (?:\s?(?:[×x*·]|\\times|\\cdot)\s?10\s?\^?\s?\{?(?P<ten>[-+]?\d+)\}?
          |[eE](?P<exponent>[-+]?\d+)(?![A-Za-z0-9])
          |\^\{?(?P<power>-?\d+)\}?)?
    )
    (?P<percent>\s?\\?%)?
    (?P<scale>\s?(?:SCALES)(?![^\W\d_])|[十百千]?[万萬億亿兆]|千|[십백천]?[만억조]|천)?
    """.replace("SCALES", _SCALE_WORDS),
    re.VERBOSE | re.IGNORECASE,
)

_UNITS, _TEENS, _TENS = map(
    str.split,
    (
        "one two three four five six seven eight nine",
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
    ),
)
_POWERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_VALUES = {word: value for value, word in enumerate(["zero", *_UNITS, *_TEENS])}
_VALUES |= {word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)}


def _words_pattern() -> re.Pattern[str]:
    """Numbers in words: at their beginning "hundred" and "thousand" stand for one of them."""
    also = r"(?:\s+and\s+|[\s-]+)"
    unit, tens = (f"(?:{'|'.join(words)})" for words in (_UNITS, _TENS))
    below = f"(?:{tens}(?:{also}{unit})?|{'|'.join(_TEENS)}|{unit})"
    hundreds = f"hundred(?:{also}{below})?"
    begun, group = (f"(?:{before}{hundreds}|{below})" for before in (f"(?:{unit}{also})?", unit + also))
    number, rest = begun, f"(?:{also}{group})?"
    for power in _POWERS:
        number = f"(?:{begun}{also})?{power}{rest}|{number}"
        rest = f"(?:{also}{group}{also}{power})?{rest}"
    # In ASCII: to a pattern that takes small and capital letters alike the letter of "sıx" is an i.
    return re.compile(rf"\b(?ai:(?P<sign>(?:minus|negative)\s+)?(?P<words>{number}|zero))\b")


_WORDS = _words_pattern()


@dataclass(frozen=True, slots=True)
class Number:
    """Number in a text.

    Args:
        value: Its value; of a percentage the number before the sign.
        decimals: Digits after the decimal point as written; ``None`` where it was written as a fraction, with
            an exponent or with a word such as million.
        percent: Whether it is a percentage.
        text: As it stands there, in the plain form.
        other: What it is to whoever parts thousands by points and decimals by commas; ``None`` where it
            cannot be read in two ways.
    """

    value: Fraction
    decimals: int | None
    percent: bool
    text: str
    other: Fraction | None = None

    @property
    def readings(self) -> tuple[Fraction, ...]:
        """Values it may stand for: 25% is 25 to one writer and 0.25 to another."""
        return (self.value, self.value / 100) if self.percent else (self.value,)


def find_numbers(text: str) -> list[Number]:
    """Find all numbers of a text, in order; number words only where there are no digits."""
    marked = normal(text)
    plain, continental = plain_numbers(marked), has_decimal_comma(marked)
    numbers: list[Number] = []
    end = -1
    for found in _NUMBER.finditer(plain):
        number = _number(found, continental=continental)
        if number is None:
            continue
        if numbers and end == found.start() and numbers[-1].text[-1] in _LARGE:  # 1万5000
            before = numbers.pop()
            number = Number(before.value + number.value, None, number.percent, before.text + number.text)
        numbers.append(number)
        end = found.end()
    return numbers or [*_in_words(plain)]


def same_number(given: Number, expected: Number) -> bool:
    """Tell whether an answer's number is the right one.

    It may be more precise than the reference, and is then rounded. Of a reference that is a fraction with
    endless decimals, two decimals or more are enough. Where it can be read in two ways, either will do.
    """
    if given.other is not None and given.other == expected.value:
        return True
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


def within(given: Number, least: Number, most: Number) -> bool:
    """Tell whether an answer's number lies in a range, its ends included."""
    return any(least.value <= own <= most.value for own in (given.value, given.other) if own is not None)


def _number(found: re.Match[str], *, continental: bool) -> Number | None:
    if len(found[0]) > _MAX_DIGITS:
        return None
    places = found["decimals"] or found["point"] or ""
    ten, power = found["ten"] or found["exponent"], found["power"]
    decimals = None
    if found["above"]:
        below = int(found["below"])
        value = Fraction(int(found["above"]), below) + int(found["units"] or 0) if below else None
    else:
        value = Fraction((found["whole"] or "0").replace(",", "") + places)
        if ten:
            value = _times(value, Fraction(10), int(ten))
        elif power:
            value = _times(Fraction(1), value, int(power))
        else:
            decimals = max(0, len(places) - 1)
    if value is None:
        return None
    scale = _scale(found["scale"] or "")
    sign = -1 if (found["sign"] or "+") != "+" or found["minus"] is not None else 1
    other = None if ten or power or found["scale"] else _other(found, continental=continental)
    return Number(
        value=sign * value * scale,
        decimals=decimals if scale == 1 else None,
        percent=found["percent"] is not None,
        text=found[0].strip(),
        other=None if other is None else sign * other,
    )


def _other(found: re.Match[str], *, continental: bool) -> Fraction | None:
    """1.234 as 1234; and 1,234 as 1.234 where the text has decimal commas."""
    whole, places = found["whole"] or "", found["decimals"] or ""
    if whole.startswith("0"):
        return None
    if len(places) == 4 and len(whole) <= 3:
        return Fraction(whole + places[1:])
    if continental and not places and whole.count(",") == 1:
        return Fraction(whole.replace(",", "."))
    return None


def _scale(word: str) -> int:
    """What a word such as million multiplies by; 1 for none, and for a lookalike (mıllion)."""
    word = " ".join(word.split()).casefold()
    if word and word[-1] in _LARGE:
        return _LARGE[word[-1]] * _SMALL.get(word[:-1], 1)
    return _SCALE.get(word) or _SMALL.get(word, 1)


def _times(factor: Fraction, base: Fraction, power: int) -> Fraction | None:
    if abs(power) > _MAX_EXPONENT or (base == 0 and power < 0):
        return None
    return factor * base**power


def _in_words(text: str) -> Iterator[Number]:
    before = -1  # where the number before ended
    for found in _WORDS.finditer(text):
        closed = part = 0
        for word in found["words"].casefold().replace("-", " ").split():
            if word in _POWERS:
                closed, part = closed + (part or 1) * _POWERS[word], 0
            else:
                part = (part or 1) * 100 if word == "hundred" else part + _VALUES.get(word, 0)
        # Between two numbers "minus" subtracts.
        sign = "" if before >= 0 and not text[before : found.start()].strip() else found["sign"] or ""
        value = Fraction(closed + part)
        yield Number(-value if sign else value, 0, percent=False, text=f"{sign}{found['words']}")
        before = found.end()
