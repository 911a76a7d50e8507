"""Figures of a latency run: what each method took, how it compares with the baseline, where the time goes."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engines.accelerators import NONE
from ..measure.critical_path import path_of
from ..measure.methods import METHODS, baseline_of, is_routed, is_skeleton, router_of
from ..run.records import AnswerRecord, PointSpan
from ..stats import Interval, Spread, by_question, spread
from .frame import Row, rows, where
from .paired import difference, pairs, ratio

_LEAST_THIRDS = 9  # fewer questions are not parted by length
_LLM, _HEDGE, _LOCAL = "auto-llm", "auto-llm-hedge", "auto"
_STARTED = ("normal", "skeleton")  # what hedging starts before the router has decided

Cell = tuple[str, str]  # accelerator and method
Rows = Sequence[Row[AnswerRecord]]
Take = Callable[[AnswerRecord], float | None]


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
class Group:
    """Figures of a method's answers by one engine. Times in seconds; spreads are over answers.

    Args:
        reader_gap_s: The median gap between pieces of the ordered text, of each answer.
        engine_gap_s: The same between the engine's pieces within a request.
        token_s: For each token of a request after its first.
        useful_tokens: Tokens whose text is in the answer.
        useful_rate: Those per second.
        cached_share: Share of the prompt tokens that the prefix cache served; ``None`` where nothing is told.
        requests: The mean.
        points: The mean.
        valid: Skeletons of three points or more that were followed.
        fell_back: Skeletons given up.
        over_path: Time beyond the critical path, as a share of it.
        over_longest: Time beyond "line of the longest point + that point", as a share of it.
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
    """A method against another one, paired by question.

    Args:
        part: Which questions: all (``""``), ``category NAME``, or ``short``, ``middle`` or ``long`` answers.
        sooner: How many times sooner the whole answer is there.
        useful_rate: How many times the useful tokens per second.
        first_later_s: How many seconds later the first text comes.
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
    """Time of a skeleton answer by stage; medians over answers, in seconds.

    Args:
        to_first_text_s: From a point's line to its first text: waiting, and reading its prompt.
        decode_s: From a point's first text to its end, the median point.
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
class Routing:
    """Decisions of a routed method by one engine.

    Args:
        route_s: Seconds until it was decided.
        chosen: How often each strategy was chosen.
        decided: Decisions by the router that was asked; where the model's reply is no letter, the local one
            decides.
        hedge_won: Answers whose strategy had started before it was chosen; ``None`` without hedging.
        same: Those decisions that are also the local router's, of ``same_of``.
        against: Against the local router and the model's, without hedging, where these were run.
        later_by_strategy: Seconds by which hedging's first text comes later than that of the model's router
            alone, where both chose the strategy.
    """

    accelerator: str
    method: str
    answers: int
    route_s: Spread
    chosen: Mapping[str, int]
    decided: int
    hedge_won: int | None
    same: int | None
    same_of: int
    against: Sequence[Comparison]
    later_by_strategy: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run.

    Args:
        within: Each method against the baseline by the same engine; parts of the questions too.
        across: Each engine and method against the baseline without an accelerator.
        length_limits: Tokens of the baseline's answer up to which it counts as short, and as middle.
    """

    groups: list[Group]
    within: list[Comparison]
    across: list[Comparison]
    stages: list[Stages]
    routing: list[Routing]
    length_limits: tuple[float, float] | None


def summarise(records: Iterable[AnswerRecord], prices: Prices, *, seed: int = 0) -> Summary:
    """Return the figures of a run; the seed is the bootstrap's."""
    found = where(rows(records), done=True)
    # Without an accelerator first: that is what the others are compared with.
    accelerators = sorted(dict.fromkeys(row.engine for row in found), key=lambda name: name != NONE)
    methods = [name for name in METHODS if any(row.method == name for row in found)]
    cells: dict[Cell, Rows] = {}
    for accelerator in accelerators:
        for method in methods:
            if own := where(found, engine=accelerator, method=method):
                cells[accelerator, method] = own
    several = len(accelerators) > 1
    baseline = baseline_of(methods)
    first = accelerators[0], baseline
    parts, limits = _parts(cells.get(first, []))
    within = [
        _compared(cells, cell, (cell[0], baseline), seed, part, questions)
        for part, questions in parts.items()
        for cell in cells
        if cell[1] != baseline
    ]
    return Summary(
        groups=[_group(*cell, own, prices) for cell, own in cells.items()],
        within=within,
        across=[_compared(cells, cell, first, seed) for cell in cells if cell != first] if several else [],
        stages=[made for cell, own in cells.items() if (made := _stages(*cell, own)) is not None],
        routing=[_routing(cells, cell, seed) for cell in cells if is_routed(cell[1])],
        length_limits=limits,
    )


