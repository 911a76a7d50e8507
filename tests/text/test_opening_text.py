"""The opening of an answer: what of a normally decoded text is shown before the points, fed in any pieces."""

from __future__ import annotations

import random
import re

import pytest
from rows import rows

from sot.text import opening_text
from sot.text.opening_text import OpeningText
from sot.text.promises import unpromising_length

WORDS = re.compile(r"\s*\S+|\s+")


def pieces_of(text: str, how: str) -> list[str]:
    if how == "whole":
        return [text]
    return list(text) if how == "characters" else WORDS.findall(text)


def opening_of(text: str, how: str = "words", *, count: int | None = None, waits: bool = False) -> str:
    """The opening of a text that ends by itself.

    Args:
        text: The text.
        how: The pieces in which it is fed.
        count: The number of points, told at the end.
        waits: A point has text at the end.
    """
    opening = OpeningText()
    shown = "".join(opening.feed(piece) for piece in pieces_of(text, how)) + opening.close()
    if count is not None:
        shown += opening.tell_count(count)
    if waits:
        shown += opening.give_way()
    assert shown == opening.opening
    return shown


@rows("how", ["whole", "words", "characters"])
@rows(
    ("text", "opening"),
    [
        ("Tea cools in time. Stir it. Then drink.\n\nMore.", "Tea cools in time. Stir it."),
        ("  \n\nTea cools in time.\n\nStir it.", "Tea cools in time."),
        ("Tea cools\nin time.\nStir it. Drink.", "Tea cools\nin time.\nStir it."),
        (
            "Tea cools, e.g. in a cup. It can take 3.5 min. So wait.",
            "Tea cools, e.g. in a cup. It can take 3.5 min.",
        ),
        ("Tea cools in several ways:\n\n- stir", "Tea cools in several ways:"),
        ("Tea cools in several ways:\n1. stir", "Tea cools in several ways:"),
        ("Tea cools in several ways: 1. stir 2. blow", "Tea cools in several ways:"),
        ("Tea cools in time.\n\nStir it in steps: 1. stir 2. blow", "Tea cools in time."),
        ("Tea cools in time\n- stir: 1. stir 2. blow", "Tea cools in time"),
        ("Tea cools in time.\n## How\nStir it.", "Tea cools in time."),
        ("Tea cools in time.\n```\nstir()\n```", "Tea cools in time."),
        ("Tea cools in time.\n| a | b |\n|---|---|", "Tea cools in time."),
        ("Tea cools in time.\n① Stir it.", "Tea cools in time."),
        ("Tea cools in time. First, stir it. Second, blow.", "Tea cools in time."),
        ("Tea cools in time.\nSchritt 1: Rühren.", "Tea cools in time."),
        ("Tea cools in time.\n**Stirring**: it helps.", "Tea cools in time."),
        ("**Tea** cools in time. Stir it.\n\n", "**Tea** cools in time. Stir it."),
        ("1.5 litres of tea cool slowly.\n\n", "1.5 litres of tea cool slowly."),
        ("First impressions of tea last. Stir it.", "First impressions of tea last. Stir it."),
        ("A cup of tea cools. Stir it.", "A cup of tea cools. Stir it."),
        ("Sure! Tea cools in time.\n\n", "Sure! Tea cools in time."),
        ("お茶は冷めます。かき混ぜましょう。待ちます。", "お茶は冷めます。かき混ぜましょう。"),
        ("茶会凉。搅一搅。等一等。", "茶会凉。搅一搅。"),
    ],
)
def test_the_first_paragraph_at_most_two_sentences(text: str, opening: str, how: str) -> None:
    assert opening_of(text, how) == opening


