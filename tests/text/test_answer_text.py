"""Text of a whole answer while it is decoded: what is kept of it, where it ends, and when it may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.text.answer_text import AnswerText
from sot.types import FinishReason

OTHERS = ("8. the moon", "Translate each of these:")


def read(pieces: list[str], reason: FinishReason | None = "stop") -> tuple[str, str, str]:
    """The final text, its ending, and what was shown before the end."""
    text = AnswerText(OTHERS)
    shown = "".join(map(text.feed, pieces))
    final, ending = text.finish(reason, shown=len(shown))
    return final, ending, shown


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One.\n\nTwo.\n\n\nThree.", "One.\n\nTwo.\n\n\nThree."),
        ("1. One\n2. Two\n\n3. Three", "1. One\n2. Two\n\n3. Three"),
        ("# One\n\n---\n\n# Two", "# One\n\n---\n\n# Two"),
        (
            "Row, row, row your boat.\nRow, row, row your boat.",
            "Row, row, row your boat.\nRow, row, row your boat.",
        ),
        ("\n  ☀️ \n", "☀️"),
        ("8. the moon", "8. the moon"),
        ("One.\n8. the mood", "One.\n8. the mood"),
        ("One.\n8. the moon: two", "One."),
        ("One.\n\nTranslate each of these:\n9. star", "One."),
        ("One.<|im_end|>\nTwo.", "One."),
        ("Use `<|im_end|>` here.", "Use `<|im_end|>` here."),
        ("```\nTranslate each of these:", "```\nTranslate each of these:\n```"),
    ],
)
@given(st.integers(1, 30))
def test_a_text_that_the_model_ended_is_kept_as_it_is(text: str, kept: str, size: int) -> None:
    final, ending, shown = read([text[at : at + size] for at in range(0, len(text), size)])
    assert (final, ending) == (kept, "whole")
    assert kept.startswith(shown)


@pytest.mark.parametrize("reason", ["length", None])
@pytest.mark.parametrize(
    ("pieces", "final", "ending"),
    [
        (["One. Two."], "One. Two.", "trimmed"),
        (["One", " two"], "One two", "cut"),
        (["```\na = 1\nb"], "```\na = 1\nb\n```", "cut"),
        (["A **bold"], "A **bold**", "cut"),
        ([" \n"], "", "empty"),
    ],
)
def test_a_text_that_broke_off_is_never_whole(
    reason: FinishReason | None, pieces: list[str], final: str, ending: str
) -> None:
    assert read(pieces, reason)[:2] == (final, ending)


def test_what_was_not_shown_yet_ends_at_its_last_sentence() -> None:
    text = AnswerText()
    text.feed("One. Two and")
    assert text.finish("length", shown=0) == ("One.", "trimmed")


def test_a_phrase_without_end_is_cut_where_it_first_ends() -> None:
    text = AnswerText()
    text.feed("We sing. " + "la lune est la lune et " * 20)
    assert text.full
    final, ending = text.finish("stop", shown=0)
    assert (final, ending) == ("We sing. la lune est la lune et", "cut")


@given(st.lists(st.text(alphabet="a1.*#-\n😀→` <|", max_size=6), max_size=20))
def test_whatever_is_shown_stays(pieces: list[str]) -> None:
    for reason in ("stop", "length", None):
        final, _, shown = read(pieces, reason)
        assert final.startswith(shown)
