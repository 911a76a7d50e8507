"""Simulated replica of an engine, without prompts, texts or an event loop: for many answers.

The same requests in the same order as the orchestrator's without an opening, on the same simulation; a test
compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import accumulate

from sot import SkeletonOfThought
from sot.admission import NO_LIMIT, Permits
from sot.backends.replay import ReplayBackend
from sot.backends.replay.sim_request import SimRequest
from sot.backends.replay.simulation import Simulation
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import SotError
from sot.load.policy import LoadDecider
from sot.load.prediction import EngineState, MeanLengths
from sot.load.profile import EngineProfile
from sot.types import Answer

from ..bench.load_options import Balance, Policy
from ..measure.shapes import Shape

_AT_ONCE = 1e-9  # seconds


@dataclass(frozen=True, slots=True)
class PromptSizes:
    """Prompt tokens of an answer's requests, each with those of them that the prefix cache serves."""

    normal: tuple[int, int]
    skeleton: tuple[int, int]
    points: tuple[tuple[int, int], ...]

    def point(self, number: int) -> tuple[int, int]:
        """Return those of a point, from 0 on."""
        return self.points[min(number, len(self.points) - 1)]

    def of(self, answer: SimulatedAnswer) -> tuple[int, int]:
        """Return those of all requests of an answer."""
        if not answer.skeleton:
            return self.normal
        own = [self.skeleton, *(self.point(number) for number in range(len(answer.shape.points)))]
        return sum(prompt for prompt, _ in own), sum(cached for _, cached in own)


def prompt_sizes(profile: EngineProfile) -> PromptSizes:
    """Return what the orchestrator's own prompts take on an engine whose cache knows their fixed part."""
    return run_virtually(_prompt_sizes(profile))


async def _prompt_sizes(profile: EngineProfile) -> PromptSizes:
    answers: dict[str, Answer] = {}
    async with SkeletonOfThought(ReplayBackend(profile), opening=False) as sot:
        for number in (1, 2):  # the first one fills the cache
            question = f"How can a town of {number} thousand people care for its parks?"
            for strategy in ("normal", "skeleton"):
                answers[strategy] = await sot.answer(question, strategy=strategy, extra=Shape().extra)
    one, many = answers["normal"].usage, answers["skeleton"]
    if many.fell_back is not None:
        raise SotError(f"the simulated answer has no skeleton: {many.fell_back}")
    skeleton = many.skeleton_usage
    return PromptSizes(
        (one.prompt_tokens, one.cached_tokens),
        (skeleton.prompt_tokens, skeleton.cached_tokens),
        tuple((point.usage.prompt_tokens, point.usage.cached_tokens) for point in many.points),
    )


@dataclass(eq=False, slots=True)
class SimulatedAnswer:
    """One answer on its way. Times are the simulation's; ``skeleton`` is known once it is sent."""

    shape: Shape
    arrived: float
    skeleton: bool = False
    first_text: float = math.nan
    finished: float = math.nan
    turn: int = 0
    found: int = 0  # points whose line is complete
    started: int = 0
    over: int = 0
    begun: bool = False  # its first point, or itself where it has none
    writes_skeleton: bool = False

    @property
    def tokens(self) -> int:
        """Its completion tokens."""
        points = self.shape.points
        return sum(points) + self.shape.skeleton if self.skeleton else self.shape.normal


