"""`SkeletonParser.begun`: the next point is surely coming, before its line has ended."""

from __future__ import annotations

import pytest
from rows import rows

from sot.skeleton import SkeletonParser


@pytest.mark.parametrize(
    "text",
    ["1. Sleep\n2. E", "1. Sleep\n2) E", "1) Sleep\n\n2) E", "1. Sleep\n2. **E", "1. A\n2. B\n3. C"],
)
def test_a_number_in_its_place_with_a_title(text: str) -> None:
    parser = SkeletonParser()
    parser.feed(text)
    assert parser.begun
    parser.feed("\n")
    assert not parser.begun


@rows(
    "text",
    [
        *("", "1. S", "1. Sleep\n", "1. Sleep\n2", "1. Sleep\n2.", "1. Sleep\n2.5 l", "1. Sleep\n3. E"),
        *(
            "1. Sleep\nEat",
            "1. Sleep\n- Eat",
            "1. Sleep\n     2. E",
            "1. Sleep and\n2. E",
            '["Sleep", "E',
        ),
        "1. Sleep\n```\n2. E",
    ],
)
def test_anything_else(text: str) -> None:
    parser = SkeletonParser()
    parser.feed(text)
    assert not parser.begun


def test_pieces_make_no_difference() -> None:
    text = "1. Sleep\n2. Eat well\n3. Move"
    seen: list[list[bool]] = []
    for size in (1, 2, 3):
        parser, begun = SkeletonParser(), dict[int, bool]()
        for start in range(0, len(text), size):
            parser.feed(text[start : start + size])
            begun[start + size] = parser.begun
        seen.append([begun[end] for end in sorted(begun) if end % 6 == 0 and end <= len(text)])
    assert seen[0] == seen[1] == seen[2]
    assert True in seen[0]
