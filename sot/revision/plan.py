"""Plan of a revision: the new list of points, and the texts that stay."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ..errors import ConfigError
from ..strategies import part_of
from ..text.promises import find_promise
from ..text.sentences import SentenceScan
from ..types import Answer, FinishReason, Point, PointAnswer

MOST_POINTS = 50
MOST_TITLE_CHARS = 200
_JOINERS = "\u200c\u200d"  # part of words in some scripts, and of emoji
_SHOWN = 60  # characters of a title quoted in an error message


@dataclass(frozen=True, slots=True)
class Revision:
    """Plan of a revised answer.

    Args:
        points: The new list of points, numbered in order.
        kept: The written points that stay, by their new index; all others are to be written.
        opening: The answer's opening, which stays unless it promises another number of points.
        closing: The answer's closing, likewise.
        cut: Whether a point that stays is not whole.
        cut_reason: Finish reason of the answer while such a point is in it.
    """

    points: tuple[Point, ...]
    kept: Mapping[int, PointAnswer] = field(default_factory=dict[int, PointAnswer])
    opening: str = ""
    closing: str = ""
    cut: bool = False
    cut_reason: FinishReason | None = None

    @property
    def new(self) -> tuple[Point, ...]:
        """The points that are to be written."""
        return tuple(point for point in self.points if point.index not in self.kept)


def plan_revision(answer: Answer, points: Sequence[str | Point]) -> Revision:
    """Compare a new list of points with an answer's.

    A point keeps its text where its title is the same, apart from white space, and its text is there: a point
    that is missing in the answer is written again.

    Args:
        answer: The answer.
        points: The new points, as titles or as `Point`; those are numbered anew, by their place in the list.

    Raises:
        ConfigError: The answer has no points, or not only points; or a new one has no title, one too long, or
            that of another.
    """
    if (how := why_not_revised(answer)) is not None:
        raise ConfigError(f"the answer has no points that could be revised: {how}")
    new = _numbered(points, answer)
    old = {clean_title(point.title): point for point in answer.points if _has_text(point)}
    kept = {
        point.index: replace(old[point.title], index=point.index, title=point.title)
        for point in new
        if point.title in old
    }
    cut = not answer.complete and any(_is_cut(point) for point in kept.values())
    return Revision(
        points=new,
        kept=kept,
        opening=_fitting(answer.opening.strip(), len(new)),
        closing=_fitting(answer.closing.strip(), len(new)),
        cut=cut,
        cut_reason=answer.finish_reason if cut else None,
    )


def clean_title(title: str) -> str:
    """Return a title on one line, without control characters, bold marks and white space around it."""
    shown = "".join(map(_visible, title)).replace("**", "")
    return " ".join(shown.split())


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cf", "Cs"):
        return char if char in _JOINERS else ""
    return " " if kind in ("Cc", "Zs", "Zl", "Zp") else char


def _has_text(point: PointAnswer) -> bool:
    return point.status != "missing" and bool(point.text.strip())


def _is_cut(point: PointAnswer) -> bool:
    """Whether a point ends in the mark of a cut, perhaps before a closing fence or bold mark."""
    return point.status in ("trimmed", "repaired") and point.text.rstrip("`~*_ \n").endswith("…")


def _fitting(text: str, count: int) -> str:
    """Return an opening or a closing; nothing where it promises another number of points."""
    start = 0
    while start < len(text):
        end = SentenceScan(start).end(text, 1) or len(text)
        promise = find_promise(text[start:end])
        if promise is not None and not promise.fits(count):
            return ""
        start = max(end, start + 1)
    return text


def why_not_revised(answer: Answer) -> str | None:
    """Return the reason for which an answer cannot be revised by its points; ``None`` where it can."""
    if answer.fell_back is not None:  # text of normal decoding would be lost
        return "its skeleton was given up"
    if not answer.points:
        return f"its strategy is {answer.route.strategy}"
    if (part := part_of(answer.route.strategy)) not in ("", "point"):
        return f"its strategy is {answer.route.strategy}, whose {part}s are given with the question"
    return None


def _numbered(points: Sequence[str | Point], answer: Answer) -> tuple[Point, ...]:
    """Number the new points, with what the answer's skeleton knows of those that stay.

    Raises:
        ConfigError: The list or a title is not usable.
    """
    given = cast("object", points)  # callers without a type checker pass anything
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise ConfigError("the points must be a list of titles")
    if not points:
        raise ConfigError("the list of points is empty: a revised answer has at least one")
    if len(points) > MOST_POINTS:
        raise ConfigError(f"there are {len(points)} points; a revised answer has at most {MOST_POINTS}")
    titles = [_title(number, entry) for number, entry in enumerate(points, 1)]
    seen: dict[str, int] = {}
    for number, title in enumerate(titles, 1):
        first = seen.setdefault(title.casefold(), number)
        if first != number:
            raise ConfigError(f"points {first} and {number} have the same title: {title[:_SHOWN]}")
    known = {clean_title(point.title): point for point in answer.skeleton.points}
    sources = [
        entry if isinstance(entry, Point) else known.get(title)
        for entry, title in zip(points, titles, strict=True)
    ]
    places: dict[int, int] = {}  # from an index in the old or the given skeleton to the new one
    for number, source in enumerate(sources, 1):
        if source is not None:
            places.setdefault(source.index, number)
    return tuple(
        Point(
            number,
            title,
            depends_on=()
            if source is None
            else tuple(places[index] for index in source.depends_on if places.get(index, number) != number),
            covers="" if source is None else source.covers,
        )
        for number, (title, source) in enumerate(zip(titles, sources, strict=True), 1)
    )


def _title(number: int, entry: object) -> str:
    title: object = entry.title if isinstance(entry, Point) else entry
    if not isinstance(title, str):
        raise ConfigError(f"point {number} must be a title or a Point, not {type(entry).__name__}")
    cleaned = clean_title(title)
    if not cleaned:
        raise ConfigError(f"point {number} has no title")
    if len(cleaned) > MOST_TITLE_CHARS:
        raise ConfigError(
            f"the title of point {number} has {len(cleaned)} characters; at most {MOST_TITLE_CHARS} are taken"
        )
    return cleaned
