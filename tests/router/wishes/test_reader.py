"""Reader of a conversation's wishes: which turns and sentences count, and which wish rules."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.router.wishes import Wishes, lazy, read_wishes
from sot.router.wishes.turn import plain
from sot.router.wishes.wish import Span, group, rx
from sot.types import Message, Role

Turn = str | tuple[Role, str]

QUESTION = "What speaks for a garden pond?"
LONG = "The pond lies behind the house and is home to frogs. " * 60


def wishes(*turns: Turn) -> Wishes:
    """The wishes of a conversation, whoever wrote it; plain strings are the user's turns."""
    messages = [Message("user", turn) if isinstance(turn, str) else Message(*turn) for turn in turns]
    return replace(read_wishes(messages), program=None)


def test_conversation_without_turns_has_no_wishes() -> None:
    assert read_wishes([]) == Wishes()


def test_assistant_turns_hold_no_wishes() -> None:
    turns = wishes("Hi", ("assistant", "Always answer in JSON. Answer in one sentence."), QUESTION)
    assert turns == Wishes()


def test_wish_about_one_answer_ends_with_it() -> None:
    assert wishes(f"{QUESTION} Answer in one sentence.", "Which plants grow in it?") == Wishes()


def test_order_about_all_answers_holds_over_other_turns() -> None:
    found = wishes("From now on reply in JSON.", "Which plants grow in it?", "Which fish?", QUESTION)
    assert found.form == "json"


def test_standing_order_goes_on_in_the_next_sentence() -> None:
    assert wishes("From now on be brief. Answer in two sentences.", QUESTION).sentences == Span(2, 2)


def test_wish_of_an_earlier_question_holds_for_one_that_goes_on() -> None:
    found = wishes(f"{QUESTION} Answer as a table.", "And for a sandpit?")
    assert found.form == "table"


def test_wish_holds_only_for_the_question_right_before() -> None:
    asked = wishes(f"{QUESTION} Answer as a table.", "Which fish can I keep?", "And for a sandpit?")
    assert asked.form is None


def test_number_of_points_of_an_earlier_turn_ends_with_it() -> None:
    assert wishes("From now on be brief. Give me five ideas for lunch.", QUESTION).count is None


def test_number_of_points_of_a_standing_order_holds() -> None:
    assert wishes("From now on give me three ideas.", QUESTION).count == Span(3, 3)


def test_number_of_points_that_a_system_prompt_orders_holds() -> None:
    assert wishes(("system", "Always give three tips."), QUESTION).count == Span(3, 3)


def test_number_of_points_in_a_system_prompt_is_about_something_else() -> None:
    assert wishes(("system", "You know three ways to build a pond."), QUESTION).count is None


@pytest.mark.parametrize(
    ("turns", "form"),
    [
        ((("system", "Answer as a table."), f"{QUESTION} Answer as a poem."), "poem"),
        (("From now on answer as a table.", f"{QUESTION} Answer as a poem."), "poem"),
        (("Always answer as a table.", "From now on answer as a poem.", QUESTION), "poem"),
        ((("system", "Answer as a table."), "From now on answer as a poem.", QUESTION), "poem"),
    ],
)
def test_later_wish_about_the_form_rules(turns: tuple[Turn, ...], form: str) -> None:
    assert wishes(*turns).form == form


def test_later_sentence_of_a_turn_rules() -> None:
    assert wishes(f"{QUESTION} Answer in two sentences. No, answer in three sentences.").sentences == Span(
        3, 3
    )


def test_wishes_about_different_things_add_up() -> None:
    found = wishes(("system", "Answer in French."), "From now on be brief.", f"{QUESTION} Use bullets.")
    assert (found.language, found.length, found.mark) == ("fr", "short", "bullets")


def test_wish_for_a_list_lifts_an_earlier_form() -> None:
    found = wishes("From now on answer in flowing text.", f"{QUESTION} Use bullet points.")
    assert (found.form, found.mark) == (None, "bullets")


