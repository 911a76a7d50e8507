"""Texts of given items in one completion, however the engine cuts it into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.strategies.item_group_text import GroupReader
from sot.strategies.item_text import AloneReader, ItemStyle
from sot.strategies.part_request import PartDelta, PartReader, PartText

STYLE = ItemStyle()
TEXTS = [
    "1. Le soleil.\n2. La lune.\n3. L'étoile.",
    "Here are the translations:\n\n1. Le soleil.\n\n2. La lune.\n\n3. L'étoile.\n",
    "**1.** Le soleil.\n**2.** La lune.\n**3.** L'étoile.",
    "(1) Le soleil.\n(2) La lune.\n(3) L'étoile.",
    "1) Le soleil.\n2) La lune.\n3) L'étoile.",
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
    "text",
    [
        "Le soleil.\nLa lune.\nL'étoile.",
        "1. Le soleil.\n1. La lune.\n2. L'étoile.\n3. Le ciel.",
        "1. Le soleil.\n3. L'étoile.",
        "2. La lune.\n3. L'étoile.",
        "1. Uses:\n1. heat\n2. light\n2. La lune.",
        "1. Le soleil. 2. La lune. 3. L'étoile.",
        "1. Le soleil; 2. La lune\n3. L'étoile.",
        "1. 猫2. 犬",
        "1. Le soleil.\n2. La lune.\n3. L'étoile.\n4. Le ciel.",
        " 1. Le soleil.\n 2. La lune.\n 3. L'étoile.",
    ],
)
@given(places=st.lists(st.integers(0, 400), max_size=20))
def test_a_group_whose_numbers_do_not_follow_one_another_has_no_texts(text: str, places: list[int]) -> None:
    assert read(GroupReader([4, 5, 6], [STYLE] * 3), cut(text, places)) == ({}, {})


def test_numbers_inside_the_answers_of_a_group_stay() -> None:
    text = "1. 3. Juni, 2.5 km\n   1. so\n   2. so\n2. 2. Mai\n\nand more\n3. 5\n3.5"
    final, _ = read(GroupReader([4, 5, 6], [STYLE] * 3), [text])
    assert final == {4: "3. Juni, 2.5 km\n   1. so\n   2. so", 5: "2. Mai\n\nand more", 6: "5\n3.5"}


def test_a_paragraph_behind_a_group_is_not_the_last_items() -> None:
    final, _ = read(GroupReader([4, 5], [STYLE] * 2), ["1. A\n2. B\n\nLet me know!"])
    assert final == {4: "A"}


def test_a_group_cut_by_the_limit_has_the_items_that_began() -> None:
    reader = GroupReader([4, 5, 6], [STYLE] * 3)
    assert not list(reader.feed("1. A\n2. la lune est\n3", 9))
    texts = list(reader.finish("length", lambda _: 0))
    assert [(text.index, text.text, text.ending) for text in texts] == [
        (4, "A", "whole"),
        (5, "la lune est", "cut"),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Le soleil.", "Le soleil."),
        ("Sure! Here is the translation:\n\nLe soleil.", "Le soleil."),
        ("Surely the sun.", "Surely the sun."),
        ("Here is a sun:", "Here is a sun:"),
        ("Okra has uses:\nfood", "Okra has uses:\nfood"),
        ("好的，翻译如下：\n太阳", "太阳"),
        ("7. the sun: Le soleil.", "the sun: Le soleil."),
        ("7. Juni", "7. Juni"),
        ("1. Warm\n2. Bright", "1. Warm\n2. Bright"),
        ("7.5 kilometres.", "7.5 kilometres."),
        ("Le soleil.\n\n8. La lune.", "Le soleil.\n\n8. La lune."),
        ("Le soleil.\n\n8. the moon\nLa lune.", "Le soleil."),
        ("Le soleil.\n\nTranslate each one:\nthe star", "Le soleil."),
        ("# One\n\nA.\n\n---\n\n## Two\n\nB.", "# One\n\nA.\n\n---\n\n## Two\n\nB."),
        ("We never give up here.\nOr do we?\nWe never give up here.",) * 2,
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("→ ↑ ↓", "→ ↑ ↓"),
        ("...", "..."),
        ("<|im_start|>assistant\nLe soleil.<|im_end|>\nuser", "Le soleil."),
        ("```\n8. the moon\n\n# x\n```\nso", "```\n8. the moon\n\n# x\n```\nso"),
    ],
)
@given(places=st.lists(st.integers(0, 400), max_size=20))
def test_one_item_is_read_without_what_is_around_its_answer(
    text: str, wanted: str, places: list[int]
) -> None:
    style = ItemStyle(mark="7.", item="the sun", others=("8. the moon", "Translate each one:"))
    final, shown = read(AloneReader(7, style), cut(text, places))
    assert final == {7: wanted}
    assert wanted.startswith(shown.get(7, ""))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sun: a star", "a star"),
        ("**Sun**: a star", "a star"),
        ("**Sun:** a star", "a star"),
        ("## Sun\n\nA star", "A star"),
        ("sun → soleil", "soleil"),
        (f"Sun:{' ' * 20}soleil", "soleil"),
        (f"sun{' ' * 12}: soleil", f"sun{' ' * 12}: soleil"),
        ("Sunny: a star", "Sunny: a star"),
        ("Sun-dried", "Sun-dried"),
        ("Sun", "Sun"),
        ("sun:", "sun:"),
        ("1. FC Köln", "1. FC Köln"),
    ],
)
@given(places=st.lists(st.integers(0, 400), max_size=20))
def test_an_item_that_stands_before_its_answer_is_not_repeated(
    text: str, wanted: str, places: list[int]
) -> None:
    final, shown = read(AloneReader(1, ItemStyle(item="sun", labelled=True)), cut(text, places))
    assert final == {1: wanted}
    assert wanted.startswith(shown.get(1, ""))


def test_a_first_line_with_a_colon_stays_where_the_item_has_one() -> None:
    text = "Here is the list:\n- milk"
    final, _ = read(AloneReader(1, ItemStyle(item="Voici la liste :", prefaced=False)), [text])
    assert final == {1: text}


@pytest.mark.parametrize("text", ["Nein " * 70, "I will go home and sleep. " * 12])
def test_a_phrase_without_end_is_cut(text: str) -> None:
    reader = AloneReader(1, STYLE)
    shown = "".join(found.text for found in reader.feed(text, 70))
    assert reader.full
    (found,) = reader.finish(None, lambda _: len(shown))
    assert found.ending == "cut"
    assert text.startswith(found.text)
    assert len(found.text) < len(text)


@pytest.mark.parametrize(
    ("text", "ending"), [("One. Two.", "trimmed"), ("One. Tw", "trimmed"), ("On", "cut")]
)
def test_a_text_cut_by_its_limit_is_not_whole(text: str, ending: str) -> None:
    reader = AloneReader(1, STYLE)
    assert list(reader.feed(text, 4))
    (found,) = reader.finish("length", lambda _: 0)
    assert found.ending == ending


@given(st.lists(st.text(alphabet="ab12.()*\n:-「」 ", max_size=6), max_size=20))
def test_any_text_is_read(pieces: list[str]) -> None:
    for reader in (AloneReader(1, STYLE), GroupReader([1, 2, 3], [STYLE] * 3)):
        final, shown = read(reader, pieces)
        assert all(final.get(index, "").startswith(text) for index, text in shown.items())


@given(st.lists(st.text(alphabet="a1.*\n😀→` ", max_size=6), max_size=20))
def test_all_of_an_answer_that_the_model_ended_stays(pieces: list[str]) -> None:
    final, _ = read(AloneReader(1, STYLE), pieces)
    text = "".join(pieces).strip()
    assert final[1].startswith(text)
