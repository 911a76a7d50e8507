"""Message layout of an answer's requests, in the three prompt styles.

``aligned``: all requests of an answer are one growing conversation, ``[system] [demonstrations]
[history] [user: skeleton instruction and question] [assistant: skeleton so far] [user: write point k]``.
The engine has already computed every byte before the last turn, so its prefix cache serves it.
``compact``: the fewest prompt tokens, for engines without a prefix cache or paid by the token.
``paper``: stand-alone point prompts, as in Ning et al. (2024), section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

from ..types import BackendInfo, Message, Point
from .packs import PromptPack
from .plan import NO_WISHES, Plan, Span
from .yardstick import Depth, depth_of

Style = Literal["aligned", "compact", "paper"]
_USUAL_POINTS = 8
_BRIEFER: dict[Depth, Depth] = {"usual": "brief", "full": "usual"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages of one request, and the start of the assistant's turn where the engine continues it."""

    messages: tuple[Message, ...]
    prefill: str | None = None


def choose_style(asked: str, info: BackendInfo) -> Style:
    """Choose the prompt style: the one asked for; for ``auto`` by whether long shared prefixes are cheap."""
    if asked == "aligned" or asked == "compact" or asked == "paper":
        return asked
    return "aligned" if info.reuses_prefixes else "compact"


