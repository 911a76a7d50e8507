"""JSON schemas of answers, routes, events and engines, as the command line and the server return them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from .events import (
    Event,
    FellBack,
    Finished,
    OpeningFinished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    Routed,
    SkeletonFinished,
    StageReplaced,
    TextDelta,
)
from .price.cost_json import CostJson, EstimateJson, cost_json, estimate_json
from .types import (
    Answer,
    BackendInfo,
    Message,
    Point,
    PointAnswer,
    PrefixCaching,
    Role,
    Route,
    StageFailure,
    StageUse,
    Usage,
)

_OPTIONAL = ("messages", "stage_failures", "cost")  # fields that are left out where there is nothing in them


class EngineJson(BaseModel):
    """An engine's identity and capabilities, with the evidence for each."""

    name: str
    model: str
    context_length: int | None
    parameters: int | None
    continues_turn: bool
    caches_prefixes: PrefixCaching
    parallel: int | None
    thinks: bool | None
    stops_thinking: bool | None
    opens_thinking: bool | None
    constrains: bool | None
    adapters: list[str] | None
    takes_priority: bool
    separates_tenants: bool
    sleeps: bool | None
    refuses: list[str]
    evidence: dict[str, str]


class RouteJson(BaseModel):
    """The route of an answer."""

    strategy: str
    confidence: float
    reason: str
    router: str


class UsageJson(BaseModel):
    """Token counts and number of requests; thoughts are among the completion tokens."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    reasoning_tokens: int = 0  # absent from what earlier versions have written
    requests: int


class TitleJson(BaseModel):
    """A point of the skeleton, not yet written out."""

    index: int
    title: str
    depends_on: list[int] = []
    covers: str = ""

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what most skeletons do not have."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if value or name in ("index", "title")}


class PointJson(BaseModel):
    """A written point; times in seconds since the question arrived."""

    index: int
    title: str
    text: str
    status: str
    started_s: float
    first_text_s: float | None
    finished_s: float
    usage: UsageJson
    reason: str | None = None  # where asked for: it may quote the engine, and so is not for every reader

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the reason out where there is none."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if name != "reason" or value is not None}


class StageJson(BaseModel):
    """Usage and times of one stage at one model; times in seconds since the question arrived."""

    stage: str
    model: str
    backend: str
    usage: UsageJson
    first_s: float
    last_s: float


class StageFailureJson(BaseModel):
    """Failure of a stage's own engine, for which the main engine took over."""

    stage: str
    model: str
    reason: str


class TimingJson(BaseModel):
    """Times of an answer, in seconds since the question arrived."""

    route_s: float
    skeleton_s: float | None
    first_text_s: float | None
    total_s: float


class MessageJson(BaseModel):
    """One turn of a conversation."""

    role: Role
    content: str


class AnswerJson(BaseModel):
    """A whole answer, as ``sot ask --json`` prints it."""

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
    complete: bool = True  # absent from what earlier versions have written
    opening: str = ""
    closing: str = ""
    stages: list[StageJson] = []  # absent from what earlier versions have written
    stage_failures: list[StageFailureJson] = []
    messages: list[MessageJson] | None = None  # the conversation, where it is more than the question
    cost: CostJson | None = None  # where there are prices

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the conversation where the question is all of it, and what there is not."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if name not in _OPTIONAL or value}