@dataclass(slots=True)
class Replica:
    """One simulated engine and the answers on it.

    Args:
        lengths: How long answers usually are, for the adaptive policy.
        most: Requests of an answer at the same time, at most.
        finished: Takes every finished answer.
    """

    profile: EngineProfile
    sizes: PromptSizes
    policy: Policy
    lengths: MeanLengths = field(default_factory=MeanLengths)
    most: int = 16
    finished: Callable[[SimulatedAnswer], None] = lambda answer: None
    simulation: Simulation = field(init=False)
    answers: int = 0  # under way, those that wait for their turn among them
    _permits: Permits = field(default_factory=lambda: Permits(NO_LIMIT))
    _turns: int = 0
    _now: float = 0.0
    _sent: list[tuple[float, int, SimRequest]] = field(default_factory=list[tuple[float, int, SimRequest]])
    _count: int = 0
    _decider: LoadDecider = field(default_factory=LoadDecider)

    def __post_init__(self) -> None:
        self.simulation = Simulation(self.profile)

    def arrive(self, answer: SimulatedAnswer) -> None:
        """Let a question come in, with its answer to be."""
        self._now = answer.arrived
        self._turns += 1
        answer.turn = self._turns
        self.answers += 1
        if self.policy == "adaptive":
            self._decider.arrived(answer.arrived)
        self._permits.ask(answer.turn, partial(self._begin, answer))

    def _begin(self, answer: SimulatedAnswer) -> bool:
        """An answer's turn has come: its first request is sent."""
        answer.skeleton = self._way()
        prompt, cached = self.sizes.skeleton if answer.skeleton else self.sizes.normal
        if answer.skeleton:
            answer.writes_skeleton = True
            marks = _line_ends(answer.shape.lines)
            request = SimRequest(
                prompt, marks[-1], cached, marks=marks, owner=(answer, "skeleton"), names=self._names(answer)
            )
        else:
            request = SimRequest(prompt, answer.shape.normal, cached, marks=(1,), owner=(answer, "normal"))
        return self._send(request)

    def run(self, until: float = math.inf) -> None:
        """Let time pass.

        Args:
            until: Up to the first end of a step at or after this time, or until there is nothing to do.
        """
        simulation = self.simulation
        while simulation.now < until:
            sent = self._sent[0][0] if self._sent else math.inf
            if simulation.idle:
                if sent >= until:
                    return
                simulation.skip_to(sent)
            # A request that comes at the end of a step misses the next one, which has begun by then.
            elif sent > simulation.now - _AT_ONCE:
                for request, done in simulation.advance(min(until, sent + _AT_ONCE)):
                    self._progress(request, done)
                continue
            while self._sent and self._sent[0][0] <= simulation.now:
                simulation.submit(heappop(self._sent)[2])

    def _way(self) -> bool:
        """Whether the answer is written by a skeleton."""
        if self.policy != "adaptive":
            return self.policy == "skeleton"
        permits = self._permits
        busy = EngineState(permits.taken - 1, 0, self.answers - 1)  # whoever waits comes after it
        decision = self._decider.decide(busy, self.profile, self.lengths, self.profile.max_batch)
        permits.open_only(decision.together)
        return decision.skeleton

    def _progress(self, request: SimRequest, done: int) -> None:
        answer, kind = request.owner
        over = done >= request.tokens
        self._now = self.simulation.now
        if kind == "skeleton":
            answer.found += 1
            answer.writes_skeleton = not over
        elif done == 1:
            answer.begun = True
        if math.isnan(answer.first_text) and answer.begun and (kind == "normal" or answer.found > 1):
            answer.first_text = self.simulation.now  # of a skeleton only once it is known to be one
        if kind == "point" and over:
            answer.over += 1
        if (kind == "normal" and over) or answer.over == len(answer.shape.points):
            answer.finished = self.simulation.now
            self.answers -= 1
            self.finished(answer)
        elif kind != "normal" and (over or kind == "skeleton"):
            self._start_points(answer)
        if over:
            self._permits.release()

    def _start_points(self, answer: SimulatedAnswer) -> None:
        points = answer.shape.points
        while answer.started < answer.found:
            if answer.started - answer.over + answer.writes_skeleton >= self.most:
                return
            number, answer.started = answer.started, answer.started + 1
            prompt, cached = self.sizes.point(number)
            marks = (1,) if number == 0 else ()
            request = SimRequest(
                prompt,
                points[number],
                cached,
                marks=marks,
                owner=(answer, "point"),
                names=self._names(answer),
            )
            self._permits.ask(answer.turn, partial(self._send, request))

    def _names(self, answer: SimulatedAnswer) -> Sequence[int]:
        """How a skeleton's or a point's prompt begins: the fixed part, then the answer's own."""
        if self.profile.step.shared_context >= 1:
            return ()  # nobody looks
        prompt, fixed = (tokens // self.profile.cache.block_tokens for tokens in self.sizes.skeleton)
        own = (id(answer) << 20) + 1
        return (*range(fixed), *range(own, own + prompt - fixed))

    def _send(self, request: SimRequest) -> bool:
        self._count += 1
        heappush(self._sent, (self._now + self.profile.overhead_s, self._count, request))
        return True


class Replicas:
    """Several replicas of an engine, and who gets which question.

    Args:
        shapes: The answers' lengths, in turn.
        balance: Which replica gets a question: the one with the fewest answers under way, or the next one.
    """

    def __init__(
        self,
        profile: EngineProfile,
        sizes: PromptSizes,
        policy: Policy,
        shapes: Sequence[Shape],
        replicas: int = 1,
        balance: Balance = "least-loaded",
    ) -> None:
        self._shapes, self._balance = shapes, balance
        self._done: list[SimulatedAnswer] = []
        self._came = 0
        lengths = usual_lengths(sizes, shapes)
        self._engines = [
            Replica(profile, sizes, policy, lengths, finished=self._done.append) for _ in range(replicas)
        ]

    def arrive(self, at_s: float) -> None:
        """Let a question come in."""
        for engine in self._engines:
            engine.run(at_s)
        # Among equals the turn decides, or the first replica would get all questions of a quiet night.
        turn = self._came % len(self._engines)
        order = [*self._engines[turn:], *self._engines[:turn]]
        least = self._balance == "least-loaded"
        chosen = min(order, key=lambda engine: engine.answers) if least else order[0]
        chosen.arrive(SimulatedAnswer(self._shapes[self._came % len(self._shapes)], at_s))
        self._came += 1

    def finish(self) -> list[SimulatedAnswer]:
        """Let all answers be finished; returns them."""
        for engine in self._engines:
            engine.run()
        return self._done


def _line_ends(lines: Sequence[int]) -> tuple[int, ...]:
    """Tokens after which a line is known to be complete: the next one has begun, or the skeleton is over."""
    ends = tuple(accumulate(lines))
    return (*(end + 1 for end in ends[:-1]), ends[-1])


def usual_lengths(sizes: PromptSizes, shapes: Sequence[Shape]) -> MeanLengths:
    """Return what the adaptive policy would learn of such answers."""
    count = len(shapes)
    points = sum(len(shape.points) for shape in shapes) / count
    written = sum(sum(shape.points) for shape in shapes) / count
    skeleton = sum(shape.skeleton for shape in shapes) / count
    one, cached = sizes.normal
    shown = [sizes.skeleton, *(sizes.point(number) for number in range(round(points)))]
    normal = sum(shape.normal for shape in shapes) / count
    return MeanLengths(
        normal=normal,
        skeleton=skeleton,
        points=points,
        written=written,
        last_point=sum(shape.last for shape in shapes) / count,
        normal_prompt=one - cached,
        skeleton_prompt=sum(prompt - cached for prompt, cached in shown),
        normal_context=one + normal / 2,
        skeleton_context=sum(prompt for prompt, _ in shown) / len(shown) + written / points / 2,
        skeleton_shared=sizes.skeleton[1],
    )


def replica_capacity(profile: EngineProfile, sizes: PromptSizes, lengths: Sequence[Shape]) -> float:
    """Return the normal answers a second of one replica that never runs out of them.

    Args:
        lengths: The answers' lengths, in turn.
    """
    together, wanted = 2 * profile.max_batch, 8 * profile.max_batch
    ends: list[float] = []

    def next_one(answer: SimulatedAnswer) -> None:
        ends.append(answer.finished)
        if len(ends) <= wanted:
            engine.arrive(SimulatedAnswer(lengths[len(ends) % len(lengths)], answer.finished))

    engine = Replica(profile, sizes, "normal", finished=next_one)
    for number in range(together):
        engine.arrive(SimulatedAnswer(lengths[number % len(lengths)], 0.0))
    engine.run()  # until nothing is left: `next_one` stops asking
    first, last = wanted // 3, wanted - 1
    return (last - first) / (ends[last] - ends[first])