class Conversation:
    """Builder of the prompts of one answer.

    Args:
        messages: The caller's conversation; the last turn is the question.
        can_prefill: Whether the engine continues a started assistant turn.
        min_points: Fewest points asked for.
        max_points: Most points asked for.
        plan: What the asker wishes of the points.
        foreign: Whether the answer is in the question's language, and that is not the pack's.
        language: Name of the language asked for; empty: the question's.
        demonstrations: Whether the pack's demonstrations (few-shot examples) are used.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        pack: PromptPack,
        style: Style,
        *,
        can_prefill: bool,
        min_points: int,
        max_points: int,
        plan: Plan = NO_WISHES,
        foreign: bool = False,
        language: str = "",
        demonstrations: bool = True,
    ) -> None:
        self._pack = pack
        self._style: Style = style
        self._can_prefill = can_prefill
        self._skeleton_prefill = (pack.file.skeleton.prefill or None) if can_prefill else None
        self._plan = plan
        self._counts = _counts(plan, min_points, max_points)
        self._foreign = foreign
        self._language = language
        self._question = messages[-1].content
        self._system = tuple(message for message in messages[:-1] if message.role == "system")
        self._history = tuple(message for message in messages[:-1] if message.role != "system")
        self._demonstrations = pack.file.demonstrations if demonstrations else ()

    def skeleton(self) -> Prompt:
        """Build the skeleton request."""
        return Prompt((*self._opening(), self._skeleton_turn(self._question)), self._skeleton_prefill)

    def heading(self, point: Point) -> str:
        """Render the heading before a point's text in the answer, with the mark asked for."""
        shown = self._heading(point, self._plan.mark)
        return f"{shown}\n\n" if self._plan.mark == "headings" else shown

    def _heading(self, point: Point, mark: str = "numbers") -> str:
        return self._pack.render("heading", index=point.index, title=point.title, mark=mark)

    def point(self, point: Point, points: Sequence[Point], written: str) -> Prompt:
        """Build the request of a point.

        Args:
            points: The points known so far.
            written: The skeleton so far, byte for byte as the model wrote it.
        """
        prefill = self._heading(point) if self._can_prefill else None
        if self._style == "aligned":
            turns = (
                *self._opening(),
                self._skeleton_turn(self._question),
                Message("assistant", written),
                self._point_turn("point", point, points),
            )
            return Prompt(turns, prefill)
        if self._style == "compact":
            return Prompt((*self._opening(), self._point_turn("point_compact", point, points)), prefill)
        return Prompt((*self._opening(), self._point_turn("point_paper", point, points)), prefill)

    def stand_alone_point(self, point: Point, points: Sequence[Point]) -> Prompt:
        """Build the short request, apart from the others, of a point that came out empty."""
        prefill = self._heading(point) if self._can_prefill else None
        turn = self._point_turn("point_compact", point, points)
        return Prompt((*self._system, *self._history, turn), prefill)

    def without_prefill(self) -> Conversation:
        """Return the same conversation for an engine that does not continue a started turn."""
        copied = copy(self)
        copied._can_prefill, copied._skeleton_prefill = False, None
        return copied

    def missing(self, reason: str) -> str:
        """Render the placeholder of a point that could not be written."""
        return self._pack.render("missing", reason=reason)

    def _opening(self) -> tuple[Message, ...]:
        """Return the turns before the question."""
        shown = self._demonstration_turns() if self._style == "aligned" else ()
        return (*self._system, *shown, *self._history)

    def _demonstration_turns(self) -> tuple[Message, ...]:
        turns: list[Message] = []
        for demonstration in self._demonstrations:
            points = [Point(number, title) for number, title in enumerate(demonstration.points, 1)]
            turns += [
                self._skeleton_turn(demonstration.question, shown=True),
                Message("assistant", outline(points)),
            ]
            if demonstration.point is not None and demonstration.text is not None:
                written = points[demonstration.point - 1]
                turns += [
                    self._point_turn("point", written, points, shown=True),
                    Message("assistant", self._demonstrated(written, demonstration.text)),
                ]
        return tuple(turns)

    def _demonstrated(self, point: Point, text: str) -> str:
        return f"{self._heading(point)} {text}" if self._can_prefill else text

    def _skeleton_turn(self, question: str, *, shown: bool = False) -> Message:
        stage = "skeleton" if self._style == "aligned" else f"skeleton_{self._style}"
        text = self._pack.render(
            stage,
            question=question,
            prefilled=self._skeleton_prefill is not None,
            foreign=self._foreign,
            language="" if shown else self._language,  # a demonstration is in the pack's language
            demonstrations=self._demonstrations,
            **(_counts(NO_WISHES, 2, 10) if shown else self._counts),
        )
        return Message("user", text)

    def _point_turn(
        self, stage: str, point: Point, points: Sequence[Point], *, shown: bool = False
    ) -> Message:
        """Build the turn that asks for a point.

        Args:
            stage: The template.
            point: The point.
            points: The points of its skeleton.
            shown: Whether it belongs to a demonstration, which the asker's wishes are not about.
        """
        text = self._pack.render(
            stage,
            question=self._question,
            index=point.index,
            title=point.title,
            outline=outline(points),
            prefilled=self._can_prefill,
            foreign=self._foreign,
            language="" if shown else self._language,
            length=self._length(paper=stage == "point_paper", shown=shown),
            audience=None if shown else self._plan.audience,
        )
        return Message("user", text)

    def _length(self, *, paper: bool, shown: bool) -> str:
        """Render how long a point should be: as asked for, else by the pack's yardstick.

        Args:
            paper: Whether the points are brief by themselves, as in the paper.
            shown: Whether the point belongs to a demonstration.
        """
        plan = NO_WISHES if shown else self._plan
        depth: Depth = (
            "usual" if shown else plan.length or depth_of(self._question, self._pack.file.yardstick)
        )
        if paper:
            depth = _BRIEFER.get(depth, depth)
        words = plan.words
        if words is None and plan.words_in_all is not None:
            words = _share(plan.words_in_all, **self._counts)
        return self._pack.render("length", sentences=plan.sentences, words=words, depth=depth)


def _counts(plan: Plan, min_points: int, max_points: int) -> dict[str, int]:
    """Return how many points to ask for: as many as are asked for, else 3 to 8 within the settings."""
    if plan.count is not None:
        low, high = plan.points(min_points, max_points)
    else:
        low, high = max(min_points, min(3, max_points)), min(max_points, _USUAL_POINTS)
    return {"min_points": low, "max_points": max(low, high)}


def _share(whole: Span, *, min_points: int, max_points: int) -> Span:
    """Return how many of an answer's words each point gets, before the number of points is known."""
    usual = (min_points + max_points + 1) // 2
    if whole.low is None:
        return Span(None, None if whole.high is None else max(1, whole.high // max_points))
    if whole.high is None:
        return Span(max(1, whole.low // usual), None)
    about = max(1, (whole.low + whole.high) // 2 // usual)
    return Span(about, about)


def outline(points: Sequence[Point]) -> str:
    """Format points as a numbered list, one a line."""
    return "\n".join(f"{point.index}. {point.title}" for point in points)


def with_question(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """Replace the text of a conversation's last turn."""
    return (*messages[:-1], Message("user", text))
