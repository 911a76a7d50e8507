"""A table that prints as Markdown, in a terminal and as HTML; text from outside is markup in none of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from sot.terminal import one_line

from .format import markdown, prose_html, prose_markdown, tag

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than its text.

    Args:
        text: What is read where there are no pictures.
        picture: Drawn beside the text in HTML; see `plots`.
        style: A class of the style sheet; ``text`` is for prose.
        span: Columns it takes; the row has as many cells fewer.
        small: Said after the text, in small print.
    """

    text: str
    picture: Markup | None = None
    style: str | None = None
    span: int = 1
    small: str = ""


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
        for name, align in zip(self.headers, self._aligned(), strict=True):
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

    def html(self) -> Markup:
        """The table as HTML, in a box that scrolls sideways on its own."""
        aligned = self._aligned()
        head = (
            tag("th", name, scope="col", class_=to) for name, to in zip(self.headers, aligned, strict=True)
        )
        body = [self._row(row) for row in self.rows]
        if self.axis is not None:
            body.append(self._row(self.axis, class_="axis", aria_hidden="true"))
        grid = tag(
            "table",
            tag("thead", tag("tr", *head)),
            tag("tbody", *body),
            class_="cards" if self.cards else None,
        )
        return Markup("").join(
            (
                tag("h3", one_line(self.title)) if self.title else Markup(""),
                tag("div", grid, class_="scroll"),
                tag("p", prose_html(self.note), class_="read") if self.note else Markup(""),
            )
        )

    def _row(self, row: Sequence[str | Cell], **attributes: str) -> Markup:
        aligned, found, at = self._aligned(), list[Markup](), 0
        for cell in map(_cell, row):
            small = tag("span", " ", one_line(cell.small), class_="n") if cell.small else ""
            content = tag("span", one_line(cell.text), small)
            if cell.picture is not None:
                content = tag("div", cell.picture, content, class_="pair")
            side = (
                "picture" if cell.picture is not None else "" if "text" in (cell.style or "") else aligned[at]
            )
            found.append(
                tag(
                    "td" if at else "th",
                    content,
                    scope=None if at else "row",
                    class_=" ".join(filter(None, (side, cell.style))) or None,
                    colspan=cell.span if cell.span > 1 else None,
                    data_name=one_line(self.headers[at]) if self.cards else None,
                )
            )
            at += cell.span
        return tag("tr", *found, **attributes)

    def _aligned(self) -> list[Align]:
        rest: list[Align] = ["right"] * (len(self.headers) - 1)
        return list(self.align or ["left", *rest])

    def _texts(self) -> Iterable[list[str]]:
        for row in self.rows:
            cells = [*map(_cell, row)]
            yield [text for cell in cells for text in (_words(cell), *[""] * (cell.span - 1))]


def _cell(cell: str | Cell) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


def _words(cell: Cell) -> str:
    return f"{cell.text} ({cell.small})" if cell.small else cell.text
