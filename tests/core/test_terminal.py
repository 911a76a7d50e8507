"""Text from a model cannot play tricks on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.terminal import one_line, safe_text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Plain\ttext\nstays.", "Plain\ttext\nstays."),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("\x9b31mred", "31mred"),
        ("a\r\nb\rc", "a\nbc"),
        ("back\x08space\x7f", "backspace"),
        ("\u202eright to left\u202c", "right to left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line\u2028separator", "lineseparator"),
        ("half a pair \ud83d.", "half a pair ."),
        ("日本語 é 👩‍💻 نص", "日本語 é 👩‍💻 نص"),
    ],
)
def test_only_what_is_dangerous_goes(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@given(st.text(st.characters(), max_size=50))
def test_no_control_character_is_left(text: str) -> None:
    left = safe_text(text)
    assert not [char for char in left if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"]
    assert safe_text(left) == left
    left.encode()


@pytest.mark.parametrize(
    ("text", "line"), [(" a\n\tb\u2028c ", "a b c"), ("\x1b[2Ja", "[2Ja"), ("", ""), ("a \x00 b", "a b")]
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
