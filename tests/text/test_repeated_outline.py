"""A point's text that begins with the outline once more, or with its own title behind a wrong number."""

from __future__ import annotations

from typing import Literal

import pytest
from rows import rows

from sot.text.point_text import PointText

TITLES = ["Regular exercise", "Healthy diet", "Enough sleep", "Talk to friends"]
BODY = "Moving lowers stress hormones. Walk each day."
OUTLINE = "".join(f"{number}. {title}\n" for number, title in enumerate(TITLES, start=1))


def written(
    text: str,
    index: int = 1,
    titles: list[str] = TITLES,
    size: int = 1,
    reason: Literal["stop", "length"] = "stop",
) -> tuple[str, str]:
    """The text of a point and its ending; what was shown is a beginning of it."""
    point = PointText(index, titles[index - 1], titles=titles)
    point.begin(None)
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, ending = point.finish(reason, shown=len(shown))
    assert final.startswith(shown)
    return final, ending


@rows("size", [1, 7, 1000])
@rows("number", [2, 3, 7, 12])
@rows(
    "form",
    [
        "{n}. **{t}**: ",
        "{n}. **{t}:** ",
        "{n}. **{t}**\n",
        "{n}. **{t}** ",
        "{n}. {t}\n",
        "{n}. {t}:\n",
        "{n}. {t}: ",
        "{n}. {t}\n\n",
        "{n}) {t}: ",
        "({n}) {t}\n",
        "**{n}. {t}**\n",
        "**{n}.** {t}: ",
        "### {n}. {t}\n",
        "Point {n}: {t}\n",
        "Point {n}: {t}: ",
        "**Point {n}: {t}**\n\n",
        "Step {n} – {t}: ",
        "{n}. {t} – ",
        "\n{n}. **{t}**: ",
    ],
)
def test_the_own_title_behind_a_wrong_number_is_dropped(form: str, number: int, size: int) -> None:
    assert written(form.format(n=number, t=TITLES[0]) + BODY, size=size) == (BODY, "whole")


@rows("size", [1, 1000])
@rows("label", ["Outline: ", "Outline:\n", "**Outline:** ", "Outline:\n\n"])
@rows("number", [1, 2, 3])
def test_so_is_a_heading_behind_the_word_outline(number: int, label: str, size: int) -> None:
    for index, title in ((1, TITLES[0]), (2, TITLES[1])):
        assert written(f"{label}{number}. {title}\n{BODY}", index, size=size) == (BODY, "whole")
        assert written(f"{label}{number}. {title}", index, size=size)[1] == "empty"


@pytest.mark.parametrize("number", [3, 4])
def test_so_it_is_for_any_point(number: int) -> None:
    assert written(f"{number}. {TITLES[1]}: {BODY}", 2) == (BODY, "whole")


def test_so_it_is_in_other_scripts() -> None:
    titles = ["適度な運動", "健康な食事"]
    text = "毎日歩くとよい。"
    assert written(f"2. **適度な運動**：{text}", titles=titles) == (text, "whole")
    assert written(f"２、適度な運動\n{text}", titles=titles) == (text, "whole")
    assert written(f"1. 適度な運動\n2. 健康な食事\n\n{text}", titles=titles) == (text, "whole")
    assert written(f"骨子：\n1. 適度な運動\n2. 健康な食事\n\n{text}", titles=titles) == (text, "whole")


@rows("size", [1, 5, 1000])
@rows("index", [1, 2, 4])
@rows(
    "outline",
    [
        f"{OUTLINE}\n",
        OUTLINE,
        f"\n{OUTLINE}\n\n",
        f"Outline:\n{OUTLINE}\n",
        f"**Outline:**\n\n{OUTLINE}\n",
        "".join(f"{number}. **{title}**\n" for number, title in enumerate(TITLES, start=1)) + "\n",
        "".join(f"{number}) {title}:\n" for number, title in enumerate(TITLES, start=1)) + "\n",
        "".join(f"{number}. {title} | what it covers\n" for number, title in enumerate(TITLES, start=1))
        + "\n",
        "".join(f"{number}. {title}\n\n" for number, title in enumerate(TITLES, start=1)),
        "1. Regular exercise\n2. Healthy diet\n3. Enough sleep\n\n",
        "2. Healthy diet\n3. Enough sleep\n\n",
    ],
)
def test_the_outline_before_the_text_is_dropped(outline: str, index: int, size: int) -> None:
    assert written(outline + BODY, index, size=size) == (BODY, "whole")


