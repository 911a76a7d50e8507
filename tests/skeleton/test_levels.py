"""Skeletons of two levels, in code, with pictures and in tables: the outer level's titles, as written."""

from __future__ import annotations

import random

import pytest
from rows import rows

from sot.skeleton import SkeletonParser, parse_skeleton
from sot.text.block_starts import starts_block

MEAL = ["Plan", "Cook", "Eat"]


def titles(text: str) -> list[str]:
    """Return the titles of a skeleton, the same in whatever pieces it comes."""
    whole = parse_skeleton(text).points
    draw = random.Random(len(text))
    for longest in (1, 2, 7):
        parser = SkeletonParser()
        rest, points = text, []
        while rest:
            size = draw.randint(1, longest)
            points += parser.feed(rest[:size])
            rest = rest[size:]
        points += parser.close()
        assert tuple(points) == parser.points == whole
    return [point.title for point in whole]


@rows(
    "outer",
    [
        *(
            "{}. **{}**",
            "**{}. {}**",
            "**{}.** {}",
            "## {}. {}",
            "{}) {}",
            "({}) {}",
            "Step {}: {}",
            "{}. {}:",
        ),
        *("{}. **{}:**", "{}. __{}__", "- {}. {}", "**Step {}:** {}", "{}、{}", "### {}) **{}**", "[{}] {}"),
    ],
)
@rows("gap", ["", "\n"])
def test_numbered_items_below_numbered_points_are_no_points(outer: str, gap: str) -> None:
    below = [["Choose a date", "Invite"], ["Buy food", "Fry", "Salt", "Stir"], ["Serve"]]
    text = ""
    for number, (title, items) in enumerate(zip(MEAL, below, strict=True), 1):
        text += outer.format(number, title) + "\n" + gap
        text += "".join(f"{n}. {item}\n" for n, item in enumerate(items, 1)) + gap
    assert titles(text) == MEAL


@pytest.mark.parametrize(
    "text",
    [
        "一、Plan\n1. Choose\n2. Invite\n二、Cook\n1. Buy\n三、Eat",
        "① Plan\n1. Choose\n2. Invite\n② Cook\n1. Buy\n2. Fry\n③ Eat",
        "1. Plan\n1) Choose\n2) Invite\n2. Cook\n1) Buy\n3. Eat",
        "1. Plan\n(1) Choose\n(2) Invite\n2. Cook\n(1) Buy\n3. Eat",
        "1. Plan\n 1. Choose\n 2. Invite\n2. Cook\n 1. Buy\n3. Eat",
        "1. Plan\n   1. Choose\n   2. Invite\n2. Cook\n   1. Buy\n3. Eat",
        "1. Plan\n1. **Choose**\n2. **Invite**\n2. Cook\n1. **Buy**\n3. Eat",
        "1. **Plan**\n1. Choose\n2. Invite\n1. **Cook**\n1. Buy\n1. **Eat**",
        "1. **Plan**\n1. Choose\n2. Invite\n2. Cook\n3. **Eat**\n",
        "1. **Plan**\n2. **Cook**\n1. Buy\n2. Fry\n3. Stir\n3. **Eat**",
        "1. **Plan**\n1. Choose\n1. Invite\n2. **Cook**\n3. **Eat**",
    ],
)
def test_dress_style_and_indentation_tell_the_levels(text: str) -> None:
    assert titles(text) == MEAL


@pytest.mark.parametrize(
    "text",
    [
        "1. **Plan**\n2. Cook\n3. Eat",
        "1. Plan\n1. Cook\n1. Eat",
        "1. **Plan**\n1. Cook\n2. Eat",  # the only bold one is no level above the others
        "1. Plan\n1) Cook\n2) Eat",
        " 1. Plan\n2. Cook\n 3. Eat",
        "1. Plan\n2) Cook\n3. **Eat**",
        "1. Plan:\n2. Cook\n3. Eat:",
    ],
)
def test_one_level_in_several_dresses_is_kept(text: str) -> None:
    assert titles(text) == MEAL


