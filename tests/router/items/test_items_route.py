"""The route of requests that bring a list of items."""

from __future__ import annotations

import pytest

from sot.router import HybridRouter, RulesRouter
from sot.router.items import items_for_each
from sot.router.items import route as items_route
from sot.types import Message, Route

SENTENCES = "1. The sun is hot.\n2. We live here.\n3. I like tea."


TERMS = "Define each term:\n- osmosis\n- diffusion\n- mitosis"
PROPOSAL = "items and asks the same of each: --strategy items would answer each on its own"


async def route(text: str, *before: Message) -> Route:
    return await HybridRouter().route([*before, Message("user", text)])


async def proposes(text: str, *before: Message) -> bool:
    return (await route(text, *before)).reason.endswith(PROPOSAL)


@pytest.mark.parametrize("router", [HybridRouter(), RulesRouter()])
async def test_a_list_with_one_instruction_for_each_item_is_proposed(
    router: HybridRouter | RulesRouter,
) -> None:
    text = f"Translate these sentences into Spanish:\n{SENTENCES}"
    found = await router.route([Message("user", text)])
    assert (found.strategy, found.router) == ("normal", router.name)
    assert found.reason.endswith(f"; brings 3 {PROPOSAL}")


async def test_where_routers_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items_route, "AUTOMATIC", True)
    found = await route(TERMS)
    assert (found.strategy, found.router) == ("items", "hybrid")
    assert found.reason == "brings 3 items and asks the same of each"


async def test_the_last_turn_decides() -> None:
    before = (Message("user", "What is a noun?"), Message("assistant", "A word for a thing."))
    assert await proposes(f"Translate these sentences into Greek:\n{SENTENCES}", *before)
    listed = Message("user", f"Translate these sentences into Greek:\n{SENTENCES}")
    assert not await proposes("And into French?", listed, before[1])


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("You are a helpful assistant.", True),
        ("You are a biology teacher. Be friendly. Answer in German.", True),
        ("Keep answers short. End every answer with a summary.", False),
        ("Start every reply with 'Hello, Captain!'", False),
        ("Keep your whole reply under 280 characters.", False),
        ("Always compare the items of a list with each other.", False),
        ("Du bist ein Assistent.", False),  # not understood
        ("回答の最後に要約を書いてください。", False),
        ("所有回答不超过一百字。", False),
    ],
)
async def test_a_system_prompt_that_rules_over_the_answer(system: str, expected: bool) -> None:
    assert await proposes(TERMS, Message("system", system)) == expected


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ("What is a noun?", True),
        ("Thanks!", True),
        ("Let's play: I give lists, you reply only with the odd one out.", False),
        ("Whatever I send, put it into a table.", False),
        ("I will send terms; merge their definitions into one paragraph.", False),
        ("これからリストを送るので、仲間外れだけを答えて。", False),
        ("接下来我发列表，你只回答最长的一项。", False),
    ],
)
async def test_an_earlier_turn_that_rules_over_the_answer(turn: str, expected: bool) -> None:
    assert await proposes(TERMS, Message("user", turn), Message("assistant", "OK")) == expected


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
    assert not await proposes(text.format(SENTENCES))


async def test_a_data_format_of_the_system_prompt_is_kept() -> None:
    system = Message("system", "You always answer in JSON.")
    assert not await proposes(f"Translate these sentences:\n{SENTENCES}", system)


@pytest.mark.parametrize(
    "items",
    [
        "1. Ann went home.\n2. She was tired.\n3. She slept.",  # who is she?
        "1. It rained.\n2. Then we left.",
        "1. Tea is hot.\n2. The same as 1 but cold.",
        "1. x = 3 + 4\n2. y = 2 * x",
        "1. Ann: Hi\n2. Bob: Hello\n3. Ann: Bye",
        "- 200 g sugar\n- 2 eggs\n- 1 cup of milk",
        "1. My sister lives in Rome.\n2. Her husband bakes.\n3. They are happy.",
        "Dear Ann,\nI hope you are well.\nBest wishes,\nBob",
        "1. Roses are red\n2. Violets are blue\n3. Sugar is sweet",
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


@pytest.mark.parametrize(
    "beside",
    [
        "Only the hardest three.",
        "Just two of them.",
        "Use one analogy throughout.",
        "I need a summary too.",
        "Keep going with five of your own.",
        "Limit the answer to 100 words.",
        "No more than 20 words.",
        "Output a paragraph.",
        "My teacher asks what they share.",
    ],
)
def test_a_sentence_beside_the_order_must_be_understood_whole(beside: str) -> None:
    assert items_for_each(TERMS.replace(":", ". " + beside)) is None


@pytest.mark.parametrize(
    "beside", ["Keep the numbering.", "No more than 20 words each.", "Use simple English.", "Thanks!"]
)
def test_a_sentence_on_the_form_of_each_answer(beside: str) -> None:
    assert items_for_each(TERMS.replace(":", ". " + beside)) is not None


@pytest.mark.parametrize(
    "later", ["Where does this process occur?", "What is its square?", "How many moons does the planet have?"]
)
def test_questions_that_refer_to_the_one_before(later: str) -> None:
    assert items_for_each(f"Answer each question.\n1. What is photosynthesis?\n2. {later}") is None


def test_texts_to_be_classified_may_hold_pronouns() -> None:
    reviews = "1. Loved it!\n2. It broke after a week.\n3. They never answered."
    assert items_for_each(f"Classify each review as positive or negative.\n{reviews}") is not None


@pytest.mark.parametrize("item", ["a(" * 25_000, "? " * 25_000, "for a " * 9_000, "a, " * 16_000])
def test_only_the_ends_of_a_long_item_are_read(item: str) -> None:
    """Patterns that were quadratic in an item's length see its first and last characters alone."""
    assert items_for_each(f"Define each term:\n- osmosis\n- mitosis\n- {item}end") is not None
