"""Points that fit together: near-equal titles, whole clauses, scopes and dependencies."""

from __future__ import annotations

import pytest
from rows import rows

from sot.skeleton import SkeletonParser, parse_skeleton
from sot.types import Point


def titles(*lines: str) -> list[str]:
    text = "".join(f"{n}. {line}\n" for n, line in enumerate(lines, start=1))
    return [point.title for point in parse_skeleton(text).points]


@rows(
    ("first", "second"),
    [
        *(("Pros", "The pros"), ("Benefits of walking", "Walking benefits"), ("Self-care", "Self care")),
        *(("Cities", "City"), ("Boxes and houses", "House and box"), ("Café culture", "Cafe Culture!")),
        *(("Pros and cons", "Cons and pros"), ("Your diet", "Diet"), ("Drink water", "Drinking water")),
        *(("Los beneficios", "Beneficios"), ("Die Vorteile", "Der Vorteil"), ("Les avantages", "Avantages")),
        *(
            ("朝食の重要性", "朝食、重要性"),
            ("健康的生活", "健康生活"),
            ("ＷＡＬＫ daily", "walk, daily"),
            ("Преимущества", "преимущества."),
        ),
    ],
)
def test_near_equal_titles_are_dropped(first: str, second: str) -> None:
    assert titles(first, "Something else", second) == [first.rstrip("!."), "Something else"]


@rows(
    ("first", "second"),
    [
        *(("Before the race", "After the race"), ("Pros of cats", "Cons of cats"), ("Step 1", "Step 2")),
        *(("Vitamin D sources", "Vitamin E sources"), ("Plan a", "Plan b"), ("From A to B", "From B to A")),
        *(
            ("C", "C++"),
            ("With sugar", "Without sugar"),
            ("News", "New"),
            ("Plans", "Planes"),
            ("Cars", "Cares"),
        ),
        *(("メリット", "デメリット"), ("优点", "缺点"), ("Moving to Berlin", "Moving from Berlin")),
        *(
            ("Short-term effects", "Long-term effects"),
            ("Dogs over cats", "Cats over dogs"),
            ("Paint", "Painting"),
        ),
        *(
            ("19th century", "20th century"),
            ("Pros", "Pros of cats"),
            ("前の準備", "後の準備"),
            ("फायदे", "नुकसान"),
        ),
    ],
)
def test_titles_that_say_something_else_stay(first: str, second: str) -> None:
    assert titles(first, second) == [first, second]


def test_near_equal_points_leave_no_gap_and_end_a_loop() -> None:
    parser = SkeletonParser()
    parser.feed("1. Pros\n2. The pros\n3. Cons\n")
    assert not parser.repeated
    assert parser.feed("4") == [Point(2, "Cons")]
    parser.feed(". The cons\n5. Your pros\n6.")
    assert parser.repeated
    assert [point.title for point in parser.points] == ["Pros", "Cons"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "In some areas, the winter is so long that people cannot go outside for many days",
            "In some areas, the winter is so long that people cannot go outside for many days",
        ),
        (
            "Apples, pears, plums and many other kinds of fruit that you can buy in any market",
            "Apples, pears, plums and many other kinds of fruit that you can buy in any market",
        ),
        (
            "Learn 1,000 words of the language before you travel to any country where it is spoken",
            "Learn 1,000 words of the language before you travel to any country where it is spoken",
        ),
        (
            "Keep a diary of what you eat; it shows where the sugar in your meals comes from",
            "Keep a diary of what you eat",
        ),
        (
            "Walking keeps the heart strong and also helps the mind to relax because it lowers the level of "
            "stress hormones in the blood of most people who try it every single day",
            "Walking keeps the heart strong and also helps the mind to relax",
        ),
        ("Try the U.S. version. It works", "Try the U.S. version"),
        ("Use tools, e.g. a hammer. Then paint", "Use tools, e.g. a hammer"),
        ("पानी पिएँ। रोज़ चलें।", "पानी पिएँ"),
        ("Pack light: two shirts, one coat, and nothing that you would not carry for a day", "Pack light"),
    ],
)
def test_titles_end_where_a_clause_does(text: str, title: str) -> None:
    assert titles(text) == [title]


