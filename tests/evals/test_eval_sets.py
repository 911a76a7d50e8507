"""The project's question sets: what is in them, and that every reference in them is right."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from sot.evals.dataset import load_questions
from sot.evals.dataset.question import Question
from sot.evals.score.exact import score_text
from sot.router.corpus import Entry, load_corpus, near_duplicates
from sot.types import Message

CATEGORIES = (
    "generic knowledge common-sense roleplay counterfactual writing fermi math coding logic".split()  # noqa: SIM905
)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "questions"
EVERYDAY = {
    question.id: question
    for name in ("everyday-120", "everyday-ja-40")
    for question in load_questions(name).questions
}


def entries(questions: tuple[Question, ...], topic: str) -> list[Entry]:
    return [Entry((Message("user", question.question),), "normal", topic=topic) for question in questions]


def own() -> list[Entry]:
    return entries(tuple(EVERYDAY.values()), "ours")


class TestContent:
    @pytest.mark.parametrize(
        ("name", "each", "language"), [("everyday-120", 12, "en"), ("everyday-ja-40", 4, "ja")]
    )
    def test_as_many_of_each_category(self, name: str, each: int, language: str) -> None:
        questions = load_questions(name).questions
        assert Counter(question.category for question in questions) == dict.fromkeys(CATEGORIES, each)
        assert {question.language for question in questions} == {language}
        assert {question.source for question in questions} == {name}

    def test_no_id_and_no_question_twice(self) -> None:
        assert len(EVERYDAY) == 160
        assert len({question.question.casefold() for question in EVERYDAY.values()}) == 160
        assert not list(near_duplicates(own(), threshold=0.5))

    def test_japanese_is_japanese(self) -> None:
        for question in load_questions("everyday-ja-40").questions:
            assert re.search("[ぁ-ん]", question.question), question.id

    def test_what_has_one_right_answer_has_a_reference(self) -> None:
        for question in EVERYDAY.values():
            if question.category in ("math", "logic", "fermi"):
                assert question.kind != "open", question.id
            assert (question.kind == "open") == (question.reference is None), question.id

    @pytest.mark.parametrize("other", ["router corpus", "suitable"])
    def test_none_is_near_a_question_of_ours_elsewhere(self, other: str) -> None:
        elsewhere = (
            load_corpus() if other == "router corpus" else entries(load_questions(other).questions, other)
        )
        assert not crossing(elsewhere, threshold=0.5)

    def test_none_is_near_a_published_question(self) -> None:
        if not SHARED.is_dir():
            pytest.skip(f"the published sets are not here ({SHARED})")
        published = [
            entry
            for path in sorted(SHARED.glob("*.jsonl"))
            for entry in entries(load_questions(str(path)).questions, path.name)
        ]
        assert len(published) > 500
        assert not crossing(published, threshold=0.4)


def crossing(elsewhere: list[Entry], threshold: float) -> list[tuple[str, str]]:
    """Pairs of a question of the sets and one of elsewhere that are nearly the same."""
    ours = own()
    marks = {id(entry) for entry in ours}
    return [
        (first.question, second.question)
        for first, second, _ in near_duplicates([*ours, *elsewhere], threshold=threshold)
        if (id(first) in marks) != (id(second) in marks)
    ]


def printed(question: Question) -> str:
    """What the program in a question prints."""
    (program,) = re.findall(r"```python\n(.*?)```", question.question, re.DOTALL)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(program, {})
    return output.getvalue().strip()


def calls_of_step(question: Question) -> int:
    (program,) = re.findall(r"```python\n(.*?)```", question.question, re.DOTALL)
    calls: list[None] = []
    exec(program, {"step": lambda: calls.append(None)})
    return len(calls)


def last_in_the_race() -> str:
    orders = [
        order
        for order in itertools.permutations(("Ada", "Ben", "Cleo", "Dan"))
        if order.index("Ada") < order.index("Ben")
        and order.index("Ben") < order.index("Cleo")
        and order.index("Dan") < order.index("Ada")
    ]
    (last,) = {order[-1] for order in orders}
    return {"Ada": "(A)", "Ben": "(B)", "Cleo": "(C)", "Dan": "(D)"}[last]


def who_tells_the_truth() -> str:
    (found,) = [
        (ulla, viktor)
        for ulla, viktor in itertools.product((True, False), repeat=2)
        if ulla == (not viktor) and viktor == (ulla == viktor)
    ]
    return {(True, False): "(A)", (False, True): "(B)", (True, True): "(C)", (False, False): "(D)"}[found]


def middle_of_the_bench() -> str:
    (middle,) = {
        seats[2]
        for seats in itertools.permutations(("Mara", "Nils", "Oskar", "Pia", "Quentin"))
        if seats[0] == "Mara"
        and seats[4] == "Quentin"
        and seats.index("Oskar") == seats.index("Nils") + 1
        and abs(seats.index("Pia") - seats.index("Mara")) != 1
    }
    return middle


def wrong_labels() -> str:
    boxes = ("apples", "pears", "both")
    (held,) = {
        content["pears"]
        for order in itertools.permutations(boxes)
        if all((content := dict(zip(boxes, order, strict=True)))[label] != label for label in boxes)
        and content["both"] == "apples"  # the one fruit taken out of it; it cannot hold both
    }
    return {"apples": "(A)", "pears": "(B)", "both": "(C)"}[held]


def lamp() -> str:
    """The statement that holds wherever "lamp on, so door locked" holds and the door is not locked."""
    worlds = [
        lamp
        for lamp, locked in itertools.product((True, False), repeat=2)
        if (not lamp or locked) and not locked
    ]
    return "(A)" if all(worlds) else "(B)" if not any(worlds) else "(D)"


def blue_glimber() -> str:
    worlds = itertools.product((True, False), repeat=3)
    possible = any(
        glimber and blue and (not glimber or trone) and not (trone and blue)
        for glimber, trone, blue in worlds
    )
    return "yes" if possible else "no"


def day_after(names: tuple[str, ...]) -> str:
    monday = 0
    today = monday + 2 + 2
    return names[(today + 1) % 7]


def direction() -> str:
    compass, facing = ("north", "east", "south", "west"), 0
    for turn in (1, 1, -1, 2):
        facing = (facing + turn) % 4
    return compass[facing]


def socks(*colours: int) -> int:
    return next(
        taken
        for taken in itertools.count(1)
        if all(
            max(drawn) >= 2
            for drawn in itertools.product(*(range(colour + 1) for colour in colours))
            if sum(drawn) == taken
        )
    )


def handshakes() -> int:
    people = [("couple", number) for number in range(4) for _ in range(2)] + [("alone", 0)]
    return sum(first != second for first, second in itertools.combinations(people, 2))


def doubled_less_one() -> int:
    numbers = [3]
    while len(numbers) < 6:
        numbers.append(2 * numbers[-1] - 1)
    assert numbers[:5] == [3, 5, 9, 17, 33]
    return numbers[5]


def garden() -> int:
    ((width, length),) = [(width, width + 5) for width in range(1, 74) if 2 * (2 * width + 5) == 74]
    return width * length


def both_red() -> str:
    marbles = "rrrrrbbb"
    pairs = list(itertools.permutations(range(len(marbles)), 2))
    return str(Fraction(sum(marbles[a] == marbles[b] == "r" for a, b in pairs), len(pairs)))


def even_numbers() -> int:
    return sum(int("".join(digits)) % 2 == 0 for digits in itertools.permutations("12345", 4))


WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK_JA = ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日")
TANK_H = 1 / (Fraction(1, 6) + Fraction(1, 4) - Fraction(1, 12))

COMPUTED: Mapping[str, Callable[[], object]] = {
    "math-01": lambda: 18 * 24 * Fraction(8, 9) / 16,
    "math-02": lambda: 315 / (Fraction(13 * 60 + 25 - 9 * 60 - 40, 60)),
    "math-03": lambda: Fraction(126 * 4, 2 + 3 + 4),
    "math-04": garden,
    "math-05": lambda: 102 / (Fraction(80, 100) * Fraction(85, 100)),
    "math-06": lambda: sum(range(7, 201, 7)),
    "math-07": both_red,
    "math-08": lambda: next(x for x in range(100) if 3 * (2 * x - 5) == 4 * x + 9),
    "math-09": lambda: TANK_H,
    "math-10": even_numbers,
    "math-11": lambda: f"{float(2000 * Fraction(103, 100) ** 2):.2f}",
    "math-12": lambda: 6 * 20 - 5 * 18,
    "logic-01": last_in_the_race,
    "logic-02": blue_glimber,
    "logic-03": lambda: socks(6, 8, 10),
    "logic-04": who_tells_the_truth,
    "logic-05": lambda: day_after(WEEK),
    "logic-06": handshakes,
    "logic-07": lamp,
    "logic-08": middle_of_the_bench,
    "logic-09": doubled_less_one,
    "logic-10": lambda: Fraction(2 * 60 + 48) / Fraction(56, 60),
    "logic-11": wrong_labels,
    "logic-12": direction,
    "coding-10": lambda: printed(EVERYDAY["coding-10"]),
    "coding-11": lambda: printed(EVERYDAY["coding-11"]),
    "coding-12": lambda: calls_of_step(EVERYDAY["coding-12"]),
    "ja-math-1": lambda: 10_200 / (Fraction(80, 100) * Fraction(85, 100)),
    "ja-math-2": garden,
    "ja-math-3": lambda: TANK_H,
    "ja-math-4": both_red,
    "ja-coding-4": lambda: printed(EVERYDAY["ja-coding-4"]),
    "ja-logic-1": lambda: socks(6, 8, 10),
    "ja-logic-2": lambda: day_after(WEEK_JA),
    "ja-logic-3": lamp,
    "ja-logic-4": doubled_less_one,
}
# Estimates from figures that are known: what a careful person would arrive at.
ESTIMATED: Mapping[str, float] = {
    "fermi-01": 70 * 60 * 24 * 365 * 80,  # beats a minute
    "fermi-02": 1000 / 0.021,  # grams a grain
    "fermi-03": 330 / 0.0001,  # metres, metres a sheet
    "fermi-04": 16 * 60 * 24 * 0.5,  # breaths a minute, litres a breath
    "fermi-05": 50 * 2.5 * 220,  # cups a working day
    "fermi-06": 8 * 6 * 3 * 1.2,  # kilograms a cubic metre
    "fermi-07": 30 * 230 * 365,  # words a minute
    "fermi-08": 12 * 2.5 * 2.2 * 0.64 / (4 / 3 * math.pi * 0.0335**3),  # random packing
    "fermi-09": 300_000,
    "fermi-10": 250,
    "fermi-11": 8.1e9 / 365.25,
    "fermi-12": 40_075_000 / 0.7,  # metres a step
    "ja-fermi-1": 70 * 60 * 24 * 365 * 80,
    "ja-fermi-2": 1000 / 0.021,
    "ja-fermi-3": 16 * 60 * 24 * 0.5,
    "ja-fermi-4": 333 / 0.0001,
}


class TestReferences:
    def test_every_reference_is_checked(self) -> None:
        with_reference = {question.id for question in EVERYDAY.values() if question.reference is not None}
        assert with_reference == COMPUTED.keys() | ESTIMATED.keys()

    @pytest.mark.parametrize("name", COMPUTED)
    def test_a_reference_is_what_comes_out(self, name: str) -> None:
        assert EVERYDAY[name].reference == str(COMPUTED[name]())

    @pytest.mark.parametrize("name", ESTIMATED)
    def test_a_range_holds_the_estimate(self, name: str) -> None:
        low, high = (float(part) for part in str(EVERYDAY[name].reference).split(".."))
        assert low < ESTIMATED[name] < high

    @pytest.mark.parametrize("name", COMPUTED | ESTIMATED)
    def test_the_scoring_takes_the_right_answer_and_no_other(self, name: str) -> None:
        question = EVERYDAY[name]
        reference = str(question.reference)
        right = f"{ESTIMATED[name]:.0f}" if name in ESTIMATED else reference
        wrong = {"choice": "(E)", "text": "something else"}.get(question.kind, "-77")
        assert score_text(question.kind, reference, f"Let us see.\n\nThe answer is {right}.").correct
        assert not score_text(question.kind, reference, f"Let us see.\n\nThe answer is {wrong}.").correct
