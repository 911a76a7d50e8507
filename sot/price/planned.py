"""Requests that an answer would take: their prompts as the strategies write them, before any is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..options import Options
from ..prompting.conversation import Prompt, with_question
from ..prompting.plan import Plan, Span
from ..strategies.base import Run, Stage
from ..strategies.conversations import Conversations
from ..strategies.opening import wants_opening
from ..strategies.scopes import asks_for_scopes
from ..strategies.token_budget import TokenBudget, split_budget
from ..types import Point

_TITLE = "Keep regular hours"  # as long as a usual one: 18 characters
_WORD = 1.35  # tokens
_SENTENCE = 24.0  # tokens, of those that models write where they are asked for few
REASONING = ("cot", "plan")
"""Strategies of one request with a prompt of their own."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Expected completions of an answer, in tokens.

    Args:
        skeleton: Of the skeleton.
        points: Number of points.
        written: Of all requests but the skeleton's, together.
        normal: Of normal decoding.
    """

    skeleton: float
    points: float
    written: float
    normal: float


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request of an answer, not sent.

    Args:
        prompt: Its prompt.
        completion: Expected tokens of its completion.
        finds: Prompts of the same answer that the engine has read when it is sent.
        stage: Its stage, which decides the engine.
    """

    prompt: Prompt
    completion: float
    finds: tuple[Prompt, ...] = field(default=())
    stage: Stage = "normal"


def normal_plan(run: Run, completion: float) -> list[PlannedRequest]:
    """Return the request of normal decoding."""
    return [PlannedRequest(Prompt(tuple(run.messages)), completion)]


def reasoning_plan(run: Run, strategy: str, completion: float) -> list[PlannedRequest]:
    """Return the request of a strategy with a prompt of its own."""
    text = run.pack.render(
        strategy, question=run.messages[-1].content, foreign=run.foreign, language=run.language
    )
    return [PlannedRequest(Prompt(with_question(run.messages, text)), completion)]


def skeleton_plan(run: Run, lengths: Lengths) -> list[PlannedRequest]:
    """Return the requests of a skeleton and its points.

    Repairs and fall-backs are not expected. The titles are placeholders: how long those of the model will be
    is not known.
    """
    budget = split_budget(run.options, run.plan)
    conversations = _conversations(run, budget)
    outline = conversations.of(run.engine_for("skeleton"))
    conversation = conversations.of(run.engine_for("point"))
    number = max(1, round(lengths.points))
    points = [Point(index, _TITLE) for index in range(1, number + 1)]
    lines = [f"{point.index}. {point.title}" for point in points]
    plain = Prompt(tuple(run.messages))
    first = outline.skeleton()
    beside = (plain, first) if (opens := wants_opening(run, budget)) else (first,)
    planned = [PlannedRequest(first, lengths.skeleton, stage="skeleton")]
    if opens:
        planned.append(PlannedRequest(plain, 0.0))  # its completion is among ``written``
    earlier: tuple[Prompt, ...] = ()
    for point in points:
        known = number if not run.options.pipeline else point.index
        prompt = conversation.point(point, points[:known], "\n".join(lines[:known]))
        found = (*beside, *earlier)
        planned.append(PlannedRequest(prompt, lengths.written / number, found, stage="point"))
        earlier = (prompt,)
    if budget.closing_tokens:
        planned.append(PlannedRequest(conversation.closing(points), 0.0, (*beside, *earlier), "closing"))
    return planned


def fitted(lengths: Lengths, plan: Plan, options: Options) -> Lengths:
    """Return lengths as the asker wishes and the settings allow them.

    Args:
        lengths: The usual ones.
        plan: What the asker wishes of the points.
        options: The caller's settings.
    """
    budget = split_budget(options, plan)
    each = lengths.written / max(lengths.points, 1.0)
    low, high = plan.points(options.min_points, budget.max_points)
    points = min(max(lengths.points, low), high)
    if plan.sentences is not None:
        each = _middle(plan.sentences) * _SENTENCE
    if plan.words is not None:
        each = _middle(plan.words) * _WORD
    each = min(each, budget.point_tokens)
    written = each * points
    if plan.words_in_all is not None:
        written = _middle(plan.words_in_all) * _WORD
    normal = lengths.normal * written / max(lengths.written, 1.0)
    if options.max_answer_tokens is not None:
        written = min(written, options.max_answer_tokens)
        normal = min(normal, options.max_answer_tokens)
    skeleton = lengths.skeleton * points / max(lengths.points, 1.0)
    return Lengths(
        min(skeleton, budget.skeleton_tokens), points, written, min(normal, float(options.max_tokens))
    )


def _conversations(run: Run, budget: TokenBudget) -> Conversations:
    engine = run.engine_for("skeleton")
    scopes = asks_for_scopes(engine.backend, engine.info, run.options, run.plan, budget, counts=False)
    return Conversations(run, max_points=budget.max_points, scopes=scopes)


def _middle(span: Span) -> float:
    """Return the number that a range asks for: its middle, or its only end."""
    ends: Sequence[int] = [end for end in (span.low, span.high) if end is not None]
    return sum(ends) / len(ends) if ends else 1.0
