"""Scripts of the simulated engine: given texts or lengths; the same question gets the same text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from random import Random
from typing import Any, Literal
from zlib import crc32

from sot.errors import ConfigError
from sot.types import Message

from .tokens import tokens_of

FIELD = "replay"  # in a request's `extra`
Stage = Literal["route", "skeleton", "point", "whole"]

_HEADING = re.compile(r"\s*(\d{1,3})\.\s*\*\*")
# Wording of the built-in prompt packs' requests, where no prefill tells the stage; a test compares it with
# the packs.
_POINT = re.compile(r"\bwrite (?:only )?point (\d{1,3})\b|項目(\d{1,3})(?:[「（]|だけ)", re.IGNORECASE)
_SKELETON = re.compile(
    r"main points of an answer|numbered outline of|the skeleton of its answer|回答の骨子だけを"
)
_ROUTE = re.compile(r"Do not answer this yet|まだ答えないでください")
_MOST = 1_000_000
_WORDS = """
    calm clear daily early easy even fair fine firm fresh full good great handy kind lean light long loud
    main mild neat new open plain proud quick quiet rare rich right safe sharp short slow small soft solid
    sound steep stiff still sweet tall thin tidy tough true vast warm wide wise young
""".split()  # noqa: SIM905 - so many quoted words would be harder to read
_THINGS = """
    air aims bread books calls care chat clubs desk diet doors drive faith food form games goals heart help
    home hours ideas jokes lamps light lists meals mind money mood music names noise notes pace parks plans
    rest roads roles rooms rules shoes skill sleep songs space steps talk tasks teams tests time tools trips
    trust value views walks water words work years
""".split()  # noqa: SIM905 - the same
_SENTENCE = 12  # words
_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True)
class Script:
    """Script of one answer: each completion's length in tokens, or its text.

    Args:
        normal: Every request that is neither a skeleton nor a point.
        points: One for each point; their number is also that of a skeleton of a given length.
    """

    normal: int | str = 320
    skeleton: int | str = 40
    points: Sequence[int | str] = field(default=(40,) * 8)


def script_of(extra: Mapping[str, Any], messages: Sequence[Message], prefill: str | None) -> Script:
    """Return the script in the request's fields, else a random one seeded by its text.

    Args:
        extra: Further fields of the request; ``replay`` holds a script: ``{"normal": 320, "skeleton": 40,
            "points": [40, 40]}``, each a length in tokens or a text.

    Raises:
        ConfigError: The script cannot be read.
    """
    given = extra.get(FIELD)
    if given is not None:
        return _given(given)
    # The prefilled heading is part of the seed, so that every point of an answer gets a length of its own.
    draw = Random(crc32(f"{messages[-1].content} {prefill}".encode("utf-8", "replace")))
    points = tuple(_usual(draw) for _ in range(draw.randint(5, 9)))
    return Script(sum(points), 5 * len(points), points)


def stage_of(messages: Sequence[Message], prefill: str | None) -> tuple[Stage, int]:
    """Recognise which request of an answer this is; returns also the number of its point, else 0."""
    if prefill is not None and (heading := _HEADING.match(prefill)):
        return "point", int(heading[1])
    if prefill is not None and prefill.strip() == "1.":
        return "skeleton", 0
    last = messages[-1].content
    if found := _POINT.search(last):
        return "point", int(found[1] or found[2])
    if _SKELETON.search(last):
        return "skeleton", 0
    return ("route", 0) if _ROUTE.search(last) else ("whole", 0)


def pieces(script: Script, messages: Sequence[Message], prefill: str | None) -> list[str]:
    """Return the tokens of a request's completion by the answer's script."""
    stage, point = stage_of(messages, prefill)
    draw = Random(crc32(f"{stage} {point} {messages[-1].content}".encode("utf-8", "replace")))
    if stage == "route":
        return ["A"]
    if stage == "skeleton":
        if isinstance(script.skeleton, str):
            return list(tokens_of(script.skeleton))
        return _skeleton(script.skeleton, len(script.points), draw, started=prefill is not None)
    of_point = script.points[(point - 1) % len(script.points)] if stage == "point" else script.normal
    if isinstance(of_point, str):
        return list(tokens_of(of_point))
    return filler(of_point, draw, started=prefill is not None)


def filler(tokens: int, draw: Random, *, started: bool = False) -> list[str]:
    """Write sentences of exactly so many tokens.

    Args:
        draw: Source of randomness for the words.
        started: The sentences continue a text, so the first word gets a space before it.
    """
    written: list[str] = []
    begins = True
    while len(written) < tokens:
        left = tokens - len(written)
        if left == 1 or (not begins and len(written) % (_SENTENCE + 1) == _SENTENCE and left > 2):
            written.append(".")
            begins = True
            continue
        word = draw.choice(_WORDS if len(written) % 2 else _THINGS)
        space = " " if written or started else ""
        written.append(space + (word.capitalize() if begins else word))
        begins = False
    return written


def _skeleton(tokens: int, points: int, draw: Random, *, started: bool) -> list[str]:
    """Write a numbered list of so many tokens, or of as many as its points need at least."""
    least = [(1 if number == 1 and started else 3) + (number < points) for number in range(1, points + 1)]
    shares = [end - begin for begin, end in pairwise(_even(max(tokens, sum(least)), points))]
    titles = set[str]()
    written: list[str] = []
    owed = 0
    for number, (share, needs) in enumerate(zip(shares, least, strict=True), 1):
        share -= owed
        owed = max(needs - share, 0)
        words = max(share, needs) - needs + 1
        if not (number == 1 and started):
            written += [str(number), "."]
        title = _title(words, draw, titles)
        titles.add("".join(title))
        written += title
        if number < points:
            written.append(_NEW_LINE)
    return written


def _title(words: int, draw: Random, taken: set[str]) -> list[str]:
    """Draw a title that no other point has."""
    while True:
        title = [" " + draw.choice(_THINGS if left == 0 else _WORDS) for left in reversed(range(words))]
        title[0] = " " + title[0].strip().capitalize()
        if "".join(title) not in taken:
            return title


def _even(total: int, parts: int) -> list[int]:
    """Return the borders of a division of a total into nearly equal parts."""
    return [0, *accumulate(total * (part + 1) // parts - total * part // parts for part in range(parts))]


def _usual(draw: Random) -> int:
    """Draw the length of a point, in tokens."""
    return max(12, round(draw.gauss(42, 10)))


def _given(value: Any) -> Script:
    """Parse a request's own script.

    Raises:
        ConfigError: It is not of the form of `script_of`.
    """
    if not isinstance(value, Mapping):
        raise ConfigError("the extra field 'replay' must be an object with normal, skeleton and points")
    unknown = sorted(set(value) - {"normal", "skeleton", "points"})
    if unknown:
        raise ConfigError(f"the extra field 'replay' knows normal, skeleton and points, not {unknown[0]!r}")
    usual = Script()
    points: Any = value.get("points", usual.points)
    if isinstance(points, str) or not isinstance(points, Sequence) or not 1 <= len(points) <= 100:
        raise ConfigError("the extra field 'replay': points must be a list of 1 to 100 lengths or texts")
    for part in (value.get("normal", 1), value.get("skeleton", 1), *points):
        text = isinstance(part, str) and bool(part)
        if not text and (isinstance(part, bool) or not isinstance(part, int) or not 1 <= part <= _MOST):
            raise ConfigError(f"the extra field 'replay': {part!r} is neither a length in tokens nor a text")
    return Script(value.get("normal", usual.normal), value.get("skeleton", usual.skeleton), tuple(points))
