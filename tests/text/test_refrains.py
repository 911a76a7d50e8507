"""Sentences and blocks that the items of one point share are kept; loops of them still end the point."""

from __future__ import annotations

import random

import pytest
from rows import rows

from sot.text.point_text import Ending, PointText
from sot.text.repetition import Said


def written(text: str, *, size: int = 4, seed: int | None = None, ends: tuple[str, ...] = ()) -> str:
    """The final text of a point of which the reader sees everything that may be shown."""
    return ended(text, size=size, seed=seed, ends=ends)[0]


def ended(
    text: str, *, size: int = 4, seed: int | None = None, ends: tuple[str, ...] = ()
) -> tuple[str, Ending, bool]:
    """The final text of a point, its ending, and whether it repeats what has been said."""
    point, draw = PointText(2, "Title", said=Said(), ends=ends), random.Random(seed)
    shown, at = "", 0
    while at < len(text):
        step = size if seed is None else draw.randint(1, 9)
        shown += point.feed(text[at : at + step])
        at += step
    final, ending = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final, ending, point.repeats


HOLD = "Hold for 30 seconds."
REST = "Rest for a full minute."
SHARED = [
    f"- Plank: Keep the body straight. {HOLD}\n- Squat: Sit back. {HOLD}\n- Bridge: Lift the hips. {HOLD}",
    f"1. Plank. {HOLD}\n2. Squat. {HOLD}\n3. Bridge. {HOLD}",
    f"- Plank\n  - {HOLD}\n- Squat\n  - {HOLD}\n- Bridge\n  - {HOLD}",
    f"**Plank**\n- {HOLD}\n- {REST}\n\n**Squat**\n- {HOLD}\n- {REST}\n\n**Bridge**\n- {HOLD}\n- {REST}",
    f"- Plank. {HOLD} {REST}\n- Squat. {HOLD} {REST}\n- Bridge. {HOLD} {REST}",
    f"Plank: Keep straight. {HOLD}\n\nSquat: Sit back. {HOLD}\n\nBridge: Lift. {HOLD}",
    f"**Plank**\n{HOLD}\n\n**Squat**\n{HOLD}",
    "**Soup**\nServes four people well.\nChop and boil.\n\n**Stew**\nServes four people well.\nBrown it.",
    "Soup\nServes four people well.\nChop and boil.\n\nStew\nServes four people well.\nBrown it.",
    "- Knead the dough well.\n- Let it rest for an hour.\n- Fold it.\n- Let it rest for an hour.\n- Bake.",
    "🍎 Apple: Sweet. Wash it before you eat.\n🍐 Pear: Soft. Wash it before you eat.",
    "- プランク：体を伸ばす。そのまま三十秒間保ちます。\n- 屈伸：腰を落とす。そのまま三十秒間保ちます。",
    "- Brett: Rücken gerade. Dreißig Sekunden halten.\n- Hocke: Knie beugen. Dreißig Sekunden halten.",
]


@rows("text", SHARED)
@rows("size", [1, 4, 1000])
def test_a_short_sentence_that_several_items_share_stays(text: str, size: int) -> None:
    assert ended(text, size=size) == (text, "whole", False)


ANNOUNCED = [
    "**Soup**\nWhat you will need:\n- leeks\n\n**Stew**\nWhat you will need:\n- beef",
    "For example, you could write:\n\n- yes\n\nFor example, you could write:\n\n- no",
    "Boil it.\n**This is what you need:**\n- salt\nFry it.\n**This is what you need:**\n- oil",
    "煮ます。必要な材料は次のとおりです：\n- 塩\n焼きます。必要な材料は次のとおりです：\n- 油",
    "Voici ce qu'il vous faut :\n- sel\nCuisez.\nVoici ce qu'il vous faut :\n- huile",
]


@rows("text", ANNOUNCED)
@rows("size", [1, 4, 1000])
def test_a_line_that_announces_what_follows_is_never_said_before(text: str, size: int) -> None:
    assert ended(text, size=size) == (text, "whole", False)


def test_another_point_may_announce_the_same() -> None:
    said = Said()
    for index in (1, 2):
        text = "Here is everything that you will need for it:\n- a pan"
        point = PointText(index, "Title", said=said)
        point.feed(text)
        assert point.finish("stop", shown=0) == (text, "whole")


@rows("size", [1, 4, 1000])
@rows(
    ("text", "kept"),
    [
        ("It rests the tired mind. " * 11, "It rests the tired mind."),
        ("- Sleep well tonight please.\n" * 11, "- Sleep well tonight please."),
        ("Sleep well tonight please.\n\n" * 11, "Sleep well tonight please."),
        (f"{HOLD} {REST} " * 11, f"{HOLD} {REST}"),
        (f"- {HOLD}\n- {REST}\n- Breathe in and out.\n" * 4, f"- {HOLD}\n- {REST}\n- Breathe in and out."),
        (
            "- Plank. Keep the body straight.\n- Squat. Sit back and down.\n" * 5,
            "- Plank. Keep the body straight.\n- Squat. Sit back and down.",
        ),
        (f"Plank first. {HOLD} Then squat. {HOLD} Then bridge.", f"Plank first. {HOLD} Then squat."),
        (f"- Plank. {HOLD} {REST} {HOLD} {REST}", f"- Plank. {HOLD} {REST}"),
        ("What you will need:\n" * 11, "What you will need:"),
    ],
)
def test_a_loop_still_ends_the_point(text: str, kept: str, size: int) -> None:
    final, ending, repeats = ended(text, size=size)
    assert (final, repeats) == (kept, True)
    assert ending == ("cut" if kept.endswith(":") else "whole")


