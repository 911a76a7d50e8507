"""Many users on several simulated replicas of one engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from pydantic import BaseModel

from sot.errors import ConfigError
from sot.load.profile import EngineProfile

from .arrivals import poisson
from .lean import LeanAnswer, LeanReplica, PromptSizes, usual_lengths
from .policies import Policy
from .shapes import Shape
from .summary import percentile

Balance = Literal["least-loaded", "round-robin"]
BALANCES: tuple[Balance, ...] = ("least-loaded", "round-robin")
_TELL_EVERY = 250


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is simulated.

    Args:
        profile: Every replica's speed.
        sizes: What the prompts take.
        shapes: The answers' lengths, in turn.
        rate: Questions a second, all users together.
        duration_s: Seconds in which they come; then the fleet finishes what is left.
        balance: Which replica gets a question: the one with the fewest answers under way, or the next one.
        seed: Of the arrivals.
    """

    profile: EngineProfile
    sizes: PromptSizes
    shapes: Sequence[Shape]
    rate: float
    duration_s: float
    balance: Balance = "least-loaded"
    seed: int = 0


class FleetRow(BaseModel, frozen=True):
    """One fleet under one policy. Everything is simulated; times are seconds.

    Args:
        replicas: How many engines.
        policy: How answers are written.
        load: Questions that come, as a share of what the replicas can take normally decoded.
        answers: Answers.
        answers_s: Answers a second, until the last one is done.
        first_text_p50: First text, median.
        first_text_p95: First text, 95th percentile.
        total_p50: Whole answer, median.
        total_p95: Whole answer, 95th percentile.
        skeleton: Share of answers written by a skeleton.
        completion_tokens: All of them.
        prompt_tokens: All of them.
        cached_tokens: Those that a prefix cache served.
    """

    replicas: int
    policy: Policy
    load: float
    answers: int
    answers_s: float
    first_text_p50: float
    first_text_p95: float
    total_p50: float
    total_p95: float
    skeleton: float
    completion_tokens: int
    prompt_tokens: int
    cached_tokens: int


def simulate(
    fleet: Fleet,
    replicas: int,
    policy: Policy,
    *,
    capacity: float,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> FleetRow:
    """Run a fleet.

    Args:
        fleet: What is simulated.
        replicas: How many engines.
        policy: How answers are written.
        capacity: Normal answers a second that one replica can take.
        progress: Is told how many questions have come, and of how many.
    """
    answers: list[LeanAnswer] = []
    lengths = usual_lengths(fleet.sizes, fleet.shapes)
    engines = [
        LeanReplica(fleet.profile, fleet.sizes, policy, lengths, finished=answers.append)
        for _ in range(replicas)
    ]
    arrivals = poisson(fleet.rate, fleet.duration_s, fleet.seed)
    if not arrivals:
        raise ConfigError(
            f"no question arrives in {fleet.duration_s:g} s: take more --users or a longer --duration"
        )
    turn = count()
    for number, arrival in enumerate(arrivals):
        for engine in engines:
            engine.run(arrival.at_s)
        if fleet.balance == "least-loaded":
            # Among equals the turn decides, or the first replica would get all questions of a quiet night.
            start = next(turn)
            order = (engines[(start + step) % replicas] for step in range(replicas))
            chosen = min(order, key=lambda engine: engine.answers)
        else:
            chosen = engines[next(turn) % replicas]
        chosen.arrive(LeanAnswer(fleet.shapes[number % len(fleet.shapes)], arrival.at_s))
        if number % _TELL_EVERY == 0:
            progress(number, len(arrivals))
    for engine in engines:
        engine.run()
    return _row(fleet, replicas, policy, answers, capacity)


def _row(
    fleet: Fleet, replicas: int, policy: Policy, answers: Sequence[LeanAnswer], capacity: float
) -> FleetRow:
    totals = [answer.finished - answer.arrived for answer in answers]
    firsts = [answer.first_text - answer.arrived for answer in answers]
    sizes = fleet.sizes
    prompts = [_prompts(sizes, answer) for answer in answers]
    return FleetRow(
        replicas=replicas,
        policy=policy,
        load=fleet.rate / (replicas * capacity),
        answers=len(answers),
        answers_s=len(answers) / max((answer.finished for answer in answers), default=fleet.duration_s),
        first_text_p50=percentile(firsts, 0.5) or 0.0,
        first_text_p95=percentile(firsts, 0.95) or 0.0,
        total_p50=percentile(totals, 0.5) or 0.0,
        total_p95=percentile(totals, 0.95) or 0.0,
        skeleton=sum(answer.skeleton for answer in answers) / max(len(answers), 1),
        completion_tokens=sum(answer.tokens for answer in answers),
        prompt_tokens=sum(prompt for prompt, _ in prompts),
        cached_tokens=sum(cached for _, cached in prompts),
    )


def _prompts(sizes: PromptSizes, answer: LeanAnswer) -> tuple[int, int]:
    if not answer.skeleton:
        return sizes.normal
    own = [sizes.skeleton, *(sizes.point(number) for number in range(len(answer.shape.points)))]
    return sum(prompt for prompt, _ in own), sum(cached for _, cached in own)
