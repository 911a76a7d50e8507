"""Parallel items: one request for each item of a list that the question brings with one instruction for each.

No skeleton is asked for. Every request is the conversation with the instruction and its own items behind it,
so that all share one beginning; see `sot.strategies.item_groups` for which items share a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ..errors import MissingPointError, SotError
from ..events import FellBack
from ..prompting.conversation import WrittenPoint, with_question
from ..structure.given_items import GivenItem, GivenItems, read_items
from ..structure.item_rows import cells
from ..text.indent import starts_block
from ..text.stops import StopFilter, StopReached
from ..types import Message, Point
from .base import Outcome, Run
from .by_model import is_large
from .item_group_text import GroupReader
from .item_groups import group_items, tokens_of
from .item_length import ItemLength, least_tokens
from .item_list import ItemList, has_labels, row_label, shown_item, written_items
from .item_text import AloneReader, ItemStyle
from .part_request import PartFailure, PartReader, PartRequest
from .parts import Parts
from .sequential import NormalStrategy
from .token_budget import item_tokens

NO_LIST = "the question brings no list of items with words that say what to do with each"
TOO_FEW_TOKENS = "the limit of {limit} tokens is too low for {items} items"
_TITLE_CHARS = 60
_INSTRUCTION_CHARS = 16  # of an instruction that is known for sure when a model writes it again


class ItemsStrategy:
    """One request for each given item, or for a few short ones, with a fallback to normal decoding."""

    async def run(self, run: Run) -> Outcome:
        given = read_items(run.messages[-1].content)
        if given is None:
            run.emit(FellBack(NO_LIST))
            return replace(await NormalStrategy().run(run), fell_back=NO_LIST)
        length, items = ItemLength(given.instruction, run.plan), written_items(given)
        sizes = [tokens_of(item.text) for item in items]
        limits = item_tokens(
            run.options,
            [length.wanted(run.options, size) for size in sizes],
            [least_tokens(size) for size in sizes],
        )
        if limits is None:
            reason = TOO_FEW_TOKENS.format(limit=run.options.max_answer_tokens, items=len(items))
            run.emit(FellBack(reason))
            return replace(await NormalStrategy().run(run), fell_back=reason)
        run.stops = StopFilter(run.options.stop) if run.options.stop else None
        return await _ItemsAnswer(run, given, limits, alone=length.several_lines).write()


class _ItemsAnswer:
    """One answer by items: makes the requests, and the list of their answers.

    Args:
        run: The answer in progress.
        given: The list of items.
        limits: Token limit of each item's answer.
        alone: Whether no items share a request, because their answers may have several lines.
    """

    def __init__(self, run: Run, given: GivenItems, limits: Sequence[int], *, alone: bool) -> None:
        self._run = run
        self._given = given
        self._items = written_items(given)
        self._points = [Point(index, _title(item.text)) for index, item in enumerate(self._items, 1)]
        self._output = ItemList(given)
        self._labelled = has_labels(given)
        self._limits = limits
        self._alone = alone
        self._failure: PartFailure | None = None

    async def write(self) -> Outcome:
        run = self._run
        texts = [item.text for item in self._items]
        groups = group_items(texts, run.engine_for("item").info, run.options.max_parallel, alone=self._alone)
        requests = [self._request(self._points[group.start : group.stop]) for group in groups]
        parts = Parts(run, self._points, requests, self._output, give_up=self._give_up)
        whole = await parts.write()
        if not whole:
            return parts.outcome(stopped=True)
        try:
            run.write(self._output.close())
            run.end_text()
        except StopReached:
            return parts.outcome(stopped=True)
        if not run.text.strip() and self._failure is not None and self._failure.error is not None:
            raise self._failure.error
        why_empty = self._failure.reason if self._failure is not None else "the model wrote nothing"
        return replace(parts.outcome(), why_empty=why_empty)

    def _request(self, points: Sequence[Point]) -> PartRequest:
        """Return the request that writes some items' answers; what fails gets one of its own."""
        items = [self._items[point.index - 1] for point in points]
        styles = [self._style(point.index) for point in points]
        reader: partial[PartReader]
        if len(points) == 1:
            reader = partial(AloneReader, points[0].index, styles[0])
        else:
            reader = partial(GroupReader, [point.index for point in points], styles)
        return PartRequest(
            points=tuple(points),
            config=self._run.config(
                max_tokens=sum(style.max_tokens for style in styles), stage="item", priority=points[0].index
            ),
            messages=partial(self._messages, items),
            reader=reader,
            repair=partial(self._repairs, grouped=len(points) > 1),
        )

    def _repairs(self, failures: Sequence[PartFailure], *, grouped: bool) -> Sequence[PartRequest]:
        """Return a request for each item that failed; a limit cuts one alone as before, but not a group's."""
        return [self._request([failure.point]) for failure in failures if grouped or not failure.limited]

    def _messages(self, items: Sequence[GivenItem], _: Sequence[WrittenPoint] = ()) -> Sequence[Message]:
        given, run = self._given, self._run
        text = run.pack.render(
            "item",
            instruction=given.instruction,
            header=given.header,
            items=[shown_item(given, item) for item in items],
            foreign=run.foreign,
        )
        return with_question(run.messages, text)

    def _style(self, index: int) -> ItemStyle:
        item = self._items[index - 1]
        lines = item.text.split("\n")
        return ItemStyle(
            mark="" if self._given.form in ("quoted", "fenced") else item.mark,
            item=lines[0],
            labelled=self._labelled,
            prefaced=not any(line.rstrip().endswith((":", "：")) for line in lines),
            others=() if is_large(self._run.engine_for("item").info) else self._others(index),
            max_tokens=self._limits[index - 1],
            label=partial(_row_label, item.text) if self._given.form == "rows" else None,
        )

    def _others(self, index: int) -> tuple[str, ...]:
        """Return with which lines a small model goes on with another item: the instruction, the next item."""
        instruction = self._given.instruction.split("\n", 1)[0].strip()
        found = [instruction] if len(instruction) >= _INSTRUCTION_CHARS else []
        following = self._items[index] if index < len(self._items) else None
        if following is not None and self._given.form == "numbered":
            found.append(f"{following.mark} {following.text.split(chr(10), 1)[0]}")
        return tuple(found)

    def _give_up(self, failure: PartFailure) -> str:
        """Return the placeholder of an item that failed for good.

        Raises:
            MissingPointError: ``on_missing`` is ``raise``.
        """
        self._failure = failure
        if self._run.options.on_missing == "raise":
            error: SotError | None = failure.error
            raise MissingPointError(failure.point.index, failure.point.title, failure.reason) from error
        return self._run.pack.render("missing", reason=failure.public)


def _row_label(row: str, answer: str) -> str:
    """Return what stands before the answer about a row; nothing where the answer is a row itself.

    A list and the like begins on the line below.
    """
    if len(cells(answer)) == len(cells(row)):
        return ""
    label = row_label(row)
    return f"{label.rstrip()}\n" if starts_block(answer, final=True) else label


def _title(text: str) -> str:
    """Return the beginning of an item, by which events name it."""
    line = text.split("\n", 1)[0]
    return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1].rstrip()}…"
