"""The text of one point: what may be shown, and how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.text.point_text import PointText
from sot.types import FinishReason


def written(text: str, title: str = "Regular exercise", *, index: int = 2, size: int = 3) -> str:
    """The final text of a point that arrives in pieces; all that was shown is its beginning."""
    point = PointText(index, title)
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, _ = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final


@rows("size", [1, 3, 1000])
@rows(
    "heading",
    [
        "2. **Regular exercise**: ",
        "2. **Regular exercise:** ",
        "2) Regular exercise: ",
        "(2) Regular exercise: ",
        "**Regular exercise**\n",
        "**Regular exercise** ",
        "**Regular exercise** - ",
        "**Regular Exercise** – ",
        "Regular exercise:\n",
        "Regular exercise\n\n",
        "Regular exercise — ",
        "Regular  exercise - ",
        "## 2. Regular exercise\n",
        '"Regular exercise": ',
        "\n\n2. ",
        "**2.** ",
        "  ",
    ],
)
def test_a_repeated_heading_is_removed(heading: str, size: int) -> None:
    assert written(f"{heading}It keeps you well.", size=size) == "It keeps you well."


@rows(
    ("text", "title", "index"),
    [
        ("Regular exercise keeps you well.", "Regular exercise", 2),
        ("Regular exercise, done daily, keeps you well.", "Regular exercise", 2),
        ("Regular exercise-based therapy helps.", "Regular exercise", 2),
        ("2.5 million people do it.", "Regular exercise", 2),
        ("3. is not my number.", "Regular exercise", 2),
        ("Cats sleep. Dogs do not.", "C", 1),
        ("眠ることは大切です。", "眠る", 1),
        ("!!! Important.", "!!!", 1),
    ],
)
@rows("size", [1, 4, 1000])
def test_text_that_only_looks_like_a_heading_is_kept(text: str, title: str, index: int, size: int) -> None:
    assert written(text, title, index=index, size=size) == text


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("1. **Use {braces} (and) [more]**: ", "Use {braces} (and) [more]"),
        ('1. **Say "yes" more**: ', 'Say "yes" more'),
        ("1. **C++ & Rust?**: ", "C++ & Rust?"),
        ("「睡眠の質」：", "睡眠の質"),
        ("１．睡眠の質\n", "１．睡眠の質"),
        ("**Éviter le café** : ", "Éviter le café"),
    ],
)
def test_titles_with_odd_characters(heading: str, title: str) -> None:
    assert written(f"{heading}Text follows here.", title, index=1) == "Text follows here."


@pytest.mark.parametrize("text", ["", " \n", "**", "2. **Regular exercise**:", "Regular exercise", "…", "2."])
def test_a_point_without_text_of_its_own_is_empty(text: str) -> None:
    point = PointText(2, "Regular exercise")
    assert point.feed(text) == ""
    assert point.finish("stop", shown=0) == ("", "empty")


@pytest.mark.parametrize(
    ("text", "reason", "final", "ending"),
    [
        ("One. Two.", "stop", "One. Two.", "whole"),
        ("One. Two", "stop", "One. Two", "whole"),  # the model ended it itself
        ("One. Two", "length", "One.", "trimmed"),
        ("One. Two.", "length", "One. Two.", "whole"),
        ("One two", "length", "One two", "cut"),
        ("One. Two", None, "One.", "trimmed"),
        ("One two ", None, "One two", "cut"),
        ("One. Two", "content_filter", "One.", "trimmed"),
        ("一つ。二", "length", "一つ。", "trimmed"),
    ],
)
def test_how_a_point_ends(text: str, reason: FinishReason | None, final: str, ending: str) -> None:
    point = PointText(1, "Title")
    point.feed(text)
    assert point.finish(reason, shown=0) == (final, ending)


def test_text_that_was_shown_is_not_trimmed_away() -> None:
    point = PointText(1, "A")
    shown = point.feed("One whole sentence. And a half")
    assert shown == "One whole sentence. And a half"
    assert point.finish("length", shown=len(shown)) == (shown, "cut")


def test_near_the_token_limit_only_whole_sentences_are_shown() -> None:
    point = PointText(1, "A")
    point.begin(40)
    pieces = ["Word"] + [" word"] * 20 + ["."] + [" more"] * 18
    shown = "".join(point.feed(piece) for piece in pieces)
    text, ending = point.finish("length", shown=len(shown))
    assert ending == "trimmed"
    assert text == shown == "".join(pieces[:22])


def test_a_continued_text_goes_on_where_it_was_cut() -> None:
    point = PointText(1, "A")
    point.begin(40)
    shown = "".join(point.feed(f"word{number} ") for number in range(40))
    assert point.finish("length", shown=len(shown))[1] == "cut"
    point.extend(40)
    for piece in (" and", " so", " on."):
        shown += point.feed(piece)
    text, ending = point.finish("stop", shown=len(shown))
    assert ending == "whole"
    assert text == " ".join(f"word{number}" for number in range(40)) + " and so on."
    assert text.startswith(shown)


@given(st.text(alphabet="Titl e.:*2\n-。", max_size=50), st.integers(1, 7))
def test_how_the_text_is_cut_makes_no_difference(text: str, size: int) -> None:
    assert written(text, "Title", size=size) == written(text, "Title", size=max(1, len(text)))
