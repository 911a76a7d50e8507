"""Schema of a prompt pack's ``pack.toml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Demonstration(_Strict):
    """Few-shot example: a question, its skeleton and, if given, one point written out.

    Args:
        question: The question.
        points: Titles of its points.
        covers: Scope of each point, for skeletons with scopes.
        needs: Numbers of the points whose texts a point needs, by its own number.
        point: Number of the point that is written out.
        text: Its text.
    """

    question: _Text
    points: Annotated[tuple[_Text, ...], Field(min_length=1)]
    covers: tuple[_Text, ...] = ()
    needs: dict[int, tuple[int, ...]] = {}
    point: Annotated[int, Field(ge=1)] | None = None
    text: _Text | None = None

    @model_validator(mode="after")
    def _point_exists(self) -> Demonstration:
        if (self.point is None) != (self.text is None):
            raise ValueError("point and text belong together: the point that is written out, and how")
        if self.point is not None and self.point > len(self.points):
            raise ValueError(f"point is {self.point}, but there are {len(self.points)} points")
        return self

    @model_validator(mode="after")
    def _scopes_fit(self) -> Demonstration:
        count = len(self.points)
        if self.covers and len(self.covers) != count:
            raise ValueError(f"covers has {len(self.covers)} scopes, but there are {count} points")
        if self.needs and not self.covers:
            raise ValueError("needs is for points with scopes: covers is missing")
        for number, needed in self.needs.items():
            if number > count or not all(1 <= other < number for other in needed):
                raise ValueError(f"needs of point {number}: a point can need earlier ones only")
        return self


class SkeletonStage(_Strict):
    """Settings of the skeleton request: the start of the assistant's turn, and stop sequences."""

    prefill: str = "1."
    stop: tuple[_Text, ...] = ()


class PointStage(_Strict):
    """Settings of a point request: stop sequences for when its heading is prefilled."""

    stop: tuple[_Text, ...] = ()


class ReasoningStage(_Strict):
    """Settings of chain of thought or plan-and-solve: texts that announce the final answer."""

    answer_markers: Annotated[tuple[_Text, ...], Field(min_length=1)]


class Yardstick(_Strict):
    """Words of a question by which its points are shorter or longer than usual.

    Args:
        brief: Words of what is asked for whose points are short, such as names.
        full: Words for points in depth.
        until: Words behind which a sentence no longer says what is asked for ("tips *for* games").
    """

    brief: tuple[_Text, ...] = ()
    full: tuple[_Text, ...] = ()
    until: tuple[_Text, ...] = ()


class PackFile(_Strict):
    """Content of ``pack.toml``."""

    language: _Text
    name: _Text
    skeleton: SkeletonStage = SkeletonStage()
    point: PointStage = PointStage()
    cot: ReasoningStage
    plan: ReasoningStage
    demonstrations: tuple[Demonstration, ...] = ()
    yardstick: Yardstick = Yardstick()
    languages: dict[str, _Text] = {}