@rows("how", ["whole", "words", "characters"])
@rows(
    "text",
    [
        "1. Stir it.\n2. Blow.",
        "1) Stir it.",
        "(1) Stir it.",
        "１．かき混ぜる。",
        "一、搅拌。",
        "第一，搅拌。",
        "a) Stir it.",
        "II. Stir it.",
        "- Stir it.",
        "* Stir it.",
        "• Stir it.",
        "✅ Stir it.",
        "# Tea\n\nIt cools.",
        "###### Tea\nIt cools.",
        "**How tea cools**\n\nIt cools.",
        "**1. Stirring** helps.",
        "```python\nprint()\n```",
        "~~~\ncode\n~~~",
        "| a | b |",
        "> It cools.",
        "<table><tr>",
        "---\nIt cools.",
        "Step 1: Stir it.",
        "Tipp 1: Rühren.",
        "Étape 1 : remuer.",
        "Paso 1: remover.",
        "ステップ1：混ぜる。",
        "Firstly, stir it.",
        "Zuerst rührt man um.",
        "首先，搅拌。",
        "まず、混ぜます。",
        "Certainly!\n\n1. Stir it.",
        "Here are:\n- a",
        "   ",
    ],
)
def test_a_list_a_heading_code_or_an_order_is_no_opening(text: str, how: str) -> None:
    assert opening_of(text, how, count=3) == ""


@rows("how", ["whole", "words"])  # an engine's tokens begin with whole words
@rows(
    ("text", "number"),
    [
        ("Here are five ways to cool tea:", 5),
        ("Here's a look at the top 4 ways to cool tea:", 4),
        ("There are 3 good reasons for that.", 3),
        ("Sure! Here are 6 ideas:", 6),
        ("Of course, here are twelve ideas:", 12),
        ("Five ways of cooling tea:", 5),
        ("Hier sind drei Wege:", 3),
        ("3 Tipps für kalten Tee:", 3),
        ("Voici quatre façons de refroidir le thé :", 4),
        ("Aquí tienes cinco consejos:", 5),
        ("Estos son tres pasos:", 3),
        ("Ecco cinque modi per farlo:", 5),
        ("Aqui estão quatro dicas:", 4),
        ("以下の5つの方法があります。", 5),
        ("次の三つのポイントが大切です。", 3),
        ("以下是三个建议：", 3),
        ("这里有5个方法。", 5),
    ],
)
def test_a_sentence_that_promises_a_number_is_held_until_it_is_known(
    text: str, number: int, how: str
) -> None:
    opening = OpeningText()
    shown = "".join(opening.feed(piece) for piece in pieces_of(f"{text}\n\n1. Stir it.", how))
    assert shown == ""
    assert not opening.complete
    assert opening.tell_count(number) == text
    assert opening_of(text, how, count=number + 1) == ""
    assert opening_of(text, how, waits=True) == ""


@rows(
    ("text", "without"),
    [
        ("To cool tea, follow these five steps:", "To cool tea, follow these steps:"),
        ("You can cool it in 4 easy ways.", "You can cool it in easy ways."),
        ("The following five tips help.", "The following tips help."),
        ("The four golden rules of tea are:", "The golden rules of tea are:"),
        ("Es gibt fünf Möglichkeiten.", "Es gibt Möglichkeiten."),
        ("Kalter Tee gelingt mit drei Tipps.", "Kalter Tee gelingt mit Tipps."),
        ("お茶を冷ますには5つの方法があります。", "お茶を冷ますには方法があります。"),
        ("要让茶变凉，有三个方法。", "要让茶变凉，有方法。"),
    ],
)
@rows("how", ["words", "characters"])
def test_of_a_sentence_that_is_shown_in_part_only_the_number_is_dropped(
    text: str, without: str, how: str
) -> None:
    fits = next(number for number in range(2, 9) if opening_of(text, how, count=number) == text)
    assert fits in (3, 4, 5)
    assert opening_of(text, how, count=9) == without
    assert opening_of(text, how, waits=True) == without


@pytest.mark.parametrize("how", ["whole", "words", "characters"])
def test_a_second_sentence_that_promises_another_number_is_dropped(how: str) -> None:
    text = "Tea cools in time. Here are five ways to help it:\n\n1. Stir"
    assert opening_of(text, how, count=5) == "Tea cools in time. Here are five ways to help it:"
    assert opening_of(text, how, count=4) == "Tea cools in time."


@pytest.mark.parametrize(
    "text",
    [
        "Adults drink 2 to 3 cups of it every day.",
        "Tea has 4% of it.",
        "A pot takes five minutes to cool.",
        "Due to steam, tea cools.",
        "Two thirds of the heat is lost in steam.",
        "One of the best ways is to wait.",
        "In 2024 tea was cooled with ice.",
        "Tea of the 7th brew is weak.",
        "Tea cools in two stages: fast and slow.",
        "Es gibt drei Gründe: Dampf, Luft und Zeit.",
    ],
)
def test_other_numbers_promise_nothing(text: str) -> None:
    opening = OpeningText()
    shown = "".join(opening.feed(piece) for piece in WORDS.findall(f"{text}\n\n"))
    assert shown + opening.close() == text


