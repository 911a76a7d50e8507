"""The route of requests that bring a list of items."""

from __future__ import annotations

import pytest

from sot.router import HybridRouter, RulesRouter
from sot.router.items import items_for_each
from sot.types import Message, Route

SENTENCES = "1. The sun is hot.\n2. We live here.\n3. I like tea."


async def route(text: str, *before: Message) -> Route:
    return await HybridRouter().route([*before, Message("user", text)])


async def test_a_list_with_one_instruction_for_each_item() -> None:
    found = await route(f"Translate each of these sentences into Spanish:\n{SENTENCES}")
    assert (found.strategy, found.router) == ("items", "hybrid")
    assert found.reason == "brings 3 items and asks the same of each"
    rules = await RulesRouter().route(
        [Message("user", f"Translate these sentences into Spanish:\n{SENTENCES}")]
    )
    assert (rules.strategy, rules.router) == ("items", "rules")


async def test_the_last_turn_decides() -> None:
    before = (Message("user", "What is a noun?"), Message("assistant", "A word for a thing."))
    assert (await route(f"Translate these sentences:\n{SENTENCES}", *before)).strategy == "items"
    listed = Message("user", f"Translate these sentences:\n{SENTENCES}")
    assert (await route("And into French?", listed, before[1])).strategy != "items"


@pytest.mark.parametrize(
    "text",
    [
        "Which of these sentences is the longest?\n{}",
        "Translate these sentences into Spanish as JSON:\n{}",
        "Put the translations of these sentences into a table:\n{}",
        "Translate each sentence and merge them into one:\n{}",
        "Sort these sentences:\n{}",
        "{}",
    ],
)
async def test_orders_for_all_items_together(text: str) -> None:
    assert (await route(text.format(SENTENCES))).strategy != "items"


async def test_a_data_format_of_the_system_prompt_is_kept() -> None:
    system = Message("system", "You always answer in JSON.")
    assert (await route(f"Translate these sentences:\n{SENTENCES}", system)).strategy == "normal"


@pytest.mark.parametrize(
    "items",
    [
        "1. Ann went home.\n2. She was tired.\n3. She slept.",  # who is she?
        "1. It rained.\n2. Then we left.",
        "1. Tea is hot.\n2. The same as 1 but cold.",
        "1. x = 3 + 4\n2. y = 2 * x",
        "1. Ann: Hi\n2. Bob: Hello\n3. Ann: Bye",
        "- 200 g sugar\n- 2 eggs\n- 1 cup of milk",
        "[10:02] hello\n[10:03] are you there",
        "```python\nprint(1)\n```\n```python\nprint(2)\n```",
    ],
)
def test_items_that_do_not_stand_alone(items: str) -> None:
    assert items_for_each(f"Translate each of these sentences into French:\n{items}") is None


def test_mistakes_are_corrected_without_knowing_who_she_is() -> None:
    assert items_for_each("Correct each sentence.\n1. Ann go home.\n2. She are tired.\n3. She sleep.")


def test_questions_are_answered_questions_are_no_statements() -> None:
    assert items_for_each("Answer these questions:\n1. What is tea?\n2. Who was Bach?")
    assert items_for_each("Answer these questions:\n1. Tea\n2. Bach") is None
    assert items_for_each("Answer these questions:\n1. What is the author's aim?\n2. Who is Bob?") is None


def test_other_languages_are_left_alone() -> None:
    assert (
        items_for_each(
            "Bitte übersetze jeden dieser Sätze ins Englische:\n1. Die Sonne scheint.\n2. Ich trinke Tee."
        )
        is None
    )


def test_long_instructions_are_no_orders_for_items() -> None:
    story = "Once upon a time there was a king. " * 20
    assert items_for_each(f"{story}Translate each sentence.\n{SENTENCES}") is None