def _useful_tokens(record: AnswerRecord) -> float:
    return record.measured.useful_tokens if record.measured is not None else 0.0


def _group(accelerator: str, method: str, own: Rows, prices: Prices) -> Group:
    records = [row.record for row in own]
    usages = [record.usage for record in records]
    measured = [one for record in records if (one := record.measured) is not None]
    paths = [path for record in records if (path := path_of(record)) is not None]
    reader = [gaps for one in measured if (gaps := one.reader_gaps) is not None]
    engine = [gaps for one in measured if (gaps := one.engine_gaps) is not None]
    prompt = sum(usage.prompt_tokens for usage in usages)
    return Group(
        accelerator=accelerator,
        method=method,
        answers=len(own),
        first_text_s=_all(record.first_text_s for record in records),
        total_s=_all(record.total_s for record in records),
        reader_gap_s=spread(gaps.median_s for gaps in reader),
        reader_gap_p95_s=spread(gaps.p95_s for gaps in reader),
        engine_gap_s=spread(gaps.median_s for gaps in engine),
        engine_gap_p95_s=spread(gaps.p95_s for gaps in engine),
        token_s=spread(one.token_s for one in measured),
        useful_tokens=_all(map(_useful_tokens, records)),
        useful_rate=_all(record.useful_rate for record in records),
        completion_tokens=_all(usage.completion_tokens for usage in usages),
        prompt_tokens=_all(usage.prompt_tokens for usage in usages),
        cached_share=sum(usage.cached_tokens for usage in usages) / prompt if prompt else None,
        requests=statistics.fmean(usage.requests for usage in usages),
        points=statistics.fmean(record.points for record in records),
        valid=sum(record.valid for record in records),
        fell_back=sum(record.fell_back is not None for record in records),
        over_path=spread(path.overhead for path in paths),
        over_longest=spread(path.over_longest for path in paths),
        energy_j=spread(one.energy_j for one in measured),
        cost=spread(map(prices.cost, records)),
        drafted=_sum(one.drafted for one in measured),
        accepted=_sum(one.accepted for one in measured),
    )


def _all(values: Iterable[float]) -> Spread:
    found = spread(values)
    assert found is not None, "answers that are done have these figures"
    return found


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
) -> Comparison:
    mine, base = where(cells[own], questions=questions), cells.get(other, [])

    def times(take: Take) -> Interval | None:
        return ratio(mine, base, take, seed=seed)

    return Comparison(
        *(*own, *other, part),
        sooner=ratio(base, mine, lambda record: record.total_s, seed=seed),
        useful_rate=times(lambda record: record.useful_rate),
        first_later_s=difference(mine, base, lambda record: record.first_text_s, seed=seed),
        prompt_tokens=times(lambda record: record.usage.prompt_tokens),
        completion_tokens=times(lambda record: record.usage.completion_tokens),
    )


