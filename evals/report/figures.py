"""What a run shows without a judge: times, right results, routes, skeletons, texts, cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sot.strategies import strategy_names

from ..analysis.frame import Row, where
from ..analysis.paired import bounded_difference, ratio
from ..run.records import VALID_POINTS, AnswerRecord, Key
from ..score.exact import exact_score
from ..score.text_checks import distinct, point_checks, repetition, style, words
from ..stats import Interval, by_question, mean_interval, median
from .run_data import AUTO, RunData

SKELETON = "skeleton"
Answers = Sequence[Row[AnswerRecord]]


def total_s(record: AnswerRecord) -> float:
    """Seconds to the whole answer."""
    return record.total_s


def length(record: AnswerRecord) -> float:
    """Words of the answer."""
    return _count(record.text)


def pace(record: AnswerRecord) -> float:
    """Words a second, from the question to the end."""
    return length(record) / record.total_s if record.total_s else 0.0


def prompt_tokens(record: AnswerRecord) -> float:
    """Prompt tokens of all requests."""
    return record.usage.prompt_tokens


def completion_tokens(record: AnswerRecord) -> float:
    """Completion tokens of all requests."""
    return record.usage.completion_tokens


def right(record: AnswerRecord) -> float | None:
    """1 for a right result, 0 for a wrong one; ``None`` where the question has none."""
    score = exact_score(record)
    return None if score is None else float(score.correct)


def middle(answers: Answers, measure: Callable[[AnswerRecord], float]) -> float | None:
    """The median over answers."""
    return median(measure(row.record) for row in answers)


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """Times of a strategy, over all questions or those of a category; medians, and ratios to the baseline.

    Args:
        category: ``None``: all.
        answers: Answers that did not fail.
        sooner: Speed-up of the whole answer.
        longer: Words.
        pace: Words a second.
    """

    category: str | None
    answers: int
    failed: int
    total_s: float | None
    first_text_s: float | None
    sooner: Interval | None
    words: float | None
    longer: Interval | None
    pace: Interval | None


@dataclass(frozen=True, slots=True)
class Speed:
    """Times of a strategy."""

    strategy: str
    over_all: SpeedRow
    by_category: tuple[SpeedRow, ...]


def speeds(run: RunData) -> list[Speed]:
    """The times of every strategy, the baseline's among them."""
    return [
        Speed(
            name,
            _speed(run, run.side(name), name, None),
            tuple(_speed(run, run.side(name, category), name, category) for category in run.categories),
        )
        for name in run.strategies
    ]


def by_route(run: RunData) -> list[tuple[str, SpeedRow]]:
    """The times of ``auto`` by the strategy it chose; skeletons that were given up are among those chosen."""
    routed = {
        name: [row for row in run.side(AUTO) if run.answer(row).route.strategy == name]
        for name in strategy_names()
    }
    return [(name, _speed(run, own, AUTO, None)) for name, own in routed.items() if own]