def test_a_numbered_list_of_one_step_ends_after_it() -> None:
    text = "".join(f"{number}. Sleep well tonight please.\n" for number in range(1, 12))
    point = PointText(2, "Title", said=Said())
    point.feed(text)
    assert point.finish("stop", shown=0) == ("1. Sleep well tonight please.", "whole")


@pytest.mark.parametrize("first", ["- Mix.\n- Let it rest for an hour.", "1. Walk fast.\n2. Walk slowly."])
def test_steps_that_alternate_stay(first: str) -> None:
    text = "1. Run for one minute.\n2. Walk for one minute.\n3. Run for one minute.\n4. Walk for one minute."
    assert written(f"{first}\n\n{text}") == f"{first}\n\n{text}"


def test_a_long_sentence_in_two_items_is_a_repetition() -> None:
    long = "It is very important to get enough sleep every single night if you want to stay well."
    assert written(f"- Sleep. {long}\n- Eat. {long}\n- Move.") == f"- Sleep. {long}\n- Eat."


def test_what_may_be_a_loop_is_held_until_something_new_comes() -> None:
    point = PointText(2, "Title", said=Said())
    shown = point.feed(
        "- Knead the dough well.\n- Let it rest for an hour.\n- Fold it.\n- Let it rest for an hour."
    )
    assert shown.endswith("Fold it.")
    assert point.feed("\n- Sha") == "\n- Let it rest for an hour.\n- Sha"


FORMULA = "$$\nE = m c^2 + a + b + c\n$$"
CODE = "```python\nprint(one, two, three, four, five)\n```"
BLOCKS = [
    FORMULA,
    CODE,
    "\\[\nE = m c^2 + a + b + c\n\\]",
    "\\begin{align*}\na &= b + c + d + e \\\\\nf &= g\n\\end{align*}",
    "$$E = m c^2 + a + b + c$$",
    "$$ E = m c^2 +\na + b + c + d $$",
    "~~~\nprint(one, two, three, four, five)\n~~~",
    "- ```\n  print(one, two, three, four, five)\n  ```",
    "- $$\n  E = m c^2 + a + b + c\n  $$",
    "> $$\n> E = m c^2 + a + b + c\n> $$",
]


@rows("block", BLOCKS)
@rows("size", [1, 4, 1000])
def test_a_block_said_twice_stays(block: str, size: int) -> None:
    text = f"At first it reads so.\n\n{block}\n\nAt the end it is the same.\n\n{block}\n\nThat is all."
    assert ended(text, size=size) == (text, "whole", False)


@rows("block", [FORMULA, CODE])
@rows("between", ["\n\n", "\n\nRun:\n\n"])
@rows("size", [1, 4, 1000])
def test_a_block_that_loops_ends_the_point(block: str, between: str, size: int) -> None:
    text = f"Run:\n\n{block}{between}" + f"{block}{between}" * 8
    final, _, repeats = ended(text, size=size)
    assert repeats
    assert final == f"Run:\n\n{block}"


def test_the_same_block_may_stand_twice_in_a_row() -> None:
    text = f"Twice:\n\n{CODE}\n\n{CODE}"
    assert written(text) == text


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_mark_that_opens_no_formula_hides_no_repetition(size: int) -> None:
    said = "A warm bath loosens tired muscles."
    for price in ("Price: $$", "$$ - a fair price", "It costs $$ or $$$."):
        assert written(f"{price}\n\n{said} {said}", size=size) == f"{price}\n\n{said}"


PIECES = (
    *(
        f"- {HOLD}\n",
        f"{HOLD} ",
        f"{REST}\n",
        "- Plank. ",
        "- Squat\n",
        "**Soup**\n",
        "Soup:\n",
        "1. Run on now.\n",
    ),
    *(
        f"{FORMULA}\n",
        f"{CODE}\n",
        "\n",
        "What you will need:\n",
        "2. Run on now.\n",
        "3. Run on now.\n",
        "Yes. ",
    ),
    *("$$\n", "| a | b |\n", "> Walk before you run.\n", "  - Breathe in and out.\n", "早く寝る人は強い。"),
)


@pytest.mark.parametrize("ends", [(), ("\n\n",)])
def test_how_the_text_arrives_makes_no_difference_where_nothing_was_shown(ends: tuple[str, ...]) -> None:
    for seed in range(150):
        draw = random.Random(seed)
        text = "".join(draw.choice(PIECES) for _ in range(draw.randint(2, 14)))
        finals = set[tuple[str, Ending]]()
        for size in (1, 3, 8, 1000):
            point = PointText(2, "Title", said=Said(), ends=ends)
            for at in range(0, len(text), size):
                point.feed(text[at : at + size])
            finals.add(point.finish("stop", shown=0))
        assert len(finals) == 1, text
        assert ended(text, seed=seed)[0]
