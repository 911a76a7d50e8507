"""Message layout of an answer's requests, in the three prompt styles.

``aligned``: the skeleton request is ``[system] [demonstrations] [history] [user: skeleton instruction and
question]``. The points' requests are one growing conversation, ``[system] [history] [user: question]
[assistant: skeleton so far] [user: write point k]``: what made a good skeleton is not paid for again with
every point, and an engine's prefix cache serves all but a point's own line and the last turn. Models that do
without demonstrations get the points' requests of ``compact``, which grow along the outline within one turn.
``compact``: the fewest prompt tokens, for engines without a prefix cache or paid by the token.
``paper``: stand-alone point prompts, as in Ning et al. (2024), section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

from ..types import BackendInfo, Message, Point
from .packfile import Demonstration
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


@dataclass(frozen=True, slots=True)
class WrittenPoint:
    """Finished point whose text another one needs."""

    point: Point
    text: str


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
        scopes: Whether the skeleton is asked for with what each point covers and needs; only where the pack
            can (`PromptPack.asks_scopes`).

    Attributes:
        scopes: Whether it is.
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
        scopes: bool = False,
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
        self._skeleton_stage = "skeleton" if style == "aligned" else f"skeleton_{style}"
        self.scopes = scopes and pack.asks_scopes(self._skeleton_stage)

    def skeleton(self) -> Prompt:
        """Build the skeleton request."""
        shown = self._demonstration_turns() if self._style == "aligned" else ()
        turns = (*self._system, *shown, *self._history, self._skeleton_turn(self._question))
        return Prompt(turns, self._skeleton_prefill)

    def heading(self, point: Point) -> str:
        """Render the heading before a point's text in the answer, with the mark asked for."""
        shown = self._heading(point, self._plan.mark)
        return f"{shown}\n\n" if self._plan.mark == "headings" else shown

    def _heading(self, point: Point, mark: str = "numbers") -> str:
        return self._pack.render("heading", index=point.index, title=point.title, mark=mark)

    def point(
        self, point: Point, points: Sequence[Point], written: str, needed: Sequence[WrittenPoint] = ()
    ) -> Prompt:
        """Build the request of a point.

        Args:
            points: The points known so far.
            written: The skeleton so far, byte for byte as the model wrote it.
            needed: The finished points whose texts it needs. They follow the prefix that all points share.
        """
        prefill = self._heading(point) if self._can_prefill else None
        asked = (*self._system, *self._history)
        if self._style != "aligned" or not self._demonstrations:
            stage = "point_paper" if self._style == "paper" else "point_compact"
            return Prompt((*asked, self._point_turn(stage, point, points, needed)), prefill)
        turns = (
            *asked,
            Message("user", self._question),
            Message("assistant", written),
            *(turn for other in needed for turn in self._written_turns(other, points)),
            self._point_turn("point", point, points, needed),
        )
        return Prompt(turns, prefill)

    def stand_alone_point(
        self, point: Point, points: Sequence[Point], needed: Sequence[WrittenPoint] = ()
    ) -> Prompt:
        """Build the short request, apart from the others, of a point that came out empty."""
        prefill = self._heading(point) if self._can_prefill else None
        turn = self._point_turn("point_compact", point, points, needed)
        return Prompt((*self._system, *self._history, turn), prefill)

    def closing(self, points: Sequence[Point]) -> Prompt:
        """Build the request of a closing sentence or two, from the question and the skeleton alone."""
        text = self._pack.render(
            "closing",
            question=self._question,
            outline=outline(points),
            foreign=self._foreign,
            language=self._language,
        )
        return Prompt((*self._system, *self._history, Message("user", text)))

    def without_prefill(self) -> Conversation:
        """Return the same conversation for an engine that does not continue a started turn."""
        copied = copy(self)
        copied._can_prefill, copied._skeleton_prefill = False, None
        return copied

    def missing(self, reason: str) -> str:
        """Render the placeholder of a point that could not be written."""
        return self._pack.render("missing", reason=reason)

    def _demonstration_turns(self) -> tuple[Message, ...]:
        turns: list[Message] = []
        for demonstration in self._demonstrations:
            points = self._demonstrated_points(demonstration)
            skeleton = self._scoped_outline(points) if self.scopes else outline(points)
            turns += [
                self._skeleton_turn(demonstration.question, shown=True),
                Message("assistant", skeleton),
            ]
            if demonstration.point is not None and demonstration.text is not None:
                written = points[demonstration.point - 1]
                turns += [
                    self._point_turn("point", written, points, shown=True),
                    self._text_turn(written, demonstration.text),
                ]
        return tuple(turns)

    def _demonstrated_points(self, demonstration: Demonstration) -> list[Point]:
        titles = demonstration.points
        if not self.scopes:
            return [Point(number, title) for number, title in enumerate(titles, 1)]
        return [
            Point(number, title, demonstration.needs.get(number, ()), covers)
            for number, (title, covers) in enumerate(zip(titles, demonstration.covers, strict=True), 1)
        ]

    def _demonstrations_in_turn(self) -> tuple[Demonstration, ...]:
        """Return the demonstrations for a template that shows their lines as they are."""
        if not self.scopes or self._style != "paper":
            return self._demonstrations
        lines = (map(self._scope_line, self._demonstrated_points(one)) for one in self._demonstrations)
        shown = zip(self._demonstrations, lines, strict=True)
        return tuple(one.model_copy(update={"points": tuple(each)}) for one, each in shown)

    def _written_turns(self, written: WrittenPoint, points: Sequence[Point]) -> tuple[Message, Message]:
        """Return a finished point's request and its text, as turns before another point's."""
        asked = self._point_turn("point", written.point, points)
        return asked, self._text_turn(written.point, written.text)

    def _text_turn(self, point: Point, text: str) -> Message:
        return Message("assistant", f"{self._heading(point)} {text}" if self._can_prefill else text)

    def _scope_line(self, point: Point) -> str:
        """Render a point's title with what it covers and needs; the title alone where nothing is known."""
        if not point.covers and not point.depends_on:
            return point.title
        return self._pack.render("scope", title=point.title, covers=point.covers, needs=point.depends_on)

    def _scoped_outline(self, points: Sequence[Point]) -> str:
        return "\n".join(f"{point.index}. {self._scope_line(point)}" for point in points)

    def _skeleton_turn(self, question: str, *, shown: bool = False) -> Message:
        text = self._pack.render(
            self._skeleton_stage,
            question=question,
            prefilled=self._skeleton_prefill is not None,
            foreign=self._foreign,
            language="" if shown else self._language,  # a demonstration is in the pack's language
            scopes=self.scopes,
            demonstrations=self._demonstrations_in_turn(),
            **(_counts(NO_WISHES, 2, 10) if shown else self._counts),
        )
        return Message("user", text)

    def _point_turn(
        self,
        stage: str,
        point: Point,
        points: Sequence[Point],
        needed: Sequence[WrittenPoint] = (),
        *,
        shown: bool = False,
    ) -> Message:
        """Build the turn that asks for a point.

        Args:
            stage: The template.
            point: The point.
            points: The points of its skeleton.
            needed: The finished points whose texts it needs.
            shown: Whether it belongs to a demonstration, which the asker's wishes are not about.
        """
        text = self._pack.render(
            stage,
            question=self._question,
            index=point.index,
            title=point.title,
            outline=self._scoped_outline(points) if stage == "point_paper" else outline(points),
            prefilled=self._can_prefill,
            foreign=self._foreign,
            language="" if shown else self._language,
            length=self._length(paper=stage == "point_paper", shown=shown),
            audience=None if shown else self._plan.audience,
            covers=point.covers.strip().rstrip(".。"),
            needs=[other.point.index for other in needed],
            needed="\n\n".join(f"{self._heading(other.point)} {other.text}" for other in needed),
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