@pytest.mark.parametrize(
    "heading", ["{n}. {t}: ", "**{t}**\n", "{n}. **{t}**: ", "Point {n}: {t}\n", "{t}\n\n"]
)
@pytest.mark.parametrize("index", [1, 3])
def test_so_is_the_heading_that_follows_it(index: int, heading: str) -> None:
    own = heading.format(n=index, t=TITLES[index - 1])
    assert written(f"{OUTLINE}\n{own}{BODY}", index) == (BODY, "whole")


def test_an_outline_alone_is_no_text() -> None:
    assert written(OUTLINE) == ("", "empty")
    assert written(OUTLINE, 3) == ("", "empty")
    longer = "".join(f"{number}. {title} or at home\n" for number, title in enumerate(LONG[:2], start=1))
    assert written(longer, 3, LONG) == ("", "empty")


LONG = ["Prioritise and manage your stress by taking breaks", "Regular exercise in the fresh air", "Sleep"]


def test_an_outline_whose_titles_were_longer_is_dropped() -> None:
    outline = f"1. {LONG[0]}, and by asking friends\n2. {LONG[1]} or at home\n3. Sleep\n\n"
    for index in (1, 2, 3):
        assert written(outline + BODY, index, LONG) == (BODY, "whole")


@rows(
    "text",
    [
        "2. Prioritise and",
        "2. Prioritise and manage your stress by taking",
        f"1. {LONG[0]}, and by asking",
        f"1. {LONG[0]}\n2. Regular exerc",
        f"1. {LONG[0]}\n2. {LONG[1]}\n3. Sl",
        "Outline:\n1. Prio",
    ],
)
@rows("index", [1, 2, 3])
def test_an_outline_that_the_token_limit_cuts_is_no_text(text: str, index: int) -> None:
    assert written(text, index, LONG, reason="length")[1] == "empty"


@pytest.mark.parametrize("text", ["3. Put on shoes and", "Prioritise and", "1. Prioritise rest"])
def test_another_text_that_the_token_limit_cuts_stays(text: str) -> None:
    assert written(text, 3, LONG, reason="length")[1] in ("cut", "trimmed")


@rows("size", [1, 1000])
@rows(
    "text",
    [
        "1. Buy shoes.\n2. Use them.\n3. Rest.",
        "1. Buy shoes. 2. Use them. 3. Rest.",
        "1. Healthy diet plans need time.\n2. They need a pan, too.",
        "3. Put on shoes and go.",
        "Outline your week first. Then walk each day.",
        "1. Enough sleep and rest\n2. Walks each day",
        "1. Healthy diet\n2. Walks each day\n3. Rest",
        "3. Healthy diets are cooked at home.",
        "10 minutes a day are enough.",
    ],
)
def test_a_list_of_the_points_own_stays(text: str, size: int) -> None:
    assert written(text, 2, size=size) == (text, "whole")


def test_the_text_is_shown_as_soon_as_it_is_no_outline() -> None:
    point = PointText(2, TITLES[1], titles=TITLES)
    point.begin(None)
    assert point.feed("1. Reg") == ""
    assert point.feed("ister") == "1. Register"


def test_the_reason_of_an_outline_alone() -> None:
    point = PointText(3, TITLES[2], titles=TITLES)
    point.begin(None)
    assert point.feed(OUTLINE) == ""
    assert point.finish("stop", shown=0) == ("", "empty")
    assert point.why_empty == "the model only wrote the outline again"


@rows("size", [1, 5, 1000])
@rows(
    "text",
    [
        "3 eggs: whisk them until foamy.",
        "3 Eggs\nWhisk them until foamy.",
        "1. **Eggs:** whisk them.\n2. **Salt:** add it.",
        "1. Eggs: whisk them.\n2. Salt: add it.",
    ],
)
def test_amounts_and_lists_of_the_points_own_stay(text: str, size: int) -> None:
    assert written(text, 2, titles=["Flour", "Eggs"], size=size) == (text, "whole")
