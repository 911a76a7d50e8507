"""What is taken down of an answer: useful tokens, gaps, pace, counters, energy, the route."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from latency_records import asked
from scripted import PROMPT_TOKENS, Script, ScriptedBackend, by_stage, made

from sot import SkeletonOfThought
from sot.errors import EmptyAnswerError, ServerError
from sot.evals.dataset import load_questions
from sot.evals.measure.critical_path import path_of
from sot.evals.measure.measure import Probes, gaps_of, measure
from sot.evals.measure.methods import router_of
from sot.evals.measure.recorder import Recorded, RecordingBackend
from sot.evals.run.records import AnswerRecord, Measured
from sot.router import HybridRouter
from sot.types import Chunk, GenerateConfig, Message, Usage

QUESTION = "How can I sleep better?"
SKELETON = "1. Sleep early\n2. Eat well\n3. Walk more\n"
TWO_POINTS = Script("1. Sleep early\n", "2. Eat well\n", usage=Usage(100, 60, 8, 1))


def engine() -> tuple[SkeletonOfThought, RecordingBackend, ScriptedBackend]:
    backend = ScriptedBackend(by_stage(SKELETON, normal="A normal answer of six words."))
    recorder = RecordingBackend(backend)
    return SkeletonOfThought(recorder), recorder, backend


def taken_of(record: AnswerRecord) -> Measured:
    assert record.measured is not None
    return record.measured


def point(text: str, tokens: int, *, finish: str = "stop") -> Script:
    """A point's request that costs so many tokens."""
    return Script(text, usage=Usage(10, 5, tokens, 1), finish_reason=finish)  # pyright: ignore[reportArgumentType]


def answers(points: dict[int, object], *, skeleton: object = TWO_POINTS) -> SkeletonOfThought:
    """An engine with these points; its normal answer has seven tokens."""
    normal = Script("A normal answer.", usage=Usage(20, 0, 7, 1))
    return made(ScriptedBackend(by_stage(skeleton, points, normal)))  # pyright: ignore[reportArgumentType]


class TestMeasure:
    async def test_the_skeleton_is_not_useful(self) -> None:
        sot = answers({1: point("Go to bed.", 4), 2: point("Eat greens.", 3)})
        sample = await measure(sot, asked(QUESTION, "skeleton"))
        assert taken_of(sample).useful_tokens == 7
        assert sample.usage.completion_tokens == 15
        assert (sample.usage.prompt_tokens, sample.usage.cached_tokens, sample.points) == (120, 70, 2)
        assert (sample.question, sample.strategy, sample.fell_back) == (QUESTION, "skeleton", None)
        assert 0 < sample.first_text_s <= sample.total_s

    async def test_what_was_trimmed_is_not_useful(self) -> None:
        kept, cut = "A whole sentence.", " And half of"
        gate = asyncio.Event()
        first = Script("Eat", gate, " greens.", usage=Usage(10, 5, 3, 1))
        points = {1: first, 2: point(kept + cut, 10, finish="length")}
        backend = ScriptedBackend(by_stage(TWO_POINTS, points))
        measuring = asyncio.create_task(measure(made(backend), asked(QUESTION, "skeleton")))
        await backend.until(
            lambda: any(one.index == 2 and one.state == "finished" for one in backend.requests)
        )
        gate.set()  # the reader has not seen point 2 yet, so that it can be trimmed
        sample = await measuring
        assert taken_of(sample).useful_tokens == pytest.approx(3 + 10 * len(kept) / len(kept + cut))

    async def test_a_point_that_is_missing_is_not_useful(self) -> None:
        sot = answers(
            {1: point("Go to bed.", 4), 2: [point(" ", 5), point("", 6), ServerError("no", status=500)]}
        )
        sample = await measure(sot, asked(QUESTION, "skeleton"))
        assert taken_of(sample).useful_tokens == 4
        assert sample.usage.completion_tokens >= 8 + 4 + 5

    async def test_a_normal_answer_is_all_useful(self) -> None:
        sample = await measure(answers({}), asked(QUESTION, "normal"))
        assert (taken_of(sample).useful_tokens, sample.usage.completion_tokens, sample.points) == (7, 7, 0)

    async def test_an_empty_answer_is_an_error(self) -> None:
        sot = made(ScriptedBackend(by_stage(normal=Script("\n", usage=Usage(20, 0, 1, 1)))))
        with pytest.raises(EmptyAnswerError):
            await measure(sot, asked(QUESTION, "normal"))

    async def test_a_skeleton_that_was_given_up_is_not(self) -> None:
        prose = Script("I would rather write prose than a list, as one does.", usage=Usage(100, 0, 12, 1))
        sample = await measure(answers({}, skeleton=prose), asked(QUESTION, "skeleton"))
        assert (taken_of(sample).useful_tokens, sample.usage.completion_tokens) == (7, 19)
        assert sample.fell_back == "the model wrote no list of points"


class TestRecorded:
    def test_gaps_and_pace(self) -> None:
        recorded = Recorded(times=[10.0, 10.5, 12.0], tokens=6)
        assert recorded.gaps == [0.5, 1.5]
        assert recorded.token_s == pytest.approx(2.0 / 5)

    def test_without_a_count_a_piece_is_a_token(self) -> None:
        assert Recorded(times=[1.0, 2.0, 3.0]).token_s == 1.0

    def test_one_token_has_no_pace(self) -> None:
        assert Recorded(times=[1.0], tokens=1).token_s is None
        assert Recorded(times=[], tokens=0).gaps == []

    async def test_leaving_early_ends_the_request(self) -> None:
        _, recorder, backend = engine()
        stream = recorder.stream([Message("user", QUESTION)], GenerateConfig())
        assert (await anext(stream)).text == "A"
        await stream.aclose()
        assert backend.requests[0].state == "closed"