def test_scopes_and_dependencies() -> None:
    text = (
        "1. Choose a bike | types, sizes, budget\n"
        "2. Check it | brakes and tyres (needs 1)\n"
        "3. **Plan a route** | how far; how steep (needs 1 and 2)\n"
        "4. Ride | in traffic [needs: 1-3].\n"
    )
    assert parse_skeleton(text).points == (
        Point(1, "Choose a bike", (), "types, sizes, budget"),
        Point(2, "Check it", (1,), "brakes and tyres"),
        Point(3, "Plan a route", (1, 2), "how far; how steep"),
        Point(4, "Ride", (1, 2, 3), "in traffic"),
    )


@rows(
    "needs",
    [
        *(
            "(needs 1)",
            "(needs: #1)",
            "[needs point 1]",
            "(depends on 1)",
            "(Requires 1.)",
            "(benötigt 1)",
            "(braucht 1)",
        ),
        *(
            "（1が必要）",
            "(需要 1)",
            "（依赖：1）",
            "(necesita 1)",
            "(nécessite 1)",
            "| needs 1",
            "; needs 1",
            "(builds on 1)",
        ),
    ],
)
def test_forms_of_dependencies(needs: str) -> None:
    points = parse_skeleton(f"1. Mix\n2. Bake {needs}\n3. Eat | warm {needs}\n").points
    assert points == (Point(1, "Mix"), Point(2, "Bake", (1,)), Point(3, "Eat", (1,), "warm"))


def test_dependencies_follow_dropped_and_unknown_points() -> None:
    text = (
        "1. Pros\n2. The pros\n3. Cons (needs 2)\n4. Verdict (needs 3, 4, 5, 9)\n5. Next steps (needs none)\n"
    )
    assert parse_skeleton(text).points == (
        Point(1, "Pros"),
        Point(2, "Cons", (1,)),
        Point(3, "Verdict", (2,)),
        Point(4, "Next steps"),
    )


@pytest.mark.parametrize(
    "title",
    ["Use `a | b`", "Use a || b", "A|B testing", "Sleep (needs 8 hours)", "What it needs", "Needs 2 people"],
)
def test_pipes_and_needs_that_belong_to_a_title(title: str) -> None:
    text = f"1. {title}\n2. Other\n"
    assert parse_skeleton(text).points == (Point(1, title), Point(2, "Other"))


def test_a_table_without_numbered_rows_is_no_list() -> None:
    assert parse_skeleton("| Mix | now |\n|---|---|\n| Bake | later |\n").points == ()


def test_bullets_and_json_have_scopes_too() -> None:
    wanted = (Point(1, "Mix", (), "flour, water"), Point(2, "Bake", (1,), "time"))
    assert parse_skeleton("- Mix | flour, water\n- Bake | time (needs 1)\n").points == wanted
    assert parse_skeleton('["Mix | flour, water", "2. Bake | time (needs 1)"]').points == wanted


def test_a_model_that_keeps_the_form_is_told() -> None:
    parser = SkeletonParser()
    assert not parser.scoped
    parser.feed("1. Mix | flour\n2. Rise\n3")
    assert parser.scoped
    parser.feed(". Bake\n4")
    assert not parser.scoped


def test_what_a_point_needs_ends_its_line() -> None:
    parser = SkeletonParser()
    parser.feed("1. Mix\n")
    assert parser.feed("2. Bake | time (needs 1)\n") == [Point(1, "Mix"), Point(2, "Bake", (1,), "time")]


def test_a_year_is_no_title() -> None:
    wanted = ["1929: The crash", "1939–1945: The war", "80%: The Pareto rule"]
    assert titles(*wanted) == wanted
