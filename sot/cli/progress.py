"""Progress of an answer under way: the points and the text so far, which an interrupt keeps."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..events import (
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
from ..stages.usage import merged, route_use
from ..strategies import makes_json, part_of
from ..types import (
    Answer,
    BackendInfo,
    Point,
    PointAnswer,
    Route,
    Skeleton,
    StageFailure,
    StageUse,
    Timing,
    Usage,
)

INTERRUPTED = "interrupted"  # why a point of an interrupted answer is missing
_CUT = " …"
_LEAST_POINTS = 2  # known before text comes that is surely theirs; the first one's may come a little sooner
_LEAD = re.compile(r"[\s\d.)#*_-]*")
_BLOCK = re.compile(r"(?:[-*+]|\d{1,3}[.)]|#{1,6})\s|`{3}|~{3}|>|\|")


@dataclass(slots=True)
class PointProgress:
    """A point under way; its text is the engine's own words until it is finished."""

    point: Point
    written: str = ""
    deltas: int = 0
    started_s: float | None = None
    first_text_s: float | None = None
    finished: PointAnswer | None = None

    @property
    def text(self) -> str:
        """The text so far."""
        return self.written if self.finished is None else self.finished.text

    @property
    def tokens(self) -> int:
        """Completion tokens so far; those of a point under way are counted by the pieces that came."""
        return self.deltas if self.finished is None else self.finished.usage.completion_tokens

    @property
    def writing(self) -> bool:
        """Whether its request is under way."""
        return self.started_s is not None and self.finished is None

    def start(self, now: float, *, continues: bool) -> None:
        """Take note of a request for it, the second of which may begin the text anew."""
        self.started_s = now if self.started_s is None else self.started_s
        if not continues:
            self.written = ""

    def write(self, text: str, now: float) -> None:
        """Take a piece of its text."""
        self.first_text_s = now if self.first_text_s is None else self.first_text_s
        self.written += text
        self.deltas += 1

    def block(self) -> str:
        """Return the point as a paragraph of the answer, with a mark where it is cut; empty without text."""
        text = self.text.strip() if self.finished is not None else self._without_heading()
        if not text:
            return ""
        heading = f"{self.point.index}. **{self.point.title}**:"
        margin = " " * (len(str(self.point.index)) + 2)
        lines = [margin + line if line.strip() else "" for line in text.split("\n")]
        glue = f"\n\n{margin}" if _BLOCK.match(text) else " "
        return heading + glue + "\n".join(lines).lstrip() + ("" if self.finished is not None else _CUT)

    def _without_heading(self) -> str:
        """Return the engine's own words without a heading that repeats the title."""
        text = self.written.strip()
        lead = _LEAD.match(text)
        start = text[lead.end() if lead else 0 :]
        title = self.point.title
        if start[: len(title)].casefold() == title.casefold():
            rest = start[len(title) :].lstrip("*_ ")
            if rest[:1] in (":", "：", "\n"):
                return rest[1:].lstrip("*_ \n")
        return text


