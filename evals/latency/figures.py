"""The figures of a run: what each method took, how it compares, where the time goes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..statistics import Interval
from .sample import Sample
from .stats import Spread


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens each; ``None`` where not known.

    Args:
        prompt: Of prompt tokens.
        cached: Of those that the prefix cache served.
        completion: Of completion tokens.
    """

    prompt: float | None = None
    cached: float | None = None
    completion: float | None = None

    def cost(self, sample: Sample) -> float:
        """What an answer cost; not a number where the prices are not known."""
        if self.prompt is None or self.completion is None:
            return math.nan
        cached = self.prompt if self.cached is None else self.cached
        computed = sample.prompt_tokens - sample.cached_tokens
        spent = computed * self.prompt + sample.cached_tokens * cached
        return (spent + sample.completion_tokens * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Group:
    """What a method's answers by one engine took. Times in seconds; medians are over answers.

    Args:
        accelerator: The engine's accelerator.
        method: The method.
        answers: How many answers.
        first_text_s: To the reader's first text.
        total_s: To the whole answer.
        reader_gap_s: The median gap between pieces of the ordered text, of each answer.
        reader_gap_p95_s: The 95th percentile of those gaps, of each answer.
        engine_gap_s: The median gap between the engine's pieces, of each answer.
        engine_gap_p95_s: The 95th percentile of those gaps, of each answer.
        token_s: For each token of a request after its first.
        useful_tokens: Tokens whose text is in the answer.
        useful_rate: Those per second.
        completion_tokens: All tokens written.
        prompt_tokens: All tokens read.
        cached_share: Share of the prompt tokens that the prefix cache served; ``None`` where nothing is told.
        requests: Requests to the engine, the mean.
        points: Points, the mean.
        valid: Skeletons of three points or more that were followed.
        fell_back: Skeletons given up.
        over_path: Time beyond the critical path, as a share of it.
        over_longest: Time beyond "line of the longest point + that point", as a share of it.
        energy_j: Joules.
        cost: In the currency of the prices.
        drafted: Tokens that speculative decoding proposed, all answers together.
        accepted: Those of them that the model took.
    """

    accelerator: str
    method: str
    answers: int
    first_text_s: Spread
    total_s: Spread
    reader_gap_s: Spread | None
    reader_gap_p95_s: Spread | None
    engine_gap_s: Spread | None
    engine_gap_p95_s: Spread | None
    token_s: Spread | None
    useful_tokens: Spread
    useful_rate: Spread
    completion_tokens: Spread
    prompt_tokens: Spread
    cached_share: float | None
    requests: float
    points: float
    valid: int
    fell_back: int
    over_path: Spread | None
    over_longest: Spread | None
    energy_j: Spread | None
    cost: Spread | None
    drafted: int | None
    accepted: int | None

    @property
    def acceptance(self) -> float | None:
        """Share of the proposed tokens that the model took; ``None`` where none were proposed."""
        return self.accepted / self.drafted if self.drafted and self.accepted is not None else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A method against another one, question by question; the intervals are the paired bootstrap's.

    Args:
        accelerator: The engine's accelerator.
        method: The method.
        against_accelerator: What it is compared with.
        against_method: What it is compared with.
        part: Which questions: all (``""``), ``category NAME``, or ``short``, ``middle`` or ``long`` answers.
        sooner: How many times sooner the whole answer is there.
        useful_rate: How many times the useful tokens per second.
        first_later_s: How many seconds later the first text comes.
        prompt_tokens: How many times the prompt tokens.
        completion_tokens: How many times the completion tokens.
    """

    accelerator: str
    method: str
    against_accelerator: str
    against_method: str
    part: str
    sooner: Interval | None
    useful_rate: Interval | None
    first_later_s: Interval | None
    prompt_tokens: Interval | None
    completion_tokens: Interval | None


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the time of a skeleton answer goes; medians over answers, in seconds.

    Args:
        accelerator: The engine's accelerator.
        method: The method.
        first_line_s: The first line of the skeleton was complete.
        last_line_s: The last line was complete.
        to_first_text_s: From a point's line to its first text: waiting, and reading its prompt.
        decode_s: From a point's first text to its end, the median point.
        longest_decode_s: The same, the longest point.
        total_s: The answer was complete.
    """

    accelerator: str
    method: str
    first_line_s: float
    last_line_s: float
    to_first_text_s: float
    decode_s: float
    longest_decode_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run.

    Args:
        groups: Every engine and method that was measured.
        within: Each method against the baseline by the same engine; parts of the questions too.
        across: Each engine and method against the baseline without an accelerator.
        stages: Where the time of skeleton answers goes.
        length_limits: Tokens of the baseline's answer up to which it counts as short, and as middle.
    """

    groups: list[Group]
    within: list[Comparison]
    across: list[Comparison]
    stages: list[Stages]
    length_limits: tuple[float, float] | None
