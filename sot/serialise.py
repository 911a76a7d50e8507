"""Answers, routes and events as JSON, in the shape that the command line and the server promise."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from .events import (
    Event,
    FellBack,
    Finished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    Routed,
    SkeletonFinished,
    TextDelta,
)
from .types import Answer, PointAnswer, Route, Usage


class RouteJson(BaseModel):
    """How the question was answered, and why."""

    strategy: str
    confidence: float
    reason: str
    router: str


class UsageJson(BaseModel):
    """Tokens and requests."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    requests: int


class TitleJson(BaseModel):
    """A point of the skeleton."""

    index: int
    title: str


class PointJson(BaseModel):
    """A point, written out; times in seconds since the question arrived."""

    index: int
    title: str
    text: str
    status: str
    started_s: float
    first_text_s: float | None
    finished_s: float
    usage: UsageJson


class TimingJson(BaseModel):
    """Seconds since the question arrived."""

    route_s: float
    skeleton_s: float | None
    first_text_s: float | None
    total_s: float


class AnswerJson(BaseModel):
    """A whole answer."""

    question: str
    text: str
    route: RouteJson
    skeleton: list[TitleJson]
    points: list[PointJson]
    usage: UsageJson
    timing: TimingJson
    model: str
    backend: str
    fell_back: str | None
    final_answer: str | None
    finish_reason: str | None


class RoutedJson(BaseModel):
    """A line of ``sot route --json``."""

    question: str
    strategy: str
    confidence: float
    reason: str
    router: str
    seconds: float


def answer_json(answer: Answer) -> AnswerJson:
    """An answer in the shape of ``sot ask --json``.

    Args:
        answer: The answer.
    """
    timing = answer.timing
    return AnswerJson(
        question=_text(answer.question),
        text=_text(answer.text),
        route=RouteJson.model_validate(_route(answer.route)),
        skeleton=[TitleJson(index=point.index, title=_text(point.title)) for point in answer.skeleton.points],
        points=[_point(point) for point in answer.points],
        usage=_usage(answer.usage),
        timing=TimingJson(
            route_s=_seconds(timing.route_s),
            skeleton_s=None if timing.skeleton_s is None else _seconds(timing.skeleton_s),
            first_text_s=None if timing.first_text_s is None else _seconds(timing.first_text_s),
            total_s=_seconds(timing.total_s),
        ),
        model=answer.model,
        backend=answer.backend,
        fell_back=answer.fell_back,
        final_answer=None if answer.final_answer is None else _text(answer.final_answer),
        finish_reason=answer.finish_reason,
    )


def event_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object: its ``type``, and what it carries.

    Args:
        event: The event.
    """
    match event:
        case Routed(route):
            return {"type": "routed", "route": _route(route)}
        case PointFound(point):
            return {"type": "point_found", "index": point.index, "title": _text(point.title)}
        case SkeletonFinished(points, usage):
            titles = [{"index": point.index, "title": _text(point.title)} for point in points]
            return {"type": "skeleton_finished", "points": titles, "usage": _usage(usage).model_dump()}
        case PointStarted(index, attempt, continues):
            return {"type": "point_started", "index": index, "attempt": attempt, "continues": continues}
        case PointDelta(index, text):
            return {"type": "point_delta", "index": index, "text": _text(text)}
        case PointFinished(point):
            return {"type": "point_finished", "point": _point(point).model_dump()}
        case TextDelta(text):
            return {"type": "text", "text": _text(text)}
        case FellBack(reason):
            return {"type": "fell_back", "reason": reason}
        case Finished(answer):
            return {"type": "finished", "answer": answer_json(answer).model_dump()}


def routed_json(question: str, route: Route, seconds: float) -> RoutedJson:
    """A route in the shape of ``sot route --json``.

    Args:
        question: The question.
        route: Its route.
        seconds: How long the router took.
    """
    fields = {"question": _text(question), **_route(route), "seconds": round(seconds, 6)}
    return RoutedJson.model_validate(fields)


def _route(route: Route) -> dict[str, str | float]:
    return {
        "strategy": route.strategy,
        "confidence": round(route.confidence, 4),
        "reason": route.reason,
        "router": route.router,
    }


def _point(point: PointAnswer) -> PointJson:
    return PointJson(
        index=point.index,
        title=_text(point.title),
        text=_text(point.text),
        status=point.status,
        started_s=_seconds(point.started_s),
        first_text_s=None if point.first_text_s is None else _seconds(point.first_text_s),
        finished_s=_seconds(point.finished_s),
        usage=_usage(point.usage),
    )


def _usage(usage: Usage) -> UsageJson:
    return UsageJson(
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        completion_tokens=usage.completion_tokens,
        requests=usage.requests,
    )


def _seconds(value: float) -> float:
    return round(value, 4)


def _text(text: str) -> str:
    """JSON is Unicode: half of a surrogate pair, which a terminal's argument may hold, is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
