"""A reasoning model's thoughts never get into the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.text.thinking import ThinkFilter


def filtered(pieces: list[str]) -> str:
    thoughts = ThinkFilter()
    return "".join([*(thoughts.feed(piece) for piece in pieces), thoughts.close()])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Plain text.", "Plain text."),
        ("<think>Hm.</think>\n\nText.", "Text."),
        (" \n<think>Hm.</think>Text.", "Text."),
        ("<think></think>Text.", "Text."),
        ("<think>a < b </thin </think>Text.", "Text."),
        ("<think>never closed", ""),
        ("Text about <think>tags</think> stays.", "Text about <think>tags</think> stays."),
        ("<think>One.</think>Two <think>three</think>.", "Two <think>three</think>."),
        ("<thin ice", "<thin ice"),
        ("<thi", "<thi"),  # the end shows that it is none
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_only_a_block_at_the_start_is_dropped(text: str, kept: str, size: int) -> None:
    assert filtered([text[at : at + size] for at in range(0, len(text), size)]) == kept


def test_text_is_passed_on_at_once_where_it_cannot_be_the_tag() -> None:
    thoughts = ThinkFilter()
    assert thoughts.feed("<th") == ""
    assert thoughts.feed("ere") == "<there"
    assert thoughts.feed(" <think>") == " <think>"


@given(st.text(alphabet="<>/think a", max_size=40), st.data())
def test_how_the_text_is_cut_makes_no_difference(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert filtered(pieces) == filtered([text])