class RoutedJson(BaseModel):
    """A question's route, as ``sot route --json`` prints it."""

    question: str
    strategy: str
    confidence: float
    reason: str
    router: str
    seconds: float
    cost: EstimateJson | None = None  # where there are prices

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the cost out without prices."""
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if name not in _OPTIONAL or value is not None}


def answer_json(answer: Answer, conversation: Sequence[Message] = (), *, reasons: bool = False) -> AnswerJson:
    """Return an answer in the schema of ``sot ask --json``.

    Args:
        answer: The answer.
        conversation: The conversation that it answers; stored where it is more than the question, so that the
            answer can be revised.
        reasons: Whether the points tell why they are missing or cut, in words that may be the engine's.
    """
    timing = answer.timing
    return AnswerJson(
        question=_text(answer.question),
        text=_text(answer.text),
        route=RouteJson.model_validate(_route(answer.route)),
        skeleton=[_title(point) for point in answer.skeleton.points],
        points=[_point(point, reason=reasons) for point in answer.points],
        usage=_usage(answer.usage),
        timing=TimingJson(
            route_s=_seconds(timing.route_s),
            skeleton_s=None if timing.skeleton_s is None else _seconds(timing.skeleton_s),
            first_text_s=None if timing.first_text_s is None else _seconds(timing.first_text_s),
            total_s=_seconds(timing.total_s),
        ),
        model=_text(answer.model),
        backend=_text(answer.backend),
        fell_back=None if answer.fell_back is None else _text(answer.fell_back),
        final_answer=None if answer.final_answer is None else _text(answer.final_answer),
        finish_reason=answer.finish_reason,
        complete=answer.complete,
        opening=_text(answer.opening),
        closing=_text(answer.closing),
        stages=[_stage(use) for use in answer.stages],
        stage_failures=[_failure(failure) for failure in answer.stage_failures],
        messages=[MessageJson(role=turn.role, content=_text(turn.content)) for turn in conversation]
        if len(conversation) > 1
        else None,
        cost=None if answer.cost is None else cost_json(answer.cost),
    )


def event_json(event: Event) -> dict[str, Any]:
    """Return an event as a JSON object: its ``type`` and its fields."""
    match event:
        case Routed(route):
            return {"type": "routed", "route": _route(route), **_expected(route)}
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
        case OpeningFinished(text, followed_by, reason):
            return {
                "type": "opening_finished",
                "text": _text(text),
                "followed_by": followed_by,
                "reason": _text(reason),
            }
        case TextDelta(text):
            return {"type": "text", "text": _text(text)}
        case FellBack(reason):
            return {"type": "fell_back", "reason": _text(reason)}
        case StageReplaced(failure):
            return {"type": "stage_replaced", **_failure(failure).model_dump()}
        case Finished(answer):
            return {"type": "finished", "answer": answer_json(answer).model_dump()}


def engine_json(info: BackendInfo) -> dict[str, Any]:
    """Return an engine in the schema of ``sot doctor --json`` and ``/sot/about``."""
    return EngineJson(
        name=_text(info.name),
        model=_text(info.model),
        context_length=info.context_length,
        parameters=info.parameters,
        continues_turn=info.continues_turn,
        caches_prefixes=info.caches_prefixes,
        parallel=info.parallel,
        thinks=info.thinks,
        stops_thinking=info.stops_thinking,
        opens_thinking=info.opens_thinking,
        constrains=info.constrains,
        adapters=None if info.adapters is None else [_text(name) for name in info.adapters],
        takes_priority=info.takes_priority,
        separates_tenants=info.separates_tenants,
        sleeps=info.sleeps,
        refuses=list(info.refuses),
        evidence={name: _text(words) for name, words in info.evidence.items()},
    ).model_dump()


def routed_json(question: str, route: Route, seconds: float) -> RoutedJson:
    """Return a route in the schema of ``sot route --json``; ``seconds`` is the router's own time."""
    fields = {"question": _text(question), **_route(route), "seconds": round(seconds, 6), **_expected(route)}
    return RoutedJson.model_validate(fields)


def _route(route: Route) -> dict[str, str | float]:
    return {
        "strategy": route.strategy,
        "confidence": round(route.confidence, 4),
        "reason": _text(route.reason),
        "router": route.router,
    }


def _expected(route: Route) -> dict[str, Any]:
    """Return the field of an estimate; none without one."""
    return {} if route.estimate is None else {"cost": estimate_json(route.estimate).model_dump()}


def _title(point: Point) -> TitleJson:
    return TitleJson(
        index=point.index,
        title=_text(point.title),
        depends_on=list(point.depends_on),
        covers=_text(point.covers),
    )


def _point(point: PointAnswer, *, reason: bool = False) -> PointJson:
    return PointJson(
        index=point.index,
        title=_text(point.title),
        text=_text(point.text),
        status=point.status,
        started_s=_seconds(point.started_s),
        first_text_s=None if point.first_text_s is None else _seconds(point.first_text_s),
        finished_s=_seconds(point.finished_s),
        usage=_usage(point.usage),
        reason=_text(point.reason) if reason and point.reason is not None else None,
    )


def _stage(use: StageUse) -> StageJson:
    return StageJson(
        stage=use.stage,
        model=_text(use.model),
        backend=_text(use.backend),
        usage=_usage(use.usage),
        first_s=_seconds(use.first_s),
        last_s=_seconds(use.last_s),
    )


def _failure(failure: StageFailure) -> StageFailureJson:
    return StageFailureJson(
        stage=failure.stage, model=_text(failure.model), reason=_text(" ".join(failure.reason.split()))
    )


def _usage(usage: Usage) -> UsageJson:
    return UsageJson(
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        requests=usage.requests,
    )


def _seconds(value: float) -> float:
    return round(value, 4)


def _text(text: str) -> str:
    """Replace lone surrogates, which a model may write and UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode("utf-8")
