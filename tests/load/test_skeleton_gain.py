"""Skeletons only where they can win: step times measured from answers, the decision, and what says so.

The engine is a double: the replay engine with made-up step times, in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from speeds import like_gpu, like_vllm, profile

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.evals.measure.shapes import Shape
from sot.load.profile import EngineProfile, PrefillTime, StepTime
from sot.options import Options
from sot.speed.gain import SkeletonGain
from sot.speed.step_meter import StepMeter
from sot.speed.step_times import StepTimes
from sot.types import Chunk, GenerateConfig, Message, Route

QUESTION = "What makes bread rise?"


class AlwaysSkeleton:
    """Router double that finds a skeleton suitable for every question."""

    name = "always"

    async def route(self, messages: Sequence[Message]) -> Route:
        return Route("skeleton", 1.0, "asks for advice", self.name)


class Changing(ReplayBackend):
    """Engine double whose requests go to a busy one for a time."""

    def __init__(self, speed: EngineProfile) -> None:
        super().__init__(speed)
        self.busy = False
        self._busy = ReplayBackend(engine(7.5))

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        if self.busy:
            return self._busy.stream(messages, config, prefill=prefill)
        return super().stream(messages, config, prefill=prefill)


def engine(ratio: float, *, prompt_token_s: float = 0.0, **changes: Any) -> EngineProfile:
    """An engine on which eight requests take so many times as long a step as one."""
    return profile(
        step=StepTime(batch=(1, 8), seconds=(0.010, 0.010 * ratio)),
        prefill=PrefillTime(per_token_s=prompt_token_s),
        max_batch=32,
        **changes,
    )


def on(speed: EngineProfile, work: Callable[[SkeletonOfThought], Awaitable[Any]], **settings: Any) -> Any:
    """Run work with an object on an engine, in virtual time."""

    async def main() -> Any:
        settings.setdefault("router", AlwaysSkeleton())
        settings.setdefault("extra", Shape().extra)
        async with SkeletonOfThought(Changing(speed), **settings) as sot:
            return await work(sot)

    return run_virtually(main())


async def taught(sot: SkeletonOfThought) -> SkeletonOfThought:
    """The object after an answer of either kind."""
    await sot.answer(QUESTION, strategy="normal")
    await sot.answer(QUESTION, strategy="skeleton")
    return sot


async def next_route(sot: SkeletonOfThought, **settings: Any) -> Route:
    with sot.session(QUESTION, **settings) as session:
        return await session.route()


class TestMeasuring:
    @pytest.mark.parametrize("ratio", [1.0, 1.4, 3.0, 6.0])
    @pytest.mark.parametrize("opening", [True, False])
    def test_the_step_times_are_found_from_two_answers(self, ratio: float, opening: bool) -> None:
        async def work(sot: SkeletonOfThought) -> StepTimes | None:
            return (await taught(sot)).gain.times

        times = on(engine(ratio), work, opening=opening)
        assert times.one_s == pytest.approx(0.010, rel=0.05)
        assert times.ratio == pytest.approx(ratio, rel=0.1)

    def test_a_skeleton_alone_tells_both_by_the_requests_beside_its_first_line(self) -> None:
        async def work(sot: SkeletonOfThought) -> StepTimes | None:
            await sot.answer(QUESTION, strategy="skeleton", pipeline=False)
            return sot.gain.times

        assert on(engine(3.0), work).ratio == pytest.approx(3.0, rel=0.15)

    def test_normal_answers_alone_tell_nothing_of_a_batch(self) -> None:
        async def work(sot: SkeletonOfThought) -> StepTimes | None:
            await sot.answer(QUESTION, strategy="normal")
            return sot.gain.times

        assert on(engine(3.0), work) is None

    @pytest.mark.parametrize("pipeline", [True, False])
    def test_reading_the_points_prompts_counts(self, pipeline: bool) -> None:
        async def work(sot: SkeletonOfThought) -> StepTimes | None:
            return (await taught(sot)).gain.times

        dear = on(engine(1.4, prompt_token_s=0.004), work, pipeline=pipeline)
        cheap = on(engine(1.4, prompt_token_s=0.0001), work, pipeline=pipeline)
        assert dear.ratio == pytest.approx(cheap.ratio, rel=0.15)
        assert dear.reading_s > 10 * cheap.reading_s
        assert dear.speed_up < cheap.speed_up - 0.3

    def test_a_request_whose_tokens_are_not_seen_hides_what_is_beside_it(self) -> None:
        now = [0.0]
        meter = StepMeter(lambda: now[0])
        with meter.unseen_request():
            request = meter.request(point=False)
            for _ in range(50):
                now[0] += 0.5
                request.token()
            request.end()
        request = meter.request(point=False)
        for _ in range(50):
            now[0] += 0.01
            request.token()
        request.end()
        points = [meter.request(point=True) for _ in range(8)]
        for _ in range(50):
            now[0] += 0.02
            for point in points:
                point.token()
        for point in points:
            point.end()
        times = meter.estimate()
        assert times is not None
        assert times.one_s == pytest.approx(0.01, rel=0.05)
        assert times.ratio == pytest.approx(2.0, rel=0.05)

    def test_the_way_to_a_distant_engine_is_not_counted_for_each_prompt(self) -> None:
        """Points written again one by one (a revision, a repair), on an engine 0.6 s away."""
        now = [0.0]
        meter = StepMeter(lambda: now[0])

        def answered(count: int, *, point: bool) -> None:
            requests = [meter.request(point=point) for _ in range(count)]
            now[0] += 0.6
            for request in requests:
                request.token()
            for _ in range(40):
                now[0] += 0.012
                for request in requests:
                    request.token()
            for request in requests:
                request.end()

        answered(1, point=False)
        answered(8, point=True)
        before = meter.estimate()
        assert before is not None
        assert before.speed_up == pytest.approx(320 / (40 + 40 + 0.6 / 0.012), rel=0.05)
        for _ in range(20):
            answered(1, point=True)
        after = meter.estimate()
        assert after is not None
        assert after.reading_s == pytest.approx(before.reading_s)
        assert after.speed_up == pytest.approx(before.speed_up, rel=0.02)

    def test_one_prompt_read_beside_a_skeleton_tells_its_prefill(self) -> None:
        """An engine that decodes nothing while it reads a prompt."""
        now = [0.0]
        meter = StepMeter(lambda: now[0])
        skeleton = meter.request(point=False)
        points = []
        for _ in range(8):
            for _ in range(20):
                now[0] += 0.010
                for request in (skeleton, *points):
                    request.token()
            points.append(meter.request(point=True))
            now[0] += 0.100
            points[-1].token()
        for _ in range(40):
            now[0] += 0.010
            for request in points:
                request.token()
        for request in (skeleton, *points):
            request.end()
        times = meter.estimate()
        assert times is not None
        assert times.reading_s == pytest.approx(0.100, rel=0.05)

    def test_several_answers_at_once_are_told_apart_from_one(self) -> None:
        async def work(sot: SkeletonOfThought) -> StepTimes | None:
            await asyncio.gather(*(sot.answer(QUESTION, strategy="normal") for _ in range(6)))
            await sot.answer(QUESTION, strategy="normal")
            return sot.gain.times

        assert on(engine(3.0), work).ratio == pytest.approx(3.0, rel=0.1)

    @pytest.mark.parametrize("speed", [like_gpu(), like_vllm()])
    def test_quick_engines_keep_their_skeletons(self, speed: EngineProfile) -> None:
        async def work(sot: SkeletonOfThought) -> Route:
            return await next_route(await taught(sot))

        assert on(speed, work).strategy == "skeleton"


class TestDecision:
    def test_an_engine_on_which_nothing_is_gained_gets_normal_decoding(self) -> None:
        async def work(sot: SkeletonOfThought) -> list[Route]:
            first = await next_route(sot)
            await taught(sot)
            return [first, await next_route(sot), (await sot.answer(QUESTION)).route]

        unknown, *known = on(engine(6.5), work)
        assert unknown.strategy == "skeleton"
        assert unknown.reason == "asks for advice"
        for route in known:
            assert (route.strategy, route.instead_of) == ("normal", "skeleton")
            assert route.reason.startswith(
                "asks for advice; decoded normally, eight requests at once take 6."
            )
            assert "times as long a step on this engine: a skeleton would bring 1." in route.reason

    def test_a_forced_skeleton_runs_and_says_so(self) -> None:
        async def work(sot: SkeletonOfThought) -> Any:
            await taught(sot)
            return await sot.answer(QUESTION, strategy="skeleton")

        answer = on(engine(6.5), work)
        assert answer.points
        assert answer.route.reason.startswith("chosen by the caller; eight requests at once take ")
        assert answer.route.router == "caller"

    def test_other_strategies_say_nothing(self) -> None:
        async def work(sot: SkeletonOfThought) -> Route:
            return await next_route(await taught(sot), strategy="cot")

        assert on(engine(6.5), work).reason == "chosen by the caller"

    @pytest.mark.parametrize(
        ("stated", "strategy"), [(1.4, "skeleton"), (6.5, "normal"), ("off", "skeleton")]
    )
    def test_the_operator_can_state_the_figure_or_switch_it_off(self, stated: Any, strategy: str) -> None:
        async def work(sot: SkeletonOfThought) -> Route:
            await taught(sot)
            return await next_route(sot)

        measured = engine(6.5 if strategy == "skeleton" else 1.2)
        assert on(measured, work, step_ratio=stated).strategy == strategy

    def test_a_profile_states_it_from_the_start(self) -> None:
        async def work(sot: SkeletonOfThought) -> Route:
            return await next_route(sot)

        route = on(engine(1.0), work, adapt=True, profile=engine(7.5))
        assert route.strategy == "normal"

    @pytest.mark.parametrize("wrong", [0.5, "much", True, float("nan")])
    def test_a_figure_that_cannot_be_is_refused(self, wrong: Any) -> None:
        with pytest.raises(ConfigError, match="step_ratio"):
            Options(step_ratio=wrong)


class TestOverTime:
    def gain(self, *ratios: float) -> tuple[SkeletonGain, list[float]]:
        now = [0.0]
        gain = SkeletonGain(lambda: now[0])
        for ratio in ratios:
            gain.recall(StepTimes.stated(ratio))
        return gain, now

    def test_near_the_limit_it_does_not_waver(self) -> None:
        gain, _ = self.gain()
        seen: list[bool] = []
        for speed_up in (1.35, 1.29, 1.35, 1.39, 1.41, 1.35):
            gain.recall(StepTimes.stated((320 / speed_up - 40) / 40))
            now = gain.now()
            assert now is not None
            seen.append(now.pays)
        assert seen == [True, False, False, False, True, True]

    def test_what_a_busy_moment_showed_is_measured_again_later(self) -> None:
        """The machine is busy while the first answers are written, and idle from then on."""

        async def work(sot: SkeletonOfThought) -> list[str]:
            backend = sot.backend
            assert isinstance(backend, Changing)
            ways: list[str] = []
            await sot.answer(QUESTION, strategy="normal")
            backend.busy = True
            await sot.answer(QUESTION, strategy="skeleton")
            backend.busy = False
            for _ in range(30):
                ways.append((await sot.answer(QUESTION)).route.strategy)
                await asyncio.sleep(60)
            return ways

        ways = on(engine(1.2), work)
        given_up = ways.count("normal")
        assert ways[0] == "normal"
        assert 5 <= given_up <= 15
        assert ways[given_up:] == ["skeleton"] * (30 - given_up)

    def test_on_an_engine_where_nothing_is_gained_few_answers_try_again(self) -> None:
        async def work(sot: SkeletonOfThought) -> list[str]:
            await taught(sot)
            ways: list[str] = []
            for _ in range(60):
                ways.append((await sot.answer(QUESTION)).route.strategy)
                await asyncio.sleep(60)
            return ways

        assert 1 <= on(engine(7.5), work).count("skeleton") <= 12

    def test_where_questions_are_rare_too_what_is_measured_again_counts(self) -> None:
        """Every question comes later than the time after which skeletons are tried anew."""

        async def work(sot: SkeletonOfThought) -> list[str]:
            await taught(sot)
            ways: list[str] = []
            for _ in range(20):
                ways.append((await sot.answer(QUESTION)).route.strategy)
                await asyncio.sleep(700)
            return ways

        ways = on(engine(7.5), work)
        assert ways[0] == "normal"
        assert ways.count("normal") >= 8
        assert "skeleton" in ways  # it is tried again

    def test_what_was_given_up_must_pay_clearly_to_begin_again_after_a_pause_too(self) -> None:
        gain, now = self.gain(7.0)
        given_up = gain.now()
        assert given_up is not None
        assert not given_up.pays
        now[0] = 700.0
        assert gain.now() is None
        gain.recall(StepTimes.stated((320 / 1.35 - 40) / 40))
        assert (again := gain.now()) is not None
        assert not again.pays
        gain.recall(StepTimes.stated((320 / 1.41 - 40) / 40))
        assert (better := gain.now()) is not None
        assert better.pays