def test_points_come_while_their_sublists_are_written() -> None:
    parser = SkeletonParser()
    assert [point.title for point in parser.feed("1. **Plan**\n1. Choose\n2. Invite\n")] == ["Plan"]
    assert [point.title for point in parser.feed("2. **Cook**\n")] == ["Cook"]


@rows(
    "title",
    [
        *(
            "Use `async with`",
            "`__init__` methods",
            "`*args` and `**kwargs`",
            "Use `List<String>`",
            "`git rebase`",
        ),
        *(
            "The `__init__.py` file",
            "`a | b` unions",
            "`x: int` hints",
            "`--flag` options",
            "Say `Hi. You` now",
        ),
        *(
            "Use `<br>` tags",
            "`</div>` ends it",
            "``a`b`` in Markdown",
            "`dict.get(k, d)`, not `d[k]`",
            "`_own`",
        ),
        *(
            "`&amp;` entities",
            "`#include` lines",
            "`f(` is open",
            "`2. b` in text",
            "`[x](y)` links",
            "`~~old~~`",
        ),
        *("__init__ and __new__", "*args and **kwargs", "snake_case names", "`String` and `string`"),
    ],
)
def test_code_in_a_title_is_kept_as_written(title: str) -> None:
    for form in (
        "1. {}\n2. Other",
        "- {}\n- Other",
        "1. **{}**: why\n2. Other",
        "1. {}.\n2. Other",
        "## {}\n## Other",
    ):
        if title.startswith("*") and "**{}" in form:
            continue  # three stars in a row
        assert titles(form.format(title)) == [title, "Other"]
    assert titles(f'["{title}", "Other"]') == [title, "Other"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("`Plan ahead`", "Plan ahead"),
        ("**`await`**: waits", "`await`"),
        ("`await`: waits", "`await`"),
        ("Use ` alone", "Use alone"),
        ("`  async   with `", "`async with`"),
        ("C `**p` pointers | what `*p` is: `a | b` (needs 1)", "C `**p` pointers"),
        ("**Bold** and `code`", "Bold"),
        ("__Fresh air__", "Fresh air"),
        ("*Walk* in the *park*", "Walk in the park"),
        ("`*`", None),
    ],
)
def test_marks_around_code(text: str, title: str | None) -> None:
    assert titles(f"1. {text}\n2. Other") == [*filter(None, [title]), "Other"]


def test_code_in_a_scope_is_kept() -> None:
    point = parse_skeleton("1. Unions | types such as `a | b` and `__or__`\n2. Other").points[0]
    assert (point.title, point.covers) == ("Unions", "types such as `a | b` and `__or__`")


def test_long_code_is_cut_like_any_title() -> None:
    for text in (f"`{'x' * 300}`", f"Use `{'a, ' * 100}b`", "Learn `git bisect`, " * 20):
        point = parse_skeleton(f"1. {text}\n").points[0]
        assert 0 < len(point.title) <= 120


@rows(
    "pictures",
    [
        *(("✅", "✅", "✅"), ("👉", "👉", "👉"), ("⭐", "🌟", "⭐"), ("🔴", "🟢", "🔵"), ("💡", "💡", "💡")),
        *(("✅", "❌", "✅"), ("1️⃣", "2️⃣", "3️⃣"), ("1⃣", "2⃣", "3⃣"), ("🅰️", "🅱️", "🅾️"), ("➡️", "➡", "➡️")),
        *(("#️⃣", "#️⃣", "#️⃣"), ("🔥", "🔥", "💧"), ("- 1️⃣", "- 2️⃣", "- 3️⃣"), ("👉 1.", "👉 2.", "👉 3.")),
    ],
)
@rows("form", ["{} {}\n", "{} **{}**\n", "{}  {}: why\n\n", "{} {}\nBecause it helps so much.\n"])
def test_pictures_in_place_of_bullets_are_dropped(pictures: tuple[str, str, str], form: str) -> None:
    text = "".join(form.format(*pair) for pair in zip(pictures, MEAL, strict=True))
    assert titles(f"Here is the plan:\n{text}") == MEAL


