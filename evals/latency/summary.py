"""From answers to figures: what each method took, and how it compares with normal decoding."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

from ..statistics import Interval, by_question, ratio_interval, statistic_interval
from .accelerators import NONE
from .figures import Comparison, Group, Prices, Stages, Summary
from .methods import METHODS, baseline_of, is_skeleton
from .sample import Sample
from .stats import Spread, ratio, spread

_LEAST_THIRDS = 9  # fewer questions are not parted by length


def summarise(samples: Sequence[Sample], prices: Prices, *, seed: int = 0) -> Summary:
    """The figures of a run.

    Args:
        samples: All its answers.
        prices: Of tokens.
        seed: Of the bootstrap.
    """
    cells: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        cells.setdefault((sample.accelerator, sample.method), []).append(sample)
    # Without an accelerator first: that is what the others are compared with.
    accelerators = sorted(
        dict.fromkeys(accelerator for accelerator, _ in cells), key=lambda name: name != NONE
    )
    methods = [name for name in METHODS if any(method == name for _, method in cells)]
    baseline = baseline_of(methods)
    ordered = [(a, m) for a in accelerators for m in methods if (a, m) in cells]
    parts, limits = _parts(cells.get((accelerators[0], baseline), []))
    within = [
        _comparison(cells, (accelerator, method), (accelerator, baseline), part, questions, seed)
        for part, questions in parts.items()
        for accelerator, method in ordered
        if method != baseline
    ]
    first = (accelerators[0], baseline)
    across = [_comparison(cells, cell, first, "", parts[""], seed) for cell in ordered if cell != first]
    return Summary(
        groups=[_group(*cell, cells[cell], prices) for cell in ordered],
        within=within,
        across=across if len(accelerators) > 1 else [],
        stages=[found for cell in ordered if (found := _stages(*cell, cells[cell])) is not None],
        length_limits=limits,
    )


def _group(accelerator: str, method: str, own: Sequence[Sample], prices: Prices) -> Group:
    prompt = sum(sample.prompt_tokens for sample in own)
    paths = [path for sample in own if (path := sample.path) is not None]
    reader = [gaps for sample in own if (gaps := sample.reader_gaps) is not None]
    engine = [gaps for sample in own if (gaps := sample.engine_gaps) is not None]

    def known(take: Callable[[Sample], float | None]) -> Spread | None:
        return spread([value for sample in own if (value := take(sample)) is not None])

    def all_of(take: Callable[[Sample], float]) -> Spread:
        found = spread([take(sample) for sample in own])
        assert found is not None, "these fields are always numbers"
        return found

    return Group(
        accelerator=accelerator,
        method=method,
        answers=len(own),
        first_text_s=all_of(lambda sample: sample.first_text_s),
        total_s=all_of(lambda sample: sample.total_s),
        reader_gap_s=spread([gaps.median_s for gaps in reader]),
        reader_gap_p95_s=spread([gaps.p95_s for gaps in reader]),
        engine_gap_s=spread([gaps.median_s for gaps in engine]),
        engine_gap_p95_s=spread([gaps.p95_s for gaps in engine]),
        token_s=known(lambda sample: sample.token_s),
        useful_tokens=all_of(lambda sample: sample.useful_tokens),
        useful_rate=all_of(lambda sample: sample.useful_rate),
        completion_tokens=all_of(lambda sample: sample.completion_tokens),
        prompt_tokens=all_of(lambda sample: sample.prompt_tokens),
        cached_share=sum(sample.cached_tokens for sample in own) / prompt if prompt else None,
        requests=statistics.fmean(sample.requests for sample in own),
        points=statistics.fmean(sample.points for sample in own),
        valid=sum(sample.valid for sample in own),
        fell_back=sum(sample.fell_back is not None for sample in own),
        over_path=spread([path.overhead for path in paths]),
        over_longest=spread([path.over_longest for path in paths]),
        energy_j=known(lambda sample: sample.energy_j),
        cost=spread([prices.cost(sample) for sample in own]),
        drafted=_sum(sample.drafted for sample in own),
        accepted=_sum(sample.accepted for sample in own),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _comparison(
    cells: dict[tuple[str, str], list[Sample]],
    own: tuple[str, str],
    other: tuple[str, str],
    part: str,
    questions: set[str],
    seed: int,
) -> Comparison:
    others = {(sample.question, sample.repeat): sample for sample in cells.get(other, [])}
    pairs = [
        (sample, others[sample.question, sample.repeat])
        for sample in cells[own]
        if sample.question in questions and (sample.question, sample.repeat) in others
    ]

    def times(take: Callable[[Sample, Sample], float]) -> Interval | None:
        values = [(mine.question, take(mine, base)) for mine, base in pairs]
        known = [(question, value) for question, value in values if value > 0]  # of nothing, no ratio
        return ratio_interval(list(by_question(known).values()), seed=seed)

    later = by_question((mine.question, mine.first_text_s - base.first_text_s) for mine, base in pairs)
    return Comparison(
        accelerator=own[0],
        method=own[1],
        against_accelerator=other[0],
        against_method=other[1],
        part=part,
        sooner=times(lambda mine, base: ratio(base.total_s, mine.total_s)),
        useful_rate=times(lambda mine, base: ratio(mine.useful_rate, base.useful_rate)),
        first_later_s=statistic_interval(list(later.values()), statistics.median, seed=seed),
        prompt_tokens=times(lambda mine, base: ratio(mine.prompt_tokens, base.prompt_tokens)),
        completion_tokens=times(lambda mine, base: ratio(mine.completion_tokens, base.completion_tokens)),
    )


def _parts(baseline: Sequence[Sample]) -> tuple[dict[str, set[str]], tuple[float, float] | None]:
    """Parts of the questions by category, and in thirds by the length of the baseline's answer."""
    questions = {sample.question for sample in baseline}
    parts = {"": questions}
    by_category: dict[str, set[str]] = {}
    for sample in baseline:
        if sample.category:
            by_category.setdefault(sample.category, set()).add(sample.question)
    if len(by_category) > 1:
        parts |= {f"category {name}": own for name, own in sorted(by_category.items())}
    lengths = by_question((sample.question, sample.useful_tokens) for sample in baseline)
    ordered = sorted(lengths.values())
    if len(ordered) < _LEAST_THIRDS or ordered[0] == ordered[-1]:
        return parts, None
    short, middle = ordered[len(ordered) // 3 - 1], ordered[2 * len(ordered) // 3 - 1]
    parts["short"] = {question for question, length in lengths.items() if length <= short}
    parts["middle"] = {question for question, length in lengths.items() if short < length <= middle}
    parts["long"] = {question for question, length in lengths.items() if length > middle}
    return {name: own for name, own in parts.items() if own}, (short, middle)


def _stages(accelerator: str, method: str, samples: Sequence[Sample]) -> Stages | None:
    own = [sample for sample in samples if sample.spans]
    if not is_skeleton(method) or not own:
        return None

    def over_answers(take: Callable[[Sample], float]) -> float:
        return statistics.median(take(sample) for sample in own)

    def decodes(sample: Sample) -> list[float]:
        return [span.finished_s - (span.first_text_s or span.started_s) for span in sample.spans]

    return Stages(
        accelerator=accelerator,
        method=method,
        first_line_s=over_answers(lambda sample: min(span.found_s for span in sample.spans)),
        last_line_s=over_answers(lambda sample: max(span.found_s for span in sample.spans)),
        to_first_text_s=over_answers(
            lambda sample: statistics.median(
                (span.first_text_s or span.finished_s) - span.found_s for span in sample.spans
            )
        ),
        decode_s=over_answers(lambda sample: statistics.median(decodes(sample))),
        longest_decode_s=over_answers(lambda sample: max(decodes(sample))),
        total_s=over_answers(lambda sample: sample.total_s),
    )
