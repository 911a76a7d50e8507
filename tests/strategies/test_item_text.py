"""Texts of given items in one completion, however the engine cuts it into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.strategies.item_text import AloneReader, GroupReader, ItemStyle
from sot.strategies.part_request import PartDelta, PartReader, PartText

STYLE = ItemStyle(mark="", title="", one_paragraph=True, sentences=None, max_tokens=500)
TEXTS = [
    "1. Le soleil.\n2. La lune.\n3. L'étoile.",
    "Here are the translations:\n\n1. Le soleil.\n\n2. La lune.\n\n3. L'étoile.\n\nLet me know!",
    "**1.** Le soleil.\n**2.** La lune.\n**3.** L'étoile.",
    "(1) Le soleil.\n(2) La lune.\n(3) L'étoile.",
    "1) Le soleil.\n2) La lune.\n3) L'étoile.\n4) Le ciel.",
    "Le soleil.\nLa lune.\nL'étoile.",
]
WANTED = {4: "Le soleil.", 5: "La lune.", 6: "L'étoile."}


def read(reader: PartReader, pieces: list[str]) -> tuple[dict[int, str], dict[int, str]]:
    """The final texts and the texts shown before the end."""
    shown: dict[int, str] = {}
    final: dict[int, str] = {}
    for piece in pieces:
        for found in reader.feed(piece, 1):
            if isinstance(found, PartText):
                final[found.index] = found.text
            elif isinstance(found, PartDelta):
                shown[found.index] = shown.get(found.index, "") + found.text
    for text in reader.finish("stop", lambda index: len(shown.get(index, ""))):
        final[text.index] = text.text
    return final, shown


def cut(text: str, places: list[int]) -> list[str]:
    bounds = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize("text", TEXTS)
@given(places=st.lists(st.integers(0, 400), max_size=30))
def test_a_group_is_read_by_its_numbers(text: str, places: list[int]) -> None:
    final, shown = read(GroupReader([4, 5, 6], [STYLE] * 3), cut(text, places))
    assert final == WANTED
    assert all(final[index].startswith(begun) for index, begun in shown.items())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Le soleil.", "Le soleil."),
        ("Sure! Here is the translation:\n\nLe soleil.", "Le soleil."),
        ("Surely the sun.", "Surely the sun."),
        ("7. Le soleil.", "Le soleil."),
        ("7.5 kilometres.", "7.5 kilometres."),
        ("Le soleil.\n\n8. La lune.", "Le soleil."),
    ],
)
@given(places=st.lists(st.integers(0, 400), max_size=20))
def test_one_item_is_read_without_what_is_around_its_answer(
    text: str, wanted: str, places: list[int]
) -> None:
    style = ItemStyle(mark="7.", title="", one_paragraph=True, sentences=None, max_tokens=500)
    final, shown = read(AloneReader(7, style), cut(text, places))
    assert final == {7: wanted}
    assert wanted.startswith(shown.get(7, ""))


@given(st.lists(st.text(alphabet="ab12.()*\n:-「」 ", max_size=6), max_size=20))
def test_any_text_is_read(pieces: list[str]) -> None:
    for reader in (AloneReader(1, STYLE), GroupReader([1, 2, 3], [STYLE] * 3)):
        final, shown = read(reader, pieces)
        assert all(final.get(index, "").startswith(text) for index, text in shown.items())
