"""Parser of numbers as people and models write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from .number_marks import has_decimal_comma, normal, plain_numbers

_MAX_DIGITS = 60
_MAX_EXPONENT = 60

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
    (?P<scale>\s?(?:thousand|million|billion|trillion|lakhs?|crores?
        |tausend|millionen|milliarden?|mio\.|mrd\.|milliards?|millions
        |mil\s+millones|mil|millón|millones|milhão|milhões|bilhão|bilhões|milione|milioni|miliardo|miliardi
        |тысяч[аи]?|миллион(?:а|ов)?|миллиард(?:а|ов)?
        |ह(?:ज़|ज)ार|लाख|करोड़|ألف|آلاف|مليون|ملايين|مليار|میلیون|میلیارد|هزار)(?![^\W\d_])
      |[十百千]?[万萬億亿兆]|千|[십백천]?[만억조]|천)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {
    10**3: "thousand tausend mil тысяча тысячи тысяч हज़ार हजार ألف آلاف هزار 千 천",
    10**5: "lakh lakhs लाख",
    10**6: "million millionen mio. millions millón millones milhão milhões milione milioni миллион миллиона "
    "миллионов مليون ملايين میلیون",
    10**7: "crore crores करोड़",
    10**9: "billion milliarde milliarden mrd. milliard milliards bilhão bilhões miliardo miliardi миллиард "
    "миллиарда миллиардов مليار میلیارد milmillones",
    10**12: "trillion",
}
_SCALE = {word: value for value, words in _SCALES.items() for word in words.split()}
_LARGE = dict(zip("万萬만億亿억兆조", (10**4,) * 3 + (10**8,) * 3 + (10**12,) * 2, strict=True))
_SMALL = {"": 1, "十": 10, "십": 10, "百": 100, "백": 100, "千": 1000, "천": 1000}

_SPELLED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""
_WORD_VALUES: dict[str, int] = dict(zip(_SPELLED.split(), (*range(20), *range(20, 100, 10)), strict=True))
_WORD_POWERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ANY_WORD = "|".join((*_WORD_VALUES, "hundred", *_WORD_POWERS))
_WORDS = re.compile(
    rf"\b(?P<sign>(?:minus|negative)\s+)?(?P<words>(?:{_ANY_WORD})(?:(?:\s+and\s+|[\s-]+)(?:{_ANY_WORD}))*)\b",
    re.IGNORECASE,
)
_WORD = re.compile(rf"\b(?:{_ANY_WORD})\b", re.IGNORECASE)

_State = tuple[int, int]  # of a number so far: what a power has closed (two thousand), and what none has


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


def find_numbers(text: str) -> Iterator[Number]:
    """Find all numbers of a text, in order; number words only where there are no digits."""
    marked = normal(text)
    plain, continental = plain_numbers(marked), has_decimal_comma(marked)
    waiting: Number | None = None
    end = -1
    for found in _NUMBER.finditer(plain):
        number = _number(found)
        if number is None:
            continue
        number = replace(number, other=_other(found, continental=continental))
        if waiting is not None and end == found.start() and waiting.text[-1] in _LARGE:  # 1万5000
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
    for value, words in _find_words(plain):
        yield Number(Fraction(value), 0, False, words)


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


def _number(found: re.Match[str]) -> Number | None:
    if len(found[0]) > _MAX_DIGITS:
        return None
    decimals: int | None = None
    if found["above"]:
        value = _quotient(int(found["above"]), int(found["below"]))
        if value is not None and found["units"]:
            value += int(found["units"])
    else:
        places = found["decimals"] or found["point"] or ""
        value = Fraction((found["whole"] or "0").replace(",", "") + places)
        ten, power = found["ten"] or found["exponent"], found["power"]
        if ten:
            value = _times(value, Fraction(10), int(ten))
        elif power:
            value = _times(Fraction(1), value, int(power))
        else:
            decimals = max(0, len(places) - 1)
    if value is None:
        return None
    scale = _scale(found["scale"] or "")
    if scale != 1:
        value, decimals = value * scale, None
    return Number(_signed(value, found), decimals, found["percent"] is not None, found[0].strip())


def _other(found: re.Match[str], *, continental: bool) -> Fraction | None:
    """1.234 as 1234; and 1,234 as 1.234 where the text has decimal commas."""
    whole, places = found["whole"] or "", found["decimals"] or ""
    if any(found[name] for name in ("ten", "exponent", "power", "scale")) or whole.startswith("0"):
        return None
    if len(places) == 4 and len(whole) <= 3:
        return _signed(Fraction(whole + places[1:]), found)
    if continental and not places and whole.count(",") == 1:
        return _signed(Fraction(whole.replace(",", ".")), found)
    return None


def _signed(value: Fraction, found: re.Match[str]) -> Fraction:
    return -value if (found["sign"] or "+") != "+" or found["minus"] is not None else value


def _scale(word: str) -> int:
    """What a word such as million multiplies by; 1 for none, and for a lookalike (mıllion)."""
    word = "".join(word.split()).casefold()
    if word and word[-1] in _LARGE:
        return _LARGE[word[-1]] * _SMALL.get(word[:-1], 1)
    return _SCALE.get(word, 1)


def _quotient(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None


def _times(factor: Fraction, base: Fraction, power: int) -> Fraction | None:
    if abs(power) > _MAX_EXPONENT or (base == 0 and power < 0):
        return None
    return factor * base**power


def _find_words(text: str) -> Iterator[tuple[int, str]]:
    before = -1  # where the run before ended
    for run in _WORDS.finditer(text):
        # Between two numbers "minus" subtracts.
        sign = "" if before >= 0 and not text[before : run.start()].strip() else run["sign"] or ""
        for value, words in _of_words(run["words"]):
            yield (-value if sign else value), f"{sign}{words}"
            sign = ""
        before = run.end()


def _of_words(run: str) -> Iterator[tuple[int, str]]:
    """The numbers in a run of number words: a word that cannot go on with the number before it begins one."""
    state: _State | None = None
    start = end = 0
    for found in _WORD.finditer(run):
        word = found[0].casefold()
        if not word.isascii():  # sıx, which is i to a pattern that takes small and capital letters alike
            continue
        joined = None if state is None else _joined(state, word)
        if joined is None:
            if state is not None:
                yield sum(state), run[start:end]
            start, joined = found.start(), _begun(word)
        state, end = joined, found.end()
    if state is not None:
        yield sum(state), run[start:end]


def _begun(word: str) -> _State:
    power = _WORD_POWERS.get(word)
    return (power, 0) if power is not None else (0, _WORD_VALUES.get(word, 100))


def _joined(state: _State, word: str) -> _State | None:
    """A number with one more word; ``None`` where the word does not go on with it."""
    closed, part = state
    power = _WORD_POWERS.get(word)
    if power is not None:
        return (closed + part * power, 0) if part and closed % (power * 1000) == 0 else None
    if word == "hundred":
        return (closed, part * 100) if 0 < part < 10 else None
    value = _WORD_VALUES[word]
    if part == 0:
        fits = closed > 0  # a thousand five
    elif part % 100 == 0:
        fits = True  # a hundred and five
    else:
        fits = part % 100 >= 20 and part % 10 == 0 and value < 10  # twenty-four
    return (closed, part + value) if fits and value else None
