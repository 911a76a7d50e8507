"""Length of the answers to given items, by the words of the instruction."""

from __future__ import annotations

import pytest

from sot.options import Options
from sot.prompting.plan import Plan, Span
from sot.strategies.item_length import ItemLength, least_tokens

OPTIONS = Options()


@pytest.mark.parametrize(
    "instruction",
    [
        "List three uses of each.",
        "Give several examples for each.",
        "Explain each in two short paragraphs.",
        "Write a haiku for each.",
        "Answer each with bullets.",
        "Write a reply to each.",
        "それぞれ箇条書きで答えてください。",
        "それぞれ三行で書いてください。",
        "给每个写一个详细的说明。",
    ],
)
def test_instructions_whose_answers_may_have_several_lines(instruction: str) -> None:
    assert ItemLength(instruction, Plan()).several_lines


@pytest.mark.parametrize(
    "instruction",
    [
        "Translate each word into French.",
        "Translate these twelve words.",
        "Translate the following list of words.",
        "Name the capital of each country.",
        "次の3つの文の翻訳を行ってください。",
        "翻译下面5个单词。",
    ],
)
def test_instructions_whose_answers_have_one_line(instruction: str) -> None:
    assert not ItemLength(instruction, Plan()).several_lines


@pytest.mark.parametrize(
    ("instruction", "plan", "least"),
    [
        ("Explain each.", Plan(words=Span(300, 300)), 600),
        ("Explain each.", Plan(words=Span(200, None)), 800),
        ("Explain each.", Plan(sentences=Span(5, 6)), 360),
        ("Explain each in four paragraphs.", Plan(), 800),
        ("それぞれ三段落で説明してください。", Plan(), 600),
        ("Explain each.", Plan(length="long"), 576),
        ("Write an email about each.", Plan(), 576),
    ],
)
def test_a_size_asked_for_has_room(instruction: str, plan: Plan, least: int) -> None:
    assert ItemLength(instruction, plan).wanted(OPTIONS, 3) >= least


def test_without_a_size_the_limit_grows_with_the_item() -> None:
    length = ItemLength("Translate each.", Plan(words=Span(3, 3)))
    assert length.wanted(OPTIONS, 3) == OPTIONS.max_point_tokens
    assert length.wanted(OPTIONS, 300) >= 600
    assert length.wanted(OPTIONS, 3000) == OPTIONS.max_tokens


def test_an_answer_needs_about_the_length_of_its_item() -> None:
    assert least_tokens(2) == 16
    assert least_tokens(50.5) == 51
