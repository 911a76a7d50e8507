"""A table that prints as Markdown, in a terminal and as HTML; text from outside is markup in none of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from markupsafe import Markup

from sot.terminal import one_line

from .format import markdown, prose_markdown

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than its text.

    Args:
        text: What is read where there are no pictures.
        picture: Drawn beside the text in HTML; see `plots`.
        instead: The picture says it all, and stands in place of the text.
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
class Table:
    """A table.

    Args:
        headers: Names of the columns.
        rows: Their cells.
        align: Of each column; the first on the left and all others on the right unless given.
        title: A heading above it.
        note: How to read it, below it; ``**term**`` is bold.
        cards: On a narrow screen each row becomes a card, which suits pictures and long text.
        axis: A last row of pictures alone, in HTML.
    """

    kind: ClassVar[str] = "table"
    headers: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    align: Sequence[Align] | None = None
    title: str = ""
    note: str = ""
    cards: bool = False
    axis: Sequence[Cell] | None = None

    def markdown(self) -> str:
        """The table in Markdown, columns in line, between its title and its note."""
        cells = [[markdown(text) for text in row] for row in (self.headers, *self._texts())]
        widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
        head, *body = ([text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in cells)
        rules = ["-" * width for width in widths]
        lines = "\n".join(f"| {' | '.join(row)} |" for row in (head, rules, *body))
        title = f"### {markdown(self.title)}" if self.title else ""
        return "\n\n".join(filter(None, (title, lines, prose_markdown(self.note))))

    def terminal(self, width: int | None = None) -> str:
        """The table drawn for a terminal, as wide as that is unless told."""
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
    def aligned(self) -> list[Align]:
        """Of each column."""
        rest: list[Align] = ["right"] * (len(self.headers) - 1)
        return list(self.align or ["left", *rest])

    def placed(self, row: Sequence[str | Cell]) -> Iterator[tuple[str, str, Cell]]:
        """Yield the column's name, the classes of style and the cell of each cell of a row."""
        at = 0
        for cell in map(_cell, row):
            side = "" if "text" in cell.style else self.aligned[at]
            if cell.picture is not None:
                side = "bar" if cell.instead else "picture"
            yield self.headers[at], f"{side} {cell.style}".strip(), cell
            at += cell.span

    def _texts(self) -> Iterable[list[str]]:
        for row in self.rows:
            cells = [*map(_cell, row)]
            yield [text for cell in cells for text in (_words(cell), *[""] * (cell.span - 1))]


def _cell(cell: str | Cell) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


def _words(cell: Cell) -> str:
    return f"{cell.text} ({cell.small})" if cell.small else cell.text
