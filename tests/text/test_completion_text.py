"""Engines that ignore `stop` and `max_tokens`, or put thoughts into the text: what the reader gets of it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sot.text.completion_text import CompletionText


def read(text: CompletionText, deltas: Iterable[str]) -> str:
    shown = "".join(text.feed(delta) for delta in deltas)
    return shown + text.close()


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_stop_sequence_ends_the_text_however_it_is_cut(size: int) -> None:
    whole = "Tea is hot.\n\nQuestion: and coffee?"
    text = CompletionText(stop=("Question:", "###"))
    assert read(text, (whole[at : at + size] for at in range(0, len(whole), size))) == "Tea is hot.\n\n"
    assert text.over == "stop"


def test_a_stop_sequence_in_thoughts_ends_nothing() -> None:
    text = CompletionText(stop=("\n2.",))
    assert read(text, ["<think>1. a\n2. b", "</think>", "1. Tea"]) == "1. Tea"
    assert text.over is None


def test_the_text_ends_at_the_token_limit() -> None:
    text = CompletionText(max_tokens=3)
    assert read(text, ["One", " two", " three", " four", " five"]) == "One two three"
    assert text.over == "length"


def test_a_text_of_exactly_the_limit_is_whole() -> None:
    text = CompletionText(max_tokens=3)
    assert read(text, ["One", " two", " three"]) == "One two three"
    assert text.over is None


def test_a_server_that_sends_single_characters_is_not_cut_after_so_many_characters() -> None:
    whole = "A server may send every character by itself, and they are no tokens. " * 2
    text = CompletionText(max_tokens=50)
    assert read(text, whole) == whole
    assert text.over is None


def test_thoughts_do_not_count_against_the_limit_of_the_text() -> None:
    text = CompletionText(max_tokens=2)
    assert read(text, ["<think>", "a", "b", "c", "d", "</think>", "One", " two"]) == "One two"
    assert text.over is None
    assert (text.text_tokens, text.thought) == (2, True)


@pytest.mark.parametrize("apart", [True, False])
def test_thoughts_have_a_limit(apart: bool) -> None:
    text = CompletionText(max_tokens=100, max_thinking_tokens=5)
    if not apart:
        text.feed("<think>")
    for _ in range(7):
        assert text.feed("" if apart else "hm ", "hm " if apart else "") == ""
    assert text.over == "length"
    assert text.close() == ""


def test_what_a_bare_closing_mark_makes_thoughts_of_is_counted_as_thoughts() -> None:
    text = CompletionText(max_tokens=3, max_thinking_tokens=50, stray="watch")
    deltas = ["Okay,", " the", " user", " asks.", "\n</think>", "\n\nOne", " two", " three"]
    assert read(text, deltas) == "One two three"
    assert text.bare
    assert (text.text_tokens, text.thought_tokens) == (3, 5)


def test_text_that_was_held_back_to_the_end_is_doubtful_where_it_reads_like_thinking() -> None:
    plain, thinking = (CompletionText(stray="watch") for _ in range(2))
    assert read(plain, ["Tea is", " hot."]) == "Tea is hot."
    assert not plain.doubtful
    assert read(thinking, ["Okay, the user", " asks about"]) == "Okay, the user asks about"
    assert thinking.doubtful