@dataclass(slots=True)
class Progress:
    """State of an answer, collected from its events.

    Args:
        points: The points found so far, by index.
        route: The route, once it is decided.
        text: The ordered text so far.
        opening: The part of the text that comes before the points.
        opens: Whether text came before any point's text could.
        fell_back: Reason for the fallback to normal decoding.
        replaced: Failures of stages' own engines.
        answer: The answer, once it is complete.
        began: When the question arrived: as the events say, once one does.
    """

    points: dict[int, PointProgress] = field(default_factory=dict[int, PointProgress])
    route: Route | None = None
    text: str = ""
    opening: str = ""
    opens: bool = False
    skeleton: SkeletonFinished | None = None
    fell_back: str | None = None
    replaced: list[StageFailure] = field(default_factory=list[StageFailure])
    answer: Answer | None = None
    began: float = field(default_factory=time.monotonic)
    _opening_over: bool = False
    _first_text_s: float | None = None
    _routed_s: float = 0.0

    def take(self, event: Event) -> None:
        """Take note of an event."""
        self._set_clock(event)
        match event:
            case Routed(route):
                self.route, self._routed_s = route, self.seconds
            case PointFound(point):
                for later in [index for index in self.points if index >= point.index]:
                    del self.points[later]  # the skeleton is read anew
                self.points[point.index] = PointProgress(point)
            case SkeletonFinished():
                self.skeleton = event
            case PointStarted(index, _, continues) if index in self.points:
                self.points[index].start(self.seconds, continues=continues)
            case PointDelta(index, text) if index in self.points:
                self.points[index].write(text, self.seconds)
            case PointFinished(point) if point.index in self.points:
                self.points[point.index].finished = point
            case StageReplaced(failure):
                self.replaced.append(failure)
            case OpeningFinished():
                self._opening_over = True
            case FellBack(reason):
                if not self._reaches_points:  # else those that were shown stay, and normal decoding goes on
                    self.points.clear()
                self.fell_back = reason
            case TextDelta(text):
                self._write(text)
            case Finished(answer):
                self.answer = answer
            case PointStarted() | PointDelta() | PointFinished():  # of a skeleton that was given up
                pass

    def _set_clock(self, event: Event) -> None:
        """Go by the events' own time: a model that was loaded first is no part of it."""
        if isinstance(event, PointFound | SkeletonFinished | OpeningFinished):
            self.began = time.monotonic() - event.at_s

    @property
    def seconds(self) -> float:
        """Seconds since the question was asked."""
        return time.monotonic() - self.began

    @property
    def done(self) -> int:
        """Number of finished points."""
        return sum(point.finished is not None for point in self.points.values())

    @property
    def is_json(self) -> bool:
        """Whether the text is a JSON document."""
        return self.route is not None and makes_json(self.route.strategy)

    @property
    def part(self) -> str:
        """Noun for one of the answer's parts."""
        return (part_of(self.route.strategy) if self.route is not None else "") or "point"

    def kept(self) -> str:
        """Return all that was written, in order: the ordered text and the points that come after it."""
        return self.text.rstrip() + self.rest()

    def rest(self) -> str:
        """Return the text of the points that the ordered text has not reached, as its continuation.

        Points are written side by side: of an answer that is interrupted there may be more than its start. Of
        a JSON document only the start is shown: what would follow is no continuation of it.
        """
        blocks = [] if self.is_json else list(self._unreached())
        if not blocks:
            return ""
        if not self.text.strip():
            return "\n\n".join(blocks)
        whole = self._opening_over and not self._reaches_points
        return ("" if whole else _CUT) + "\n\n" + "\n\n".join(blocks)

    def described(self) -> str | None:
        """Return how far the answer has come, in one line for people; ``None`` before it has begun."""
        if self.points and self.fell_back is None:
            whole = "" if self.skeleton is not None else ", and the skeleton was not complete"
            number = len(self.points)
            return f"{self.done} of {number} {self.part}{'' if number == 1 else 's'} done{whole}"
        if self.text.strip():
            return f"the answer breaks off after {len(self.text.strip())} characters"
        return None

    def as_answer(self, question: str, info: BackendInfo, stages: tuple[StageUse, ...] = ()) -> Answer | None:
        """Return what there is as an answer that is not complete; ``None`` before it has begun.

        A point that was cut is `missing`, so that a revision writes it again, but it has its text so far.

        Args:
            question: The question.
            info: The engine.
            stages: Usage and times so far by stage. Without them the usage is that of whole requests, as the
                events tell it.
        """
        if self.answer is not None or self.route is None or self.described() is None:
            return self.answer
        points = tuple(self._point(point) for _, point in sorted(self.points.items()))
        skeleton_usage = Usage() if self.skeleton is None else self.skeleton.usage
        stages = stages or merged(self._uses(self.route, info))
        return Answer(
            question=question,
            text=self.kept(),
            route=self.route,
            skeleton=Skeleton(tuple(point.point for _, point in sorted(self.points.items()))),
            points=points,
            usage=sum((use.usage for use in stages), Usage()),
            skeleton_usage=skeleton_usage,
            timing=Timing(
                route_s=self._routed_s,
                skeleton_s=None if self.skeleton is None else self.skeleton.at_s,
                first_text_s=self._first_text_s,
                total_s=self.seconds,
            ),
            model=info.model,
            backend=info.backend,
            fell_back=self.fell_back,
            finish_reason=None,
            complete=False,
            opening=self.opening if self.points else "",
            stages=stages,
            stage_failures=tuple(self.replaced),
        )

    def _uses(self, route: Route, info: BackendInfo) -> Iterator[StageUse]:
        """Yield the usage of the requests whose ends the events have told."""
        yield from route_use(route.usage, info, self._routed_s)
        if (whole := self.skeleton) is not None:
            yield StageUse("skeleton", info.model, info.backend, whole.usage, self._routed_s, whole.at_s)
        for point in filter(None, (point.finished for point in self.points.values())):
            if point.usage != Usage():
                times = point.started_s, point.finished_s
                yield StageUse(self.part, info.model, info.backend, point.usage, *times)

    def _write(self, text: str) -> None:
        if self._first_text_s is None and text.strip():
            self._first_text_s = self.seconds
        if self._is_opening(text):
            self.opens = True
            self.opening += text
        self.text += text

    def _is_opening(self, text: str) -> bool:
        """Whether the next piece of the text comes before the points."""
        if self._opening_over or self._reaches_points:
            return False
        return bool(self.opening) or (len(self.points) < _LEAST_POINTS and not self._heads_point(text))

    def _heads_point(self, text: str) -> bool:
        """Whether a piece is the first point's heading with the beginning of its text, as it comes out."""
        first = self.points.get(1)
        if first is None or not (begun := first.text.split()):
            return False
        _, title, rest = text.partition(first.point.title)
        return bool(title) and begun[0] in rest

    def _unreached(self) -> Iterator[str]:
        """Yield the points after the one that the ordered text is in, as paragraphs."""
        reached = self._reaches_points
        for _, point in sorted(self.points.items()):
            if reached:
                reached = point.finished is not None
            elif block := point.block():
                yield block

    @property
    def _reaches_points(self) -> bool:
        """Whether the ordered text is among the points, past the opening."""
        return len(self.text) > len(self.opening)

    def _point(self, point: PointProgress) -> PointAnswer:
        if point.finished is not None:
            return point.finished
        now = self.seconds
        return PointAnswer(
            index=point.point.index,
            title=point.point.title,
            text=point.written.strip(),
            status="missing",
            usage=Usage(),
            started_s=now if point.started_s is None else point.started_s,
            first_text_s=point.first_text_s,
            finished_s=now,
            reason=INTERRUPTED,
        )
