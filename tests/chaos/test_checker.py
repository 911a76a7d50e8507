"""The checker of marked text: a sound answer passes, and each way to harm one is seen."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from sot import SkeletonOfThought
from sot.types import Answer

from .chaos_engine import ChaosEngine
from .checker import check_answer, check_text
from .fault_plan import AnswerPlan
from .marked_text import LEAK, WHOLE, Mark, compose, marks_of, question_of
from .reply import Record

NUMBER = 7


@pytest.fixture(scope="module")
def made() -> tuple[Answer, list[Record]]:
    """A sound answer by a skeleton, and the records of its requests."""

    async def make() -> tuple[Answer, list[Record]]:
        with ChaosEngine() as engine:
            engine.plans[NUMBER] = AnswerPlan(0, NUMBER)
            async with SkeletonOfThought(engine.url, model="chaos-checked", strategy="skeleton") as sot:
                answer = await sot.answer(question_of(NUMBER), opening=False)
            return answer, engine.records(NUMBER)

    answer, records = asyncio.run(make())
    assert len(answer.points) > 1
    assert all(len(marks_of(point.text)) > 2 for point in answer.points)
    return answer, records


@pytest.fixture
def sound(made: tuple[Answer, list[Record]]) -> tuple[Answer, list[Record]]:
    """The same, for one test to harm."""
    return made[0], [replace(record) for record in made[1]]


def found(answer: Answer, records: list[Record], text: str | None = None) -> str:
    """What the checker finds, in one line."""
    return "; ".join(check_answer(answer.text if text is None else text, answer, NUMBER, records))


def mark_in(answer: Answer, index: int, place: int) -> str:
    """The mark of a point's delta that is surely in the answer."""
    mark = marks_of(answer.points[index - 1].text)[place]
    assert mark.part == index
    return str(mark)


def test_a_sound_answer_passes(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    assert found(answer, records) == ""
    assert {mark.part for mark in marks_of(answer.text)} >= {1, 2}


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda text, mark: text.replace(f" {mark}", ""), "lost"),
        (lambda text, mark: text.replace(mark, f"{mark} {mark}"), "doubled"),
        (lambda text, mark: text.replace(mark, str(Mark(NUMBER, 1, 0, 9999))), "never sent"),
        (lambda text, mark: text.replace(mark, str(Mark(NUMBER + 1, 1, 0, 0))), "foreign"),
        (lambda text, mark: text.replace(mark, mark[:-1]), "lost"),
        (lambda text, mark: f"{text} {LEAK}", "words of an error"),
        (lambda text, mark: f"{text} http://127.0.0.1:8000/v1", "address"),
    ],
    ids=["lost", "doubled", "never sent", "foreign", "half a mark", "error", "address"],
)
def test_harm_to_one_delta_is_seen(sound: tuple[Answer, list[Record]], harm: object, word: str) -> None:
    answer, records = sound
    assert callable(harm)
    text = harm(answer.text, mark_in(answer, 2, 1))
    assert isinstance(text, str)
    assert word in found(replace(answer, text=text), records)


def test_a_lost_end_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    point = answer.points[1]
    short = replace(point, text=point.text.rpartition(" ")[0])
    points = (answer.points[0], short, *answer.points[2:])
    text = answer.text.replace(point.text, short.text)
    assert "untrue: point 2 is done, and was cut" in found(replace(answer, text=text, points=points), records)


def test_points_in_another_order_are_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    one, two = answer.points[0].text, answer.points[1].text
    swapped = answer.text.replace(one, "@").replace(two, one).replace("@", two)
    assert "misplaced" in found(replace(answer, text=swapped), records)


def test_a_missing_point_whose_text_had_come_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    note = "[This point is missing.]"
    point = replace(answer.points[1], text=note, status="missing")
    points = (answer.points[0], point, *answer.points[2:])
    text = answer.text.replace(answer.points[1].text, note)
    harmed = replace(answer, text=text, points=points, complete=False, finish_reason="error")
    assert "lost: point 2 is missing" in found(harmed, records)


def test_a_title_that_is_gone_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    text = answer.text.replace(str(Mark(NUMBER, 2, 0, -1)), "")
    assert "lost or misplaced" in found(replace(answer, text=text), records)


def test_a_point_that_is_gone_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    points = (answer.points[0], *answer.points[2:])
    text = re.sub(rf"2\. .*?{re.escape(answer.points[1].text)}\s*", "", answer.text, flags=re.DOTALL)
    assert "lost or misplaced" in found(replace(answer, text=text, points=points), records)


def test_a_text_that_was_streamed_otherwise_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    assert "streamed" in found(answer, records, text=answer.text[:-1])


@pytest.mark.parametrize("ending", ["cut", "content_filter"])
def test_an_untrue_end_is_seen(sound: tuple[Answer, list[Record]], ending: str) -> None:
    answer, records = sound
    for record in records:
        if record.part == 1:
            record.ending, record.kind = ending, "close_mid_stream"  # type: ignore[assignment]
    assert "untrue" in found(answer, records)


def test_a_failure_without_any_fault_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    assert "no fault could harm it" in found(replace(answer, finish_reason="error", complete=False), records)


def test_a_text_that_was_left_early_passes(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = sound
    for end in range(0, len(answer.text), 11):
        assert check_text(answer.text[:end], NUMBER, records) == []


def going_on(sound: tuple[Answer, list[Record]], skeleton: str) -> tuple[Answer, list[Record]]:
    """An answer whose skeleton ended so in its second line: the first point, and normal decoding after it."""
    answer, records = sound
    for record in records:
        if record.stage == "skeleton":
            record.ending, record.kind = skeleton, "cut_without_done"  # type: ignore[assignment]
    whole = compose(0, NUMBER, WHOLE, 0).pieces
    normal = Record(NUMBER, "normal", WHOLE, 0, "healthy")
    normal.end = normal.sent = len(whole)
    normal.ending = "whole"
    text = f"1. {answer.points[0].title}: {answer.points[0].text}\n\n{''.join(whole)}"
    return replace(answer, text=text, points=(), fell_back="it broke off"), [*records, normal]


def test_normal_decoding_may_go_on_from_the_first_point(sound: tuple[Answer, list[Record]]) -> None:
    assert found(*going_on(sound, "cut")) == ""


def test_normal_decoding_after_a_point_of_a_whole_skeleton_is_seen(
    sound: tuple[Answer, list[Record]],
) -> None:
    assert "misplaced" in found(*going_on(sound, "whole"))


def test_normal_decoding_that_nobody_speaks_of_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = going_on(sound, "cut")
    assert "nothing is said of it" in found(replace(answer, fell_back=None), records)


def test_normal_decoding_that_goes_on_and_is_cut_is_seen(sound: tuple[Answer, list[Record]]) -> None:
    answer, records = going_on(sound, "cut")
    short = replace(answer, text=answer.text.rpartition(" ")[0].rpartition(" ")[0])
    assert "untrue" in found(short, records)


def test_texts_are_the_same_again_and_differ_by_attempt() -> None:
    assert compose(1, 2, 3, 0) == compose(1, 2, 3, 0)
    assert compose(1, 2, 3, 0) != compose(1, 2, 3, 1)
    pieces = compose(1, 2, 3, 0).pieces
    assert [len(marks_of(piece)) for piece in pieces] == [1] * len(pieces)
