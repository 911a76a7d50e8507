"""Progress of an answer under way, from its events."""

from __future__ import annotations

from typing import ClassVar

import pytest

from sot.cli.progress import Progress
from sot.events import (
    Event,
    FellBack,
    OpeningFinished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    Routed,
    SkeletonFinished,
    TextDelta,
)
from sot.revision.plan import plan_revision
from sot.types import BackendInfo, Point, PointAnswer, Route, StageUse, Usage

INFO = BackendInfo("http://engine/v1", "model")
ROUTE = Routed(Route("skeleton", 0.9, "asks for advice", "hybrid", Usage(requests=1, completion_tokens=1)))


def taken(*events: Event) -> Progress:
    progress = Progress()
    for event in events:
        progress.take(event)
    return progress


def found(*titles: str) -> list[Event]:
    return [PointFound(Point(index, title), 0.1) for index, title in enumerate(titles, 1)]


def written(index: int, text: str) -> list[Event]:
    return [PointStarted(index), PointDelta(index, text)]


def finished(index: int, title: str, text: str) -> Event:
    return PointFinished(PointAnswer(index, title, text, "done", Usage(completion_tokens=5), 0.1, 0.2, 0.3))


class TestKept:
    def test_nothing_yet(self) -> None:
        assert (taken().kept(), taken(ROUTE).described()) == ("", None)

    def test_points_beyond_the_ordered_text_follow_it(self) -> None:
        progress = taken(
            *(
                ROUTE,
                *found("A", "B", "C", "D"),
                *written(1, "One."),
                *written(2, "Two is"),
                *written(3, "Three."),
            ),
            *(finished(1, "A", "One."), finished(3, "C", "Three.")),
            TextDelta("1. **A**: One.\n\n2. **B**: Two is"),
        )
        assert progress.kept() == "1. **A**: One.\n\n2. **B**: Two is …\n\n3. **C**: Three."
        assert progress.described() == "2 of 4 points done, and the skeleton was not complete"

    def test_the_opening_is_followed_by_every_point(self) -> None:
        begun = (ROUTE, TextDelta("It is so"), *found("A", "B"), *written(1, "One"), *written(2, "Two"))
        assert taken(*begun).kept() == "It is so …\n\n1. **A**: One …\n\n2. **B**: Two …"
        whole = taken(*begun, TextDelta("."), OpeningFinished("It is so.", "points", "", 0.2))
        assert whole.kept() == "It is so.\n\n1. **A**: One …\n\n2. **B**: Two …"
        whole.take(TextDelta("\n\n1. **A**: One"))
        assert whole.kept() == "It is so.\n\n1. **A**: One …\n\n2. **B**: Two …"

    def test_whole_points_need_no_mark(self) -> None:
        progress = taken(*found("A", "B"), finished(1, "A", "One."), finished(2, "B", "Two."))
        assert progress.kept() == "1. **A**: One.\n\n2. **B**: Two."

    def test_lines_of_a_point_stand_below_its_heading(self) -> None:
        progress = taken(
            *found("A", "B"), finished(1, "A", "- x\n- y"), finished(2, "B", "Two:\n\n```\nz\n```")
        )
        assert progress.kept() == ("1. **A**:\n\n   - x\n   - y\n\n2. **B**: Two:\n\n   ```\n   z\n   ```")

    def test_a_heading_that_the_model_repeats_comes_once(self) -> None:
        for repeated in (
            "**Dark room**: Close",
            "1. Dark room: Close",
            "## dark room\nClose",
            "Dark room：Close",
        ):
            assert taken(*found("Dark room"), *written(1, repeated)).kept() == "1. **Dark room**: Close …"
        assert (
            taken(*found("Dark"), *written(1, "Dark rooms help")).kept() == "1. **Dark**: Dark rooms help …"
        )

    def test_a_repair_that_begins_anew(self) -> None:
        progress = taken(*found("A"), *written(1, "One"), PointStarted(1, 2), PointDelta(1, "Uno"))
        assert progress.kept() == "1. **A**: Uno …"
        progress.take(PointStarted(1, 3, continues=True))
        progress.take(PointDelta(1, " y"))
        assert progress.kept() == "1. **A**: Uno y …"

    def test_a_skeleton_that_is_read_anew(self) -> None:
        progress = taken(
            *found("Hm", "So", "Well"), *written(3, "Three"), *found("A", "B"), *written(1, "One")
        )
        assert progress.kept() == "1. **A**: One …"
        assert progress.described() == "0 of 2 points done, and the skeleton was not complete"

    def test_points_that_were_given_up_are_forgotten(self) -> None:
        progress = taken(ROUTE, *found("A"), *written(1, "One"), FellBack("no list"), PointDelta(1, "late"))
        assert (progress.kept(), progress.described()) == ("", None)
        progress.take(TextDelta("Prose"))
        assert progress.kept() == "Prose"
        assert progress.described() == "the answer breaks off after 5 characters"


