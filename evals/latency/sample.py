"""One answer, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .critical_path import CriticalPath, PointSpan, critical_path
from .stats import median, percentile

VALID_POINTS = 3


@dataclass(frozen=True, slots=True)
class Gaps:
    """The seconds between pieces of a text.

    Args:
        median_s: Half of the gaps are shorter.
        p95_s: 95 of 100 gaps are shorter.
        longest_s: The longest one.
        count: How many there are.
    """

    median_s: float
    p95_s: float
    longest_s: float
    count: int

    @classmethod
    def of(cls, gaps: Sequence[float]) -> Gaps | None:
        """The gaps in short; ``None`` where there are none.

        Args:
            gaps: Seconds, in any order.
        """
        if not gaps:
            return None
        return cls(median(gaps), percentile(gaps, 95), max(gaps), len(gaps))


@dataclass(frozen=True, slots=True)
class Sample:
    """One question answered by one method. Times are seconds since the question arrived.

    Args:
        question: The question.
        method: A name of `methods.METHODS`.
        first_text_s: Seconds to the reader's first text.
        total_s: Seconds to the whole answer.
        useful_tokens: Completion tokens whose text is in the answer: no skeleton, nothing that was trimmed
            or written twice.
        completion_tokens: All completion tokens.
        prompt_tokens: All prompt tokens.
        cached_tokens: Those of them the prefix cache served.
        points: Points written; 0 for a normal answer.
        fell_back: Why the skeleton was given up, if it was.
        accelerator: The engine's accelerator; see `accelerators`.
        repeat: Which time the question was asked, from 0.
        category: The question's category, where its file names one.
        requests: Requests to the engine.
        reader_gaps: Between the pieces of the one ordered text.
        engine_gaps: Between the engine's pieces, within each request.
        token_s: Seconds for each token after a request's first, the median of the answer's requests.
        skeleton_s: The skeleton was complete.
        spans: When each point lived.
        titles: The points' titles.
        drafted: Tokens that speculative decoding proposed.
        accepted: Those of them that the model took.
        energy_j: Joules that the processors or GPUs used meanwhile.
    """

    question: str
    method: str
    first_text_s: float
    total_s: float
    useful_tokens: float
    completion_tokens: int
    prompt_tokens: int
    cached_tokens: int
    points: int
    fell_back: str | None
    accelerator: str = "none"
    repeat: int = 0
    category: str | None = None
    requests: int = 0
    reader_gaps: Gaps | None = None
    engine_gaps: Gaps | None = None
    token_s: float | None = None
    skeleton_s: float | None = None
    spans: tuple[PointSpan, ...] = ()
    titles: tuple[str, ...] = ()
    drafted: int | None = None
    accepted: int | None = None
    energy_j: float | None = None

    @property
    def useful_rate(self) -> float:
        """Useful tokens per second."""
        return self.useful_tokens / self.total_s

    @property
    def valid(self) -> bool:
        """Whether its skeleton was followed to the end, with three points or more."""
        return self.fell_back is None and self.points >= VALID_POINTS

    @property
    def path(self) -> CriticalPath | None:
        """The critical path that its own events show."""
        return critical_path(self.spans, self.total_s)