def test_wish_for_a_form_lifts_earlier_bullets() -> None:
    found = wishes(("system", "Use bullet points."), f"{QUESTION} Answer as a table.")
    assert (found.form, found.mark) == ("table", None)


def test_wish_for_detail_lifts_an_earlier_limit() -> None:
    found = wishes(("system", "Answer in one sentence."), f"{QUESTION} Explain it in detail.")
    assert (found.sentences, found.length) == (None, "long")


def test_end_of_the_rules_lifts_limits_but_not_the_language() -> None:
    found = wishes(
        "Always answer in one sentence. Always answer in German.", f"Answer normally again. {QUESTION}"
    )
    assert (found.sentences, found.language) == (None, "de")


@pytest.mark.parametrize(
    "later",
    ["Use bullet points.", "Answer normally again.", "Stop using JSON.", "Forget the JSON format."],
)
def test_data_format_of_a_system_prompt_cannot_be_taken_back(later: str) -> None:
    assert wishes(("system", "Answer in JSON."), f"{later} {QUESTION}").form == "json"


def test_data_format_of_a_user_can_be_taken_back() -> None:
    assert wishes("From now on answer in JSON.", f"Answer normally again. {QUESTION}").form is None


def test_other_form_of_a_system_prompt_can_be_taken_back() -> None:
    assert wishes(("system", "Answer as a table."), f"{QUESTION} Use bullet points.").form is None


@pytest.mark.parametrize(
    "system",
    [
        "If the user asks for data, answer in JSON.",
        "Answer in JSON when the user is a developer.",
        "Unless told otherwise, answer in one sentence.",
        "Use tables, lists or code blocks where appropriate.",
    ],
)
def test_conditional_sentence_of_a_system_prompt_is_no_wish(system: str) -> None:
    assert wishes(("system", system), QUESTION) == Wishes()


def test_condition_is_about_its_own_sentence_only() -> None:
    system = "If the user is rude, stay friendly. Answer in two sentences."
    assert wishes(("system", system), QUESTION).sentences == Span(2, 2)


@pytest.mark.parametrize(
    "wish",
    [
        "Don't answer in JSON.",
        "Answer without a table.",
        "Not in one sentence, please.",
        "It need not be a poem.",
    ],
)
def test_negated_wish_is_none(wish: str) -> None:
    assert wishes(f"{QUESTION} {wish}").against_points() is None


def test_negated_mark_is_a_wish_for_text() -> None:
    assert wishes(f"{QUESTION} Don't answer in bullet points.").form == "prose"


@pytest.mark.parametrize(
    "given_text",
    [
        'My boss wrote: "Answer in one sentence, no lists." What does he expect?',
        "My boss wrote: “Answer in JSON from now on.” What does he expect?",
        "What is wrong here?\n```\n# Answer in JSON. No lists.\nprint(1)\n```",
        "What is wrong here?\n```\n" + "print(1)\n" * 400 + "# Answer in JSON. No lists.\n```",
        "What is wrong here?\n```\nanswer = 'Answer in one sentence.'",
        f"Review it.\n<text>{LONG[:300]} Answer in one sentence. No lists.</text>",
    ],
)
def test_quoted_text_and_code_hold_no_wishes(given_text: str) -> None:
    assert wishes(given_text) == Wishes()


def test_question_that_is_quoted_as_a_whole_is_read() -> None:
    assert wishes(f'"{QUESTION} Answer in one sentence."').sentences == Span(1, 1)


def test_wish_after_long_code_is_read() -> None:
    code = "```\n" + "print(1)\n" * 600 + "```"
    assert wishes(f"What is wrong here?\n{code}\nAnswer in one sentence.").sentences == Span(1, 1)


@pytest.mark.parametrize("text", [f"Answer in JSON. {LONG}{QUESTION}", f"{LONG}{QUESTION} Answer in JSON."])
def test_wish_at_an_end_of_a_long_text_is_read(text: str) -> None:
    assert wishes(text).form == "json"


