"""A table that prints as Markdown, in a terminal and as HTML; text from outside is markup in none of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from markupsafe import Markup

from sot.terminal import one_line

from .format import markdown, prose_markdown

Align = Literal["left", "right", "center"]
Row = TypeVar("Row")


class Block:
    """Part of a section of a page; ``templates/blocks.html.j2`` draws it by the name of its class."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """Name of the class in small letters."""
        return type(self).__name__.lower()

    def markdown(self) -> str:
        """Return its Markdown; empty where it is for the screen alone."""
        return ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than its text.

    Args:
        picture: Drawn beside the text in HTML, or in its place (``instead``).
        style: A class of the style sheet; ``text`` is for prose.
        span: Columns it takes; the row has as many cells fewer.
        small: Said after the text, in small print.
    """

    text: str
    picture: Markup | None = None
    style: str = ""
    span: int = 1
    small: str = ""
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Table(Block):
    """A table.

    Args:
        align: Of each column; the first on the left and all others on the right unless given.
        note: How to read it, below it; ``**term**`` is bold.
        cards: On a narrow screen each row becomes a card, which suits pictures and long text.
        axis: A last row of pictures alone, in HTML.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    align: Sequence[Align] | None = None
    title: str = ""
    note: str = ""
    cards: bool = False
    axis: Sequence[Cell] | None = None

    @staticmethod
    def of(
        rows: Iterable[Row],
        columns: Mapping[str, Callable[[Row], str | Cell]],
        *,
        left: int = 1,
        title: str = "",
        note: str = "",
    ) -> Table:
        """Return the table of rows with each column as a function of the row; ``left`` columns stand left."""
        align: list[Align] = ["left" if number < left else "right" for number in range(len(columns))]
        cells = [[write(row) for write in columns.values()] for row in rows]
        return Table(list(columns), cells, align, title, note)

    def markdown(self) -> str:
        """Return the table in Markdown, columns in line, between its title and its note."""
        cells = [[markdown(text) for text in row] for row in (self.headers, *self._texts())]
        widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
        head, *body = ([text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in cells)
        rules = ["-" * width for width in widths]
        lines = "\n".join(f"| {' | '.join(row)} |" for row in (head, rules, *body))
        title = f"### {markdown(self.title)}" if self.title else ""
        return "\n\n".join(filter(None, (title, lines, prose_markdown(self.note))))

    def terminal(self, width: int | None = None) -> str:
        """Return the table drawn for a terminal, as wide as that is unless told."""
        from rich import box
        from rich.console import Console
        from rich.table import Table as Grid
        from rich.text import Text

        grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
        for name, align in zip(self.headers, self.aligned, strict=True):
            grid.add_column(Text(one_line(name)), justify=align, overflow="fold")
        for row in self._texts():
            grid.add_row(*(Text(one_line(text)) for text in row))
        shown = io.StringIO()
        console = Console(file=shown, width=width or Console().width)
        if self.title:
            console.print(Text(one_line(self.title)))
        console.print(grid)
        if self.note:
            console.print(Text(one_line(self.note.replace("**", ""))))
        return "\n".join(line.rstrip() for line in shown.getvalue().splitlines()).strip("\n")

    @property
    def aligned(self) -> Sequence[Align]:
        """Alignment of each column."""
        return self.align or ["left", *["right"] * (len(self.headers) - 1)]  # pyright: ignore[reportReturnType]  # it widens the literals

    def placed(self, row: Sequence[str | Cell]) -> Iterator[tuple[str, str, Cell]]:
        """Yield the column's name, the classes of style and the cell of each cell of a row."""
        at = 0
        for cell in map(_cell, row):
            side = "" if "text" in cell.style else self.aligned[at]
            if cell.picture is not None:
                side = "bar" if cell.instead else "picture"
            yield self.headers[at], f"{side} {cell.style}".strip(), cell
            at += cell.span

    def _texts(self) -> Iterator[list[str]]:
        for row in self.rows:
            texts: list[str] = []
            for cell in map(_cell, row):
                texts += [f"{cell.text} ({cell.small})" if cell.small else cell.text, *[""] * (cell.span - 1)]
            yield texts


def _cell(cell: str | Cell) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)
