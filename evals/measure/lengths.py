"""Lengths that a measurement forces, such as ``normal=320,skeleton=40,points=8x40``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sot.errors import ConfigError

MOST_PARTS = 24
_FAR = 100
_FORM = (
    "normal=320,skeleton=40,points=8x40 (uneven points: points=4x30+2x80; point 2 needs 1: needs=2:1; "
    "half of the skeletons unusable: bad=50%), normal=360,values=24,fields=8x40 or normal=480,items=12x40"
)

Parts = Literal["points", "fields", "items"]
_GO_WITH: Mapping[Parts, tuple[str, ...]] = {
    "points": ("skeleton", "needs", "bad"),
    "fields": ("values",),
    "items": (),
}


@dataclass(frozen=True, slots=True)
class Lengths:
    """Completion tokens of every request: points of a skeleton, or fields of an object, or items of a list.

    Args:
        needs: Pairs of points: the first is written after the second, whose text it gets.
        bad: Share of questions whose skeleton is prose, so that it cannot be used, from 0 to 1.
        values: The request for an object's short values, before the fields.
        fields: Long texts of an object; empty: no object is asked for.
        items: Answers to the items of a list; empty: no list is given.
    """

    normal: int = 320
    skeleton: int = 40
    points: tuple[int, ...] = (40,) * 8
    needs: tuple[tuple[int, int], ...] = ()
    bad: float = 0.0
    values: int = 24
    fields: tuple[int, ...] = ()
    items: tuple[int, ...] = ()

    def __str__(self) -> str:
        lengths = f"normal={self.normal}"
        if self.kind == "points":
            lengths += f",skeleton={self.skeleton}"
        elif self.kind == "fields":
            lengths += f",values={self.values}"
        even = len(set(self.parts)) == 1
        parts = f"{len(self.parts)}x{self.parts[0]}" if even else "+".join(map(str, self.parts))
        needs = "+".join(f"{point}:{other}" for point, other in self.needs)
        lengths += f",{self.kind}={parts}" + (f",needs={needs}" if needs else "")
        return f"{lengths},bad={self.bad:.0%}" if self.bad else lengths

    @property
    def kind(self) -> Parts:
        """Parts of the answers, which is also the strategy that writes them but for points."""
        return "fields" if self.fields else "items" if self.items else "points"

    @property
    def parts(self) -> tuple[int, ...]:
        """Tokens of every part."""
        return self.fields or self.items or self.points


def parse_lengths(text: str) -> Lengths:
    """Parse lengths such as ``normal=320,skeleton=40,points=8x40``; others are the usual ones.

    Raises:
        ConfigError: They cannot be read, or do not go together.
    """
    values: dict[str, Any] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = map(str.strip, part.partition("="))
        if not equals or name not in _READ or name in values:
            raise ConfigError(f"--lengths: {part!r} is not understood; write {_FORM}")
        try:
            values[name] = _READ[name](value)
        except ValueError:
            raise ConfigError(f"--lengths: {name} is {value!r}; write {_FORM}") from None
    lengths = Lengths(**values)
    known = {"normal", lengths.kind, *_GO_WITH[lengths.kind]}
    if strange := [name for name in values if name not in known]:
        raise ConfigError(f"--lengths: {lengths.kind} have no {strange[0]}; write {_FORM}")
    _check(lengths)
    return lengths


def _check(lengths: Lengths) -> None:
    count = len(lengths.parts)
    if not 2 <= count <= MOST_PARTS:
        raise ConfigError(f"--lengths: there must be 2 to {MOST_PARTS} {lengths.kind}, not {count}")
    if lengths.kind == "points" and lengths.skeleton < count:
        raise ConfigError("--lengths: the skeleton needs a token or more for each point")
    if any(not 1 <= other < point <= count for point, other in lengths.needs):
        raise ConfigError("--lengths: a point can need earlier points only, such as needs=2:1")


def room_for(lengths: Lengths, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of the answers that leave room for forced lengths, far from usual ones."""
    count = len(lengths.parts)
    # Near its limit a point's text is held back.
    limit = max(settings.get("max_point_tokens", 0), max(lengths.parts) + _FAR)
    room = {"max_points": count + 1, "max_point_tokens": limit, "max_parallel": count + 1}
    return {**room, "max_in_flight": 2 * count + 2}


def _number(text: str, most: int = 1_000_000, least: int = 1) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError
    return int(text)


def _parts(text: str) -> tuple[int, ...]:
    lengths: list[int] = []
    for group in text.split("+"):
        times, many, tokens = group.strip().translate(str.maketrans("X*×", "xxx")).rpartition("x")
        lengths += [_number(tokens)] * (_number(times, most=1000) if many else 1)
    return tuple(lengths)


def _needs(text: str) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for pair in text.split("+") if text else ():
        point, other = map(int, pair.split(":"))
        pairs.append((point, other))
    return tuple(dict.fromkeys(pairs))


def _share(text: str) -> float:
    if not text.endswith("%"):
        raise ValueError
    return _number(text[:-1], most=100, least=0) / 100


_READ: Mapping[str, Callable[[str], Any]] = {
    "normal": _number,
    "skeleton": _number,
    "points": _parts,
    "needs": _needs,
    "bad": _share,
    "values": _number,
    "fields": _parts,
    "items": _parts,
}
