"""Reader of events that a server sent as JSON, the counterpart of `sot.serialise.event_json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from .errors import MalformedResponseError
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
from .price.cost_json import CostJson, EstimateJson
from .serialise import AnswerJson, PointJson, RouteJson, StageFailureJson, StageJson, TitleJson, UsageJson
from .types import (
    Answer,
    Cost,
    Estimate,
    FinishReason,
    Point,
    PointAnswer,
    PointStatus,
    Route,
    Skeleton,
    StageCost,
    StageFailure,
    StageUse,
    Timing,
    Usage,
)


class _Sent(BaseModel):
    """Base of the events as they are sent; a later version may send further fields."""

    at_s: float = 0.0  # seconds since the request came to the server


class _RoutedSent(_Sent):
    type: Literal["routed"]
    route: RouteJson
    cost: EstimateJson | None = None

    def event(self) -> Event:
        return Routed(_route(self.route, self.cost))


class _PointFoundSent(_Sent):
    type: Literal["point_found"]
    index: int
    title: str

    def event(self) -> Event:
        return PointFound(Point(self.index, self.title), self.at_s)


class _SkeletonFinishedSent(_Sent):
    type: Literal["skeleton_finished"]
    points: list[TitleJson]
    usage: UsageJson

    def event(self) -> Event:
        return SkeletonFinished(tuple(map(_title, self.points)), _usage(self.usage), self.at_s)


class _PointStartedSent(_Sent):
    type: Literal["point_started"]
    index: int
    attempt: int
    continues: bool

    def event(self) -> Event:
        return PointStarted(self.index, self.attempt, self.continues)


class _PointDeltaSent(_Sent):
    type: Literal["point_delta"]
    index: int
    text: str

    def event(self) -> Event:
        return PointDelta(self.index, self.text)


class _PointFinishedSent(_Sent):
    type: Literal["point_finished"]
    point: PointJson

    def event(self) -> Event:
        return PointFinished(_point(self.point))


class _OpeningFinishedSent(_Sent):
    type: Literal["opening_finished"]
    text: str
    followed_by: Literal["points", "answer", "failed"]
    reason: str

    def event(self) -> Event:
        return OpeningFinished(self.text, self.followed_by, self.reason, self.at_s)


class _TextSent(_Sent):
    type: Literal["text"]
    text: str

    def event(self) -> Event:
        return TextDelta(self.text)


class _FellBackSent(_Sent):
    type: Literal["fell_back"]
    reason: str

    def event(self) -> Event:
        return FellBack(self.reason)


class _StageReplacedSent(_Sent, StageFailureJson):
    type: Literal["stage_replaced"]

    def event(self) -> Event:
        return StageReplaced(_failure(self))


class _FinishedSent(_Sent):
    type: Literal["finished"]
    answer: AnswerJson

    def event(self) -> Event:
        return Finished(_answer(self.answer))


_SENT: TypeAdapter[
    _RoutedSent
    | _PointFoundSent
    | _SkeletonFinishedSent
    | _PointStartedSent
    | _PointDeltaSent
    | _PointFinishedSent
    | _OpeningFinishedSent
    | _TextSent
    | _FellBackSent
    | _StageReplacedSent
    | _FinishedSent
] = TypeAdapter(
    Annotated[
        _RoutedSent
        | _PointFoundSent
        | _SkeletonFinishedSent
        | _PointStartedSent
        | _PointDeltaSent
        | _PointFinishedSent
        | _OpeningFinishedSent
        | _TextSent
        | _FellBackSent
        | _StageReplacedSent
        | _FinishedSent,
        Field(discriminator="type"),
    ]
)


def read_event(sent: object) -> Event:
    """Read an event that came as JSON.

    An event says what its JSON says: the dependencies of points, say, are only in the last one.

    Args:
        sent: The parsed JSON object; its ``at_s`` is the time of the event.

    Raises:
        MalformedResponseError: It is no event of this version.
    """
    try:
        return _SENT.validate_python(sent).event()
    except (ValidationError, ValueError) as error:
        raise MalformedResponseError(f"this is no event of an answer: {_first(error)}") from None


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc'])) or 'all of it'}: {found['msg']}"


def _route(route: RouteJson, cost: EstimateJson | None = None) -> Route:
    return Route(
        strategy=route.strategy,
        confidence=route.confidence,
        reason=route.reason,
        router=route.router,
        estimate=None if cost is None else _estimate(cost),
    )


def _estimate(cost: EstimateJson) -> Estimate:
    usage = Usage(
        prompt_tokens=cost.prompt_tokens,
        cached_tokens=cost.cached_tokens,
        completion_tokens=cost.completion_tokens,
        requests=cost.requests,
    )
    return Estimate(
        cost.currency, cost.estimated, cost.normal_estimated, usage, Usage(), tuple(cost.unpriced)
    )


def _title(title: TitleJson) -> Point:
    return Point(title.index, title.title, tuple(title.depends_on), title.covers)


def _point(point: PointJson) -> PointAnswer:
    status: Any = _one_of(point.status, get_args(PointStatus))
    return PointAnswer(
        index=point.index,
        title=point.title,
        text=point.text,
        status=status,
        usage=_usage(point.usage),
        started_s=point.started_s,
        first_text_s=point.first_text_s,
        finished_s=point.finished_s,
        reason=point.reason,
    )


def _answer(sent: AnswerJson) -> Answer:
    finish: Any = None if sent.finish_reason is None else _one_of(sent.finish_reason, get_args(FinishReason))
    return Answer(
        question=sent.question,
        text=sent.text,
        route=_route(sent.route),
        skeleton=Skeleton(tuple(map(_title, sent.skeleton))),
        points=tuple(map(_point, sent.points)),
        usage=_usage(sent.usage),
        skeleton_usage=Usage(),
        timing=Timing(**sent.timing.model_dump()),
        model=sent.model,
        backend=sent.backend,
        fell_back=sent.fell_back,
        final_answer=sent.final_answer,
        finish_reason=finish,
        complete=sent.complete,
        opening=sent.opening,
        closing=sent.closing,
        stages=tuple(map(_stage, sent.stages)),
        stage_failures=tuple(map(_failure, sent.stage_failures)),
        cost=None if sent.cost is None else _cost(sent.cost),
    )


def _stage(use: StageJson) -> StageUse:
    return StageUse(use.stage, use.model, use.backend, _usage(use.usage), use.first_s, use.last_s)


def _failure(failure: StageFailureJson) -> StageFailure:
    return StageFailure(failure.stage, failure.model, failure.reason)


def _cost(cost: CostJson) -> Cost:
    return Cost(
        currency=cost.currency,
        spent=cost.spent,
        cached_saved=cost.cached_saved,
        estimated=cost.estimated,
        normal_estimated=cost.normal_estimated,
        assumed_tokens=cost.assumed_tokens,
        stages=tuple(StageCost(each.stage, each.model, each.spent) for each in cost.stages),
        unpriced=tuple(cost.unpriced),
    )


def _usage(usage: UsageJson) -> Usage:
    return Usage(**usage.model_dump())


def _one_of(word: str, known: tuple[str, ...]) -> str:
    """Return a word that is one of those known.

    Raises:
        ValueError: It is none.
    """
    if word not in known:
        raise ValueError(f"{word[:50]!r} is none of {', '.join(known)}")
    return word


__all__ = ["read_event"]