@rows("pictures", [("🍎", "🥦", "💧"), ("🇫🇷", "🇩🇪", "🇯🇵"), ("🏃‍♀️", "👩🏽‍🍳", "❤️"), ("🍎🍏", "🥦", "🍎")])
@rows("form", ["{} {}\n", "{} **{}**: why\n", "1. {} {}\n", "### {} {}\n"])
def test_pictures_of_their_own_stay_in_the_titles(pictures: tuple[str, str, str], form: str) -> None:
    text = "".join(form.format(*pair) for pair in zip(pictures, MEAL, strict=True))
    assert titles(text.replace("1. ", "- ")) == [
        f"{picture} {title}" for picture, title in zip(pictures, MEAL, strict=True)
    ]


def test_keycaps_count_to_ten() -> None:
    marks = [*(f"{number}\ufe0f\u20e3" for number in range(1, 10)), "🔟"]
    wanted = [f"Topic {'x' * number}" for number in range(1, 11)]
    assert titles("".join(f"{mark} {title}\n" for mark, title in zip(marks, wanted, strict=True))) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "🎉 Great question!\n🚀 Here we go!\n1. Plan\n2. Cook\n3. Eat",
        "🎯 The plan:\n👇 Step by step:\n1. Plan\n2. Cook\n3. Eat",
        "🎉 Let us begin\n1. Plan\n2. Cook\n3. Eat",
        "1. Plan\n🍎 apples\n🍐 pears\n2. Cook\n✅ early\n✅ late\n3. Eat",
        "- Plan\n  🍎 apples\n  🍐 pears\n- Cook\n- Eat",
        "✅ Plan\n- early\n- late\n✅ Cook\n❌ Eat",
        "🔥 Plan\n🔥 Cook\n- early\n- late\n🔥 Eat",
    ],
)
def test_pictures_above_or_below_the_points(text: str) -> None:
    assert titles(text) == MEAL


@pytest.mark.parametrize(
    "text",
    [
        "| # | Point |\n|---|---|\n| 1 | Plan |\n| 2 | Cook |\n| 3 | Eat |",
        "| Point | Covers |\n|:--|--:|\n| 1. Plan | when |\n| 2. Cook | what |\n| 3. Eat | how |",
        "Here is the skeleton as a table:\n\n| No. | Title | Why |\n|---|---|---|\n"
        "| **1** | **Plan** | a |\n| **2** | **Cook** | b |\n| **3** | **Eat** | c |\n",
        "|Step|What|\n|-|-|\n|Step 1|Plan|\n|Step 2|Cook|\n|Step 3|Eat|",
    ],
)
def test_a_table_with_numbered_rows_is_a_skeleton(text: str) -> None:
    assert titles(text) == MEAL
    parser = SkeletonParser()
    for char in text:
        parser.feed(char)
        assert not parser.prose


@pytest.mark.parametrize(
    "text",
    [
        "| Meal | Price |\n|---|---|\n| Soup | 4 |\n| Stew | 6 |",
        "| x | y |\n|---|---|\n| 1 | 2 |\n| 2 | 4 |\n| 3 | 6 |",
        "| 1 | Plan |",
        "| 2 | Cook |\n| 3 | Eat |",
        "| Plan | Cook | Eat |",
    ],
)
def test_any_other_table_holds_no_points(text: str) -> None:
    assert titles(text) == []
    assert titles(f"{text}\n\n1. Plan\n2. Cook\n3. Eat") == MEAL
    assert titles(f"1. Plan\n{text}\n2. Cook\n3. Eat") == MEAL


def test_the_second_column_is_what_a_numbered_row_covers() -> None:
    point = parse_skeleton("| 1 | Plan | when and where |\n| 2 | Cook | what |").points[0]
    assert (point.title, point.covers) == ("Plan", "when and where")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("🍎 **Fruit**: sweet", True),
        ("🔟 Rest", True),
        ("1️⃣ Plan", True),
        ("✅ Plan", True),
        ("🎉 Good question, here is why.", False),
        ("❤️ is a muscle.", False),
        ("🍎 **Apples** keep well.", False),
    ],
)
def test_pictures_that_begin_a_list(line: str, expected: bool) -> None:
    assert starts_block(line, whole=True) is expected
    known = [starts_block(line[:size], whole=False) for size in range(1, len(line))]
    assert {answer for answer in known if answer is not None} <= {expected}
