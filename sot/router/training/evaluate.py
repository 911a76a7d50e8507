"""Quality of a router: precision, recall, F1, AUC, calibration, time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...types import Route, StrategyName
from ..base import Router
from ..context import earlier_question
from ..corpus import ROUTES, Entry
from ..hybrid import TrainedRouter

_BINS = 10


@dataclass(frozen=True, slots=True)
class RoutedEntry:
    """Labelled question with the route that a router chose.

    Args:
        skeleton: Probability of ``skeleton``.
        seconds: Time that the router took.
        before: Strategy of the question before a follow-up, as the router chose it; ``None`` without one.
    """

    entry: Entry
    route: Route
    skeleton: float
    seconds: float
    before: StrategyName | None = None

    @property
    def right(self) -> bool:
        """Whether the route matches the label."""
        return self.route.strategy == self.entry.route


async def decide(router: Router, entries: Sequence[Entry]) -> list[RoutedEntry]:
    """Route labelled questions."""
    await router.route(entries[0].messages)  # loads its model, which is not timed
    decisions: list[RoutedEntry] = []
    for entry in entries:
        started = time.perf_counter()
        route = await router.route(entry.messages)
        seconds = time.perf_counter() - started
        if isinstance(router, TrainedRouter):
            skeleton = (await router.scores(entry.messages))["skeleton"]
        else:
            skeleton = route.confidence if route.strategy == "skeleton" else (1 - route.confidence) / 2
        earlier = earlier_question(entry.messages)
        before = None if earlier is None else (await router.route(earlier)).strategy
        decisions.append(RoutedEntry(entry, route, skeleton, seconds, before))
    return decisions


def f1(decisions: Sequence[RoutedEntry], strategy: StrategyName) -> tuple[float, float, float]:
    """Return precision, recall and F1 of one strategy."""
    hits = sum(d.route.strategy == strategy == d.entry.route for d in decisions)
    chosen = sum(d.route.strategy == strategy for d in decisions)
    wanted = sum(d.entry.route == strategy for d in decisions)
    precision = hits / chosen if chosen else 0.0
    recall = hits / wanted if wanted else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def macro_f1(decisions: Sequence[RoutedEntry]) -> float:
    """Return the mean F1 of the strategies that occur among the labels."""
    present: list[StrategyName] = [
        route for route in ROUTES if any(d.entry.route == route for d in decisions)
    ]
    return sum(f1(decisions, route)[2] for route in present) / len(present)


def auc(decisions: Sequence[RoutedEntry]) -> float | None:
    """Return the area under the ROC curve of ``skeleton`` against the rest; ``None`` without both kinds."""
    ranked = sorted(decisions, key=lambda d: d.skeleton)
    positives = sum(d.entry.route == "skeleton" for d in ranked)
    negatives = len(ranked) - positives
    if not positives or not negatives:
        return None
    total, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end].skeleton == ranked[start].skeleton:
            end += 1
        middle = (start + 1 + end) / 2  # ties share the mean rank
        total += middle * sum(d.entry.route == "skeleton" for d in ranked[start:end])
        start = end
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def calibration(decisions: Sequence[RoutedEntry]) -> tuple[float, list[tuple[float, float, int]]]:
    """Return the expected calibration error, and for each used bin mean confidence, accuracy and count."""
    bins: list[tuple[float, float, int]] = []
    for number in range(_BINS):
        inside = [d for d in decisions if min(int(d.route.confidence * _BINS), _BINS - 1) == number]
        if inside:
            mean = sum(d.route.confidence for d in inside) / len(inside)
            bins.append((mean, sum(d.right for d in inside) / len(inside), len(inside)))
    error = sum(abs(mean - right) * count for mean, right, count in bins) / len(decisions)
    return error, bins


def false_skeletons(decisions: Sequence[RoutedEntry], label: StrategyName) -> float:
    """Return the share of the questions of a label that were routed to ``skeleton``."""
    own = [d for d in decisions if d.entry.route == label]
    return sum(d.route.strategy == "skeleton" for d in own) / len(own) if own else 0.0
