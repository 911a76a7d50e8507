"""Reader of a request that brings a list of items: the instruction, the items, and the form of the list.

Only the layout is read here. Whether the instruction applies to each item alone is for
`sot.router.items` to judge: "translate these" does, "sort these" does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from .item_blocks import FINDERS, Block, Form, GivenItem

MOST_ITEMS = 200
MOST_CHARS = 60_000
_MOST_LINES = 2_000
_FEWEST_ITEMS = 2


@dataclass(frozen=True, slots=True)
class GivenItems:
    """List of items that a request brings, with what it asks about them.

    Args:
        before: Words above the list.
        after: Words below it.
        items: The items, in order; one may be empty.
        form: Form of the list.
        header: Header row of ``rows``, and the line below it in a Markdown table; else empty.
    """

    before: str
    after: str
    items: tuple[GivenItem, ...]
    form: Form
    header: str = ""

    @property
    def instruction(self) -> str:
        """The request without the list."""
        return "\n".join(part for part in (self.before, self.after) if part)


def read_items(text: str) -> GivenItems | None:
    """Read the one list of items in a request; takes linear time and never raises.

    Args:
        text: The user's turn.

    Returns:
        ``None`` without such a list or without words beside it, where there are several lists, and for fewer
        than 2 or more than `MOST_ITEMS` items.
    """
    if len(text) > MOST_CHARS:
        return None
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        return None
    for find in FINDERS:
        block = find(lines)
        if block is not None:
            return _given(block)
    return None


def _given(block: Block) -> GivenItems | None:
    before, after = block.before.strip(), block.after.strip()
    written = sum(bool(item.text) for item in block.items)
    if not (before or after) or written < _FEWEST_ITEMS or len(block.items) > MOST_ITEMS:
        return None
    return GivenItems(before, after, block.items, block.form, block.header)


__all__ = ["MOST_CHARS", "MOST_ITEMS", "Form", "GivenItem", "GivenItems", "read_items"]