@pytest.mark.parametrize("first", ["Tea", "The", "A", "It", "To", "Les", "Der"])
def test_the_first_word_comes_at_once(first: str) -> None:
    assert OpeningText().feed(first) == first


def test_the_first_sentence_streams() -> None:
    opening = OpeningText()
    assert [opening.feed(piece) for piece in ("Tea", " cools", " in", " time")] == [
        "Tea",
        " cools",
        " in",
        " time",
    ]


def test_the_second_sentence_comes_whole_within_the_limit() -> None:
    first, second = "Tea cools. ", "It does so " + "very " * 60 + "slowly."
    assert opening_of(f"{first}{second}\n\n") == "Tea cools."
    assert opening_of(f"{first}It does so very slowly.\n\n") == "Tea cools. It does so very slowly."


def test_a_long_first_sentence_is_finished() -> None:
    text = "Tea cools " + "very " * 60 + "slowly."
    assert opening_of(f"{text} It is so.\n\n") == text


def test_a_sentence_without_an_end_is_cut_with_a_mark() -> None:
    opening = OpeningText()
    shown = opening.feed("Tea ")
    shown += opening.finish_soon()
    shown += "".join(opening.feed(piece) for piece in WORDS.findall("tea " * 400))
    assert shown.endswith("tea …")
    assert opening.complete
    assert len(shown.split()) < 150


def test_a_sentence_without_an_end_goes_on_while_it_may_become_the_answer() -> None:
    opening = OpeningText()
    text = "tea " * 400
    shown = "".join(opening.feed(piece) for piece in WORDS.findall(text)) + opening.rest()
    assert shown == text


def test_once_points_follow_no_further_sentence_begins() -> None:
    opening = OpeningText()
    opening.feed("Tea cools. ")
    opening.feed("It")
    assert opening.finish_soon() == ""
    assert opening.feed(" does.") + opening.feed("\n\n") == " It does."
    opening = OpeningText()
    opening.feed("お茶は冷めます。")
    opening.finish_soon()
    assert opening.complete


def test_without_any_text_it_is_over_when_points_follow() -> None:
    opening = OpeningText()
    opening.finish_soon()
    assert opening.complete


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Tea cools", "Tea cools …"), ("Tea cools.", "Tea cools."), ("Here are", ""), ("", "")],
)
def test_a_text_that_breaks_off(text: str, shown: str) -> None:
    opening = OpeningText()
    assert opening.feed(text) + opening.close(broken=True) == shown
    assert opening.complete


@rows("seed", range(60))
def test_shown_text_and_the_rest_are_the_whole_text(seed: int) -> None:
    """For normal decoding that goes on: nothing is lost, doubled or changed, wherever the text is cut."""
    draw = random.Random(seed)
    parts = [
        "Tea cools. ",
        "Here are 5 ways: ",
        "\n\n",
        "1. Stir",
        "**Bold**: x",
        " ",
        "\n",
        "お茶。",
        "A cup, 3 tips. ",
    ]
    text = "".join(draw.choices(parts, k=8)).lstrip()
    opening, at, shown = OpeningText(), 0, ""
    while at < len(text):
        size = draw.randint(1, 9)
        shown += opening.feed(text[at : at + size])
        assert text.startswith(shown)
        at += size
    assert shown + opening.rest() + opening.pass_on(" End.") == f"{text} End."


@rows("piece", ["tea and milk, ", "การนอนหลับ ", "two of them: ", "Dr."])
def test_the_work_for_a_sentence_without_an_end_is_proportional_to_its_length(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counted(text: str) -> int:
        read.append(len(text))
        return unpromising_length(text)

    monkeypatch.setattr(opening_text, "unpromising_length", counted)
    sums: list[int] = []
    for length in (4_000, 16_000):
        read.clear()
        opening = OpeningText()
        shown = "".join(opening.feed(piece) for _ in range(length // len(piece)))
        shown += opening.close()
        assert shown == opening.opening
        assert len(shown) > length - 200
        sums.append(sum(read))
    few, many = sums
    assert many <= 6 * few, sums  # quadratic work would be 16 times
