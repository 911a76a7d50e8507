"""A reasoning model's thoughts never get into the text."""

from __future__ import annotations

import pickle
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.text.held_text import WATCHED
from sot.text.thinking import MAX_HELD, Stray, ThoughtSplitter, text_after_thoughts
from sot.text.thinking_signs import reads_like_thinking
from tests.support.thoughts import FINAL, FORMS, pieces

STRAYS: tuple[Literal["keep", "hold", "watch"], ...] = ("keep", "hold", "watch")
LONG = "Okay, the user wants tips about tea, so I compare green and black tea. " * 5


def split(parts: list[str], *, inside: bool = False, stray: Stray = "keep") -> tuple[str, ThoughtSplitter]:
    splitter = ThoughtSplitter(inside=inside, stray=stray)
    return "".join([*map(splitter.feed, parts), splitter.close()]), splitter


def filtered(text: str, *, inside: bool = False, stray: Stray = "keep") -> str:
    """Return the text of a completion, the same however it is cut."""
    results = {split(pieces(text, size), inside=inside, stray=stray)[0] for size in (1, 2, 5, 100_000)}
    (result,) = results
    return result


@rows("thoughts", ["Hm.", "1. Plan a\n2. Plan b\n\n", "a < b [c] </thin ◁ <b>so</b>"])
@rows(("before", "after"), FORMS)
def test_a_block_in_any_form_is_dropped(before: str, after: str, thoughts: str) -> None:
    for stray in STRAYS:
        for text in (
            "Boil water.",
            "1. Boil\n2. Wait\n",
            "Close it with </think>, or <think>twice</think> [THINK].",
            "",
        ):
            assert filtered(f"{before}{thoughts}{after}{text}", stray=stray) == text
            assert filtered(f"\n{before}{thoughts}{after}\n\n{text}", stray=stray) == text
        assert filtered(f"{before}{thoughts}", stray=stray) == ""


@rows(("before", "after"), FORMS)
def test_thoughts_are_told_and_counted(before: str, after: str) -> None:
    _, splitter = split(pieces(f"{before}We weigh it.{after}Tea.", 3))
    assert (splitter.thought, splitter.bare, splitter.thinking) == (True, False, False)
    assert len("We weigh it.") <= splitter.thought_chars < len(f"{before}We weigh it.{after}")


@rows("stray", STRAYS)
@rows(
    ("text", "kept"),
    [
        ("Plain text.", "Plain text."),
        (" \n Plain text.", " \n Plain text."),
        ("\ufeff\u200b<think>Hm.</think>Text.", "Text."),
        ("<think></think>Text.", "Text."),
        ("<think>\n\n</think>\n\nText.", "Text."),
        ("<think>One.</think>\n[THINK]Two.[/THINK]Three <think>four</think>.", "Three <think>four</think>."),
        ("<think>One </reasoning> two.</think>Text.", "Text."),
        ("<think>\n<think>Hm.</think>Text.", "Text."),
        ("</think>\n\nText.", "Text."),
        ("\n </think>Text.", "Text."),
        ("<thin ice", "<thin ice"),
        ("<thi", "<thi"),  # the end shows that it is none
        ("<answer>42</answer>", "<answer>42</answer>"),  # no thoughts before it
        ("<think>Hm.</think><answer>\n42\n</answer>\n", "42\n"),
        ("<think>Hm.</think><answer>42</answer>\n\nNote.", "42\n\nNote."),
        (f"{FINAL}Tea.<|return|>", "Tea."),
        (f"<|channel|>analysis<|message|>Hm.<|end|>{FINAL}Tea.<|return|>", "Tea."),
        (f"<|channel|>analysis<|message|>Hm.<|end|>{FINAL}Use <|end|>", "Use"),
        ("<|channel|>news of the day\n", "<|channel|>news of the day\n"),
        ("<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Tea.<|END_RESPONSE|>", "Tea."),
        ("<|START_RESPONSE|>Tea.<|END_RESPONSE|>", "Tea."),
        ("thought\nTea.", "Tea."),
        ("thoughts of tea", "thoughts of tea"),
        ("analysis of tea", "analysis of tea"),
        ("assistantfinalTea.", "Tea."),
        ("", ""),
    ],
)
def test_only_thoughts_are_dropped(text: str, kept: str, stray: Literal["keep", "hold", "watch"]) -> None:
    assert filtered(text, stray=stray) == kept


@pytest.mark.parametrize(
    "text",
    [
        "The mark `</think>` ends it.",
        "Models write </think> at the end.",
        "Thoughts stand in <think>…</think>, mostly.",
        "<answer> follows </think> there.",
        "```\n<think>\nhm\n</think>\n```\nText.",
        "gpt-oss writes <|channel|> before its channel",
        "The token `<|start|>` begins a message.",
    ],
)
def test_an_answer_that_names_the_marks_at_its_start_keeps_them(text: str) -> None:
    for stray in ("keep", "watch"):
        assert filtered(text, stray=stray) == text


