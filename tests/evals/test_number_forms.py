"""Numbers in the digits, marks and words of other scripts and languages, as answers have them."""

from __future__ import annotations

import sys
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.evals.score.exact import score_text
from sot.evals.score.numbers import find_numbers

ZEROS = tuple(
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) == "Nd" and unicodedata.decimal(char) == 0
)


def found(text: str) -> list[Fraction]:
    return [number.value for number in find_numbers(text)]


def right(reference: str, text: str) -> bool:
    return score_text("number", reference, text).correct


def written(number: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(char)) if char.isdigit() else char for char in number)


@pytest.mark.parametrize("zero", ZEROS, ids=lambda zero: f"U+{ord(zero):04X}")
def test_the_digits_of_every_script_count(zero: str) -> None:
    assert right("42", f"It is {written('42', zero)}.")
    assert right("1234.5", f"It is {written('1234.5', zero)}")
    assert not right("42", written("43", zero))
    assert right(written("42", zero), "42"), "in a reference, too"


@rows(
    ("value", "text"),
    [
        ("1234.56", "Das macht 1.234,56 Euro."),
        ("1234567.89", "1.234.567,89"),
        ("1234567.89", "1 234 567,89"),
        ("1234567.89", "1'234'567.89"),
        ("1234567.89", "1’234’567,89"),
        ("1234567", "1.234.567"),
        ("1234567", "12,34,567"),  # as in India
        ("98765", "98 765 personnes"),
        ("98765", "98\u202f765"),
        ("98765", r"98\,765"),
        ("98765", "98~765"),
        ("3.14", "Die Antwort ist 3,14."),
        ("0.125", "0,125"),
        ("2.5", "2{,}5"),
        ("1234.5", "١٬٢٣٤٫٥"),
        ("3.14", "۳٫۱۴"),
        ("1500", "Im Ganzen 1.500"),  # one thousand five hundred to whoever writes so
        ("1.5", "1.500"),
        ("2.375", "Von 7,5 sind 2,375 übrig"),
        ("-7", "minus 7"),
        ("-7", "The result is negative 7."),
        ("-7", "**minus 7**"),
        ("-7", "moins 7"),
        ("-7", "マイナス７"),
        ("-7", "负7"),
        ("-7", "سالب ٧"),
        ("-7", "−7"),
        ("-7", "‑7"),
        ("-7", "－７"),
        ("-7", "x = − 7"),
        ("-7", "minus seven"),
        ("3", "10 minus 7 is 3"),
        ("0.75", r"$\dfrac34$"),
        ("0.75", r"\tfrac 3 4"),
        ("0.75", r"\frac3{4}"),
        ("-0.75", r"-\frac{3}{4}"),
        ("-0.75", r"\frac{-3}{4}"),
        ("2.75", r"2\frac34"),
        ("2.75", "2¾"),
        ("2.75", "2 3∕4"),
        ("0.75", "٣/٤"),
        ("35", "35 Prozent"),
        ("35", "35 pour cent"),
        ("0.35", "٣٥٪"),
        ("0.35", "٪٣٥"),
        ("0.35", "%35"),
        ("35", "百分之35"),
        ("35", "३५ प्रतिशत"),
        ("1000", "10³"),
        ("0.001", "10⁻³"),
        ("0.00025", "2,5 × 10⁻⁴"),
        ("5e6", "5 Millionen"),
        ("2.5e9", "2,5 milliards"),
        ("3e6", "3 миллиона"),
        ("2e5", "2 lakh"),
        ("3e7", "३ करोड़"),
        ("5000", "५ हज़ार"),
        ("7e6", "٧ مليون"),
        ("3e8", "3亿"),
        ("5e7", "5千万"),
        ("30000", "3만"),
        ("12500", "1万2500"),
        ("42", "\u200f٤٢\u200f كتابًا"),
        ("42", "Ответ: 42. Проверка: 6 * 7."),
        ("42", "答案是42，不是41。"),
        ("24", "twenty-four"),
        ("125", "one hundred and twenty-five"),
        ("2040", "two thousand forty"),
        ("3e6", "three million"),
    ],
)
def test_right(value: str, text: str) -> None:
    assert right(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("765", "98 765"),
        ("5", "3,5"),
        ("1", "1,000"),  # without any other decimal comma a thousand
        ("7", "minus 7"),
        ("-3", "10 minus 3"),
        ("1.234", "1234"),
        ("42", "٤٣"),
        ("31/2", "3½"),
    ],
)
def test_wrong(value: str, text: str) -> None:
    assert not right(value, text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2,3", [1, 2, 3]),
        ("at (3,4)", [3, 4]),
        ("10 200 5", [10, 200, 5]),
        ("2024 100 people", [2024, 100]),
        ("of 3.14 and 2,5", [Fraction("3.14"), 2, 5]),  # the point is decimal there, so the comma is not
        ("five minus three", [5, 3]),
        ("one two twenty-three", [1, 2, 23]),
        ("sıx mıllıon", []),  # no English word, whatever a pattern without case takes it for
        ("7 mıllıon", [7]),
    ],
)
def test_in_a_text(text: str, values: list[Fraction | int]) -> None:
    assert found(text) == values


@given(number=st.decimals(-(10**6), 10**6, places=2), zero=st.sampled_from(ZEROS))
def test_a_number_comes_back_however_it_is_written(number: object, zero: str) -> None:
    english, value = f"{number:,}", Fraction(str(number))
    swapped = english.translate(str.maketrans(",.", ".,"))
    for text in (
        english,
        swapped,
        english.replace(",", "'"),
        swapped.replace(".", " "),
        english.replace("-", "−"),
        english.translate(str.maketrans(",.", "٬٫")),
    ):
        assert found(f"= {written(text, zero)}") == [value], text


@given(
    text=st.text("٤٢۴۲४२0123456789٫٬٪.,'’ −-–²³½⅔①Ⅷ%/\\frac{}minus millıon万億\u200f\n", max_size=60)
    | st.text()
)
def test_scoring_never_raises(text: str) -> None:
    for reference in ("42", text):
        score = score_text("number", reference, text)
        assert score.found is not None or not score.correct
