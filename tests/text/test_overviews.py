"""Overviews and appositions at the start of a point: what only looks like a heading stays."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rows import rows

from sot.text.headings import Undecided, read_heading
from sot.text.overview import begins_overview
from sot.text.point_text import PointText
from sot.text.repetition import Said

TITLES = ("Sleep", "Fresh food", "Sport")


def written(
    text: str, *, index: int = 1, size: int = 3, titles: Sequence[str] = TITLES, ends: Sequence[str] = ()
) -> str:
    """The final text of a point that arrives in pieces; all that was shown is its beginning."""
    point = PointText(index, TITLES[index - 1], titles=titles, ends=ends, said=Said())
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, _ = point.finish("stop", shown=len(shown))
    assert final.startswith(shown)
    return final


@rows(
    "text",
    [
        "Sleep — the best medicine — costs nothing.",
        "Sleep – the best medicine – costs nothing.",
        "Sleep - the best medicine - costs nothing.",
        "Sleep—the best medicine—costs nothing.",
        "Sleep — 8 hours of it — costs nothing.",
        "**Sleep** — the best medicine — costs nothing.",
        "“Sleep” – so the doctors – heals.",
        "Sleep — or, as some say, rest — helps. It is free.",
        "Sleep——最好的药——不花钱。",
        "Sleep – meist in der Nacht – heilt vieles.",
    ],
)
@rows("size", [1, 3, 1000])
def test_a_sentence_with_an_apposition_is_no_heading(text: str, size: int) -> None:
    assert written(text, size=size) == text


@rows(
    ("text", "kept"),
    [
        ("Sleep — It costs nothing.", "It costs nothing."),
        ("Sleep — it costs nothing. Rest — not work — helps.", "it costs nothing. Rest — not work — helps."),
        ("**Sleep** – Aim for 7–9 hours.", "Aim for 7–9 hours."),
        ("Sleep – aim for 7–9 hours.", "aim for 7–9 hours."),
        ("Sleep - go to bed early\nThen - at six - get up.", "go to bed early\nThen - at six - get up."),
        ("## Sleep — the best medicine — is free", "the best medicine — is free"),
        ("1. Sleep: the best medicine — really — is free.", "the best medicine — really — is free."),
    ],
)
@rows("size", [1, 3, 1000])
def test_a_heading_before_a_dash_is_removed(text: str, kept: str, size: int) -> None:
    assert written(text, size=size) == kept


def test_a_sentence_with_an_apposition_ends_no_other_point() -> None:
    text = "Eat greens.\n\nSleep — the best medicine — costs nothing, too."
    assert written(text, index=2) == text


OVERVIEWS = [
    "- Sleep: seven hours.\n- Naps: short.\n- Rest: daily.",
    "- Sleep: seven hours.\n\n- Naps: short.\n\n- Rest: daily.",
    "* **Sleep**: seven hours.\n* **Naps**: short.",
    "• Sleep – seven hours\n• Naps – short",
    "- Sleep\n- Naps\n- Rest",
    "✅ Sleep: seven hours.\n✅ Naps: short.",
    "- Sleep: seven hours.\n- Fresh food: greens.\n- Sport: daily.",
    "- Sleep: seven hours.\n  At least.\n- Naps: short.",
    "- **Sleep**:\n  - Early\n  - Long\n- **Naps**:\n  - Short",
]


@rows("text", OVERVIEWS)
@rows("size", [1, 3, 1000])
@rows("titles", [TITLES, ()])
def test_the_first_item_of_an_overview_stays(text: str, size: int, titles: Sequence[str]) -> None:
    assert written(text, size=size, titles=titles) == text


@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_overview_of_the_other_points_belongs_to_a_point(index: int, size: int) -> None:
    text = "- Sport: every day.\n- Sleep: seven hours.\n- Fresh food: greens."
    assert written(text, index=index, size=size) == text


@rows(
    ("text", "kept"),
    [
        ("- **Sleep**: Go to bed early.", "Go to bed early."),
        ("- Sleep: Go to bed early.\nThis helps.", "Go to bed early.\nThis helps."),
        ("- **Sleep**:\n  - Early\n  - Long", "- Early\n  - Long"),
        ("- Sleep: " + "Go to bed early. " * 16 + "\n- Naps", None),
    ],
)
@rows("size", [1, 3, 1000])
def test_a_bullet_before_the_heading_alone_is_removed(text: str, kept: str | None, size: int) -> None:
    point = PointText(1, "Sleep")
    shown = "".join(point.feed(text[at : at + size]) for at in range(0, len(text), size))
    final, _ = point.finish("stop", shown=len(shown))
    assert final == (text.removeprefix("- Sleep: ") if kept is None else kept)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_model_that_writes_all_points_as_bold_items_is_ended_at_the_second(size: int) -> None:
    text = "- **Sleep**: Go to bed early.\n- **Fresh food**: Eat greens.\n- **Sport**: Run."
    assert "greens" not in written(text, size=size)
    assert "Go to bed early." in written(text, size=size)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_another_point_written_in_this_ones_place_is_no_text(size: int) -> None:
    for text in (
        "- **Sport**: Run every day.",
        "- **Sport**: Run.\nEvery day.",
        "2. **Fresh food**: Greens.",
    ):
        assert written(text, size=size) == ""


def test_the_following_points_title_tells_a_list_of_points_from_an_overview() -> None:
    text = "- **Sleep**: Go to bed early.\n- **Fresh food**: Eat greens."
    assert begins_overview(text, "Naps", final=True)
    assert not begins_overview(text, "Fresh food", final=True)
    found = read_heading(text, 1, "Sleep", final=True, following="Fresh food")
    assert found is not None
    assert text[found.end :].startswith("Go to bed")
    assert read_heading(text, 1, "Sleep", final=True) is None


def test_a_heading_without_a_bullet_waits_for_no_other_line() -> None:
    found = read_heading("**Sleep**: G", 1, "Sleep", final=False)
    assert found is not None
    with pytest.raises(Undecided):
        read_heading("- **Sleep**: G", 1, "Sleep", final=False)


@pytest.mark.parametrize("ends", [(), ("\n\n",), ("\n",)])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_within_a_formula_end_no_point(ends: Sequence[str], size: int) -> None:
    formula = "$$\nE = a\n- b\n## c\n2. d\n---\n$$"
    assert written(f"It is so:\n{formula}", size=size, ends=ends) == f"It is so:\n{formula}"
