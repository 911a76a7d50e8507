"""Figures as text, and text from outside made safe for Markdown and HTML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup

from sot.terminal import one_line, safe_text

from ..stats.bootstrap import Interval, Spread

UNKNOWN = "–"
TEMPLATES = Path(__file__).parent / "templates"
_MARKS = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")  # of Markdown within a line
# at a line's beginning: of a heading, a quotation, a list, a rule; and those that end a heading
_BLOCK_MARKS = re.compile(r"^\d{1,9}(?=[.)](?:\s|$))|^(?=>|(?:#{1,6}|[-+])(?:\s|$)|--[- ]*$)|(?<=\s)(?=#+$)")


def times(value: Interval | None) -> str:
    """A ratio: ``1.85x (1.60 to 2.10)``."""
    return _with_ends(value, _ratio, "x")


def signed(value: Interval | None) -> str:
    """A net win or a difference of shares, from -1 to 1: ``+12% (−3 to +27)``."""
    return _with_ends(value, points, "%")


def share(value: Interval | None) -> str:
    """A share, from 0 to 1: ``75% (60 to 86)``."""
    return _with_ends(value, lambda part: f"{100 * part:.0f}", "%")


def interval(value: Interval | None) -> str:
    """Any figure with its 95% interval: ``0.31 (0.20 to 0.42)``."""
    return _with_ends(value, "{:.2f}".format, "")


def spread(value: Spread | None, digits: int = 2, *, ends: bool = False, scale: float = 1) -> str:
    """The median, and in brackets the 95th percentile, or the least and the greatest (``ends``)."""
    if value is None:
        return UNKNOWN
    within = (value.least, value.most) if ends else (value.p95,)
    median, *rest = (f"{scale * one:.{digits}f}" for one in (value.median, *within))
    return f"{median} ({' to '.join(rest)})"


def percent(value: float | None, digits: int = 0) -> str:
    """A share without an interval."""
    return UNKNOWN if value is None else f"{100 * value:.{digits}f}%"


def seconds(value: float | None) -> str:
    """Seconds with their unit."""
    return UNKNOWN if value is None else f"{value:.2f} s"


def number(value: float | None, digits: int = 0) -> str:
    """A plain number, thousands parted by commas."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def points(value: float) -> str:
    """A signed share as whole hundredths: ``+12``, ``−3``, ``0``."""
    whole = round(100 * value)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def counted(count: int, name: str, names: str | None = None) -> str:
    """A count with its noun: ``1 question``, ``2 questions``."""
    return f"{count} {name if count == 1 else names or name + 's'}"


def markdown(text: object) -> str:
    """One line of Markdown, in which nothing from outside is markup or parts a cell."""
    line = _MARKS.sub(r"\\\g<0>", one_line(str(text)))
    line = _BLOCK_MARKS.sub(r"\g<0>\\", line)
    return line.replace("&", "&amp;").replace("<", "&lt;")


def prose_markdown(text: str) -> str:
    """The same of a sentence of ours, in which ``**term**`` is bold."""
    return "".join(f"**{markdown(part)}**" if bold else _spaced(part) for part, bold in _parts(text))


def prose_html(text: str) -> Markup:
    """The same as HTML."""
    return Markup("").join(
        Markup("<b>{}</b>" if bold else "{}").format(safe_text(part)) for part, bold in _parts(text)
    )


def block(text: str) -> str:
    """A fenced block of Markdown that its content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{safe_text(text)}\n{fence}"


def note(name: str, **values: object) -> str:
    """A note on how to read a table, from ``templates/notes.toml``."""
    return _notes()[name].format(**values)


@cache
def _notes() -> Mapping[str, str]:
    found = tomllib.loads((TEMPLATES / "notes.toml").read_text(encoding="utf-8"))
    return {name: " ".join(text.split()) for name, text in found.items()}


def _parts(text: str) -> list[tuple[str, bool]]:
    return [(part, bool(number % 2)) for number, part in enumerate(re.split(r"\*\*(.+?)\*\*", text))]


def _spaced(part: str) -> str:
    """A part of a line, with the blank at either end that tells it from its neighbours."""
    before, after = part[:1].isspace(), part[-1:].isspace()
    return f"{' ' * before}{markdown(part)}{' ' * after}" if part.strip() else " " * bool(part)


def _with_ends(value: Interval | None, write: Callable[[float], str], unit: str) -> str:
    if value is None:
        return UNKNOWN
    if value.low is None or value.high is None:
        return f"{write(value.estimate)}{unit}"
    return f"{write(value.estimate)}{unit} ({write(value.low)} to {write(value.high)})"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