@rows("stray", ["hold", "watch"])
@rows(
    "text",
    [
        "I plan.\n</think>\n\n",
        "I plan it.</think>",
        LONG + "</think>\n",
        LONG + "\n[/THINK]",
        LONG + "◁/think▷\n",
        LONG + "<|END_THINKING|><|START_RESPONSE|>",
        LONG + "<channel|>",
        LONG + "assistantfinal",
        "thought\n" + "Tea has many kinds. " * 9 + "<channel|>",
        LONG + "\n[BEGIN FINAL RESPONSE]\n",
        LONG + f"<|end|>{FINAL}",
        LONG + "\n<think>\nMore.</think>\n",
        "\n\n</think>\n\n",
        "用户想要三个建议。" * 20 + "\n</think>\n\n",
        "まず、ユーザーの質問を考える。" * 20 + "</think>",
        LONG * 400 + "</think>",
    ],
)
def test_thoughts_whose_opening_the_template_wrote(text: str, stray: Literal["hold", "watch"]) -> None:
    assert filtered(text + "Boil water.", stray=stray) == "Boil water."
    _, splitter = split(pieces(text + "Boil water.", 5), stray=stray)
    assert splitter.thought == splitter.bare or "<think>" in text
    assert splitter.thought == (text.strip() != "</think>")
    assert splitter.thought_chars <= len(text)


def test_a_model_known_to_think_is_held_until_its_mark() -> None:
    splitter = ThoughtSplitter(stray="hold")
    assert [splitter.feed(piece) for piece in pieces("Tea has many kinds. " * 20, 7)] == [""] * 58
    assert splitter.feed("</think>") == ""
    assert splitter.feed("\n\nBoil") == "Boil"
    assert splitter.feed(" </think>") == " </think>"
    assert (splitter.bare, splitter.thought, splitter.thought_chars) == (True, True, 400)
    assert filtered("Tea has many kinds. " * 20, stray="hold") == "Tea has many kinds. " * 20


def test_an_unknown_model_is_watched_for_a_moment_or_while_it_reads_like_thinking() -> None:
    splitter = ThoughtSplitter(stray="watch")
    assert splitter.feed("x" * (WATCHED - 1)) == ""
    assert splitter.feed("y</think>") == "x" * (WATCHED - 1) + "y</think>"
    assert splitter.feed("z") == "z"
    assert (splitter.bare, splitter.thought, splitter.thought_chars) == (False, False, 0)
    splitter = ThoughtSplitter(stray="watch")
    assert splitter.feed(LONG) == ""
    assert splitter.close() == LONG  # no mark came, so it was the text


def test_a_text_before_a_block_stays_unless_it_reads_like_thinking() -> None:
    assert filtered("Sure!\n<think>Hm.</think>Boil water.", stray="watch") == "Sure!\nBoil water."
    assert filtered("Hmm.\n<think>So.</think>Boil water.", stray="watch") == "Boil water."


def test_a_model_that_thinks_after_the_empty_block_of_its_template() -> None:
    assert filtered(f"<think>\n\n</think>\n\n{LONG}</think>Boil water.", stray="watch") == "Boil water."


