"""Word wrap of streamed text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sot.cli.word_wrap import WordWrap

PROSE = "The quick brown fox jumps over the lazy dog, and then it rests for quite a while."


def wrap(text: str, width: int, *, piece: int = 3) -> str:
    """What is written for a text that comes in pieces."""
    wrapped = WordWrap(width)
    shown = "".join(wrapped.feed(text[start : start + piece]) for start in range(0, len(text), piece))
    return shown + wrapped.finish()


@pytest.mark.parametrize("width", [18, 19, 23, 30, 40, 60, 79, 80, 100])
def test_lines_break_between_words(width: int) -> None:
    lines = wrap(PROSE, width).split("\n")
    assert " ".join(line.rstrip() for line in lines) == PROSE
    assert all(cell_len(line.rstrip()) < width for line in lines)
    for line, further in pairwise(lines):
        assert cell_len(f"{line.rstrip()} {further.split()[0]}") >= width, "the line had room for the word"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One two three four five", "One two three four\nfive"),
        ("One two three four\n\nfive six\n", "One two three four\n\nfive six\n"),
        ("- one two three four five", "- one two three\n  four five"),
        ("12. one two three four five", "12. one two three\n    four five"),
        ("  one two three four five", "  one two three\n  four five"),
        ("| one two three | four five six |", "| one two three | four five six |"),
        (
            "```\none two three four five\n```\none two three four five",
            "```\none two three four five\n```\none two three four\nfive",
        ),
        ("internationalisation is long", "internationalisati\non is long"),
        ("an internationalisation", "an internationalis\nation"),
        ("Schön wäre es, heute noch", "Schön wäre es,\nheute noch"),
        (
            "né né né né né né né né né".replace("é", "e\u0301"),
            "né né né né né né\nné né né".replace("é", "e\u0301"),
        ),
        ("睡眠は大切です。毎日よく", "睡眠は大切です。毎\n日よく"),
        ("睡眠はとても大切だ。はい", "睡眠はとても大切\nだ。はい"),
        ("睡眠はとても大切「はい」", "睡眠はとても大切\n「はい」"),
        ("a tab\there and then more", "a tab\there and\nthen more"),
    ],
)
def test_what_lines_are_made_of(text: str, shown: str) -> None:
    for piece in (1, 4, 100):
        assert wrap(text, 19, piece=piece).replace(" \n", "\n") == shown


def test_text_far_from_the_end_of_a_line_is_shown_at_once() -> None:
    wrapped = WordWrap(80)
    assert wrapped.feed("The qui") == "The qui"
    assert wrapped.feed("ck") == "ck"


def test_a_word_near_the_end_of_a_line_is_held_until_it_is_whole() -> None:
    wrapped = WordWrap(21)
    assert wrapped.feed("One two three fo") == "One two three"
    assert wrapped.feed("ur") == ""
    assert wrapped.feed("teen") == ""
    assert wrapped.feed(" more") == "\nfourteen more"
    assert wrapped.finish() == ""


def test_a_terminal_may_change_its_width() -> None:
    wrapped = WordWrap(80)
    shown = wrapped.feed("One two three four\n")
    wrapped.resize(19)
    assert shown + wrapped.feed("One two three four five ") == "One two three four\nOne two three four\nfive"


def test_a_very_narrow_terminal_breaks_lines_by_itself() -> None:
    assert wrap("One two three four", 12) == "One two three four"


@given(
    st.text(alphabet=st.sampled_from("ab \t\n-|`。「睡é\u0301\u200d👩1.*"), max_size=200),
    st.integers(1, 60),
    st.integers(1, 30),
)
def test_nothing_is_lost_and_pieces_do_not_matter(text: str, width: int, piece: int) -> None:
    shown = wrap(text, width, piece=piece)
    assert "".join(shown.split()) == "".join(text.split())
    assert shown == wrap(text, width, piece=1)