def test_gaps_in_short() -> None:
    gaps = gaps_of([0.1] * 19 + [2.0])
    assert gaps is not None
    assert (gaps.median_s, gaps.longest_s, gaps.count) == (0.1, 2.0, 20)
    assert 0.1 < gaps.p95_s < 2.0
    assert gaps_of([]) is None


async def test_half_a_surrogate_pair_of_the_model_can_be_kept() -> None:
    sot = made(ScriptedBackend(by_stage(normal="Half \ud83d")))
    sample = await measure(sot, asked(QUESTION, "normal"))
    assert AnswerRecord.model_validate_json(sample.model_dump_json()).text == "Half ?"


async def test_a_normal_answer() -> None:
    sot, recorder, _ = engine()
    sample = await measure(sot, asked(QUESTION, "normal", category="health", repeat=2), Probes(recorder))
    taken = taken_of(sample)
    assert taken.reader_gaps is not None
    assert taken.engine_gaps is not None
    assert taken.reader_gaps.count == taken.engine_gaps.count == 5  # six words
    assert taken.token_s is not None
    assert (sample.category, sample.repeat, sample.usage.requests, sample.engine) == ("health", 2, 1, "none")
    assert (sample.spans, sample.titles, path_of(sample), sample.skeleton_s) == ((), (), None, None)
    assert (taken.drafted, taken.accepted, taken.energy_j) == (None, None, None)


async def test_a_skeleton() -> None:
    sot, recorder, _ = engine()
    sample = await measure(sot, asked(QUESTION, "skeleton-no-opening"), Probes(recorder))
    assert sample.usage.requests == 4
    assert sample.titles == ("Sleep early", "Eat well", "Walk more")
    assert [span.index for span in sample.spans] == [1, 2, 3]
    path = path_of(sample)
    assert path is not None
    assert path.path_s <= sample.total_s + 1e-4  # kept to a tenth of a millisecond
    assert sample.skeleton_s is not None
    assert sample.valid


async def test_counters_and_energy_are_those_of_the_answer() -> None:
    sot, recorder, _ = engine()
    drafts: Iterator[tuple[int, int]] = iter([(100, 10), (140, 35)])
    joules = iter([7.0, 9.5])

    async def read() -> tuple[int, int]:
        return next(drafts)

    probes = Probes(recorder, drafts=read, joules=lambda: next(joules))
    sample = await measure(sot, asked(QUESTION, "normal"), probes)
    taken = taken_of(sample)
    assert (taken.drafted, taken.accepted, taken.energy_j) == (40, 25, 2.5)


async def test_cot_and_plan_are_methods() -> None:
    sot, recorder, backend = engine()
    for method in ("cot", "plan"):
        await measure(sot, asked(QUESTION, method), Probes(recorder))
    assert backend.stages() == ["cot", "plan"]


async def test_usage_told_with_every_piece_gives_the_tokens() -> None:
    pieces = [Chunk("two words ", usage=Usage(5, 0, 2, 1)), Chunk("and two", usage=Usage(5, 0, 4, 1))]
    backend = ScriptedBackend(by_stage(normal=Script(*pieces, usage=Usage(5, 0, 4, 1))))
    recorder = RecordingBackend(backend)
    await measure(SkeletonOfThought(recorder), asked(QUESTION, "normal"))
    (recorded,) = recorder.take()
    assert (recorded.tokens, len(recorded.times)) == (4, 2)
    assert recorder.take() == []


class TestRouted:
    """Routers: the local one, the model's reply, and both with the likely strategies started meanwhile."""

    async def measured(self, letter: str, question: str = QUESTION) -> dict[str, AnswerRecord]:
        found: dict[str, AnswerRecord] = {}
        for method in ("auto", "auto-llm", "auto-llm-hedge"):
            recorder = RecordingBackend(
                ScriptedBackend(by_stage(SKELETON, route=letter, normal="Four words in all."))
            )
            async with SkeletonOfThought(recorder, router=router_of(method)) as sot:
                found[method] = await measure(sot, asked(question, method), Probes(recorder))
        return found

    def decided(self, record: AnswerRecord) -> tuple[str, str]:
        assert record.answer is not None
        return record.answer["route"]["strategy"], record.answer["route"]["router"]

    async def test_who_decided_what(self) -> None:
        own = await self.measured("B")
        assert self.decided(own["auto"]) == ("skeleton", "hybrid")
        assert self.decided(own["auto-llm"]) == self.decided(own["auto-llm-hedge"]) == ("normal", "llm")

    async def test_what_was_aborted_counts_and_is_of_no_use(self) -> None:
        own = await self.measured("B")
        assert own["auto-llm"].usage.requests == 2
        assert own["auto-llm-hedge"].usage.requests > 2
        assert own["auto-llm"].usage.prompt_tokens == 2 * PROMPT_TOKENS
        assert own["auto-llm-hedge"].usage.completion_tokens >= own["auto-llm"].usage.completion_tokens
        assert taken_of(own["auto-llm"]).useful_tokens == taken_of(own["auto-llm-hedge"]).useful_tokens == 4

    async def test_a_reply_that_is_no_letter(self) -> None:
        assert self.decided((await self.measured("Sleep"))["auto-llm"]) == ("skeleton", "hybrid")


async def test_the_mixed_questions_are_of_all_kinds() -> None:
    questions = load_questions("mixed").questions
    routes = [await HybridRouter().route([Message("user", one.question)]) for one in questions]
    for strategy in ("skeleton", "normal", "cot"):
        assert sum(route.strategy == strategy for route in routes) >= 4
