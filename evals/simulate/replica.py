"""Simulated replica of an engine, without prompts, texts or an event loop: for many answers.

The same requests in the same order as the orchestrator's, on the same simulation; a test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import accumulate, count
from statistics import mean
from typing import Literal

from sot.admission import NO_LIMIT, Permits
from sot.backends.replay.sim_request import SimRequest
from sot.backends.replay.simulation import Simulation, TokenCount
from sot.load.policy import LoadDecider
from sot.load.prediction import EngineState, MeanLengths
from sot.load.profile import EngineProfile

from ..bench.arrivals import Arrival
from ..bench.options import Policy
from ..measure.shapes import Shape
from .prompt_sizes import PromptSizes, Size, prompt_sizes

_AT_ONCE = 1e-9  # seconds
_ENOUGH_POINTS = 2  # known points with which the skeleton is usable
_NUMBER_AND_WORD = 3  # tokens of a line with which it is known to be a point
_SENTENCE = 14  # tokens of a sentence of the replayed texts, and the next word, which shows its end
_ROOM_TO_OPEN = 4  # requests at once, as in `sot.strategies.opening`

Kind = Literal["normal", "opening", "skeleton", "point"]


@dataclass(eq=False, slots=True)
class SimulatedAnswer:
    """One answer on its way; ``skeleton`` is known once it is sent, the seconds since it arrived at last."""

    shape: Shape
    arrived: float
    skeleton: bool = False
    first_text_s: float = math.nan
    total_s: float = math.nan
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    turn: int = 0
    found: int = 0  # points whose line is complete
    started: int = 0
    written: int = 0  # points
    running: int = 0  # requests, those that wait for a permit among them
    point_begun: bool = False
    second_begun: int = 0  # tokens of the skeleton with which its second line has begun; 0 with an opening
    usable: bool = False  # known to be a skeleton
    opening: SimRequest | None = None  # while it runs
    sentences: int = 0  # of the opening


@dataclass(slots=True)
class Replica:
    """One simulated engine and the answers on it.

    Args:
        lengths: How long answers usually are, for the adaptive policy.
        opening: Whether skeleton answers have an opening: normal decoding until its second sentence,
            or its first where a point has begun.
        most: Requests of an answer at the same time, at most.
        finished: Takes every finished answer.
    """

    profile: EngineProfile
    sizes: PromptSizes
    policy: Policy
    lengths: MeanLengths = field(default_factory=MeanLengths)
    opening: bool = False
    most: int = 16
    finished: Callable[[SimulatedAnswer], None] = lambda answer: None
    simulation: Simulation = field(init=False)
    answers: int = 0  # under way, those that wait for their turn among them
    _permits: Permits = field(default_factory=lambda: Permits(NO_LIMIT))
    _numbers: Iterator[int] = field(default_factory=count)  # of turns and requests
    _now: float = 0.0
    _sent: list[tuple[float, int, SimRequest]] = field(default_factory=list[tuple[float, int, SimRequest]])
    _left: list[SimRequest] = field(default_factory=list[SimRequest])  # openings to be aborted
    _decider: LoadDecider = field(default_factory=LoadDecider)

    def __post_init__(self) -> None:
        self.simulation = Simulation(self.profile)

    def arrive(self, answer: SimulatedAnswer) -> None:
        """Let a question come in, with its answer to be."""
        self._now = answer.arrived
        answer.turn = next(self._numbers)
        self.answers += 1
        if self.policy == "adaptive":
            self._decider.arrived(answer.arrived)
        self._permits.ask(answer.turn, partial(self._begin, answer))

    def run(self, until: float = math.inf) -> None:
        """Let time pass to the first end of a step at or after this time, or until there is nothing to do."""
        simulation = self.simulation
        while simulation.now < until:
            sent = self._sent[0][0] if self._sent else math.inf
            if simulation.idle:
                if sent >= until:
                    return
                simulation.skip_to(sent)
                if sent > simulation.now - _AT_ONCE:
                    # It begins a step at once and alone: what is sent at the same moment misses that step.
                    simulation.submit(heappop(self._sent)[2])
                    continue
            # A request that comes at the end of a step misses the next one, which has begun by then.
            elif sent > simulation.now - _AT_ONCE:
                told = self._advance(min(until, sent + _AT_ONCE))
                for request, done in sorted(told, key=lambda one: one[0].begun):
                    self._progress(request, done)
                continue
            while self._sent and self._sent[0][0] <= simulation.now - _AT_ONCE:
                simulation.submit(heappop(self._sent)[2])

    def _advance(self, until: float) -> list[TokenCount]:
        """Advance the engine; what was left at the end of a step is still computed in the next one."""
        simulation = self.simulation
        if not self._left:
            return simulation.advance(until)
        simulation.begin()
        while self._left:
            simulation.abort(self._left.pop())
        return simulation.finish()

    def _begin(self, answer: SimulatedAnswer) -> bool:
        """Send the first requests of an answer whose turn has come; it holds a permit for one of them."""
        shape, sizes = answer.shape, self.sizes
        answer.skeleton = self._choose_skeleton()
        if not answer.skeleton:
            return self._send(_request(answer, "normal", sizes.normal, shape.normal, (1,)))
        marks = _line_ends(shape.lines)
        room = min(self._permits.room + 1, self.profile.max_batch, self.most)
        opened = self.opening and room >= _ROOM_TO_OPEN
        tokens = marks[-1]
        if not opened and (begun := _second_begun(shape.lines)) is not None:
            answer.second_begun = begun
            marks = tuple(sorted({*marks, begun}))
        skeleton = _request(answer, "skeleton", sizes.skeleton, tokens, marks, self._names(answer))
        if not opened:
            return self._send(skeleton)
        marks = tuple(mark for mark in (1, _SENTENCE, 2 * _SENTENCE) if mark < shape.normal)
        answer.opening = _request(answer, "opening", sizes.normal, shape.normal, marks)
        self._send(answer.opening)
        self._permits.ask(answer.turn, partial(self._send, skeleton))
        return True

    def _choose_skeleton(self) -> bool:
        if self.policy != "adaptive":
            return self.policy == "skeleton"
        permits = self._permits
        busy = EngineState(permits.taken - 1, 0, self.answers - 1)  # whoever waits comes after it
        decision = self._decider.decide(busy, self.profile, self.lengths, self.profile.max_batch)
        permits.open_only(decision.together)
        return decision.skeleton

    def _progress(self, request: SimRequest, done: int) -> None:
        answer, kind = request.owner
        if kind == "opening" and answer.opening is None:
            return  # left at this very step
        over = done >= request.tokens
        self._now = self.simulation.now
        step = request.begun + done
        if kind == "skeleton":
            begun = done == answer.second_begun
            answer.found += not begun
            answer.usable = answer.usable or begun or answer.found >= _ENOUGH_POINTS
        elif kind == "point":
            answer.point_begun = True
        elif kind == "opening":
            answer.sentences += done > 1
        self._end_opening(answer, step)
        # A skeleton's text waits until it is known to be one.
        shows = kind in ("normal", "opening") or (answer.point_begun and answer.usable)
        if shows and math.isnan(answer.first_text_s):
            answer.first_text_s = self._now - answer.arrived
        if over:
            answer.running -= 1
            answer.completion_tokens += done
            answer.written += kind == "point"
            if kind == "opening":
                answer.opening = None
        if (kind == "normal" and over) or answer.written == len(answer.shape.points):
            answer.total_s = self._now - answer.arrived
            self.answers -= 1
            self.finished(answer)
        elif answer.skeleton and (over or kind == "skeleton"):
            self._start_points(answer)
        if over:
            self._permits.release()

    def _end_opening(self, answer: SimulatedAnswer, step: int) -> None:
        """End the opening after two sentences, or one where a point has begun, if points follow."""
        opening = answer.opening
        if opening is None or answer.found < _ENOUGH_POINTS or opening.state == "over":
            return  # where it is over at this very step, that is told next
        if answer.sentences + answer.point_begun < 2 or not answer.sentences:
            return
        if opening.state == "decoding":
            answer.completion_tokens += step - opening.begun
        self._left.append(opening)
        answer.opening = None
        answer.running -= 1
        self._permits.release()

    def _start_points(self, answer: SimulatedAnswer) -> None:
        while answer.started < answer.found and answer.running < self.most:
            number, answer.started = answer.started, answer.started + 1
            marks = (1,) if number == 0 else ()
            sizes, tokens = self.sizes.points(len(answer.shape.points)), answer.shape.points[number]
            number = min(number, len(sizes) - 1)
            names = self._point_names(answer, sizes, number)
            request = _request(answer, "point", sizes[number], tokens, marks, names)
            self._permits.ask(answer.turn, partial(self._send, request))

    def _names(self, answer: SimulatedAnswer) -> Sequence[int]:
        """Return the blocks of a skeleton's prompt: the fixed part, then the answer's own."""
        if self.profile.step.shared_context >= 1:
            return ()  # nobody looks
        prompt, fixed = (tokens // self.profile.cache.block_tokens for tokens in self.sizes.skeleton)
        own = _own_blocks(answer, 0)
        return (*range(fixed), *range(own, own + prompt - fixed))

    def _point_names(self, answer: SimulatedAnswer, sizes: Sequence[Size], number: int) -> Sequence[int]:
        """Return the blocks of a point's prompt: what its neighbours have as well, then its own."""
        if self.profile.step.shared_context >= 1:
            return ()
        block = self.profile.cache.block_tokens
        # The next one finds in the cache what it shares with this one.
        common = max(cached for _, cached in sizes[number : number + 2]) // block
        shared, own = _own_blocks(answer, 1), _own_blocks(answer, number + 2)
        return (*range(shared, shared + common), *range(own, own + sizes[number][0] // block - common))

    def _send(self, request: SimRequest) -> bool:
        heappush(self._sent, (self._now + self.profile.overhead_s, next(self._numbers), request))
        return True


def _request(
    answer: SimulatedAnswer,
    kind: Kind,
    prompt: Size,
    tokens: int,
    marks: Sequence[int],
    names: Sequence[int] = (),
) -> SimRequest:
    """A request of an answer, which counts it at once; it may still have to wait for a permit."""
    answer.running += 1
    answer.prompt_tokens += prompt[0]
    answer.cached_tokens += prompt[1]
    return SimRequest(prompt[0], tokens, prompt[1], marks=marks, owner=(answer, kind), names=names)


def _own_blocks(answer: SimulatedAnswer, part: int) -> int:
    """Return the first of the names that no other answer's blocks have, nor those of its other parts."""
    return (((id(answer) << 10) + part) << 20) + 1


def _line_ends(lines: Sequence[int]) -> tuple[int, ...]:
    """Tokens after which a line is known to be complete: the next one has begun, or the skeleton is over."""
    ends = tuple(accumulate(lines))
    return (*(end + 1 for end in ends[:-1]), ends[-1])


def _second_begun(lines: Sequence[int]) -> int | None:
    """Tokens after which the second line has a number, its dot and a word; ``None`` where it ends before."""
    if len(lines) < _ENOUGH_POINTS or lines[1] <= _NUMBER_AND_WORD:
        return None
    return lines[0] + _NUMBER_AND_WORD


class Fleet:
    """Simulated replicas of one engine.

    Args:
        shapes: The answers' lengths, in turn.

    Attributes:
        capacity: Normal answers a second of one replica that never runs out of them.
    """

    def __init__(self, profile: EngineProfile, shapes: Sequence[Shape], *, opening: bool = False) -> None:
        self._shapes, self.sizes = shapes, prompt_sizes(profile, shapes, opening=opening)
        self._replica = partial(Replica, profile, self.sizes, opening=opening)
        self.capacity = self._capacity(profile.max_batch)

    def answer(
        self,
        arrivals: Sequence[Arrival],
        policy: Policy,
        replicas: int = 1,
        *,
        least_loaded: bool = True,
        progress: Callable[[int], None] = lambda number: None,
    ) -> list[SimulatedAnswer]:
        """Answer questions until all answers are finished.

        Args:
            least_loaded: The replica with the fewest answers under way gets a question; else the next one.
            progress: Takes the number of questions that have come.
        """
        done: list[SimulatedAnswer] = []
        lengths = usual_lengths(self.sizes, self._shapes)
        engines = [self._replica(policy, lengths, finished=done.append) for _ in range(replicas)]
        for number, arrival in enumerate(arrivals):
            progress(number)
            for engine in engines:
                engine.run(arrival.at_s)
            # Among equals the turn decides, or the first replica would get all questions of a quiet night.
            turn = number % replicas
            order = [*engines[turn:], *engines[:turn]]
            chosen = min(order, key=lambda engine: engine.answers) if least_loaded else order[0]
            chosen.arrive(self._answer(number, arrival.at_s))
        for engine in engines:
            engine.run()
        return done

    def _answer(self, number: int, at_s: float) -> SimulatedAnswer:
        return SimulatedAnswer(self._shapes[number % len(self._shapes)], at_s)

    def _capacity(self, places: int) -> float:
        together, wanted = 2 * places, 8 * places
        ends: list[float] = []

        def next_one(answer: SimulatedAnswer) -> None:
            ends.append(answer.arrived + answer.total_s)
            if len(ends) <= wanted:
                engine.arrive(self._answer(len(ends), ends[-1]))

        engine = self._replica("normal", finished=next_one)
        for number in range(together):
            engine.arrive(self._answer(number, 0.0))
        engine.run()  # until nothing is left: `next_one` stops asking
        first, last = wanted // 3, wanted - 1
        return (last - first) / (ends[last] - ends[first])


def usual_lengths(sizes: PromptSizes, shapes: Sequence[Shape]) -> MeanLengths:
    """Return what the adaptive policy would learn of such answers."""
    points = mean(len(shape.points) for shape in shapes)
    normal = mean(shape.normal for shape in shapes)
    prompt, cached = sizes.normal
    shown = [sizes.skeleton, *sizes.points(round(points))]
    return MeanLengths(
        normal=normal,
        skeleton=mean(shape.skeleton for shape in shapes),
        points=points,
        written=normal,  # as long as the points together
        last_point=mean(shape.last for shape in shapes),
        normal_prompt=prompt - cached,
        skeleton_prompt=sum(prompt - cached for prompt, cached in shown),
        normal_context=prompt + normal / 2,
        skeleton_context=mean(prompt for prompt, _ in shown) + normal / points / 2,
        skeleton_shared=min(cached for _, cached in shown),
    )
