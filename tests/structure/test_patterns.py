"""Regular expressions of ECMAScript, as generators of schemas write them, in an engine of linear time."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.structure.patterns import matches, of_whole_text, refusal, translated


@rows(
    ("pattern", "good", "bad"),
    [
        (r"^(?=.*[A-Z])(?=.*\d).{8,}$", ["Abcdefg1"], ["abcdefg1", "Abcdefgh", "Abc1"]),
        (r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$", ["1.5", "-3", "0"], ["-", ".", "", "a"]),  # pydantic's decimals
        (r"^(?!\.)(?!.*\.\.)[\w.]+@[\w-]+\.[a-z]+$", ["a.b@c-d.org"], [".a@b.org", "a..b@b.org"]),  # zod's
        (r"^(?![()|])x", ["x"], ["(x", "|x"]),
        (r"^[\w-.]+$", ["a-b.c"], ["a b"]),
        (r"^[a-\d]$", ["a", "-", "5"], ["b"]),
        (r"^[+--]$", ["+", ",", "-"], ["."]),
        (r"^[^[\]]+$", ["ab"], ["a[", "]"]),
        (r"^[a&&b~]+$", ["a&b~"], ["c"]),
        (r"^{\w+}$", ["{a}"], ["a"]),
        (r"^a{2,3}$", ["aa"], ["a", "a{2,3}"]),
        (r"^a{,3}$", ["a{,3}"], ["aa"]),
        (r"^\cJ[\b]\0$", ["\n\b\0"], ["J"]),
        (r"^\p{Lu}\u0041[\u3040-\u309F]$", ["ÖAあ"], ["öAあ"]),
        (r"^\d{3}\Z", ["123"], ["1234"]),
        (r"^\<b\>$", ["<b>"], ["b"]),
    ],
)
def test_what_a_pattern_finds(pattern: str, good: list[str], bad: list[str]) -> None:
    assert refusal(pattern) == ""
    assert [text for text in good + bad if matches(pattern, text)] == good


@rows(
    ("pattern", "reason"),
    [
        (r"a(?=b)", "look-around"),
        (r"^(?=a)b|c$", "look-around"),  # the lookahead belongs to one of two patterns
        (r"^(?=a)*b", "look-around"),
        (r"^(?<!a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        ("^" + "(?=a)" * 9, "more than 8 lookaheads"),
        ("(", "unclosed group"),
        ("^(?=a", ""),
        ("[a", "unclosed character class"),
        ("[a\\", ""),
        ("\\", ""),
    ],
)
def test_what_is_refused(pattern: str, reason: str) -> None:
    said = refusal(pattern)
    assert said
    assert reason in said
    assert "\n" not in said


@rows(
    ("pattern", "whole"),
    [
        (r"^[A-Z]", r"^[A-Z][\s\S]*$"),
        (r"\d$", r"^[\s\S]*\d$"),
        (r"cat|dog", r"^[\s\S]*(?:cat|dog)[\s\S]*$"),
        (r"[$^]\$", r"^[\s\S]*[$^]\$[\s\S]*$"),
        (r"^\w+$", r"^\w+$"),
        (r"^(?=.*\d)\w", r"^\w[\s\S]*$"),
        (r"^(?=.*\d)", ""),
        (r"^a|b$", r"^a|b$"),
        (r"^a|b", r"^a|b"),
        (r"(^|,)a", r"(^|,)a"),
        (r"a\Z", r"a\z"),
    ],
)
def test_a_pattern_of_the_whole_text(pattern: str, whole: str) -> None:
    assert of_whole_text(pattern) == whole


@given(st.text(alphabet=r"ab[]^-\d&~{}1,(|)?=!", max_size=12))
def test_any_text_is_a_pattern_or_refused(pattern: str) -> None:
    if not refusal(pattern):
        matches(pattern, "ab-d[1]")
    assert translated(translated(pattern)) == translated(pattern)


@given(st.from_regex(re.compile(r"[a-z\[&~.,-]{1,8}", re.ASCII), fullmatch=True))
def test_a_class_of_literals_finds_each_of_them(letters: str) -> None:
    inner = "".join(f"\\{letter}" if letter in "-[" else letter for letter in letters)
    assert all(matches(f"^[{inner}]$", letter) for letter in letters)
