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

Style = Literal["aligned", "compact", "paper"]


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
        foreign: Whether the question's language is not the pack's.
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
        foreign: bool = False,
        demonstrations: bool = True,
    ) -> None:
        self._pack = pack
        self._style: Style = style
        self._can_prefill = can_prefill
        self._skeleton_prefill = (pack.file.skeleton.prefill or None) if can_prefill else None
        self._counts = {"min_points": max(min_points, min(3, max_points)), "max_points": min(max_points, 8)}
        self._counts["max_points"] = max(self._counts["max_points"], self._counts["min_points"])
        self._foreign = foreign
        self._question = messages[-1].content
        self._system = tuple(message for message in messages[:-1] if message.role == "system")
        self._history = tuple(message for message in messages[:-1] if message.role != "system")
        self._demonstrations = pack.file.demonstrations if demonstrations else ()

    def skeleton(self) -> Prompt:
        """Build the skeleton request."""
        return Prompt((*self._opening(), self._skeleton_turn(self._question)), self._skeleton_prefill)

    def heading(self, point: Point) -> str:
        """Render the heading before a point's text in the answer."""
        return self._pack.render("heading", index=point.index, title=point.title)

    def point(self, point: Point, points: Sequence[Point], written: str) -> Prompt:
        """Build the request of a point.

        Args:
            points: The points known so far.
            written: The skeleton so far, byte for byte as the model wrote it.
        """
        prefill = self.heading(point) if self._can_prefill else None
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
        prefill = self.heading(point) if self._can_prefill else None
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
            turns += [self._skeleton_turn(demonstration.question), Message("assistant", outline(points))]
            if demonstration.point is not None and demonstration.text is not None:
                shown = points[demonstration.point - 1]
                turns += [
                    self._point_turn("point", shown, points),
                    Message("assistant", self._demonstrated(shown, demonstration.text)),
                ]
        return tuple(turns)

    def _demonstrated(self, point: Point, text: str) -> str:
        return f"{self.heading(point)} {text}" if self._can_prefill else text

    def _skeleton_turn(self, question: str) -> Message:
        stage = "skeleton" if self._style == "aligned" else f"skeleton_{self._style}"
        text = self._pack.render(
            stage,
            question=question,
            prefilled=self._skeleton_prefill is not None,
            foreign=self._foreign,
            demonstrations=self._demonstrations,
            **self._counts,
        )
        return Message("user", text)

    def _point_turn(self, stage: str, point: Point, points: Sequence[Point]) -> Message:
        text = self._pack.render(
            stage,
            question=self._question,
            index=point.index,
            title=point.title,
            outline=outline(points),
            prefilled=self._can_prefill,
            foreign=self._foreign,
        )
        return Message("user", text)


def outline(points: Sequence[Point]) -> str:
    """Format points as a numbered list, one a line."""
    return "\n".join(f"{point.index}. {point.title}" for point in points)


def with_question(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """Replace the text of a conversation's last turn."""
    return (*messages[:-1], Message("user", text))
