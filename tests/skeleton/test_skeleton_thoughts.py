"""Thoughts never become points of a skeleton."""

from __future__ import annotations

import pytest
from rows import rows

from sot.skeleton import SkeletonParser, parse_skeleton
from sot.types import Point
from tests.support.thoughts import FINAL, FORMS, pieces

FRUIT = ["Wash the fruit", "Peel the fruit", "Slice the fruit"]
LIST = "1. Wash the fruit\n2. Peel the fruit\n3. Slice the fruit\n"
PLAN = "1. Plan a\n2. Plan b\n3. Plan c\n"


def titles(text: str) -> list[str]:
    """Return the titles of a skeleton, the same however it is cut."""
    results = [tuple(point.title for point in parse_skeleton(text).points)]
    for size in (1, 3, 11):
        parser = SkeletonParser()
        for piece in pieces(text, size):
            parser.feed(piece)
        parser.close()
        results.append(tuple(point.title for point in parser.points))
    assert len(set(results)) == 1
    return list(results[0])


@rows(("before", "after"), FORMS)
def test_a_block_before_the_list_in_any_form(before: str, after: str) -> None:
    for thoughts in (PLAN, "Hm", PLAN * 20):
        assert titles(f"{before}{thoughts}{after}{LIST}") == FRUIT
        assert titles(f"\n{before}{thoughts}{after}\n\n{LIST}") == FRUIT
        assert titles(f"{before}{thoughts}") == []


@pytest.mark.parametrize(
    ("before", "after"), [("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷")]
)
def test_a_block_between_lines(before: str, after: str) -> None:
    assert (
        titles(f"1. Wash the fruit\n{before}\n{PLAN}{after}\n2. Peel the fruit\n3. Slice the fruit") == FRUIT
    )
    assert titles(f"1. {before}Hm{after}Wash the fruit\n2. Peel the fruit\n3. Slice the fruit") == FRUIT


@pytest.mark.parametrize(
    "end",
    [
        "</think>\n\n",
        "\n[/THINK]",
        "◁/think▷\n",
        "</seed:think>",
        "<|END_THINKING|><|START_RESPONSE|>",
        "<channel|>",
        f"<|end|>{FINAL}",
        "\n</think>\n<answer>\n",
    ],
)
def test_a_closing_mark_that_nothing_opened_discards_the_points(end: str) -> None:
    assert titles(f"I compare.\n{PLAN}{end}{LIST}") == FRUIT
    assert titles(f"{PLAN * 30}{end}{LIST}") == FRUIT  # also when the thoughts repeat themselves
    many = "".join(f"{number}. Plan {number}\n" for number in range(1, 30))
    assert titles(f"{many}{end}{LIST}") == FRUIT  # also when they have more points than are read


def test_discarded_points_are_counted_and_numbers_start_again() -> None:
    parser = SkeletonParser()
    assert parser.feed("1. Plan a\n2. Plan b\n3.") == [Point(1, "Plan a"), Point(2, "Plan b")]
    assert parser.discarded == 0
    assert parser.feed(" Plan c\n</think>") == []
    assert (parser.discarded, parser.points) == (1, ())
    assert parser.feed("\n\n1. Wash the fruit\n2. Plan b\n3.") == [
        Point(1, "Wash the fruit"),
        Point(2, "Plan b"),
    ]
    assert parser.close() == []
    assert parser.discarded == 1
    assert [point.title for point in parser.points] == ["Wash the fruit", "Plan b"]


def test_nothing_is_discarded_where_no_point_was_emitted() -> None:
    parser = SkeletonParser()
    parser.feed("Let me plan.\n- Plan")
    parser.feed("</think>\n1. Wash the fruit\n2.")
    assert parser.discarded == 0
    assert [point.title for point in parser.points] == ["Wash the fruit"]


def test_a_full_skeleton_that_turns_out_to_be_thoughts() -> None:
    parser = SkeletonParser(max_points=2)
    parser.feed(PLAN)
    assert parser.full
    assert parser.ended
    assert parser.feed("</think>\n1. Wash the fruit\n2. Peel") == [Point(1, "Wash the fruit")]
    assert not parser.full
    assert not parser.ended
    assert parser.discarded == 1


def test_a_text_that_begins_inside_a_block() -> None:
    for end in ("</think>", "[/THINK]", f"<|end|>{FINAL}"):
        parser = SkeletonParser(in_thinking=True)
        assert parser.feed(f"{PLAN}{end}\n{LIST}4.")[:1] == [Point(1, "Wash the fruit")]
        assert parser.discarded == 0


@pytest.mark.parametrize(
    "kept",
    [
        ["Explain [THINK] and [/THINK]", "Write [THINK] first", "Write [/THINK] last"],
        ["The ◁think▷ sign", "Analysis of results"],
        ["Open <|channel|> tokens", "analysis of costs"],
    ],
)
def test_titles_that_name_the_marks_stay(kept: list[str]) -> None:
    assert titles("".join(f"{number}. {title}\n" for number, title in enumerate(kept, 1)) + "\nDone.") == kept


@pytest.mark.parametrize("title", ["Use <think> tags", "Show `</think>` to readers", "Why </think> matters"])
def test_a_title_that_names_a_tag_hides_no_other_points(title: str) -> None:
    found = titles(f"1. Wash the fruit\n2. {title}\n3. Peel the fruit\n4. Slice the fruit\n")
    assert len(found) == 4
    assert [found[0], *found[2:]] == FRUIT
