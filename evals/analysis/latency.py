"""Figures of a latency run: what each method took, how it compares with the baseline, where the time goes."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ..engines.accelerators import NONE
from ..measure.critical_path import path_of
from ..measure.methods import METHODS, baseline_of, has_parts, is_routed, router_of
from ..run.records import AnswerRecord, Measured, PointSpan
from ..stats.bootstrap import Interval, by_question, spread
from .overall import overall
from .paired import Measure, Row, difference, pairs, ratio, rows, where

_LEAST_THIRDS = 9  # fewer questions are not parted by length
_LLM, _HEDGE, _LOCAL = "auto-llm", "auto-llm-hedge", "auto"
_STARTED = ("normal", "skeleton")  # what hedging starts before the router has decided

Cell = tuple[str, str]  # accelerator and method
Rows = Sequence[Row[AnswerRecord]]
Figures = Mapping[str, Any]  # by name, as `report.json` has them

_first_text_s: Measure[AnswerRecord] = attrgetter("first_text_s")
_total_s: Measure[AnswerRecord] = attrgetter("total_s")


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million tokens each; ``None`` where not known; ``cached`` is ``prompt``'s unless given."""

    prompt: float | None = None
    cached: float | None = None
    completion: float | None = None

    def cost(self, record: AnswerRecord) -> float | None:
        """Return what an answer cost; ``None`` where the prices are not known."""
        if self.prompt is None or self.completion is None:
            return None
        usage = record.usage
        cached = self.prompt if self.cached is None else self.cached
        spent = (usage.prompt_tokens - usage.cached_tokens) * self.prompt + usage.cached_tokens * cached
        return (spent + usage.completion_tokens * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run; spreads are over answers, intervals over questions, times in seconds.

    Args:
        groups: Of each method by each engine.
        within: Each method against the baseline by the same engine; parts of the questions too.
        overall: Each method against the baseline by the same engine, over all questions; of routed methods
            those of each strategy chosen too.
        across: Each engine and method against the baseline without an accelerator.
        stages: Time of the skeleton answers by stage, medians over answers.
        routing: Decisions of each routed method by each engine.
        length_limits: Tokens of the baseline's answer up to which it counts as short, and as middle.
    """

    groups: list[Figures]
    within: list[Figures]
    overall: list[Figures]
    across: list[Figures]
    stages: list[Figures]
    routing: list[Figures]
    length_limits: tuple[float, float] | None


def summarise(records: Iterable[AnswerRecord], prices: Prices, *, seed: int = 0) -> Summary:
    """Return the figures of a run; the seed is the bootstrap's."""
    found = where(rows(records), done=True)
    # Without an accelerator first: that is what the others are compared with.
    accelerators = sorted(dict.fromkeys(row.record.engine for row in found), key=lambda name: name != NONE)
    methods = [name for name in METHODS if any(row.method == name for row in found)]
    cells: dict[Cell, Rows] = {
        (accelerator, method): own
        for accelerator in accelerators
        for method in methods
        if (own := [row for row in where(found, method=method) if row.record.engine == accelerator])
    }
    baseline = baseline_of(methods)
    first = accelerators[0], baseline
    parts, limits = _parts(cells.get(first, []))
    return Summary(
        groups=[_group(cell, own, prices) for cell, own in cells.items()],
        within=[
            _compared(cells, cell, (cell[0], baseline), seed, part, questions)
            for part, questions in parts.items()
            for cell in cells
            if cell[1] != baseline
        ],
        overall=[
            {**_named(cell), "part": part, **overall(chosen, cells.get((cell[0], baseline), []), seed=seed)}
            for cell, own in cells.items()
            if cell[1] != baseline
            for part, chosen in _by_choice(cell[1], own).items()
        ],
        across=[_compared(cells, cell, first, seed) for cell in cells if cell != first and accelerators[1:]],
        stages=[made for cell, own in cells.items() if (made := _stages(cell, own))],
        routing=[_routing(cells, cell, seed) for cell in cells if is_routed(cell[1])],
        length_limits=limits,
    )


def _named(cell: Cell) -> dict[str, Any]:
    return {"accelerator": cell[0], "method": cell[1]}


def _group(cell: Cell, own: Rows, prices: Prices) -> Figures:
    records = [row.record for row in own]
    usages = [record.usage for record in records]
    measured = [record.measured or Measured() for record in records]
    paths = [path for record in records if (path := path_of(record)) is not None]
    reader = [gaps for one in measured if (gaps := one.reader_gaps) is not None]
    engine = [gaps for one in measured if (gaps := one.engine_gaps) is not None]
    prompt = sum(usage.prompt_tokens for usage in usages)
    return {
        **_named(cell),
        "answers": len(own),
        "first_text_s": spread(record.first_text_s for record in records),
        "total_s": spread(record.total_s for record in records),
        # of each answer the gaps between pieces of the ordered text, and between the engine's in a request
        "reader_gap_s": spread(gaps.median_s for gaps in reader),
        "reader_gap_p95_s": spread(gaps.p95_s for gaps in reader),
        "engine_gap_s": spread(gaps.median_s for gaps in engine),
        "engine_gap_p95_s": spread(gaps.p95_s for gaps in engine),
        "token_s": spread(one.token_s for one in measured),
        "useful_tokens": spread(one.useful_tokens for one in measured),
        "useful_rate": spread(record.useful_rate for record in records),
        "completion_tokens": spread(usage.completion_tokens for usage in usages),
        "prompt_tokens": spread(usage.prompt_tokens for usage in usages),
        "cached_share": sum(usage.cached_tokens for usage in usages) / prompt if prompt else None,
        "requests": statistics.fmean(usage.requests for usage in usages),
        "points": statistics.fmean(record.points for record in records),
        "valid": sum(record.valid for record in records),
        "fell_back": sum(record.fell_back is not None for record in records),
        # shares of the path and of "line of the longest point + that point"
        "over_path": spread(path.overhead for path in paths),
        "over_longest": spread(path.over_longest for path in paths),
        "over_steps": spread(
            record.total_s / one.decode_s - 1
            for record, one in zip(records, measured, strict=True)
            if one.decode_s
        ),
        "energy_j": spread(one.energy_j for one in measured),
        "cost": spread(map(prices.cost, records)),
        "drafted": _sum(one.drafted for one in measured),
        "accepted": _sum(one.accepted for one in measured),
    }


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _compared(
    cells: Mapping[Cell, Rows],
    own: Cell,
    other: Cell,
    seed: int,
    part: str = "",
    questions: set[str] | None = None,
) -> Figures:
    """A method against another one; ``part`` is of the questions: all, a category, or a third by length."""
    mine = [row for row in cells[own] if questions is None or row.question in questions]
    base = cells.get(other, [])

    def times(measure: str) -> Interval | None:
        return ratio(mine, base, attrgetter(measure), seed=seed)

    return {
        **_named(own),
        "against_accelerator": other[0],
        "against_method": other[1],
        "part": part,
        "sooner": ratio(base, mine, _total_s, seed=seed),
        "useful_rate": times("useful_rate"),
        "first_later_s": difference(mine, base, _first_text_s, seed=seed),
        "prompt_tokens": times("usage.prompt_tokens"),
        "completion_tokens": times("usage.completion_tokens"),
    }


def _parts(baseline: Rows) -> tuple[dict[str, set[str] | None], tuple[float, float] | None]:
    """Parts of the questions by category, and in thirds by the length of the baseline's answer."""
    parts: dict[str, set[str] | None] = {"": None}
    categories = sorted({row.category for row in baseline if row.record.category})
    for name in categories if len(categories) > 1 else ():
        parts[f"category {name}"] = {row.question for row in baseline if row.category == name}
    lengths = by_question(
        (row.question, (row.record.measured or Measured()).useful_tokens) for row in baseline
    )
    ordered = sorted(lengths.values())
    if len(ordered) < _LEAST_THIRDS or ordered[0] == ordered[-1]:
        return parts, None
    limits = ordered[len(ordered) // 3 - 1], ordered[2 * len(ordered) // 3 - 1]
    ends = -math.inf, *limits, math.inf
    for name, low, high in zip(("short", "middle", "long"), ends, ends[1:], strict=False):
        if own := {question for question, length in lengths.items() if low < length <= high}:
            parts[name] = own
    return parts, limits


def _stages(cell: Cell, own: Rows) -> Figures | None:
    answers = [spans for row in own if (spans := row.record.spans)]
    if not has_parts(cell[1]) or not answers:
        return None

    def over_answers(
        take: Callable[[Iterable[float]], float], of_point: Callable[[PointSpan], float]
    ) -> float:
        return statistics.median(take(map(of_point, spans)) for spans in answers)

    def wait(span: PointSpan) -> float:
        return (span.first_text_s or span.finished_s) - span.found_s

    def decode(span: PointSpan) -> float:
        return span.finished_s - (span.first_text_s or span.started_s)

    return {
        **_named(cell),
        "first_line_s": over_answers(min, attrgetter("found_s")),
        "last_line_s": over_answers(max, attrgetter("found_s")),
        "to_first_text_s": over_answers(statistics.median, wait),
        "decode_s": over_answers(statistics.median, decode),
        "longest_decode_s": over_answers(max, decode),
        "total_s": statistics.median(row.record.total_s for row in own if row.record.spans),
    }


def _routing(cells: Mapping[Cell, Rows], cell: Cell, seed: int) -> Figures:
    accelerator, method = cell
    own, local, alone = (cells.get((accelerator, name), []) for name in (method, _LOCAL, _LLM))
    chosen = Counter(_strategy(row) for row in own)
    decided = [row for row in own if _answer(row)["route"]["router"] == router_of(method)]
    both = list(pairs(decided, local)) if method != _LOCAL else []
    later = {
        strategy: difference(_chose(own, strategy), _chose(alone, strategy), _first_text_s, seed=seed)
        for strategy in chosen
        if method == _HEDGE
    }
    others = [name for name in (_LOCAL, _LLM) if name != method and (accelerator, name) in cells]
    return {
        **_named(cell),
        "answers": len(own),
        "route_s": spread(_answer(row)["timing"]["route_s"] for row in own),
        "chosen": dict(chosen.most_common()),
        # by the router that was asked: where the model's reply is no letter, the local one decides
        "decided": len(decided),
        # answers whose strategy had started before it was chosen
        "hedge_won": sum(chosen[name] for name in _STARTED) if method == _HEDGE else None,
        "same": sum(_strategy(mine) == _strategy(other) for mine, other in both) if both else None,
        "same_of": len(both),
        "against": [_compared(cells, cell, (accelerator, name), seed) for name in others if method != _LOCAL],
        # hedging's first text less that of the model's router alone, where both chose the strategy
        "later_by_strategy": {name: found for name, found in later.items() if found is not None},
    }


def _by_choice(method: str, own: Rows) -> dict[str, Rows]:
    """All answers, and of a routed method those by each strategy that the router chose."""
    chosen = sorted({_strategy(row) for row in own}) if is_routed(method) else []
    return {"": own} | {f"chosen {name}": _chose(own, name) for name in chosen if len(chosen) > 1}


def _chose(own: Rows, strategy: str) -> Rows:
    return [row for row in own if _strategy(row) == strategy]


def _strategy(row: Row[AnswerRecord]) -> str:
    return str(_answer(row)["route"]["strategy"])


def _answer(row: Row[AnswerRecord]) -> Mapping[str, Any]:
    assert row.record.answer is not None, "the answer is done"
    return row.record.answer