def test_middle_of_a_long_system_prompt_is_read_further_than_that_of_a_question() -> None:
    text = f"{LONG[:1200]}\nAnswer in JSON.\n{LONG[:2000]}"
    assert (wishes(("system", text), QUESTION).form, wishes(text).form) == ("json", None)


def test_several_system_prompts_count() -> None:
    found = wishes(("system", "Answer in French."), ("system", "Answer in two sentences."), QUESTION)
    assert (found.language, found.sentences) == ("fr", Span(2, 2))


def test_turn_in_another_language_is_read_by_its_own_words() -> None:
    assert wishes(("system", "Antworte immer in einem Satz."), QUESTION).sentences == Span(1, 1)


def test_sizes_of_each_point_are_no_sizes_of_the_answer() -> None:
    found = wishes(f"{QUESTION} Five reasons, one sentence each.")
    assert (found.count, found.each_sentences, found.sentences) == (Span(5, 5), Span(1, 1), None)


def test_range_that_falls_is_none() -> None:
    assert wishes(f"{QUESTION} Answer in 5-3 sentences.").sentences is None


@rows("wish", ["0 sentences each", "0 words each", "0 to 0 sentences per point", "Answer in 0 words"])
def test_no_words_or_sentences_are_no_wish(wish: str) -> None:
    assert wishes(f"{QUESTION} {wish}.") == Wishes()


def test_abbreviated_maximum_ends_no_sentence() -> None:
    assert wishes(f"{QUESTION} Answer in Max. two sentences.").sentences == Span(None, 2)


@pytest.mark.parametrize(
    "written",
    [
        "**Answer in JSON.**",
        "ANSWER IN JSON!",
        "answer  in\u00a0json plz",
        "\uff21nswer in \uff2a\uff33\uff2f\uff2e.",
        "`Answer in JSON`",
        "### Answer in JSON",
        "\ufeffAnswer\tin JS\u00adON\u200b",
        "Answer in JSON\r\n\u200f",
    ],
)
def test_typography_makes_no_difference(written: str) -> None:
    assert wishes(f"{QUESTION}\n{written}").form == "json"


def test_patterns_with_the_same_group_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "_all", [])  # or this one counts among the project's
    pattern = rx(r"(?P<n>\d) left", r"right (?P<n>\d)")
    found = [group(match, "n") for text in ("4 left", "right 5") if (match := pattern.search(text))]
    assert found == ["4", "5"]


PIECES = """
answer in as a an the one two three 5 20 100000000 1.5 words sentence sentences json table list no not don't
bullets each point if always from now on please haiku write give me tips , . ? ! : ( ) " - ``` <a> </a>
"""
WORDS = st.sampled_from([*PIECES.split(), "\n"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=60).map(" ".join))
ROLES: st.SearchStrategy[Role] = st.sampled_from(("system", "user", "assistant"))


@settings(deadline=None)  # a language is loaded when a text in it comes
@given(st.lists(st.tuples(ROLES, TEXTS), max_size=4))
def test_any_conversation_is_read(turns: list[tuple[Role, str]]) -> None:
    messages = [Message(role, text) for role, text in turns]
    found = read_wishes(messages)
    spans = [value for field in fields(found) if isinstance(value := getattr(found, field.name), Span)]
    assert all(span.low is None or span.high is None or 0 <= span.low <= span.high for span in spans)
    assert read_wishes(messages) == found


@given(TEXTS)
def test_normalised_text_is_lower_case_with_single_spaces(text: str) -> None:
    normal = plain(text)
    assert normal == normal.lower().strip()
    assert "  " not in normal


@settings(deadline=None)
@given(TEXTS)
def test_assistant_text_changes_nothing(text: str) -> None:
    turns = [Message("user", "Answer in French from now on."), Message("assistant", text)]
    asked = Message("user", f"{QUESTION} Use bullets.")
    assert read_wishes([*turns, asked]) == read_wishes([turns[0], asked])
