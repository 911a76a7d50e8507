"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.text.sentences import ends_whole, last_sentence_end


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", ""),
        ("No end here", ""),
        ("One. Two", "One."),
        ("One! Two? Three", "One! Two?"),
        ("Pi is 3.14 and more", ""),
        ("It is over. Pi is 3.1", "It is over."),
        ('He said "stop." Then', 'He said "stop."'),
        ("This is **bold.** And", "This is **bold.**"),
        ("(In brackets.) And", "(In brackets.)"),
        ("Well… And", "Well…"),
        ("眠ります。そして", "眠ります。"),
        ("「眠ります。」そして", "「眠ります。」"),
        ("睡觉！然后", "睡觉！"),
        ("Do this:\n1. First", ""),  # the dot of a list's number ends nothing
        ("A list. 2. Second", "A list."),
        ("It grew to 12,000 in 2019. Then", "It grew to 12,000 in 2019."),
    ],
)
def test_the_last_whole_sentence(text: str, whole: str) -> None:
    assert text[: last_sentence_end(text)] == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [("One.", True), ("One. \n", True), ("One. Two", False), ("", False), ("  ", False), ("終わり。", True)],
)
def test_ends_whole(text: str, expected: bool) -> None:
    assert ends_whole(text) is expected


@given(st.text(alphabet='ab .!?。)"1\n', max_size=60))
def test_what_is_cut_there_ends_whole(text: str) -> None:
    end = last_sentence_end(text)
    assert end == 0 or ends_whole(text[:end])
