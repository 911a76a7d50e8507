"""Routes, fall-backs and notes as lines for people."""

from __future__ import annotations

from ..events import FellBack
from ..price.money import money
from ..strategies import part_of
from ..terminal import one_line, shown_spec
from ..types import Answer, Route, StageFailure

_CUT = "the token limit cut the answer; see --max-tokens"
_CUT_PART = "the token limit cut one {part}; see --max-point-tokens"
_FILTERED = "the engine's content filter cut the answer"
_INCOMPLETE = "the answer is incomplete"
_SHOWN_STAGES = {
    "point": "points",
    "field": "fields",
    "item": "items",
    "normal": "normal decoding",
    "cot": "chain of thought",
}


def describe_route(route: Route) -> str:
    """A route in one line for people."""
    sure = f"{min(route.confidence, 0.99):.0%} sure"
    return f"{route.strategy}: {one_line(route.reason)} ({one_line(route.router)}, {sure})"


def describe_fall_back(event: FellBack) -> str:
    """A fall-back in one line for people."""
    return f"fell back to normal decoding: {one_line(event.reason)}"


def describe_gap(answer: Answer) -> str | None:
    """What an answer lacks, in one line for people; ``None`` for a complete one."""
    part = part_of(answer.route.strategy) or "point"
    if answer.finish_reason == "length":
        return _CUT_PART.format(part=part) if answer.points and answer.fell_back is None else _CUT
    if answer.finish_reason == "content_filter":
        return _FILTERED
    if answer.complete:
        return None
    missing = [str(point.index) for point in answer.points if point.status == "missing"]
    return f"{_INCOMPLETE}: no text for {part} {', '.join(missing)}" if missing else _INCOMPLETE


def describe_replaced(failure: StageFailure) -> str:
    """A stage's engine that failed, in one line for people."""
    what = "the skeleton" if failure.stage == "skeleton" else f"the {failure.stage}"
    engine = f"the engine for {what} ({one_line(failure.model)})"
    return f"{engine} failed, the main one writes: {one_line(failure.reason)}"


def describe_stages(answer: Answer) -> str | None:
    """Which model wrote what, in one line for people; ``None`` where one model wrote all."""
    uses = answer.stages
    if len({(use.model, use.backend) for use in uses}) < 2:
        return None
    names = {(use.model, use.backend): one_line(use.model) for use in uses}
    if len(set(names.values())) < len(names):  # one model at two engines
        names = {key: f"{one_line(key[0])} ({shown_spec(key[1])})" for key in names}
    written: dict[str, list[str]] = {}
    for use in uses:
        models = written.setdefault(_SHOWN_STAGES.get(use.stage, use.stage), [])
        if (name := names[use.model, use.backend]) not in models:
            models.append(name)
    return ", ".join(f"{stage} by {' and '.join(models)}" for stage, models in written.items())


def describe_tokens(answer: Answer) -> str:
    """The tokens that an answer took, and how many of them were thoughts."""
    usage = answer.usage
    words = "1 token" if usage.completion_tokens == 1 else f"{usage.completion_tokens} tokens"
    return f"{words} ({usage.reasoning_tokens} of thoughts)" if usage.reasoning_tokens else words


def describe_cost(answer: Answer) -> str:
    """The cost of an answer beside what normal decoding was expected to cost; empty without prices."""
    cost = answer.cost
    if cost is None:
        return ""
    words = money(cost.spent, cost.currency)
    if cost.normal_estimated is not None and answer.points:
        words += f" (decoded normally about {money(cost.normal_estimated, cost.currency)})"
    return f"{words} without {one_line(', '.join(cost.unpriced))}" if cost.unpriced else words


def describe_estimate(route: Route) -> str:
    """The expected cost of an answer, behind its question; empty without prices."""
    expected = route.estimate
    if expected is None:
        return ""
    words = f" (about {money(expected.cost, expected.currency)}"
    if route.strategy != "normal":
        words += f"; decoded normally {money(expected.normal, expected.currency)}"
    if expected.unpriced:
        words += f" without {one_line(', '.join(expected.unpriced))}"
    return f"{words})"
