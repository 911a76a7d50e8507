"""Draft of an answer's points in ``sot chat``: shown, edited line by line, then written once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import ConfigError
from ..revision.plan import clean_title, plan_revision, why_not_revised
from ..terminal import one_line
from ..types import Answer

USAGE = (
    "/points shows them; /points edit 2 New title, /points add Title, /points drop 3, /points move 4 1; "
    "/points write"
)
_NUMBER = re.compile(r"#?(\d{1,4})[.):]?")


class PointsDraft:
    """Draft of the new points of one answer.

    Args:
        answer: The answer, which has points.

    Raises:
        ConfigError: It has none.
    """

    def __init__(self, answer: Answer) -> None:
        if why_not_revised(answer) is not None:
            raise ConfigError(
                "the last answer has no points; /points is for answers that were written by them"
            )
        self.answer = answer
        self._first = [clean_title(point.title) for point in answer.points]
        self.titles = list(self._first)

    def change(self, words: str) -> None:
        """Apply one command, such as ``edit 2 New title``.

        Args:
            words: The command without ``/points``.

        Raises:
            ConfigError: There is no such command or point, or the new list cannot be used.
        """
        verb, _, rest = words.strip().partition(" ")
        titles = list(self.titles)
        match verb.lower():
            case "edit":
                place, rest = self._place(rest)
                titles[place] = rest
            case "add":
                titles.append(rest.strip())
            case "drop":
                place, rest = self._place(rest)
                _nothing_more(rest)
                del titles[place]
            case "move":
                place, rest = self._place(rest)
                target, rest = self._place(rest)
                _nothing_more(rest)
                titles.insert(target, titles.pop(place))
            case _:
                raise ConfigError(f"no such command: {USAGE}")
        plan_revision(self.answer, titles)
        self.titles = [clean_title(title) for title in titles]

    def lines(self) -> Sequence[str]:
        """Return the points as numbered lines, with a mark at those that would be written."""
        plan = plan_revision(self.answer, self.titles)
        width = len(str(len(plan.points)))
        return [
            f"{point.index:>{width}}. {one_line(point.title)}{'' if point.index in plan.kept else '  (new)'}"
            for point in plan.points
        ]

    @property
    def changed(self) -> bool:
        """Whether writing it would change the answer."""
        new = plan_revision(self.answer, self.titles).new
        return bool(new) or self.titles != self._first

    def _place(self, words: str) -> tuple[int, str]:
        """Read a point's number; returns its place in the list, and the words after it.

        Raises:
            ConfigError: There is no number, or no such point.
        """
        number, _, rest = words.strip().partition(" ")
        found = _NUMBER.fullmatch(number)
        if found is None:
            raise ConfigError(f"a point's number is missing: {USAGE}")
        place = int(found[1])
        if not 1 <= place <= len(self.titles):
            raise ConfigError(f"there is no point {place}: there are 1 to {len(self.titles)}")
        return place - 1, rest.strip()


def _nothing_more(words: str) -> None:
    if words:
        raise ConfigError(f"there are words too many: {USAGE}")
