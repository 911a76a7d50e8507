"""The simulated engine: its steps, its clock, its texts, and answers on it."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speeds import profile

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.prefix import BlockCache, BlockHasher
from sot.backends.replay.script import stage_of
from sot.backends.replay.sim_request import SimRequest
from sot.backends.replay.simulation import Simulation
from sot.backends.replay.tokens import prompt_tokens, tokens_of
from sot.backends.replay.virtual_time import VirtualTimeLoop, run_virtually
from sot.errors import ConfigError, ContextLengthError, EngineError
from sot.load.profile import (
    EngineProfile,
    PrefillTime,
    PrefixCacheProfile,
    StepTime,
    read_profile,
    write_profile,
)
from sot.prompting.conversation import Conversation
from sot.prompting.packs import builtin_packs, load_pack
from sot.registry import create_backend
from sot.types import Chunk, GenerateConfig, Message, Point, Usage

QUESTION = (Message("user", "How can I sleep better?"),)


def ends(simulation: Simulation, requests: list[SimRequest]) -> dict[SimRequest, float]:
    """When requests that arrive now are over."""
    for request in requests:
        simulation.submit(request)
    found: dict[SimRequest, float] = {}
    while told := simulation.advance():
        for request, done in told:
            if done == request.tokens:
                found[request] = simulation.now
    return found


class TestSteps:
    def test_one_request(self) -> None:
        request = SimRequest(prompt=100, tokens=11)
        # 100 ms for the prompt, which gives the first token, then ten steps of 10 ms
        assert ends(Simulation(profile()), [request])[request] == pytest.approx(0.2)

    def test_requests_share_their_steps(self) -> None:
        requests = [SimRequest(prompt=10, tokens=11) for _ in range(8)]
        over = ends(Simulation(profile()), requests)
        assert list(over.values()) == [pytest.approx(0.08 + 10 * 0.017)] * 8

    def test_the_ninth_waits_for_a_place(self) -> None:
        simulation = Simulation(profile())
        requests = [SimRequest(prompt=10, tokens=11) for _ in range(9)]
        over = ends(simulation, requests)
        assert over[requests[8]] == pytest.approx(over[requests[0]] + 0.010 + 10 * 0.010)

    def test_the_load_is_told(self) -> None:
        simulation = Simulation(profile())
        for _ in range(10):
            simulation.submit(SimRequest(10, 5))
        simulation.begin()
        assert (simulation.running, simulation.waiting) == (8, 2)

    def test_context_slows_the_steps(self) -> None:
        slow = profile(step=StepTime(batch=(1,), seconds=(0.01,), per_context_token_s=1e-5))
        request = SimRequest(prompt=100, tokens=11)
        contexts = sum(range(101, 111))
        assert ends(Simulation(slow), [request])[request] == pytest.approx(0.2 + contexts * 1e-5)

    def test_a_beginning_that_all_share_may_cost_less(self) -> None:
        def seconds(shared_context: float, *starts: int) -> float:
            step = StepTime(
                batch=(1, 8), seconds=(0.01, 0.01), per_context_token_s=1e-5, shared_context=shared_context
            )
            simulation = Simulation(profile(step=step, cache=PrefixCacheProfile(block_tokens=4)))
            blocks = [BlockHasher(4).add(["a"] * 40 + [str(start)] * 8) for start in starts]
            requests = [SimRequest(prompt=48, tokens=2, names=names, cached=47) for names in blocks]
            ends(simulation, requests)
            return simulation.now

        apart = seconds(1.0, 1, 2)
        assert apart - seconds(0.0, 1, 2) == pytest.approx(40 * 1e-5)
        assert apart - seconds(0.5, 1, 2) == pytest.approx(20 * 1e-5)
        assert apart - seconds(0.0, 3, 3) == pytest.approx(48 * 1e-5)
        assert seconds(0.0, 1) == seconds(1.0, 1), "alone it makes no difference"

    def test_a_long_prompt_is_read_in_chunks_beside_the_others(self) -> None:
        chunked = profile(prefill=PrefillTime(per_token_s=0.001, budget_tokens=51))
        simulation = Simulation(chunked)
        first = SimRequest(prompt=10, tokens=21, marks=None)
        simulation.submit(first)
        simulation.begin()
        simulation.finish()
        long = SimRequest(prompt=100, tokens=1)
        simulation.submit(long)
        gaps: list[float] = []
        while not simulation.idle:
            before = simulation.now
            simulation.begin()
            simulation.finish()
            gaps.append(simulation.now - before)
        assert gaps[:3] == pytest.approx([0.060, 0.060, 0.010])  # 50 tokens each beside one decoding request

    def test_without_a_limit_it_is_read_in_one_step(self) -> None:
        simulation = Simulation(profile())
        request = SimRequest(prompt=5000, tokens=1)
        simulation.submit(request)
        assert simulation.begin() == pytest.approx(5.0)

    def test_a_given_up_request_makes_room(self) -> None:
        simulation = Simulation(profile())
        requests = [SimRequest(10, 1000) for _ in range(9)]
        for request in requests:
            simulation.submit(request)
        simulation.begin()
        simulation.abort(requests[0])  # in the middle of a step, while its prompt is read
        simulation.finish()
        simulation.abort(requests[1])  # while it decodes
        simulation.begin()
        assert (simulation.running, simulation.waiting) == (7, 0)
        simulation.abort(requests[8])
        simulation.abort(requests[8])  # once more changes nothing
        simulation.finish()
        assert simulation.running == 6

    def test_one_that_waits_can_be_given_up(self) -> None:
        simulation = Simulation(profile(max_batch=1, step=StepTime(batch=(1,), seconds=(0.01,))))
        first, second = SimRequest(10, 3), SimRequest(10, 3)
        simulation.submit(first)
        simulation.submit(second)
        simulation.begin()
        simulation.abort(second)
        simulation.finish()
        assert simulation.waiting == 0
        assert [request for request, _ in simulation.advance()] == [first]
        assert simulation.idle

    def test_steps_vary_repeatably(self) -> None:
        def end(seed: int) -> float:
            simulation = Simulation(profile(spread=0.1), jitter=Random(seed))
            return next(iter(ends(simulation, [SimRequest(10, 50)]).values()))

        assert end(1) == end(1) != end(2)
        assert end(1) == pytest.approx(0.5, rel=0.1)

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 60), st.integers(1, 40), st.floats(0, 0.5), st.sampled_from([(), (1,), (3, 7)])
            ),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from([None, 16]),
    )
    def test_many_steps_at_once_end_when_single_ones_do(
        self, rows: list[tuple[int, int, float, tuple[int, ...]]], budget: int | None
    ) -> None:
        speed = profile(
            prefill=PrefillTime(fixed_s=0.004, per_token_s=0.001, budget_tokens=budget),
            step=StepTime(batch=(1, 8), seconds=(0.010, 0.017), per_context_token_s=1e-5),
        )

        def times(*, every: bool) -> list[float]:
            simulation = Simulation(speed)
            over = [0.0] * len(rows)
            for number in sorted(range(len(rows)), key=lambda number: rows[number][2]):
                prompt, tokens, at, marks = rows[number]
                told_at: Any = None if every else marks
                while simulation.now < at and (told := simulation.advance(at)):
                    finish(told, simulation, over)
                if simulation.idle:
                    simulation.skip_to(at)
                simulation.submit(SimRequest(prompt, tokens, marks=told_at, owner=number))
            while told := simulation.advance():
                finish(told, simulation, over)
            return over

        assert times(every=False) == pytest.approx(times(every=True))


def finish(told: list[tuple[SimRequest, int]], simulation: Simulation, over: list[float]) -> None:
    for request, done in told:
        if done == request.tokens:
            over[request.owner] = simulation.now


class TestPrefixCache:
    def blocks(self, text: str) -> list[int]:
        return BlockHasher(4).add(tokens_of(text))

    def test_equal_beginnings_have_equal_names(self) -> None:
        one, other = self.blocks("a b c d e f g h i"), self.blocks("a b c d e f x h i")
        assert len(one) == 2
        assert one[0] == other[0]
        assert one[1] != other[1]

    def test_names_do_not_depend_on_the_pieces(self) -> None:
        names = BlockHasher(4)
        tokens = tokens_of("a b c d e f g h i j")
        assert [name for token in tokens for name in names.add((token,))] == BlockHasher(4).add(tokens)

    def test_a_known_beginning_is_not_read_again(self) -> None:
        simulation = Simulation(profile())
        blocks = self.blocks("one two three four five six seven eight nine")
        first = SimRequest(prompt=9, tokens=1, blocks=blocks)
        second = SimRequest(prompt=9, tokens=1, blocks=blocks)
        ends(simulation, [first])
        started = simulation.now
        assert ends(simulation, [second])[second] - started == pytest.approx(0.001)
        assert (first.cached, second.cached) == (0, 8)

    def test_the_last_token_is_always_read(self) -> None:
        simulation = Simulation(profile())
        blocks = self.blocks("one two three four five six seven eight")
        requests = [SimRequest(prompt=8, tokens=1, blocks=blocks) for _ in range(2)]
        ends(simulation, requests[:1])
        ends(simulation, requests[1:])
        assert requests[1].cached == 4

    def test_without_a_cache_all_is_read(self) -> None:
        simulation = Simulation(profile(cache=PrefixCacheProfile(enabled=False)))
        blocks = self.blocks("one two three four five six seven eight nine")
        requests = [SimRequest(prompt=9, tokens=1, blocks=blocks) for _ in range(2)]
        ends(simulation, requests)
        assert [request.cached for request in requests] == [0, 0]

    def test_the_least_recently_used_goes_first(self) -> None:
        cache = BlockCache(2)
        cache.add(1)
        cache.add(2)
        assert cache.match([1]) == 1
        cache.add(3)
        assert [cache.match([block]) for block in (1, 2, 3)] == [1, 0, 1]


class TestTokens:
    @given(st.text(max_size=200))
    def test_joined_they_are_the_text(self, text: str) -> None:
        assert "".join(tokens_of(text)) == text

    def test_what_was_written_reads_the_same_in_a_prompt(self) -> None:
        tokens = ["2", ".", " Calm", " sleep", "\n", "3", ".", " Soft", " light"]
        assert list(tokens_of("".join(tokens))) == tokens

    def test_about_as_many_as_usual(self) -> None:
        text = "What are the most effective ways to deal with stress at work?"
        assert 12 <= len(tokens_of(text)) <= 20
        assert len(tokens_of("良い朝食の条件は何ですか。")) == 13


class TestVirtualTime:
    def test_an_hour_is_over_at_once(self) -> None:
        async def wait() -> tuple[float, list[str]]:
            order: list[str] = []

            async def one(name: str, seconds: float) -> None:
                await asyncio.sleep(seconds)
                order.append(name)

            async with asyncio.TaskGroup() as group:
                group.create_task(one("late", 3600.0))
                group.create_task(one("early", 0.001))
            return asyncio.get_running_loop().time(), order

        time, order = run_virtually(wait())
        assert time == pytest.approx(3600)
        assert order == ["early", "late"]

    def test_time_limits_hold(self) -> None:
        async def wait() -> None:
            async with asyncio.timeout(5):
                await asyncio.sleep(10)

        with pytest.raises(TimeoutError):
            run_virtually(wait())

    def test_waiting_for_nothing_is_told(self) -> None:
        loop = VirtualTimeLoop()
        try:
            with pytest.raises(RuntimeError, match="come to a stop"):
                loop.run_until_complete(loop.create_future())
        finally:
            loop.close()


async def collect(backend: ReplayBackend, config: GenerateConfig, prefill: str | None = None) -> list[Chunk]:
    async with aclosing(backend.stream(QUESTION, config, prefill=prefill)) as stream:
        return [chunk async for chunk in stream]


def played(
    config: GenerateConfig, *, prefill: str | None = None, speed: EngineProfile | None = None
) -> list[Chunk]:
    """The chunks of one request, in simulated time."""
    return run_virtually(collect(ReplayBackend(speed or profile()), config, prefill))


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def scripted(**script: Any) -> dict[str, Any]:
    return {"replay": script}


class TestBackend:
    def test_the_script_sets_the_length(self) -> None:
        chunks = played(GenerateConfig(extra=scripted(normal=25)))
        assert chunks[-1].usage == Usage(len(prompt_tokens(QUESTION, None)), 0, 25, 1)
        assert chunks[-1].finish_reason == "stop"
        assert len(chunks) == 25
        assert text_of(chunks).endswith(".")

    def test_the_text_is_always_the_same(self) -> None:
        assert text_of(played(GenerateConfig())) == text_of(played(GenerateConfig()))

    def test_given_texts_are_played(self) -> None:
        chunks = played(GenerateConfig(extra=scripted(normal="To the letter, please.")))
        assert text_of(chunks) == "To the letter, please."

    def test_a_limit_cuts(self) -> None:
        chunks = played(GenerateConfig(max_tokens=7, extra=scripted(normal=25)))
        assert chunks[-1].finish_reason == "length"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == 7

    def test_forced_lengths_are_kept(self) -> None:
        chunks = played(GenerateConfig(max_tokens=60, extra={"ignore_eos": True, **scripted(normal=10)}))
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == 60
        assert chunks[-1].finish_reason == "length"

    def test_a_stop_sequence_ends_it(self) -> None:
        chunks = played(GenerateConfig(stop=("\n\n",), extra=scripted(normal="One two.\n\nThree.")))
        assert text_of(chunks) == "One two."
        assert chunks[-1].finish_reason == "stop"

    def test_tokens_come_one_by_one_in_time(self) -> None:
        async def times() -> list[float]:
            clock = asyncio.get_running_loop().time
            backend = ReplayBackend(profile(overhead_s=0.5))
            async with aclosing(backend.stream(QUESTION, GenerateConfig(extra=scripted(normal=4)))) as stream:
                return [clock() async for _ in stream]

        read = 0.5 + 0.001 * len(prompt_tokens(QUESTION, None))
        assert run_virtually(times()) == pytest.approx([read, read + 0.01, read + 0.02, read + 0.03])

    def test_twice_the_speed(self) -> None:
        async def seconds(speed: float) -> float:
            await collect(ReplayBackend(profile(), speed=speed), GenerateConfig(extra=scripted(normal=50)))
            return asyncio.get_running_loop().time()

        assert run_virtually(seconds(2.0)) == pytest.approx(run_virtually(seconds(1.0)) / 2)

    async def test_without_pauses_on_a_usual_loop(self) -> None:
        backend = ReplayBackend(profile(), speed=math.inf)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(collect(backend, GenerateConfig(extra=scripted(normal=300))))
                for _ in range(12)
            ]
        assert {len(task.result()) for task in tasks} == {300}
        assert (await backend.load()).running == 0

    def test_leaving_early_ends_the_request(self) -> None:
        async def leave() -> tuple[int, int]:
            backend = ReplayBackend(profile())
            stream = backend.stream(QUESTION, GenerateConfig(extra=scripted(normal=1000)))
            await anext(stream)
            during = (await backend.load()).running
            await stream.aclose()
            return during, (await backend.load()).running

        assert run_virtually(leave()) == (1, 0)

    def test_closing_ends_requests_with_an_error(self) -> None:
        async def close() -> None:
            backend = ReplayBackend(profile())
            stream = backend.stream(QUESTION, GenerateConfig(extra=scripted(normal=1000)))
            await anext(stream)
            await backend.aclose()
            await backend.aclose()
            with pytest.raises(EngineError, match="closed"):
                async for _ in stream:
                    pass
            with pytest.raises(EngineError, match="closed"):
                await anext(backend.stream(QUESTION, GenerateConfig()))

        run_virtually(close())

    def test_a_prompt_that_does_not_fit(self) -> None:
        with pytest.raises(ContextLengthError, match="context holds 8"):
            played(GenerateConfig(), speed=profile(context_length=8))

    async def test_it_says_that_it_is_simulated(self) -> None:
        info = await ReplayBackend(profile()).info()
        assert info.model == "made-up (simulated)"
        assert info.backend.startswith("replay:")
        assert (info.caches_prefixes, info.parallel) == ("running", 8)

    @pytest.mark.parametrize(
        ("script", "says"),
        [
            ("long", "must be an object"),
            ({"length": 3}, "not 'length'"),
            ({"normal": 0}, "neither a length"),
            ({"normal": True}, "neither a length"),
            ({"points": []}, "1 to 100"),
            ({"points": "abc"}, "1 to 100"),
            ({"points": [1.5]}, "neither a length"),
        ],
    )
    def test_a_script_that_makes_no_sense(self, script: Any, says: str) -> None:
        with pytest.raises(ConfigError, match=says):
            played(GenerateConfig(extra={"replay": script}))

    def test_a_speed_that_makes_no_sense(self) -> None:
        with pytest.raises(ConfigError, match="speed"):
            ReplayBackend(profile(), speed=0)


@pytest.mark.parametrize("style", ["aligned", "compact", "paper"])
@pytest.mark.parametrize("can_prefill", [True, False])
@pytest.mark.parametrize("name", builtin_packs())
def test_requests_of_the_built_in_packs_are_recognised(name: str, can_prefill: bool, style: Any) -> None:
    pack = load_pack(name)
    conversation = Conversation(
        QUESTION, pack, style, can_prefill=can_prefill, min_points=2, max_points=8, foreign=False
    )
    points = [Point(1, "Calm sleep"), Point(2, "Soft light")]
    skeleton = conversation.skeleton()
    point = conversation.point(points[1], points, "1. Calm sleep\n2. Soft light")
    again = conversation.stand_alone_point(points[1], points)
    assert stage_of(skeleton.messages, skeleton.prefill) == ("skeleton", 0)
    assert stage_of(point.messages, point.prefill) == ("point", 2)
    assert stage_of(again.messages, again.prefill) == ("point", 2)
    assert stage_of((Message("user", pack.render("route", question="Why?")),), None) == ("route", 0)
    assert stage_of(QUESTION, None) == ("whole", 0)


class TestAnswers:
    @pytest.mark.parametrize("can_prefill", [True, False])
    @pytest.mark.parametrize("question", ["How can I sleep better?", "よく眠るにはどうすればよいですか。"])
    def test_a_skeleton_answer(self, question: str, can_prefill: bool) -> None:
        async def answer() -> Any:
            async with SkeletonOfThought(ReplayBackend(profile(can_prefill=can_prefill))) as sot:
                return await sot.answer(
                    question, strategy="skeleton", extra=scripted(skeleton=40, points=[20, 30, 40, 25])
                )

        made = run_virtually(answer())
        assert made.fell_back is None
        assert [point.usage.completion_tokens for point in made.points] == [20, 30, 40, 25]
        assert {point.status for point in made.points} == {"done"}
        cached = [point.usage.cached_tokens for point in made.points]
        assert cached == sorted(set(cached)), "each finds the outline up to its own line"
        computed = [point.usage.prompt_tokens - point.usage.cached_tokens for point in made.points]
        assert max(computed) < min(computed) + 8, "so what it computes does not grow with the outline"
        assert made.model.endswith("(simulated)")

    def test_its_times_are_simulated(self) -> None:
        async def answer() -> Any:
            sot = SkeletonOfThought(ReplayBackend(profile()), strategy="normal", max_tokens=10_000)
            return await sot.answer("How can I sleep better?", extra=scripted(normal=6001))

        timing = run_virtually(answer()).timing
        assert timing.total_s == pytest.approx(60.0, rel=0.01)

    def test_without_a_script_lengths_vary_with_the_question(self) -> None:
        async def answers() -> list[Any]:
            sot = SkeletonOfThought(ReplayBackend(profile()), strategy="skeleton")
            return [await sot.answer(f"How can {who} sleep better?") for who in ("I", "we", "cats", "they")]

        made = run_virtually(answers())
        assert all(answer.fell_back is None for answer in made)
        assert len({answer.usage.completion_tokens for answer in made}) > 1


class TestProfileFiles:
    def test_written_and_read(self, tmp_path: Path) -> None:
        file = tmp_path / "profile.json"
        write_profile(file, profile())
        assert read_profile(file) == profile()
        assert isinstance(create_backend(f"replay:{file}"), ReplayBackend)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"format": "other"}, "format"),
            ({"version": 2}, "version"),
            ({"extra": 1}, "extra"),
            ({"max_batch": 0}, "max_batch"),
            ({"step": {"batch": [2], "seconds": [0.1]}}, "ascend from 1"),
            ({"step": {"batch": [1, 2], "seconds": [0.1]}}, "same number"),
            ({"step": {"batch": [1, 2], "seconds": [0.2, 0.1]}}, "must not fall"),
            ({"overhead_s": "NaN"}, "overhead_s"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, change: dict[str, Any], says: str) -> None:
        file = tmp_path / "profile.json"
        file.write_text(json.dumps({**profile().model_dump(mode="json"), **change}))
        with pytest.raises(ConfigError, match=says) as raised:
            read_profile(file)
        assert "sot bench calibrate" in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_files_that_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="No such file"):
            create_backend(f"replay:{tmp_path / 'none.json'}")
        with pytest.raises(ConfigError, match="needs a profile"):
            create_backend("replay:")
        binary = tmp_path / "binary"
        binary.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ConfigError, match="it is not text"):
            read_profile(binary)
        binary.write_bytes(b" " * 1_000_001)
        with pytest.raises(ConfigError, match="cannot be read: larger than 1000000 bytes"):
            read_profile(binary)

    def test_the_shipped_example_is_one(self) -> None:
        import sot.evals.simulate.fleet as fleet

        assert read_profile(fleet.EXAMPLE).machine

    def test_steps_between_and_beyond_the_knots(self) -> None:
        step = StepTime(batch=(1, 4, 8), seconds=(1.0, 2.0, 4.0))
        assert [step.at(batch) for batch in (0.5, 1, 2.5, 4, 6, 8, 10)] == pytest.approx(
            [1.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
        )


def test_threads_work_while_virtual_time_stands_still() -> None:
    async def waiting() -> list[float]:
        loop = asyncio.get_running_loop()
        alone, times = await asyncio.to_thread(threading.get_ident), [loop.time()]
        assert alone != threading.get_ident()
        sleeping = asyncio.create_task(asyncio.sleep(3600))
        for _ in range(100):
            await asyncio.to_thread(time.sleep, 0.001)  # the clock must not jump to the other task's hour
        times.append(loop.time())
        await sleeping
        return [*times, loop.time()]

    assert run_virtually(waiting()) == [0.0, 0.0, 3600.0]