def test_much_more_held_text_than_any_answer_has_is_thoughts() -> None:
    text = LONG * (2 * MAX_HELD // len(LONG))
    for stray in ("hold", "watch"):
        assert filtered(text, stray=stray) == ""
        _, splitter = split([text, "</think>Tea."], stray=stray)
        assert (splitter.bare, splitter.thought_chars) == (True, len(text))


@rows(
    ("text", "kept"),
    [
        ("Hm.</think>\n\nTea.", "Tea."),
        ("<think>\nHm.</think>\n\nTea.", "Tea."),
        ("Hm.[/THINK]Tea.", "Tea."),
        ("Hm, as ever.assistantfinalTea.", "Tea."),
        (f"Hm.<|end|>{FINAL}Tea.<|return|>", "Tea."),
        ("\n</think>\n\nTea.", "Tea."),
        ("Hm, never closed", ""),
    ],
)
@rows("stray", STRAYS)
def test_a_completion_that_begins_inside_a_block(
    text: str, kept: str, stray: Literal["keep", "hold", "watch"]
) -> None:
    assert filtered(text, inside=True, stray=stray) == kept
    _, splitter = split([text], inside=True, stray=stray)
    assert splitter.thought == ("Hm" in text)
    assert not splitter.bare


def test_text_is_passed_on_at_once_where_it_cannot_be_a_mark() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("<th") == ""
    assert splitter.feed("ere") == "<there"
    assert splitter.feed(" <think>") == " <think>"


def test_thinking_is_told_while_it_lasts() -> None:
    splitter = ThoughtSplitter()
    seen = [
        (splitter.feed(piece), splitter.thinking) for piece in ("<thi", "nk>", "Hm", ".</think>", "\nTea")
    ]
    assert seen == [("", False), ("", True), ("", True), ("", False), ("Tea", False)]


def test_what_is_kept_of_a_long_thought_is_little() -> None:
    splitter = ThoughtSplitter()
    splitter.feed("<think>")
    for _ in range(2_000):
        splitter.feed("a <b> [c] " * 100)
    assert len(pickle.dumps(splitter)) < 2_000
    assert splitter.thought_chars == 2_000_000


@rows("unit", ["Okay, so ", "<think", "</think ", "`<think>", "[", "assistant", " "])
@rows("stray", ["watch", "discard"])
def test_much_of_anything_is_split(unit: str, stray: Stray) -> None:
    """Runs to its end: a quadratic splitter would need very long."""
    text = "Hmm" + unit * (200_000 // len(unit))
    shown, splitter = split(pieces(text, 5), stray=stray)
    assert len(shown) + splitter.thought_chars == len(text)


@pytest.mark.parametrize(
    ("before", "text"),
    [("1. Plan\n2. Plan\n</think>\n", "1. Boil"), ("", "1. Boil"), ("<think>a</think>b\n</think>", "c")],
)
def test_the_text_after_all_thoughts(before: str, text: str) -> None:
    assert text_after_thoughts(before + text) == text


@rows(
    "text",
    [
        "Okay, so", "**Thinking Process:**", "The user asks", "So the user wants", "First, I need",
        "Let's see", "好的，用户", "嗯，这个", "首先，我", "まず、", "ユーザーは",
        "사용자가", "Der Nutzer möchte", "Ich muss",
        "L'utilisateur veut", "Je dois", "El usuario quiere", "Пользователь хочет",
        "O usuário quer", "L'utente chiede", "De gebruiker wil", "Użytkownik pyta",
        "Here's a thinking process",
    ],
)  # fmt: skip
def test_how_thoughts_begin(text: str) -> None:
    assert reads_like_thinking(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tea is good.",
        "1. Boil water",
        "# Tea",
        "Users like tea",
        "Weather",
        "お茶は",
        "茶有很多种",
        "Okayama",
    ],
)
def test_how_answers_begin(text: str) -> None:
    assert not reads_like_thinking(text)


_MARKS = [mark for form in FORMS for mark in form]
_WORDS = [
    "Okay, ",
    "Tea ",
    ". ",
    "\n",
    " ",
    "`",
    "```",
    "<",
    "<thi",
    "|>",
    "a",
    "用户",
    "\ufeff",
    "\ud800",
    "x" * 45,
]
_TEXTS = st.lists(st.sampled_from([*_MARKS, *_WORDS]) | st.text(max_size=4), max_size=20).map("".join)


def _told(parts: list[str], *, inside: bool, stray: Stray) -> tuple[list[str], bool, bool, int]:
    """Return what a splitter shows between its signals, and what it says of the thoughts."""
    splitter = ThoughtSplitter(inside=inside, stray=stray)
    found = [part for piece in parts for part in splitter.parts(piece)]
    found += splitter.end()
    shown = "".join(part if isinstance(part, str) else "\0" for part in found)
    return shown.split("\0"), splitter.thought, splitter.bare, splitter.thought_chars


@settings(max_examples=600)
@given(_TEXTS, st.sampled_from(["keep", "hold", "watch", "discard"]), st.booleans(), st.data())
def test_how_the_text_is_cut_makes_no_difference(
    text: str, stray: Stray, inside: bool, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = _told([text], inside=inside, stray=stray)
    assert whole == _told(list(text), inside=inside, stray=stray) == _told(parts, inside=inside, stray=stray)


@pytest.mark.parametrize("stray", ["keep", "hold", "watch", "discard"])
@pytest.mark.parametrize(
    "text",
    [
        "</think>Okay, assistantfinalTea",
        "assistantfinalOkay, assistantfinalTea",
        "Okay, <|start|>\nSo assistantfinalTea",
        "Okay, <|start|>" + "x" * 250 + "assistantfinalTea",
        "<|start|>" * 30 + "Okay, assistantfinalTea",
        "Okay, </think>\nassistantfinalTea",
        "Okay, so </think>\nTea<|begin|>analysis",
    ],
)
def test_text_that_is_read_otherwise_after_a_mark_is_cut_anywhere(text: str, stray: Stray) -> None:
    """A word is a mark by what stands before it, wherever the delta ends."""
    whole = _told([text], inside=False, stray=stray)
    assert whole == _told(list(text), inside=False, stray=stray)
    assert whole == _told([text[:-5], text[-5:]], inside=False, stray=stray)


def test_a_final_mark_after_an_empty_block_and_thoughts_ends_them() -> None:
    shown, splitter = split(["</think>Okay, the user asks. assistantfinalTea"], stray="watch")
    assert (shown, splitter.thought) == ("Tea", True)
