"""Revising an answer by its points: what is new is written, and nothing else is asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Request, Script, ScriptedBackend, by_stage, made

from sot import Answer, Message, Point, SkeletonOfThought
from sot.errors import (
    AuthenticationError,
    BackendError,
    ConfigError,
    EmptyAnswerError,
    MissingPointError,
    ServerError,
)
from sot.events import Finished, PointFinished, PointStarted, SkeletonFinished, TextDelta
from sot.registry import EngineEntry
from sot.revision.stored import answer_from_json
from sot.serialise import answer_json
from sot.types import Chunk, PointAnswer, Route, Skeleton, Timing, Usage

QUESTION = "How can I live well?"
TITLES = ("Sleep early", "Eat well", "Walk daily")
TEXTS = ("Go to bed at ten.", "Cook at home, for 2.\n\n- Beans\n- Rice", "Take the stairs.")


def answered(*titles: str, **changes: Any) -> Answer:
    """An answer with points, as an earlier run could have given it."""
    shown = titles or TITLES
    texts: dict[str, str] = dict(zip(TITLES, TEXTS, strict=True))
    points = tuple(
        PointAnswer(
            index, title, texts.get(title, f"About {title}."), "done", Usage(9, 0, 9, 1), 0.1, 0.2, 0.9
        )
        for index, title in enumerate(shown, 1)
    )
    whole = Answer(
        question=QUESTION,
        text="\n\n".join(
            f"{point.index}. **{point.title}**: {point.text}".replace("\n-", "\n   -") for point in points
        ),
        route=Route("skeleton", 0.9, "tips", "hybrid"),
        skeleton=Skeleton(tuple(Point(point.index, point.title) for point in points)),
        points=points,
        usage=Usage(90, 0, 90, 4),
        skeleton_usage=Usage(9, 0, 9, 1),
        timing=Timing(0.0, 0.1, 0.2, 0.9),
        model="script",
        backend="scripted:",
        finish_reason="stop",
    )
    return replace(whole, **changes)


def engine(points: Any = None, **more: Any) -> ScriptedBackend:
    return ScriptedBackend(by_stage("1. One\n2. Two\n3. Three\n", points), **more)


def texts(answer: Answer) -> list[tuple[str, str]]:
    return [(point.title, point.text) for point in answer.points]


class TestWhatIsWritten:
    async def test_one_changed_title_is_one_request(self) -> None:
        backend = engine({2: "Drink two litres."})
        better = await made(backend).revise(answered(), ["Sleep early", "Drink water", "Walk daily"])
        assert backend.stages() == ["point"]
        assert backend.requests[0].index == 2
        assert texts(better) == [
            ("Sleep early", TEXTS[0]),
            ("Drink water", "Drink two litres."),
            ("Walk daily", TEXTS[2]),
        ]
        assert better.usage.requests == 1
        assert better.usage == better.points[1].usage
        assert [point.usage.requests for point in better.points] == [0, 1, 0]
        assert better.skeleton_usage == Usage()
        assert (better.question, better.complete, better.fell_back) == (QUESTION, True, None)
        assert [point.title for point in better.skeleton.points] == [title for title, _ in texts(better)]

    async def test_moved_points_get_new_numbers_and_keep_their_texts(self) -> None:
        backend = engine()
        first = answered()
        better = await made(backend).revise(first, [*reversed(TITLES)])
        assert backend.requests == []
        assert better.usage == Usage()
        assert [point.index for point in better.points] == [1, 2, 3]
        assert texts(better) == [*reversed(texts(first))]
        assert better.text.startswith(f"1. **Walk daily**: {TEXTS[2]}\n\n2. **Eat well**: Cook")
        assert better.text.endswith(f"3. **Sleep early**: {TEXTS[0]}")

    async def test_dropped_points_vanish(self) -> None:
        backend = engine()
        better = await made(backend).revise(answered(), ["Eat well"])
        assert backend.requests == []
        assert texts(better) == [("Eat well", TEXTS[1])]
        assert better.text.startswith("1. **Eat well**: Cook")
        assert TEXTS[0] not in better.text

    async def test_a_new_answer_can_be_revised_again(self) -> None:
        backend = engine({2: ["Rest at noon.", "Nap a little."]})
        sot = made(backend)
        first = await sot.answer(QUESTION)
        asked = len(backend.requests)
        second = await sot.revise(first, ["One", "Rest", "Three"])
        third = await sot.revise(second, ["Three", "One", "Rest", "Four"])
        assert [request.index for request in backend.requests[asked:]] == [2, 4]
        assert third.points[:3] == tuple(
            replace(
                next(old for old in second.points if old.title == new.title),
                index=new.index,
                usage=Usage(),
                started_s=new.started_s,
                first_text_s=None,
                finished_s=new.finished_s,
            )
            for new in third.points[:3]
        )

    async def test_a_missing_point_is_written_again(self) -> None:
        first = answered(complete=False)
        lost = replace(first.points[1], status="missing", text="(This point is missing.)")
        backend = engine({2: "Cook at home."})
        better = await made(backend).revise(
            replace(first, points=(first.points[0], lost, first.points[2])), TITLES
        )
        assert [request.index for request in backend.requests] == [2]
        assert better.points[1].text == "Cook at home."
        assert (better.complete, better.finish_reason) == (True, "stop")

    async def test_white_space_does_not_make_a_title_new(self) -> None:
        backend = engine()
        better = await made(backend).revise(
            answered(), ["  Sleep\tearly\n", "Eat\u00a0well", "**Walk daily**"]
        )
        assert backend.requests == []
        assert [title for title, _ in texts(better)] == [*TITLES]

    async def test_points_may_be_given_as_points(self) -> None:
        first = answered()
        backend = engine({1: "Breathe out."})
        better = await made(backend).revise(first, [Point(7, "Breathe"), *first.skeleton.points[1:]])
        assert texts(better)[1:] == texts(first)[1:]
        assert [point.index for point in better.skeleton.points] == [1, 2, 3]

    async def test_what_a_point_needs_moves_with_it(self) -> None:
        skeleton = Skeleton((Point(1, TITLES[0]), Point(2, TITLES[1]), Point(3, TITLES[2], (1, 2), "how")))
        first = answered(skeleton=skeleton)
        better = await made(engine()).revise(first, [TITLES[1], TITLES[2]])
        assert better.skeleton.points == (Point(1, TITLES[1]), Point(2, TITLES[2], (1,), "how"))

    async def test_opening_and_closing_stay(self) -> None:
        first = answered(opening="A good life is made of small things.", closing="Begin with one of them.")
        first = replace(first, text=f"{first.opening}\n\n{first.text}\n\n{first.closing}")
        backend = engine({1: "Laugh often."})
        better = await made(backend).revise(first, ["Laugh", "Eat well"])
        assert backend.stages() == ["point"]
        assert better.text.startswith(f"{first.opening}\n\n1. **Laugh**: Laugh often.\n\n2. **Eat well**: ")
        assert better.text.endswith(f"\n\n{first.closing}")
        assert (better.opening, better.closing) == (first.opening, first.closing)
        same = await made(backend).revise(first, TITLES)
        assert same.text == first.text

    @pytest.mark.parametrize(
        ("opening", "count", "stays"),
        [
            ("Here are three ways.", 3, True),
            ("Here are three ways.", 2, False),
            ("Small things count. These five steps are a start:", 4, False),
            ("Small things count. These 2-5 steps are a start:", 4, True),
            ("Most people need 8 hours of sleep.", 2, True),
            ("よく生きるための3つの方法があります。", 2, False),
            ("よく生きるための3つの方法があります。", 3, True),
        ],
    )
    async def test_an_opening_that_promises_another_number_is_dropped(
        self, opening: str, count: int, stays: bool
    ) -> None:
        first = answered(opening=opening, closing=opening)
        titles = [*TITLES, "Laugh"][:count]
        better = await made(engine()).revise(first, titles)
        assert (better.opening, better.closing) == ((opening, opening) if stays else ("", ""))
        assert better.text.startswith(opening if stays else "1. **")
        assert better.text.endswith(opening) == stays

    async def test_a_new_point_gets_the_texts_that_it_needs(self) -> None:
        backend = engine({2: Script("Slow."), 3: "So."})
        points = [Point(1, TITLES[0]), Point(2, "Plan"), Point(3, "Sum", (1, 2))]
        better = await made(backend).revise(answered(), points)
        said = [turn.content for turn in backend.point(3).messages]
        assert any(TEXTS[0] in words for words in said)
        assert any("Slow." in words for words in said)
        assert [request.index for request in backend.requests] == [2, 3]
        assert better.complete
        backend = engine()
        await made(backend, scopes="off").revise(answered(), points)
        assert not any(TEXTS[0] in turn.content for turn in backend.point(3).messages)

    async def test_a_new_point_does_not_say_what_a_kept_one_has_said(self) -> None:
        sentence = "Go to bed at the same quiet hour every single day of the week."
        first = answered()
        points = (replace(first.points[0], text=sentence), *first.points[1:])
        backend = engine({2: f"Rest is work, too. {sentence} And then again."})
        better = await made(backend).revise(replace(first, points=points), ["Sleep early", "Rest"])
        assert better.text.count(sentence) == 1
        assert better.points[1].text.startswith("Rest is work, too.")


class TestPrompts:
    async def test_the_prefix_is_that_of_the_first_answer(self) -> None:
        backend = engine(caches_prefixes=True)
        sot = made(backend)
        first = await sot.answer(QUESTION)
        before = backend.point(1).messages[:-2]
        asked = len(backend.requests)
        await sot.revise(first, ["One", "Fresh air", "Three"])
        (request,) = backend.requests[asked:]
        assert request.messages[: len(before)] == before
        assert request.messages[len(before)].content == "1. One\n2. Fresh air\n3. Three"
        assert "Fresh air" in request.last

    async def test_new_points_know_each_other_in_every_style(self) -> None:
        for style in ("aligned", "compact"):
            backend = engine()
            await made(backend, style=style).revise(answered(), ["Eat well", "Fresh air", "Old friends"])
            for request in backend.requests:
                said = "\n".join(turn.content for turn in request.messages)
                assert "1. Eat well\n2. Fresh air\n3. Old friends" in said

    async def test_a_conversation_is_used(self) -> None:
        talk = [
            Message("system", "Be kind."),
            Message("user", "Hi"),
            Message("assistant", "Hello"),
            Message("user", QUESTION),
        ]
        backend = engine()
        sot = made(backend)
        await sot.revise(answered(), ["Fresh air"], conversation=talk)
        stored = answer_json(answered(), talk).model_dump_json()
        await sot.revise(stored, ["Fresh air"])
        assert backend.requests[0].messages == backend.requests[1].messages
        assert [turn for turn in backend.requests[0].messages if turn in talk[:3]] == talk[:3]

    @pytest.mark.parametrize("talk", ["Why?", [], [Message("assistant", "Hello")]])
    async def test_another_conversation_is_refused(self, talk: Any) -> None:
        backend = engine()
        with pytest.raises(ConfigError):
            await made(backend).revise(answered(), ["Fresh air"], conversation=talk)
        assert backend.requests == []


class TestStored:
    @pytest.mark.parametrize("form", ["text", "bytes", "object"])
    async def test_a_stored_answer_in_all_its_forms(self, form: str) -> None:
        fields = answer_json(answered()).model_dump()
        line = json.dumps(fields)
        stored: Any = {"text": line, "bytes": line.encode(), "object": fields}[form]
        better = await made(engine({1: "Laugh often."})).revise(stored, ["Laugh", "Eat well"])
        assert texts(better) == [("Laugh", "Laugh often."), ("Eat well", TEXTS[1])]

    def test_it_comes_back_as_it_was(self) -> None:
        skeleton = Skeleton((Point(1, TITLES[0]), Point(2, TITLES[1], (1,), "food"), Point(3, TITLES[2])))
        first = answered(skeleton=skeleton, opening="So:", closing="That is all.", complete=False)
        assert answer_from_json(answer_json(first).model_dump_json()) == replace(
            first, skeleton_usage=Usage()
        )

    async def test_only_the_question_and_the_points_must_be_there(self) -> None:
        stored = {"question": QUESTION, "points": [{"title": "Eat well", "text": "Cook."}], "of": "next year"}
        better = await made(engine()).revise(stored, ["Eat well"])
        assert better.text == "1. **Eat well**: Cook."

    @pytest.mark.parametrize(
        ("stored", "words"),
        [
            ("", "not JSON"),
            ("[" * 100_000, "not JSON"),
            (b"\xff\xfe\xff", "not JSON"),
            ("[]", "all of it"),
            ({}, "question"),
            ({"question": QUESTION, "points": [{"title": "Eat"}]}, "points.0.text"),
            ({"question": QUESTION, "points": [{"title": 3, "text": "Cook."}]}, "points.0.title"),
            ({"question": QUESTION, "points": []}, "no points"),
            ({"question": " ", "points": [{"title": "Eat", "text": "Cook."}]}, "question is empty"),
        ],
    )
    async def test_what_is_no_answer_is_refused(self, stored: Any, words: str) -> None:
        backend = engine()
        with pytest.raises(ConfigError, match=words):
            await made(backend).revise(stored, ["Fresh air"])
        assert backend.requests == []

    async def test_half_a_character_is_replaced(self) -> None:
        stored = {"question": "Why \udcff?", "points": [{"title": "Eat \ud83d", "text": "Cook \ud83d."}]}
        backend = engine()
        better = await made(backend).revise(stored, ["Eat ?", "Rest \udcff"])
        assert better.question == "Why ??"
        assert texts(better) == [("Eat ?", "Cook ?."), ("Rest", "Text of point 2.")]

    async def test_a_conversation_that_ends_otherwise_is_refused(self) -> None:
        fields = answer_json(
            answered(), [Message("system", "Be kind."), Message("user", "Why?")]
        ).model_dump()
        with pytest.raises(ConfigError, match="does not end with the question"):
            await made(engine()).revise(fields, ["Fresh air"])

    @settings(max_examples=100, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["question", "points", "title", "text", "usage"]), inner)
            ),
            max_leaves=10,
        )
    )
    def test_whatever_is_stored_it_is_an_answer_or_refused(self, value: Any) -> None:
        try:
            assert isinstance(answer_from_json(json.dumps(value)), Answer)
        except ConfigError as refused:
            said = str(refused)
        else:
            said = ""
        assert "\n" not in said


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("points", "words"),
        [
            ([], "empty"),
            ("Eat well", "list of titles"),
            (None, "list of titles"),
            ([3], "point 1 must be a title"),
            (["Eat well", " \n"], "point 2 has no title"),
            (["\x1b\u202e"], "point 1 has no title"),
            (["x" * 201], "201 characters"),
            (["Fresh air", "Walk", "fresh  AIR"], "points 1 and 3 have the same title: fresh AIR"),
            ([f"Point {number}" for number in range(51)], "at most 50"),
        ],
    )
    async def test_lists_that_make_no_sense(self, points: Any, words: str) -> None:
        backend = engine()
        with pytest.raises(ConfigError, match=words):
            await made(backend).revise(answered(), points)
        assert backend.requests == []

    async def test_an_answer_without_points(self) -> None:
        backend = engine()
        sot = made(backend)
        normal = await sot.answer(QUESTION, strategy="normal")
        with pytest.raises(ConfigError, match="its strategy is normal"):
            await sot.revise(normal, ["Fresh air"])
        with pytest.raises(ConfigError, match="given up"):
            await sot.revise(replace(normal, fell_back="no list"), ["Fresh air"])

    async def test_control_characters_never_reach_a_title(self) -> None:
        backend = engine()
        better = await made(backend).revise(answered(), ["Fresh\x1b[31m air\u202e\nand light"])
        assert better.points[0].title == "Fresh [31m air and light"
        assert better.text.startswith("1. **Fresh [31m air and light**: ")
        bold = await made(engine()).revise(answered(), ["*\u200b*Fresh air*\u200b*"])
        assert bold.points[0].title == "Fresh air"

    async def test_an_unknown_setting(self) -> None:
        with pytest.raises(ConfigError, match="unknown setting"):
            await made(engine()).revise(answered(), ["Walk"], stile="x")  # pyright: ignore[reportCallIssue]


class TestStream:
    async def test_kept_points_come_at_once_and_the_rest_in_order(self) -> None:
        gate = asyncio.Event()
        backend = engine({2: Script("Slow ", gate, "text."), 4: "Fast text."})
        events: list[object] = []
        seen = ""
        stream = made(backend).revise_stream(answered(), ["Walk daily", "New", "Eat well", "Newer"])
        async with aclosing(stream):
            async for event in stream:
                events.append(event)
                if isinstance(event, TextDelta):
                    seen += event.text
                    if "Slow" in event.text:
                        assert seen.startswith(f"1. **Walk daily**: {TEXTS[2]}\n\n2. **New**: Slow")
                        assert "Eat well" not in seen
                    gate.set()
        assert isinstance(events[-1], Finished)
        assert seen == events[-1].answer.text
        first_text = next(place for place, event in enumerate(events) if isinstance(event, TextDelta))
        started = next(place for place, event in enumerate(events) if isinstance(event, PointStarted))
        assert first_text < started
        kept = [event.point.index for event in events[:started] if isinstance(event, PointFinished)]
        assert kept == [1, 3]
        (skeleton,) = (event for event in events if isinstance(event, SkeletonFinished))
        assert skeleton.usage == Usage()

    async def test_new_points_are_written_at_the_same_time(self) -> None:
        backend = engine()
        await made(backend).revise(answered(), ["A", "B", "C", "D"])
        assert backend.peak == 4
        backend = engine()
        await made(backend, max_parallel=2).revise(answered(), ["A", "B", "C", "D"])
        assert backend.peak == 2

    async def test_leaving_early_ends_the_requests(self) -> None:
        backend = engine({1: Script("Begun ", asyncio.Event())})
        sot = made(backend)
        async with aclosing(sot.revise_stream(answered(), ["A", "Walk daily"])) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        assert [request.state for request in backend.requests] == ["closed"]
        assert (backend.in_flight, sot._admission.answers) == (0, 0)  # pyright: ignore[reportPrivateUsage]

    async def test_a_stop_sequence_ends_the_text(self) -> None:
        backend = engine({2: "One END two."})
        better = await made(backend).revise(answered(), ["Walk daily", "New", "Eat well"], stop=("END",))
        assert better.text == f"1. **Walk daily**: {TEXTS[2]}\n\n2. **New**: One "
        better = await made(backend).revise(answered(), ["Walk daily", "New"], stop=("stairs",))
        assert better.text == "1. **Walk daily**: Take the "

    async def test_the_router_is_not_asked_and_learns_nothing(self) -> None:
        class Recorder:
            """Test double of a router that records what it is told."""

            name = "recorder"

            def __init__(self) -> None:
                self.heard: list[str] = []

            async def route(self, messages: Sequence[Message]) -> Route:
                self.heard.append("route")
                return Route("normal", 1.0, "", self.name)

            def finished(self, answer: Answer) -> None:
                self.heard.append("finished")

        router = Recorder()
        better = await SkeletonOfThought(engine(), router=router).revise(answered(), ["A", "Eat well"])
        assert (better.route.strategy, better.route.router) == ("skeleton", "caller")
        assert router.heard == []


class TestFailures:
    async def test_one_point_that_cannot_be_written(self) -> None:
        broken = ServerError("HTTP 500", status=500)
        backend = engine({2: [broken, broken]})
        better = await made(backend).revise(answered(), ["Eat well", "New"])
        assert better.points[1].status == "missing"
        assert texts(better)[0] == ("Eat well", TEXTS[1])
        assert not better.complete
        with pytest.raises(MissingPointError):
            await made(engine({2: [broken, broken]})).revise(
                answered(), ["Eat well", "New"], on_missing="raise"
            )

    async def test_nothing_at_all_can_be_written(self) -> None:
        with pytest.raises(EmptyAnswerError):
            await made(engine({1: ["", ""], 2: ["", ""]})).revise(answered(), ["New", "Newer"])

    async def test_a_refused_key(self) -> None:
        backend = engine({1: AuthenticationError("refused", status=401), 2: Script("So", asyncio.Event())})
        with pytest.raises(AuthenticationError):
            await made(backend).revise(answered(), ["New", "Newer"])
        assert backend.in_flight == 0

    async def test_an_engine_that_is_not_there(self) -> None:
        class Gone(ScriptedBackend):
            """Test double of an engine that cannot be reached."""

            async def info(self) -> Any:
                raise BackendError("nobody there")

        with pytest.raises(BackendError, match="nobody there"):
            await made(Gone(by_stage())).revise(answered(), ["New"])

    async def test_a_filtered_point_is_told(self) -> None:
        backend = engine({2: Script(Chunk("Some words. "), finish_reason="content_filter")})
        better = await made(backend).revise(answered(), ["Eat well", "New"])
        assert (better.finish_reason, better.complete) == ("content_filter", False)

    async def test_a_cut_point_that_stays_is_told_until_it_is_dropped(self) -> None:
        first = answered(complete=False, finish_reason="length")
        cut = replace(first.points[2], status="trimmed", text="Take the …")
        first = replace(first, points=(*first.points[:2], cut))
        better = await made(engine()).revise(first, TITLES[1:])
        assert (better.finish_reason, better.complete) == ("length", False)
        better = await made(engine()).revise(first, TITLES[:2])
        assert (better.finish_reason, better.complete) == ("stop", True)

    async def test_the_limit_of_the_answer_is_shared_by_the_new_points(self) -> None:
        backend = engine()
        await made(backend, max_answer_tokens=100).revise(answered(), ["A", "B", "Eat well"])
        assert [request.config.max_tokens for request in backend.requests] == [50, 50]


class TestSynchronous:
    def test_from_a_script(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Request] = []

        def make(entry: EngineEntry, model: str) -> ScriptedBackend:
            backend = engine({1: "Laugh often."})
            asked[:] = backend.requests = asked
            return backend

        monkeypatch.setattr(EngineEntry, "make", make)
        sot = SkeletonOfThought("torch:any")
        try:
            better = sot.revise_sync(answered(), ["Laugh", "Eat well"])
        finally:
            sot.close()
        assert texts(better) == [("Laugh", "Laugh often."), ("Eat well", TEXTS[1])]
        assert len(asked) == 1

    async def test_an_engine_given_as_an_object_stays_in_its_loop(self) -> None:
        sot = made(engine())
        await sot.info()
        with pytest.raises(ConfigError, match="revise_sync: the backend object is in use in an event loop"):
            sot.revise_sync(answered(), ["Laugh"])
