"""Lists of items that a request brings: the items, their marks, and the words beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot.structure.given_items import MOST_CHARS, MOST_ITEMS, GivenItems, read_items


def read(text: str) -> GivenItems:
    found = read_items(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "form", "marks", "items"),
    [
        ("Do:\n7. A cat\n8. A dog\n9. A cow", "numbered", "7. 8. 9.", ["A cat", "A dog", "A cow"]),
        ("Do:\n1) A cat\n2) A dog", "numbered", "1) 2)", ["A cat", "A dog"]),
        ("Do:\n(1) A cat\n(2) A dog", "numbered", "(1) (2)", ["A cat", "A dog"]),
        ("Do:\na) A cat\nb) A dog", "numbered", "a) b)", ["A cat", "A dog"]),
        ("Do:\n99. A cat\n100. A dog\n101. A cow", "numbered", "99. 100. 101.", ["A cat", "A dog", "A cow"]),
        ("訳して。\n①猫\n②犬", "numbered", "① ②", ["猫", "犬"]),
        ("訳して。\n1．猫\n2．犬", "numbered", "1． 2．", ["猫", "犬"]),
        ("訳して。\n1、猫\n2、犬", "numbered", "1、 2、", ["猫", "犬"]),
        ("翻译：\n一、猫\n二、狗", "numbered", "一、 二、", ["猫", "狗"]),
        ("翻译：\n（1）猫\n（2）狗", "numbered", "（1） （2）", ["猫", "狗"]),
        ("改写：\n第一条 付款。\n第二条 退货。", "numbered", "第一条 第二条", ["付款。", "退货。"]),
        ("Do:\n- A cat\n- A dog", "bulleted", "- -", ["A cat", "A dog"]),
        ("Do:\n* A cat\n\n* A dog", "bulleted", "* *", ["A cat", "A dog"]),
        ("訳して。\n・猫\n・犬", "bulleted", "・ ・", ["猫", "犬"]),
        ("訳して。\n「猫」\n「犬」", "quoted", "「 「", ["猫", "犬"]),
        ("訳して。『猫』、『犬』", "quoted", "『 『", ["猫", "犬"]),
        ('Translate these: "cat", "dog" and "cow".', "quoted", '" " "', ["cat", "dog", "cow"]),
        ("Translate these:\n“A cat.”\n“A dog.”", "quoted", "“ “", ["A cat.", "A dog."]),
        ("Translate these lines:\nA cat.\nA dog.", "lines", " ", ["A cat.", "A dog."]),
        ("Translate these lines:\n\nA cat.\nA dog.\n\nThanks", "lines", " ", ["A cat.", "A dog."]),
        (
            "Do each:\n---\nA cat.\n---\nA dog.\n***\nA cow.\n---",
            "lines",
            "  ",
            ["A cat.", "A dog.", "A cow."],
        ),
        ("A cat.\nA dog.\n\nTranslate the lines above.", "lines", " ", ["A cat.", "A dog."]),
        ("次の文を訳してください。\n猫がいる。\n犬がいる。", "lines", " ", ["猫がいる。", "犬がいる。"]),
        ("Do each row:\nname,age\nAnn,3\nBob,4", "rows", " ", ["Ann,3", "Bob,4"]),
        ("Do each row:\n| a | b |\n|---|---|\n| x | y |\n| z | w |", "rows", " ", ["| x | y |", "| z | w |"]),
        (
            "Sum up each:\n```\nA cat.\nIt sat.\n```\n\n```\nA dog.\n```",
            "fenced",
            "``` ```",
            ["A cat.\nIt sat.", "A dog."],
        ),
    ],
)
def test_lists_of_every_form(text: str, form: str, marks: str, items: list[str]) -> None:
    found = read(text)
    assert found.form == form
    assert [item.text for item in found.items] == items
    assert [item.mark for item in found.items] == marks.split(" ")
    assert [item.index for item in found.items] == list(range(1, len(items) + 1))


def test_the_instruction_may_stand_above_below_or_on_both_sides() -> None:
    assert read("Translate:\n1. cat\n2. dog").instruction == "Translate:"
    assert read("1. cat\n2. dog\n\nTranslate these.").instruction == "Translate these."
    both = read("Hello!\n1. cat\n2. dog\nTranslate these.")
    assert (both.before, both.after) == ("Hello!", "Translate these.")
    assert both.instruction == "Hello!\nTranslate these."


def test_an_item_has_all_its_lines_and_the_list_below_it() -> None:
    found = read("Do:\n1. A cat\n   that sat\n2. A dog\n   - brown\n   - old\n")
    assert [item.text for item in found.items] == ["A cat\n   that sat", "A dog\n   - brown\n   - old"]


def test_a_header_row_is_no_item() -> None:
    assert read("Do each row:\nname,age\nAnn,3\nBob,4").header == "name,age"
    assert read("Do each row:\n| a | b |\n|---|---|\n| x | y |\n| z | w |").header == "| a | b |\n|---|---|"
    assert read("Do each row:\ncat,dog\ncow,hen\nfox,owl").header == ""


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Translate.\n\nAnna, nurse\nBen, cook\nCid, vet", ["Anna, nurse", "Ben, cook", "Cid, vet"]),
        ("Translate:\nAnna; nurse\nBen; cook\nCid; vet", ["Anna; nurse", "Ben; cook", "Cid; vet"]),
        ("Translate.\nA, b, c\nD, e, f\nG, h, i", ["A, b, c", "D, e, f", "G, h, i"]),
        ("A, b\nC, d\nE, f\n\nTranslate each row.", ["A, b", "C, d", "E, f"]),
        ("Translate.\nA, b, c\nD, e, f\nG, h, i\nThanks, bye", ["A, b, c", "D, e, f", "G, h, i"]),
    ],
)
def test_rows_with_commas_are_set_apart_from_words_with_commas(text: str, items: list[str]) -> None:
    assert [item.text for item in read(text).items] == items


@pytest.mark.parametrize(
    "text",
    [
        "Translate each row.\nKeep names, numbers\nAnna, nurse\nBen, cook\nThanks, bye",
        "Please, translate each row\nAnna, nurse\nBen, cook",
    ],
)
def test_a_line_of_words_with_a_comma_is_no_row(text: str) -> None:
    assert read_items(text) is None


def test_an_empty_item_stays_in_its_place() -> None:
    assert [item.text for item in read("Do:\n1. cat\n2.\n3. dog").items] == ["cat", "", "dog"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "How do I sleep better?",
        "1. cat\n2. dog",  # says nothing about them
        "Do:\n1. cat",
        "Do:\n1. cat\n3. cow\n2. dog",
        "Do:\n1. cat\n2. dog\n\nand:\n- cow\n- hen",
        "Do:\n1. cat\n2. dog\n1. cow\n2. hen",
        "Fix this:\n```\nprint(1)\n```",
        "Read this:\n```\na\n```\nand then tell me what it has to do with\n```\nb\n```",
        "Say:\n```\na\n```\n```\nb",
        "Dear Ann,\n\nI am well.\nIt rains.\n\nYours\nBob",
        'He said "yes" and then, after a long silence, "no" to her.',
        "Translate “cat” and “dog” into French",  # inside a sentence
        "Do:\n" + "\n".join(f"- {number}" for number in range(MOST_ITEMS + 1)),
        "Do:\n- a\n- " + "b" * MOST_CHARS,
    ],
)
def test_what_is_no_list_of_items(text: str) -> None:
    assert read_items(text) is None


def test_a_list_may_be_long() -> None:
    text = "Do:\n" + "\n".join(f"{number}. Item {number}" for number in range(1, MOST_ITEMS + 1))
    assert len(read(text).items) == MOST_ITEMS


LINES = st.lists(
    st.sampled_from(
        [
            "1. a",
            "2. b",
            "- a",
            "* b",
            "",
            "```",
            '"a"',
            "「b」",
            "x,y",
            "| a |",
            "Do:",
            "①",
            "一、",
            "  - c",
            "“",
        ]
    )
    | st.text(max_size=12),
    max_size=12,
)


@given(LINES)
def test_any_text_is_read(lines: list[str]) -> None:
    found = read_items("\n".join(lines))
    if found is not None:
        assert found.instruction
        assert sum(bool(item.text) for item in found.items) >= 2
