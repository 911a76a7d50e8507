"""Where a point ends: before the next one, before a heading, after a soft stop; and what is still its own."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from rows import rows

from sot.text.point_text import PointText

TITLES = ("Good dough", "Hot oven", "Patience")
BLANK = ("\n\n",)


def written(
    text: str,
    *,
    index: int = 1,
    size: int | None = None,
    seed: int = 0,
    ends: Sequence[str] = (),
    titles: Sequence[str] = TITLES,
) -> tuple[str, bool]:
    """The final text of a point, and whether it found its end; all that was shown is its beginning."""
    point = PointText(index, TITLES[index - 1], titles=titles, ends=ends)
    draw, at, shown = random.Random(seed), 0, ""
    while at < len(text):
        step = size or draw.randint(1, 9)
        shown += point.feed(text[at : at + step])
        at += step
    final, _ = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final, point.full


STEPS = "Do this:\n1. Mix flour and water.\n2. Knead.\n3. Wait."


@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize("titles", [TITLES, ()])
def test_numbered_steps_inside_a_point_do_not_end_it(index: int, titles: Sequence[str]) -> None:
    for size in (1, 4, 1000):
        assert written(STEPS, index=index, size=size, titles=titles) == (STEPS, False)


@rows(
    "text",
    [
        "Do this:\n\n1. Mix flour.\n\n2. Knead.\n\n3. Wait.",
        "Do this:\n\n- Mix flour.\n- Knead.\n\n- Wait.",
        "Run this:\n\n```python\nx = 1\n\n2. no point\n# no heading\n```",
        "Run this:\n~~~\nx = 1\n\n\n~~~",
        "Mix flour.\n\n   Then knead, indented.",
        "Step 1: Mix flour.\nStep 2: Knead.\nStep 3: Wait.",
        "**For example**\n\nMix flour.",
        "It takes 2.5 hours.\n2.5 hours are long.",
        "It goes well with:\n- Hot oven\n- Patience",
        "In 2024 it rose.\n2024 was warm.",
    ],
)
@rows("size", [1, 3, 1000])
def test_what_clearly_belongs_to_the_point_stays(text: str, size: int) -> None:
    assert written(text, size=size, ends=BLANK)[0].endswith(text[-20:])


@rows(
    ("text", "kept"),
    [
        ("Mix flour.\n2. Hot oven: Heat it.", "Mix flour."),
        ("Mix flour.\n\n2. **Hot oven**: Heat it.", "Mix flour."),
        ("Mix flour.\n2) A hot oven\nHeat it.", "Mix flour."),
        ("Mix flour.\n２．Hot oven：Heat it.", "Mix flour."),
        ("Mix flour.\nPoint 2: Hot oven\nHeat it.", "Mix flour."),
        ("Mix flour.\n\n## Hot oven\nHeat it.", "Mix flour."),
        ("Mix flour.\n### And then\nHeat it.", "Mix flour."),
        ("Mix flour.\n\n**Hot oven**\nHeat it.", "Mix flour."),
        ("Mix flour.\n\nHot oven\nHeat it.", "Mix flour."),
        ("Mix flour.\n- **Patience**: Wait.", "Mix flour."),
        ("Mix flour.\n\n---\n\nHeat it.", "Mix flour."),
        ("Mix flour.\n\n* * *\nHeat it.", "Mix flour."),
        ("Mix flour.\n1. **Good dough**: Mix flour.", "Mix flour."),
        ("Do:\n1. Mix.\n2. **Hot oven**: Heat it.", "Do:\n1. Mix."),
        ("Do:\n1. Mix.\n2. Hot oven: Heat it.", "Do:\n1. Mix."),
        ("Do:\n1. Mix.\n\n2. The hot oven\nHeat it.", "Do:\n1. Mix."),
    ],
)
@rows("size", [1, 4, 1000])
def test_the_next_point_or_a_heading_ends_it(text: str, kept: str, size: int) -> None:
    assert written(text, size=size) == (kept, True)


@rows(
    ("text", "kept"),
    [
        ("Mix flour.\n\nThen knead.", "Mix flour."),
        ("Do this:\n\n- Mix.\n- Knead.\n\nThen wait.", "Do this:\n\n- Mix.\n- Knead."),
        ("Run:\n\n```\nx\n```\n\nThen wait.", "Run:\n\n```\nx\n```"),
        ("Mix flour.\n\n- Knead.", "Mix flour."),
    ],
)
@rows("size", [1, 4, 1000])
def test_after_a_soft_stop_other_text_is_not_the_points(text: str, kept: str, size: int) -> None:
    assert written(text, size=size, ends=BLANK) == (kept, True)
    assert written(text, size=size) == (text, False)


def test_a_stop_with_letters_ends_the_point_outside_code() -> None:
    assert written("Mix.\n```\n###\n```\nKnead. ### more", ends=("###",)) == (
        "Mix.\n```\n###\n```\nKnead.",
        True,
    )


def test_the_wrong_point_is_no_text() -> None:
    point = PointText(1, "Good dough", titles=TITLES)
    assert point.feed("2. **Hot oven**: Heat it.\n") == ""
    assert point.finish("stop", shown=0) == ("", "empty")
    assert point.why_empty


def test_a_title_that_becomes_known_later_counts() -> None:
    titles = ["Good dough"]
    point = PointText(1, "Good dough", titles=titles)
    point.feed("Do:\n1. Mix.\n")
    titles.append("Hot oven")
    point.feed("2. Hot oven\n")
    assert point.full
    assert point.text.rstrip() == "Do:\n1. Mix."


def test_ordinary_text_is_not_held() -> None:
    point = PointText(1, "Good dough", titles=TITLES, ends=BLANK)
    pieces = ["Knead", " it", " well", ".", " Then", " wait", "."]
    assert [point.feed(piece) for piece in pieces] == pieces


def test_a_text_continued_after_a_cut_finds_its_end_too() -> None:
    point = PointText(1, "Good dough", titles=TITLES, ends=BLANK)
    shown = point.feed("Do this:\n1. Mix flour and")
    assert point.finish("length", shown=len(shown))[1] == "cut"
    point.extend(None)
    point.feed(" water.\n2. Knead.\n\n2. **Hot oven**")
    assert point.finish("stop", shown=len(shown)) == ("Do this:\n1. Mix flour and water.\n2. Knead.", "whole")


PIECES = (
    *("Mix flour. ", "Then knead.\n", "\n", "1. Mix", "2. Knead", "3. ", "\n2. **Hot oven**: ", "Hot oven"),
    *("- a\n", "```\n", "x = 1\n", "\n\n", "**", "Do this:", "\n## ", "# c\n", "<|im_end|>", "<s", "early. "),
    *("。", "Step 2: ", "| a |\n", "   in", "etc. ", "\n3. Patience\n", "~~~\n", "Second: "),
)


@pytest.mark.parametrize("ends", [(), BLANK, ("\n",), ("###", "\n\n")])
def test_how_the_text_arrives_makes_no_difference(ends: Sequence[str]) -> None:
    for seed in range(400):
        draw = random.Random(seed)
        text = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 14)))
        index = draw.randint(1, 3)
        whole = written(text, index=index, size=1000, ends=ends)
        for cut in range(3):
            assert written(text, index=index, seed=cut, ends=ends) == whole, text


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_bulleted_steps_do_not_end_a_point(index: int) -> None:
    text = "Do this:\n- **Step 1:** Walk.\n- **Step 2:** Jog.\n- **Step 3:** Run.\n- **Step 4:** Rest."
    titles = ["Warm up", "Train", "Cool down", "Eat", "Sleep"]
    point = PointText(index, titles[index - 1], titles=titles)
    for at in range(0, len(text), 5):
        point.feed(text[at : at + 5])
    assert point.finish("stop", shown=0)[0] == text


@rows(
    "text",
    [
        "Use the following command to install it.\n\n```bash\npip install x\n```",
        "The area is given by a formula.\n\n$$A = r^2$$",
        "The formula is:\n\n$$A = r^2$$\n\nwhere r is the radius.",
        "**Pros:**\n- Cheap\n\n**Cons:**\n- Slow",
        "Somebody once said it well.\n\n> Walk before you run.",
        "1. Warm up\n   1. Walk\n   2. Jog\n2. Train\n   1. Push\n   2. Pull\n3. Cool down",
    ],
)
@rows("size", [1, 4, 7, 1000])
def test_blocks_and_lists_of_its_own_belong_to_a_point(text: str, size: int) -> None:
    point = PointText(1, TITLES[0], titles=TITLES, ends=("\n\n",))
    for at in range(0, len(text), size):
        point.feed(text[at : at + size])
    assert point.finish("stop", shown=0)[0] == text