def _parts(baseline: Rows) -> tuple[dict[str, set[str] | None], tuple[float, float] | None]:
    """Parts of the questions by category, and in thirds by the length of the baseline's answer."""
    parts: dict[str, set[str] | None] = {"": None}
    by_category: dict[str, set[str]] = {}
    for row in baseline:
        if row.record.category:
            by_category.setdefault(row.category, set()).add(row.question)
    if len(by_category) > 1:
        parts |= {f"category {name}": own for name, own in sorted(by_category.items())}
    lengths = by_question((row.question, _useful_tokens(row.record)) for row in baseline)
    ordered = sorted(lengths.values())
    if len(ordered) < _LEAST_THIRDS or ordered[0] == ordered[-1]:
        return parts, None
    short, middle = ordered[len(ordered) // 3 - 1], ordered[2 * len(ordered) // 3 - 1]
    for name, low, high in (
        ("short", -math.inf, short),
        ("middle", short, middle),
        ("long", middle, math.inf),
    ):
        if own := {question for question, length in lengths.items() if low < length <= high}:
            parts[name] = own
    return parts, (short, middle)


def _stages(accelerator: str, method: str, own: Rows) -> Stages | None:
    answers = [(spans, row.record.total_s) for row in own if (spans := row.record.spans)]
    if not is_skeleton(method) or not answers:
        return None

    def over_answers(take: Callable[[Sequence[PointSpan]], float]) -> float:
        return statistics.median(take(spans) for spans, _ in answers)

    def decodes(spans: Sequence[PointSpan]) -> list[float]:
        return [span.finished_s - (span.first_text_s or span.started_s) for span in spans]

    def waits(spans: Sequence[PointSpan]) -> list[float]:
        return [(span.first_text_s or span.finished_s) - span.found_s for span in spans]

    return Stages(
        accelerator=accelerator,
        method=method,
        first_line_s=over_answers(lambda spans: min(span.found_s for span in spans)),
        last_line_s=over_answers(lambda spans: max(span.found_s for span in spans)),
        to_first_text_s=over_answers(lambda spans: statistics.median(waits(spans))),
        decode_s=over_answers(lambda spans: statistics.median(decodes(spans))),
        longest_decode_s=over_answers(lambda spans: max(decodes(spans))),
        total_s=statistics.median(total_s for _, total_s in answers),
    )


def _routing(cells: Mapping[Cell, Rows], cell: Cell, seed: int) -> Routing:
    accelerator, method = cell
    own, local, alone = cells[cell], cells.get((accelerator, _LOCAL), []), cells.get((accelerator, _LLM), [])
    chosen = Counter(_strategy(row) for row in own)
    decided = [row for row in own if _answer(row)["route"]["router"] == router_of(method)]
    compared = pairs(decided, local) if method != _LOCAL else []
    both = [(_strategy(mine), _strategy(other)) for mine, other in compared]
    others = [name for name in (_LOCAL, _LLM) if name != method and (accelerator, name) in cells]
    later: dict[str, Interval] = {}
    if method == _HEDGE:
        for strategy in chosen:
            mine = [row for row in own if _strategy(row) == strategy]
            base = [row for row in alone if _strategy(row) == strategy]
            found = difference(mine, base, lambda record: record.first_text_s, seed=seed)
            later |= {strategy: found} if found is not None else {}
    return Routing(
        accelerator=accelerator,
        method=method,
        answers=len(own),
        route_s=_all(_answer(row)["timing"]["route_s"] for row in own),
        chosen=dict(chosen.most_common()),
        decided=len(decided),
        hedge_won=sum(chosen[name] for name in _STARTED) if method == _HEDGE else None,
        same=sum(mine == other for mine, other in both) if both else None,
        same_of=len(both),
        against=[_compared(cells, cell, (accelerator, name), seed) for name in others if method != _LOCAL],
        later_by_strategy=later,
    )


def _strategy(row: Row[AnswerRecord]) -> str:
    return str(_answer(row)["route"]["strategy"])


def _answer(row: Row[AnswerRecord]) -> Mapping[str, Any]:
    assert row.record.answer is not None, "the answer is done"
    return row.record.answer
