"""One frame of the live view: the progress in a line, the opening, and every point that has room.

Points stand in boxes where there is room for that. On smaller terminals each has a heading and a few lines,
then one line; where even that is too much for all of them, they are shown in turn.
"""

from __future__ import annotations

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..terminal import one_line, safe_text
from .progress import PointProgress, Progress

_CELL_WIDTH = 36
_MOST_LINES = 9
_LEAST_BOX = 4  # lines of a box: less than two of text are not worth its borders
_OPENING_LINES = 3
_TURN_S = 2.0
_KEPT = 4000  # characters of a text, at least, of which the end is shown
_STATUS_STYLE = {"done": "green", "trimmed": "green", "repaired": "yellow", "missing": "red"}


def draw_frame(progress: Progress, console: Console, *, width: int, height: int) -> Group:
    """Draw a frame of at most ``height`` lines.

    Args:
        progress: The answer so far.
        console: Wraps the texts.
        width: Columns.
        height: Lines.
    """
    parts: list[RenderableType] = []
    room = height - 1
    if progress.opens and room > _OPENING_LINES:
        opening = _last_lines(progress.opening, console, width, _OPENING_LINES)
        parts.append(Text("\n").join(opening))
        room -= len(opening)
    turn = ""
    points = [point for _, point in sorted(progress.points.items())]
    if points and room > 0:
        columns = max(1, min(len(points), width // _CELL_WIDTH))
        at_once = columns * room
        if len(points) > at_once:
            page = int(progress.seconds // _TURN_S) % -(-len(points) // at_once)
            turn = f"{page * at_once + 1} to {min(len(points), (page + 1) * at_once)}"
            points = points[page * at_once : (page + 1) * at_once]
        parts.append(_grid(points, console, columns, width // columns, room // -(-len(points) // columns)))
    return Group(_summary_line(progress, width, turn), *parts)


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _summary_line(progress: Progress, width: int, turn: str) -> Text:
    """Return how far the answer is, in one line.

    A line too many would leave the top of the frame behind on the terminal, so what does not fit is left out.
    """
    points = progress.points.values()
    skeleton = _skeleton_state(progress)
    writing = sum(point.writing for point in points)
    counts = (
        f"{count(len(points), progress.part)}, ",
        (f"{writing} being written", "bold cyan" if writing else ""),
        f", {progress.done} done",
    )
    shown = f" · {turn} shown" if turn else ""
    tokens = f" · {count(sum(point.tokens for point in points), 'token')}"
    seconds = f" · {progress.seconds:.1f} s"
    forms = (
        Text.assemble(skeleton, " · ", *counts, shown, tokens, seconds),
        Text.assemble(*counts, shown, seconds) if points else Text.assemble(skeleton, seconds),
        Text.assemble(*counts, shown) if points else Text.assemble(skeleton),
        Text(f"{progress.done} of {len(points)} done{shown}") if points else Text.assemble(skeleton),
    )
    line = next((form for form in forms if form.cell_len <= width), forms[-1])
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _skeleton_state(progress: Progress) -> tuple[str, str]:
    """Return how far the skeleton is, and its style; the question itself may have brought the parts."""
    if progress.part != "point":
        return f"{progress.part}s are given", "green"
    written = progress.skeleton is not None
    return ("skeleton written", "green") if written else ("writing the skeleton", "bold cyan")


def _grid(points: list[PointProgress], console: Console, columns: int, width: int, lines: int) -> Table:
    """Return points side by side, each in so many columns and lines."""
    grid = Table.grid(expand=True)
    for _ in range(columns):
        grid.add_column(ratio=1)
    cells = [_cell(point, console, width, lines) for point in points]
    for start in range(0, len(cells), columns):
        grid.add_row(*cells[start : start + columns])
    return grid


def _cell(point: PointProgress, console: Console, width: int, lines: int) -> RenderableType:
    if lines >= _LEAST_BOX:
        return _box(point, console, width, min(_MOST_LINES, lines - 2))
    width -= width < console.width  # a space to the next column
    if lines > 1:
        return _headed(point, console, width, lines - 1)
    return _line(point, width)


def _box(point: PointProgress, console: Console, width: int, lines: int) -> Panel:
    style, foot = _state(point)
    return Panel(
        Text("\n").join(_last_lines(point.text, console, width - 4, lines)),
        title=Text(_title(point), style="bold"),
        title_align="left",
        subtitle=Text(foot, style=style),
        subtitle_align="right",
        border_style=style,
        height=lines + 2,
    )


def _headed(point: PointProgress, console: Console, width: int, lines: int) -> Text:
    """Return a point as its title and its state in one line, and the end of its text below."""
    style, foot = _state(point)
    title = Text(_title(point), style="bold")
    title.truncate(max(1, width - cell_len(foot) - 4), overflow="ellipsis")
    rule = "─" * max(1, width - title.cell_len - cell_len(foot) - 2)
    text = _last_lines(point.text, console, width, lines)
    heading = Text.assemble(title, " ", (rule, style), " ", (foot, style), no_wrap=True, overflow="ellipsis")
    return Text("\n", no_wrap=True, overflow="ellipsis").join(
        [heading, *text, *[Text()] * (lines - len(text))]
    )


def _line(point: PointProgress, width: int) -> Text:
    """Return a point as its title and the end of its text, in one line."""
    style, foot = _state(point)
    title = Text(_title(point), style=f"bold {style}")
    title.truncate(max(1, width // 2), overflow="ellipsis")
    room = width - title.cell_len - 2
    end = _last_cells(" ".join(safe_text(_recent(point.text)).split()), room) or foot
    return Text.assemble(title, ": ", (end, "" if point.text else style), no_wrap=True, overflow="ellipsis")


def _title(point: PointProgress) -> str:
    return f"{point.point.index} {one_line(point.point.title)}"


def _state(point: PointProgress) -> tuple[str, str]:
    """Return a point's style and its state in words."""
    tokens = count(point.tokens, "token")
    if (done := point.finished) is not None:
        return _STATUS_STYLE[done.status], f"{done.status}, {tokens}, {done.finished_s:.1f} s"
    return ("cyan", tokens) if point.writing else ("dim", "waiting")


def _last_lines(text: str, console: Console, width: int, lines: int) -> list[Text]:
    words = " ".join(safe_text(_recent(text)).split())
    return list(Text(words).wrap(console, max(width, 1)))[-lines:]


def _recent(text: str) -> str:
    """Return the end of a long text, from a place that moves only now and then, so that lines stay."""
    return text if len(text) < 2 * _KEPT else text[len(text) // _KEPT * _KEPT - _KEPT :]


def _last_cells(text: str, cells: int) -> str:
    """Return the end of a text that fills at most so many columns, with a mark if that is not all."""
    if cell_len(text) <= cells:
        return text
    start, room = len(text), cells - 1
    while start and room >= (size := get_character_cell_size(text[start - 1])):
        start, room = start - 1, room - size
    return f"…{text[start:]}" if cells > 0 else ""
