"""Wishes around very long texts: a document with a question below it, hostile runs of marks."""

from __future__ import annotations

import pytest

from sot.router.wishes import read_wishes
from sot.router.wishes.programs.shapes import quotes_sentence
from sot.router.wishes.turn import clipped, plain
from sot.types import Message

LONG = "Some words of a report about the weather of last year. " * 20_000


@pytest.mark.parametrize("where", ["above", "below"])
def test_a_wish_beside_a_document_of_a_megabyte(where: str) -> None:
    wish = "Give me three tips, one sentence each."
    text = f"{wish}\n\n{LONG}" if where == "above" else f"{LONG}\n\n{wish}"
    wishes = read_wishes([Message("user", text)])
    assert wishes.count is not None
    assert wishes.count.high == 3


def test_what_is_read_of_a_text_does_not_grow_with_it() -> None:
    assert len(clipped(LONG)) == len(clipped(LONG * 2)) < 40_000
    assert clipped("short ``` text") == "short ``` text"


def test_code_that_was_opened_far_above_is_no_wish() -> None:
    code = "```\n" + "# answer in one word\n" * 20_000 + "```\nWhat does it do?"
    assert not read_wishes([Message("user", code)]).short
    assert "one word" not in plain(clipped(code))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a 「" + "x" * 50 + "」 b", "a b"),
        ("a 「short」 b", "a 「short」 b"),
        ("a 「" + "x" * 50, "a 「" + "x" * 50),
        ("a <doc>" + "x" * 250 + "</doc> b", "a b"),
        ("a <doc>short</doc> b", "a <doc>short</doc> b"),
        ("a <doc>" + "x" * 250 + "</other> b", "a <doc>" + "x" * 250 + "</other> b"),
        ("「一」" + "「" + "x" * 50 + "」 b", "「一」 b"),
        ("<a><b>" + "x" * 250 + "</b> c", "<a> c"),
    ],
)
def test_texts_to_work_on_hold_no_wishes(text: str, left: str) -> None:
    assert plain(text) == left


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('Translate "The train was late again." into French.', True),
        ("次を訳して：「今日はとても良い天気でしたので散歩しました.」", True),
        ("Fix «Je suis allé au marché hier matin !»", True),
        ('Is "good enough." a sentence?', False),  # too short
        ('What does "a stitch in time saves nine" mean?', False),  # no sentence end
        ('He said " and then nothing at all came."', False),  # blank after the mark
        ("「" * 4_000, False),
        ("「" * 3_999 + "」", False),
        ("「見" * 2_000 + ".」", True),
    ],
)
def test_a_quoted_sentence_is_found_in_one_pass(text: str, quoted: bool) -> None:
    assert quotes_sentence(text) is quoted
