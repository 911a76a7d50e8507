"""The lengths of the length-controlled comparison: ``normal=320,skeleton=40,points=8x40``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sot.errors import ConfigError

MOST_POINTS = 16
_FORM = (
    "normal=320,skeleton=40,points=8x40 (uneven points: points=4x30+2x80; point 2 needs 1: needs=2:1; "
    "half of the skeletons unusable: bad=50%)"
)
_NAMES = ("normal", "skeleton", "points", "needs", "bad")
_NEED = re.compile(r"(\d{1,3}):(\d{1,3})")
_POINTS = re.compile(r"(?:(\d+)[xX*×])?(\d+)")


@dataclass(frozen=True, slots=True)
class Lengths:
    """Completion tokens of every request.

    Args:
        normal: Of the normal answer.
        skeleton: Of the skeleton.
        points: Of each point.
        needs: Pairs of points: the first is written after the second, whose text it gets.
        bad: Share of questions whose skeleton is prose, so that it cannot be used, from 0 to 1.
    """

    normal: int = 320
    skeleton: int = 40
    points: tuple[int, ...] = (40,) * 8
    needs: tuple[tuple[int, int], ...] = ()
    bad: float = 0.0

    def __str__(self) -> str:
        even = len(set(self.points)) == 1
        points = f"{len(self.points)}x{self.points[0]}" if even else "+".join(map(str, self.points))
        needs = "+".join(f"{point}:{other}" for point, other in self.needs)
        lengths = f"normal={self.normal},skeleton={self.skeleton},points={points}"
        lengths += f",needs={needs}" if needs else ""
        return f"{lengths},bad={self.bad:.0%}" if self.bad else lengths


def parse_lengths(text: str) -> Lengths:
    """Read lengths as they are written on the command line; what is not named has its usual length.

    Args:
        text: For example ``normal=320,skeleton=40,points=8x40``.

    Raises:
        ConfigError: It is written otherwise, or makes no sense.
    """
    values: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in _NAMES or name.strip() in values:
            raise ConfigError(f"--lengths: {part!r} is not understood; write {_FORM}")
        values[name.strip()] = value.strip()
    usual = Lengths()
    lengths = Lengths(
        normal=_number("normal", values.get("normal"), usual.normal),
        skeleton=_number("skeleton", values.get("skeleton"), usual.skeleton),
        points=_points(values["points"]) if "points" in values else usual.points,
        needs=_needs(values.get("needs", "")),
        bad=_share(values.get("bad", "0%")),
    )
    if not 2 <= len(lengths.points) <= MOST_POINTS:
        raise ConfigError(f"--lengths: there must be 2 to {MOST_POINTS} points, not {len(lengths.points)}")
    if lengths.skeleton < len(lengths.points):
        raise ConfigError("--lengths: the skeleton needs a token or more for each point")
    if any(not 1 <= other < point <= len(lengths.points) for point, other in lengths.needs):
        raise ConfigError("--lengths: a point can need earlier points only, such as needs=2:1")
    return lengths


def _number(name: str, text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ConfigError(f"--lengths: {name} is {text!r}; it must be a number of tokens from 1 on")
    return int(text)


def _share(text: str) -> float:
    number = text.removesuffix("%")
    if number == text or not number.isdecimal() or int(number) > 100:
        raise ConfigError(f"--lengths: bad is {text!r}; it must be a share from 0% to 100%")
    return int(number) / 100


def _points(text: str) -> tuple[int, ...]:
    lengths: list[int] = []
    for group in text.split("+"):
        found = _POINTS.fullmatch(group.strip())
        if found is None or not int(found[2]) or int(found[1] or 1) > MOST_POINTS:
            raise ConfigError(f"--lengths: points is {text!r}; write {_FORM}")
        lengths += [_number("points", found[2], 0)] * int(found[1] or 1)
    return tuple(lengths)


def _needs(text: str) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for pair in text.split("+") if text else ():
        found = _NEED.fullmatch(pair.strip())
        if found is None:
            raise ConfigError(f"--lengths: needs is {text!r}; write {_FORM}")
        pairs.append((int(found[1]), int(found[2])))
    return tuple(dict.fromkeys(pairs))
