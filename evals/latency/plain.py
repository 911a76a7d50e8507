"""The short comparison as two Markdown tables: medians with the least and the greatest, and ratios."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from .sample import VALID_POINTS, Sample
from .stats import ratio


def report(samples: Sequence[Sample], methods: Sequence[str]) -> str:
    """The comparison as a Markdown table: medians with the least and the greatest, and ratios.

    Args:
        samples: The samples.
        methods: The methods, the baseline first.
    """
    rows = [
        "| method | first text, s | total, s | useful tokens | useful tokens/s | cached | points | gave up |"
    ]
    rows.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    by_method = {method: [sample for sample in samples if sample.method == method] for method in methods}
    for method, own in by_method.items():
        prompt = sum(sample.prompt_tokens for sample in own)
        cached = sum(sample.cached_tokens for sample in own)
        cells = (
            method,
            _spread([sample.first_text_s for sample in own]),
            _spread([sample.total_s for sample in own]),
            _spread([sample.useful_tokens for sample in own], 0),
            _spread([sample.useful_rate for sample in own], 0),
            f"{cached / prompt:.0%}" if prompt else "unknown",
            f"{statistics.mean(sample.points for sample in own):.1f}",
            str(sum(sample.fell_back is not None for sample in own)),
        )
        rows.append("| " + " | ".join(cells) + " |")
    base = methods[0]
    if len(methods) > 1:
        rows += [
            "",
            f"| against {base} | useful tokens/s | total time | first text later by, s | prompt tokens |",
        ]
        rows.append("| --- | --- | --- | --- | --- |")
    for method in methods[1:]:
        pairs = list(zip(by_method[method], _matching(by_method[base], by_method[method]), strict=True))
        rates = [ratio(own.useful_rate, other.useful_rate) for own, other in pairs]
        sooner = [ratio(other.total_s, own.total_s) for own, other in pairs]
        later = [own.first_text_s - other.first_text_s for own, other in pairs]
        prompts = [ratio(own.prompt_tokens, other.prompt_tokens) for own, other in pairs]
        rows.append(
            f"| {method} | {_spread(rates, unit='x')} | {_spread(sooner, unit='x sooner')} "
            f"| {_spread(later)} | {_spread(prompts, 1, 'x')} |"
        )
    for method in methods:
        if method.startswith("skeleton"):
            own = by_method[method]
            valid = sum(sample.valid for sample in own)
            rows.append(f"\n{method}: {valid} of {len(own)} skeletons valid ({VALID_POINTS} points or more)")
    rows.append(
        f"\nMedian (least to greatest) over {len(by_method[base])} questions; ratios question by question."
    )
    return "\n".join(rows)


def _matching(others: Sequence[Sample], own: Sequence[Sample]) -> list[Sample]:
    by_question = {sample.question: sample for sample in others}
    return [by_question[sample.question] for sample in own]


def _spread(values: Sequence[float], digits: int = 2, unit: str = "") -> str:
    values = [value for value in values if not math.isnan(value)]
    if not values:
        return "unknown"
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f}){unit}"
