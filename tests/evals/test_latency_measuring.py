"""What is taken down of an answer: gaps, pace, counters, energy; and the order of answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted import Script, ScriptedBackend, by_stage

from sot import SkeletonOfThought
from sot.evals.bench.interleave import WARM_UP, compare, order
from sot.evals.latency.folder import SAMPLE
from sot.evals.measure.measure import measure
from sot.evals.measure.probes import Probes
from sot.evals.measure.recorder import Recorded, RecordingBackend
from sot.evals.measure.sample import Gaps, Sample
from sot.types import Chunk, GenerateConfig, Message, Usage

QUESTION = "How can I sleep better?"
SKELETON = "1. Sleep early\n2. Eat well\n3. Walk more\n"


def engine() -> tuple[SkeletonOfThought, RecordingBackend, ScriptedBackend]:
    backend = ScriptedBackend(by_stage(SKELETON, normal="A normal answer of six words."))
    recorder = RecordingBackend(backend)
    return SkeletonOfThought(recorder), recorder, backend


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
    gaps = Gaps.of([0.1] * 19 + [2.0])
    assert gaps is not None
    assert (gaps.median_s, gaps.longest_s, gaps.count) == (0.1, 2.0, 20)
    assert 0.1 < gaps.p95_s < 2.0
    assert Gaps.of([]) is None


async def test_half_a_surrogate_pair_can_be_kept() -> None:
    sot, recorder, _ = engine()
    sample = await measure(sot, "Why \ud83d?", "normal", probes=Probes(recorder))
    assert SAMPLE.validate_json(SAMPLE.dump_json(sample)).question == "Why ??"


async def test_a_normal_answer() -> None:
    sot, recorder, _ = engine()
    sample = await measure(sot, QUESTION, "normal", category="health", repeat=2, probes=Probes(recorder))
    assert sample.reader_gaps is not None
    assert sample.engine_gaps is not None
    assert sample.reader_gaps.count == sample.engine_gaps.count == 5  # six words
    assert sample.token_s is not None
    assert (sample.category, sample.repeat, sample.requests, sample.accelerator) == ("health", 2, 1, "none")
    assert (sample.spans, sample.titles, sample.path, sample.skeleton_s) == ((), (), None, None)
    assert (sample.drafted, sample.accepted, sample.energy_j) == (None, None, None)


async def test_a_skeleton() -> None:
    sot, recorder, _ = engine()
    sample = await measure(sot, QUESTION, "skeleton-no-opening", probes=Probes(recorder))
    assert sample.requests == 4
    assert sample.titles == ("Sleep early", "Eat well", "Walk more")
    assert [span.index for span in sample.spans] == [1, 2, 3]
    assert sample.path is not None
    assert sample.path.path_s <= sample.total_s
    assert sample.skeleton_s is not None
    assert sample.valid


async def test_counters_and_energy_are_those_of_the_answer() -> None:
    sot, recorder, _ = engine()
    drafts: Iterator[tuple[int, int]] = iter([(100, 10), (140, 35)])
    joules = iter([7.0, 9.5])

    async def read() -> tuple[int, int]:
        return next(drafts)

    probes = Probes(recorder, drafts=read, joules=lambda: next(joules))
    sample = await measure(sot, QUESTION, "normal", probes=probes)
    assert (sample.drafted, sample.accepted, sample.energy_j) == (40, 25, 2.5)


async def test_cot_and_plan_are_methods() -> None:
    sot, recorder, backend = engine()
    for method in ("cot", "plan"):
        await measure(sot, QUESTION, method, probes=Probes(recorder))
    assert backend.stages() == ["cot", "plan"]


class TestOrder:
    def test_every_question_meets_every_method_as_often_as_asked(self) -> None:
        keys = list(order(["a", "b"], ["normal", "skeleton", "cot"], repeat=2, seed=1))
        assert len(keys) == len(set(keys)) == 12
        assert [key[0] for key in keys] == ["a"] * 3 + ["b"] * 3 + ["a"] * 3 + ["b"] * 3
        assert keys == list(order(["a", "b"], ["normal", "skeleton", "cot"], repeat=2, seed=1))

    def test_the_methods_are_in_random_order(self) -> None:
        questions = [str(number) for number in range(40)]
        firsts = [key[1] for key in order(questions, ["normal", "skeleton"])][::2]
        assert 8 < firsts.count("normal") < 32

    async def test_what_is_done_is_left_out_and_what_comes_is_kept(self) -> None:
        sot, recorder, backend = engine()
        kept: list[Sample] = []
        done = [("a?", "normal", 0), ("b?", "normal", 0)]
        samples = await compare(
            sot, ["a?", "b?"], ["normal"], repeat=2, done=done, probes=Probes(recorder), keep=kept.append
        )
        assert [(sample.question, sample.repeat) for sample in samples] == [("a?", 1), ("b?", 1)]
        assert kept == samples
        assert backend.requests[0].last == WARM_UP

    async def test_nothing_left_asks_nothing(self) -> None:
        sot, _, backend = engine()
        assert await compare(sot, ["a?"], ["normal"], done=[("a?", "normal", 0)]) == []
        assert backend.requests == []


async def test_usage_told_with_every_piece_gives_the_tokens() -> None:
    pieces = [Chunk("two words ", usage=Usage(5, 0, 2, 1)), Chunk("and two", usage=Usage(5, 0, 4, 1))]
    backend = ScriptedBackend(by_stage(normal=Script(*pieces, usage=Usage(5, 0, 4, 1))))
    recorder = RecordingBackend(backend)
    await measure(SkeletonOfThought(recorder), QUESTION, "normal")
    (recorded,) = recorder.take()
    assert (recorded.tokens, len(recorded.times)) == (4, 2)
    assert recorder.take() == []
