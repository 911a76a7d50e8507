"""The figures of a load measurement, load by load and policy by policy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import BaseModel

from .sample import Sample

_LOW_LOAD = 0.3


class Row(BaseModel, frozen=True):
    """One policy at one load. Times are seconds; ``None``: unknown, as too many answers failed or were not
    finished.

    Args:
        load: The offered load as a share of the capacity.
        policy: The policy.
        rate: Questions a second that arrived.
        answers: Questions that arrived.
        failed: Answers that failed.
        unfinished: Answers that were not done when the run was over.
        first_text_p50: First text, median.
        first_text_p95: First text, 95th percentile.
        total_p50: Whole answer, median.
        total_p95: Whole answer, 95th percentile.
        throughput: Answers a second that were finished.
        tokens_s: Completion tokens a second, of finished answers.
        goodput: Answers a second that were finished within the deadline.
        in_time: Their share of all.
        skeleton: Share of finished answers that were written by a skeleton.
        prompt_tokens: Of an answer, on average.
        completion_tokens: Of an answer, on average.
    """

    load: float
    policy: str
    rate: float
    answers: int
    failed: int
    unfinished: int
    first_text_p50: float | None
    first_text_p95: float | None
    total_p50: float | None
    total_p95: float | None
    throughput: float
    tokens_s: float
    goodput: float
    in_time: float
    skeleton: float
    prompt_tokens: float
    completion_tokens: float


class Against(BaseModel, frozen=True):
    """The adaptive policy at one load against the better of the two others.

    Args:
        load: The offered load.
        p50: Its median total time over the better one's.
        p95: The same of the 95th percentiles.
        together: The same of both, their geometric mean: where the two others disagree, one having the better
            median and the other the better 95th percentile, neither of them has both.
        disagree: Whether they do.
        gain_kept: The part of the skeleton's gain over normal decoding (medians) that it keeps.
        rounds: The least and the most of ``p50`` over the rounds, where there were several.
    """

    load: float
    p50: float | None
    p95: float | None
    together: float | None
    disagree: bool
    gain_kept: float | None
    rounds: tuple[float, float] | None = None


def summarise(
    samples: Sequence[Sample], *, duration_s: float, deadline_s: float, span_s: float | None = None
) -> Row:
    """The figures of one run.

    Args:
        samples: All its answers.
        duration_s: Seconds in which the questions came.
        deadline_s: Seconds within which an answer should be there.
        span_s: Seconds until the last answer was there; as the samples say unless given.
    """
    done = [sample for sample in samples if sample.state == "done"]
    # Nobody got a failed answer, nor one that was not finished: they took for ever. Left out, the times of an
    # engine that is too full would be the better the more it refuses.
    failed = sum(sample.state == "failed" for sample in samples)
    totals = [math.inf if sample.total_s is None else sample.total_s for sample in samples]
    firsts = [math.inf if sample.first_text_s is None else sample.first_text_s for sample in samples]
    end = span_s or last_end(samples, duration_s)
    in_time = sum(total <= deadline_s for total in totals)
    return Row(
        load=samples[0].load,
        policy=samples[0].policy,
        rate=len(samples) / duration_s,
        answers=len(samples),
        failed=failed,
        unfinished=len(samples) - failed - len(done),
        first_text_p50=percentile(firsts, 0.5),
        first_text_p95=percentile(firsts, 0.95),
        total_p50=percentile(totals, 0.5),
        total_p95=percentile(totals, 0.95),
        throughput=len(done) / end,
        tokens_s=sum(sample.completion_tokens for sample in done) / end,
        goodput=in_time / end,
        in_time=in_time / max(len(samples), 1),
        skeleton=sum(sample.skeleton for sample in done) / max(len(done), 1),
        prompt_tokens=sum(sample.prompt_tokens for sample in done) / max(len(done), 1),
        completion_tokens=sum(sample.completion_tokens for sample in done) / max(len(done), 1),
    )


def last_end(samples: Sequence[Sample], duration_s: float) -> float:
    """Seconds from the run's beginning until its last answer was there, at least its duration.

    Args:
        samples: Its answers.
        duration_s: Seconds in which the questions came.
    """
    ends = (sample.at_s + sample.total_s for sample in samples if sample.total_s is not None)
    return max(duration_s, max(ends, default=0.0))


def compare(rows: Sequence[Row]) -> list[Against]:
    """The adaptive policy against the better of the two others, load by load.

    Args:
        rows: The figures; loads without all three policies are left out.
    """
    found: list[Against] = []
    for load in sorted({row.load for row in rows}):
        own = {row.policy: row for row in rows if row.load == load}
        if {"normal", "skeleton", "adaptive"} <= own.keys():
            found.append(_against(load, own["normal"], own["skeleton"], own["adaptive"]))
    return found


def with_rounds(whole: Sequence[Against], rounds: Sequence[Against]) -> list[Against]:
    """How much the comparison differed from round to round.

    Args:
        whole: All rounds together.
        rounds: One by one.
    """
    ratios = [row.p50 for row in rounds if row.p50 is not None]
    if len(rounds) < 2 or not ratios:
        return list(whole)
    return [row.model_copy(update={"rounds": (min(ratios), max(ratios))}) for row in whole]


def percentile(values: Sequence[float], part: float) -> float | None:
    """The value below which a part of the values lies; ``None`` where it is not finite, or there is none.

    Args:
        values: The values.
        part: From 0 to 1.
    """
    if not values:
        return None
    ordered = sorted(values)
    value = ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1 if part else 0)]
    return None if math.isinf(value) else value


def _against(load: float, normal: Row, skeleton: Row, adaptive: Row) -> Against:
    kept: float | None = None
    times = normal.total_p50, skeleton.total_p50, adaptive.total_p50
    if None not in times:
        one, many, own = (time or 0.0 for time in times)
        if one > many:
            kept = (one - own) / (one - many)
    return Against(
        load=load,
        p50=_ratio(adaptive.total_p50, normal.total_p50, skeleton.total_p50),
        p95=_ratio(adaptive.total_p95, normal.total_p95, skeleton.total_p95),
        together=_ratio(_both(adaptive), _both(normal), _both(skeleton)),
        disagree=_order(normal.total_p50, skeleton.total_p50) * _order(normal.total_p95, skeleton.total_p95)
        < 0,
        gain_kept=kept,
    )


def _order(one: float | None, other: float | None) -> int:
    """-1 where the first is less, 1 where it is more; 0 where they are alike, or neither is known."""
    first, second = (math.inf if value is None else value for value in (one, other))
    return (first > second) - (first < second)


def _both(row: Row) -> float | None:
    return (
        None if row.total_p50 is None or row.total_p95 is None else math.sqrt(row.total_p50 * row.total_p95)
    )


def _ratio(own: float | None, *others: float | None) -> float | None:
    best = min((other for other in others if other is not None), default=None)
    return None if own is None or best is None else own / best
