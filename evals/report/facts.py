"""Accuracy, routes, skeletons, cost: what needs no judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sot.strategies import strategy_names

from ..exact import exact_score
from ..records import Key
from ..statistics import Interval, by_question, mean_interval
from ..text_checks import distinct, point_checks
from . import measures
from .run_data import AUTO, RunData

VALID_POINTS = 3
SKELETON = "skeleton"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many answers with one right result are right.

    Args:
        strategy: Whose answers.
        category: Of this category; ``None``: of all.
        share: The share, by question.
        right: How many answers are right.
        answers: Of how many.
        against: The share less the baseline's on the same questions; ``None`` for the baseline.
    """

    strategy: str
    category: str | None
    share: Interval
    right: int
    answers: int
    against: Interval | None


@dataclass(frozen=True, slots=True)
class Skeletons:
    """The answers of one strategy that were to be written point by point.

    Args:
        strategy: The strategy asked for.
        tried: Answers that were routed to a skeleton.
        valid: Those of them with three points or more that did not fall back.
        fell_back: Why others were decoded normally, with counts.
        points: Median number of points.
        missing: Points that could not be written.
        repaired: Points that had to be asked for again.
        overlap: Median share of three-word runs that two points of an answer have in common.
        imbalance: Median coefficient of variation of the points' lengths.
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
    whole: int
    checked: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer of a strategy costs: medians.

    Args:
        strategy: Whose answers.
        prompt_tokens: Of all requests together.
        prompt_ratio: Against the baseline, question by question.
        cached: Share of the prompt tokens served from the prefix cache.
        completion_tokens: Of all requests together.
        requests: Requests.
        distinct: Share of different two-word runs in the first hundred words.
    """

    strategy: str
    prompt_tokens: float | None
    prompt_ratio: Interval | None
    cached: float
    completion_tokens: float | None
    requests: float | None
    distinct: float | None


def accuracies(run: RunData) -> list[Accuracy]:
    """Exact accuracy of every strategy, over all and by category; none where no question has a right answer.

    Args:
        run: The run.
    """
    scores = {
        key: float(score.correct) for key in run.done if (score := exact_score(run.answers[key])) is not None
    }
    categories = [name for name in run.categories if any(run.category(key) == name for key in scores)]
    wanted: list[str | None] = [None, *categories] if len(categories) > 1 else [None]
    return [
        found
        for category in wanted
        for strategy in run.strategies
        if (found := _accuracy(run, scores, strategy, category)) is not None
    ]


def _accuracy(
    run: RunData, scores: Mapping[Key, float], strategy: str, category: str | None
) -> Accuracy | None:
    own = {
        key: value
        for key, value in scores.items()
        if key.strategy == strategy and (category is None or run.category(key) == category)
    }
    shares = by_question((key.question_id, value) for key, value in own.items())
    share = mean_interval(list(shares.values()), lowest=0, highest=1)
    if share is None:
        return None
    differences = by_question(
        (key.question_id, value - scores[other])
        for key, value in own.items()
        if (other := key._replace(strategy=run.baseline)) in scores
    )
    against = mean_interval(list(differences.values()), lowest=-1, highest=1)
    return Accuracy(
        strategy,
        category,
        share,
        int(sum(own.values())),
        len(own),
        None if strategy == run.baseline else against,
    )


def routes(run: RunData) -> list[tuple[str, Mapping[str, int]]]:
    """Of every category, how often ``auto`` chose which strategy; nothing where it was not run.

    Args:
        run: The run.
    """
    keys = measures.keys_of(run, AUTO)
    return [
        (category, {name: counts[name] for name in strategy_names()})
        for category in run.categories
        if (counts := Counter(run.done[key].route.strategy for key in keys if run.category(key) == category))
    ]


def skeletons(run: RunData) -> list[Skeletons]:
    """How well skeletons went, for every strategy that tried any.

    Args:
        run: The run.
    """
    return [found for strategy in run.strategies if (found := _skeletons(run, strategy)) is not None]


def _skeletons(run: RunData, strategy: str) -> Skeletons | None:
    tried = [
        answer
        for key in measures.keys_of(run, strategy)
        if (answer := run.done[key]).route.strategy == SKELETON
    ]
    if not tried:
        return None
    checked = [checks for answer in tried if (checks := point_checks(answer)) is not None]
    statuses = Counter(point.status for answer in tried for point in answer.points)
    return Skeletons(
        strategy=strategy,
        tried=len(tried),
        valid=sum(answer.fell_back is None and len(answer.skeleton) >= VALID_POINTS for answer in tried),
        fell_back=Counter(answer.fell_back for answer in tried if answer.fell_back is not None),
        points=measures.middle(checks.points for checks in checked),
        missing=statuses["missing"],
        repaired=statuses["repaired"],
        overlap=measures.middle(checks.overlap for checks in checked),
        imbalance=measures.middle(checks.imbalance for checks in checked),
        whole=sum(checks.whole for checks in checked),
        checked=len(checked),
    )


def costs(run: RunData) -> list[Cost]:
    """What the answers of every strategy cost.

    Args:
        run: The run.
    """
    return [_cost(run, strategy) for strategy in run.strategies if measures.keys_of(run, strategy)]


def _cost(run: RunData, strategy: str) -> Cost:
    answers = [run.done[key] for key in measures.keys_of(run, strategy)]
    prompt = sum(answer.usage.prompt_tokens for answer in answers)
    against = None
    if strategy != run.baseline:
        against = measures.ratio(run, strategy, run.baseline, measures.prompt_tokens)
    return Cost(
        strategy=strategy,
        prompt_tokens=measures.middle(map(measures.prompt_tokens, answers)),
        prompt_ratio=against,
        cached=sum(answer.usage.cached_tokens for answer in answers) / prompt if prompt else 0.0,
        completion_tokens=measures.middle(map(measures.completion_tokens, answers)),
        requests=measures.middle(map(measures.requests, answers)),
        distinct=measures.middle(share for answer in answers if (share := distinct(answer.text)) is not None),
    )
