"""What became of one answer under load."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sot.types import Answer

State = Literal["done", "failed", "unfinished"]


class Sample(BaseModel, frozen=True):
    """One answer. Times are seconds; those of an answer that is not done are missing.

    Args:
        load: The offered load as a share of the capacity.
        policy: How it was written: always normally, always by a skeleton, or as the load allowed.
        at_s: When its question came, since the run began.
        question: The question.
        state: ``unfinished``: the run was over before it was.
        error: Why it failed.
        skeleton: Whether it was written by a skeleton.
        reason: The route's reason.
        fell_back: Why a skeleton was given up, where it was.
        first_text_s: The reader's first text, since the question came.
        total_s: The whole answer, since the question came.
        points: How many points.
        completion_tokens: All of them.
        prompt_tokens: All of them.
        cached_tokens: Those of them that the prefix cache served.
    """

    load: float
    policy: str
    at_s: float
    question: str
    state: State = "done"
    error: str | None = None
    skeleton: bool = False
    reason: str = ""
    fell_back: str | None = None
    first_text_s: float | None = None
    total_s: float | None = None
    points: int = 0
    completion_tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0

    def later(self, seconds: float) -> Sample:
        """The same answer so much later in the run."""
        return self.model_copy(update={"at_s": self.at_s + seconds})


def sample_of(answer: Answer, *, load: float, policy: str, at_s: float, late_s: float) -> Sample:
    """The sample of an answer that is done.

    Args:
        answer: The answer.
        load: The offered load.
        policy: The policy.
        at_s: When its question should have come.
        late_s: How much later it was asked, because the measuring program was busy.
    """
    timing, usage = answer.timing, answer.usage
    first = timing.total_s if timing.first_text_s is None else timing.first_text_s
    return Sample(
        load=load,
        policy=policy,
        at_s=at_s,
        question=answer.question,
        skeleton=answer.route.strategy == "skeleton" and answer.fell_back is None,
        reason=answer.route.reason,
        fell_back=answer.fell_back,
        first_text_s=late_s + first,
        total_s=late_s + timing.total_s,
        points=len(answer.points),
        completion_tokens=usage.completion_tokens,
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
    )