class TestRecord:
    def test_it_can_be_revised_to_the_end(self) -> None:
        progress = taken(
            *(ROUTE, TextDelta("So."), OpeningFinished("So.", "points", "", 0.2), *found("A", "B", "C")),
            SkeletonFinished((Point(1, "A"), Point(2, "B"), Point(3, "C")), Usage(requests=1), 0.4),
            *(*written(1, "One."), finished(1, "A", "One."), *written(2, "Two is")),
        )
        answer = progress.as_answer("Why?", INFO)
        assert answer is not None
        assert (answer.complete, answer.finish_reason, answer.opening) == (False, None, "So.")
        assert answer.text == "So.\n\n1. **A**: One.\n\n2. **B**: Two is …"
        assert [(point.status, point.text) for point in answer.points] == [
            ("done", "One."),
            ("missing", "Two is"),
            ("missing", ""),
        ]
        assert (answer.usage.requests, answer.usage.completion_tokens) == (2, 6)
        assert [use.model for use in answer.stages] == [INFO.model] * 3
        assert {use.stage for use in answer.stages} == {"route", "skeleton", "point"}
        told = (StageUse("point", "small", "torch:small", Usage(completion_tokens=9, requests=3), 0.1, 0.2),)
        answer = progress.as_answer("Why?", INFO, told)
        assert answer is not None
        assert (answer.stages, answer.usage) == (told, told[0].usage)
        assert answer.timing.first_text_s is not None
        assert [point.index for point in plan_revision(answer, ["A", "B", "C"]).new] == [2, 3]

    def test_there_is_none_before_anything_is_written(self) -> None:
        assert taken(ROUTE).as_answer("Why?", INFO) is None
        assert taken().as_answer("Why?", INFO) is None


def test_the_time_is_the_answers_and_not_that_of_loading_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 2_000.0)
    progress = Progress(began=1_000.0)  # loading the model took so long
    progress.take(PointFound(Point(1, "Sleep"), 0.5))
    assert progress.seconds == 0.5


class TestWithoutOpening:
    """The first point's text comes out once the second line has begun, before that point is known."""

    BEGUN: ClassVar[tuple[Event, ...]] = (ROUTE, *found("Sleep early"), *written(1, "By ten"))

    def test_the_first_point_s_text_is_no_opening(self) -> None:
        progress = taken(
            *self.BEGUN, TextDelta("1. **Sleep early**: By ten"), PointFound(Point(2, "Eat"), 0.2)
        )
        progress.take(TextDelta(" at night."))
        progress.take(finished(1, "Sleep early", "By ten at night."))
        for event in (*written(2, "Greens"), TextDelta("\n\n2. **Eat**: Greens")):
            progress.take(event)
        assert progress.kept() == "1. **Sleep early**: By ten at night.\n\n2. **Eat**: Greens"
        assert not progress.opens
        answer = progress.as_answer("Why?", INFO)
        assert answer is not None
        assert answer.opening == ""

    def test_an_opening_that_has_the_title_s_words_is_one(self) -> None:
        progress = taken(*self.BEGUN, TextDelta("Sleep early"), TextDelta(" and"))
        assert (progress.opens, progress.opening) == (True, "Sleep early and")

    def test_points_that_were_shown_stay_where_normal_decoding_goes_on(self) -> None:
        progress = taken(*self.BEGUN, TextDelta("1. **Sleep early**: By ten"))
        for event in (finished(1, "Sleep early", "By ten"), FellBack("too few"), TextDelta("\n\nEat")):
            progress.take(event)
        assert progress.kept() == "1. **Sleep early**: By ten\n\nEat"
        assert progress.described() == "the answer breaks off after 31 characters"
        answer = progress.as_answer("Why?", INFO)
        assert answer is not None
        assert [point.title for point in answer.points] == ["Sleep early"]
        assert answer.fell_back == "too few"