def _speed(run: RunData, own: Answers, strategy: str, category: str | None) -> SpeedRow:
    base = [] if strategy == run.baseline else run.side(run.baseline)
    asked = where(run.rows, method=strategy, category=category)
    return SpeedRow(
        category=category,
        answers=len(own),
        failed=sum(row.status == "failed" for row in asked),
        total_s=middle(own, total_s),
        first_text_s=middle(own, lambda record: record.first_text_s),
        sooner=ratio(base, own, total_s),
        words=middle(own, length),
        longer=ratio(own, base, length),
        pace=ratio(own, base, pace),
    )


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Right results among the answers to questions that have one.

    Args:
        category: ``None``: all.
        share: By question.
        against: The share less the baseline's on the same questions; ``None`` for the baseline.
    """

    strategy: str
    category: str | None
    share: Interval
    right: int
    answers: int
    against: Interval | None


def accuracies(run: RunData) -> list[Accuracy]:
    """Right results of every strategy, over all and by category; empty where no question has one."""
    scored = {row.record.key: value for row in run.rows if (value := right(row.record)) is not None}
    categories = [name for name in run.categories if any(run.category(key) == name for key in scored)]
    wanted: list[str | None] = [None, *categories] if len(categories) > 1 else [None]
    return [
        found
        for category in wanted
        for strategy in run.strategies
        if (found := _accuracy(run, scored, strategy, category)) is not None
    ]


def _accuracy(
    run: RunData, scored: Mapping[Key, float], strategy: str, category: str | None
) -> Accuracy | None:
    own = [row for row in run.side(strategy, category) if row.record.key in scored]
    shares = by_question((row.question, scored[row.record.key]) for row in own)
    share = mean_interval(list(shares.values()), lowest=0, highest=1)
    if share is None:
        return None
    count = int(sum(scored[row.record.key] for row in own))
    base = [] if strategy == run.baseline else run.side(run.baseline)
    against = bounded_difference(own, base, lambda record: scored.get(record.key))
    return Accuracy(strategy, category, share, count, len(own), against)


def routes(run: RunData) -> list[tuple[str, Mapping[str, int]]]:
    """Of every category, how often ``auto`` chose which strategy; nothing where it was not run."""
    return [
        (category, {name: counts[name] for name in strategy_names()})
        for category in run.categories
        if (counts := Counter(run.answer(row).route.strategy for row in run.side(AUTO, category)))
    ]


@dataclass(frozen=True, slots=True)
class Skeletons:
    """Answers of a strategy that were to be written point by point; figures of text are medians over answers.

    Args:
        tried: Answers that were routed to a skeleton.
        valid: Those of them with three points or more that did not fall back.
        fell_back: Why others were decoded normally, with counts.
        missing: Points that could not be written.
        repaired: Points that had to be asked for again.
        overlap: Share of three-word runs that two points of an answer have in common.
        imbalance: Coefficient of variation of the points' lengths.
        repeated: Share of all points that say again what an earlier one says.
        on_title: Share of all written points that speak of what their title says.
        in_order: Answers with all titles of the skeleton in its order.
        whole: Answers whose form is whole.
        checked: Answers with points.
    """

    strategy: str
    tried: int
    valid: int
    fell_back: Mapping[str, int]
    points: float | None
    missing: int
    repaired: int
    overlap: float | None
    imbalance: float | None
    repeated: float | None
    on_title: float | None
    in_order: int
    whole: int
    checked: int


def skeletons(run: RunData) -> list[Skeletons]:
    """How well skeletons went, for every strategy that tried any."""
    return [found for strategy in run.strategies if (found := _skeletons(run, strategy)) is not None]


def _skeletons(run: RunData, strategy: str) -> Skeletons | None:
    answers = [run.answer(row) for row in run.side(strategy)]
    tried = [answer for answer in answers if answer.route.strategy == SKELETON]
    if not tried:
        return None
    checked = [checks for answer in tried if (checks := point_checks(answer)) is not None]
    statuses = Counter(point.status for answer in tried for point in answer.points)
    written = sum(checks.points - checks.empty for checks in checked)
    return Skeletons(
        strategy=strategy,
        tried=len(tried),
        valid=sum(answer.fell_back is None and len(answer.skeleton) >= VALID_POINTS for answer in tried),
        fell_back=Counter(answer.fell_back for answer in tried if answer.fell_back is not None),
        points=median(checks.points for checks in checked),
        missing=statuses["missing"],
        repaired=statuses["repaired"],
        overlap=median(checks.overlap for checks in checked),
        imbalance=median(checks.imbalance for checks in checked),
        repeated=_share((checks.repeated for checks in checked), sum(checks.points for checks in checked)),
        on_title=_share((checks.on_title for checks in checked), written),
        in_order=sum(checks.in_order for checks in checked),
        whole=sum(checks.whole for checks in checked),
        checked=len(checked),
    )


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of a strategy: medians over answers of repetition, means of marks of form.

    Args:
        distinct: Share of different two-word runs in the first hundred words.
        repetition: Share of sentences that say again what an earlier one has said.
    """

    strategy: str
    distinct: float | None
    repetition: float | None
    list_items: float
    headings: float
    bold: float


def texts(run: RunData) -> list[Texts]:
    """How the texts of every strategy are made."""
    found: list[Texts] = []
    for strategy in run.strategies:
        own = [row.record.text for row in run.side(strategy)]
        if own:
            marks = [style(text) for text in own]
            found.append(
                Texts(
                    strategy,
                    median(value for text in own if (value := distinct(text)) is not None),
                    median(value for text in own if (value := repetition(text)) is not None),
                    sum(mark.list_items for mark in marks) / len(own),
                    sum(mark.headings for mark in marks) / len(own),
                    sum(mark.bold for mark in marks) / len(own),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a strategy's answers: medians, of all requests of an answer together.

    Args:
        prompt_ratio: Prompt tokens against the baseline's.
        cached: Share of all prompt tokens served from the prefix cache.
    """

    strategy: str
    prompt_tokens: float | None
    prompt_ratio: Interval | None
    cached: float
    completion_tokens: float | None
    requests: float | None


def costs(run: RunData) -> list[Cost]:
    """What the answers of every strategy cost."""
    return [_cost(run, strategy, own) for strategy in run.strategies if (own := run.side(strategy))]


def _cost(run: RunData, strategy: str, own: Answers) -> Cost:
    base = [] if strategy == run.baseline else run.side(run.baseline)
    cached = (row.record.usage.cached_tokens for row in own)
    return Cost(
        strategy=strategy,
        prompt_tokens=middle(own, prompt_tokens),
        prompt_ratio=ratio(own, base, prompt_tokens),
        cached=_share(cached, sum(row.record.usage.prompt_tokens for row in own)) or 0.0,
        completion_tokens=middle(own, completion_tokens),
        requests=middle(own, lambda record: record.usage.requests),
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed, how often, and where for example."""

    what: str
    count: int
    where: str


def failures(run: RunData, most: int = 12) -> list[Failure]:
    """What failed, alike ones together, the most frequent first."""
    grouped: dict[str, list[str]] = {}
    for row in run.rows:
        place = f"{row.question} by {row.method}"
        if not row.done:
            grouped.setdefault(f"no answer: {row.record.error or row.status}", []).append(place)
            continue
        answer = run.answer(row)
        if answer.fell_back is not None:
            grouped.setdefault(f"fell back to normal decoding: {answer.fell_back}", []).append(place)
        if missing := sum(point.status == "missing" for point in answer.points):
            grouped.setdefault("points that could not be written", []).extend([place] * missing)
        if answer.finish_reason == "length":
            grouped.setdefault("cut by the token limit", []).append(place)
    found = [Failure(what, len(places), places[0]) for what, places in grouped.items()]
    return sorted(found, key=lambda failure: -failure.count)[:most]


def _share(parts: Iterable[float], whole: float) -> float | None:
    return sum(parts) / whole if whole else None


@lru_cache(maxsize=20_000)
def _count(text: str) -> int:
    return len(words(text))
