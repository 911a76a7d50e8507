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
from ..text.stops import StopFilter, StopReached
from ..types import Message, Point
from .base import Outcome, Run
from .item_groups import group_items, tokens_of
from .item_list import ItemList, has_labels, row_label, shown_item, written_items
from .item_text import AloneReader, GroupReader, ItemStyle
from .part_request import PartFailure, PartReader, PartRequest
from .parts import Parts
from .sequential import NormalStrategy
from .token_budget import item_tokens

NO_LIST = "the question brings no list of items with words that say what to do with each"
_TITLE_CHARS = 60


class ItemsStrategy:
    """One request for each given item, or for a few short ones, with a fallback to normal decoding."""

    async def run(self, run: Run) -> Outcome:
        given = read_items(run.messages[-1].content)
        if given is None:
            run.emit(FellBack(NO_LIST))
            return replace(await NormalStrategy().run(run), fell_back=NO_LIST)
        run.stops = StopFilter(run.options.stop) if run.options.stop else None
        return await _ItemsAnswer(run, given).write()


class _ItemsAnswer:
    """One answer by items: makes the requests, and the list of their answers."""

    def __init__(self, run: Run, given: GivenItems) -> None:
        self._run = run
        self._given = given
        self._items = written_items(given)
        self._points = [Point(index, _title(item.text)) for index, item in enumerate(self._items, 1)]
        self._output = ItemList(given)
        self._labelled = has_labels(given)
        self._failure: PartFailure | None = None

    async def write(self) -> Outcome:
        run = self._run
        groups = group_items([item.text for item in self._items], run.info, run.options.max_parallel)
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
        styles = [self._style(item) for item in items]
        reader: partial[PartReader]
        if len(points) == 1:
            reader = partial(AloneReader, points[0].index, styles[0])
        else:
            reader = partial(GroupReader, [point.index for point in points], styles)
        return PartRequest(
            points=tuple(points),
            config=self._run.config(max_tokens=sum(style.max_tokens for style in styles), stage="item"),
            messages=partial(self._messages, items),
            reader=reader,
            repair=self._repairs,
        )

    def _repairs(self, failures: Sequence[PartFailure]) -> Sequence[PartRequest]:
        return [self._request([failure.point]) for failure in failures if not failure.limited]

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

    def _style(self, item: GivenItem) -> ItemStyle:
        plan = self._run.plan
        return ItemStyle(
            mark="" if self._given.form in ("quoted", "fenced") else item.mark,
            title=item.text if self._labelled else "",
            one_paragraph="\n" not in item.text,
            sentences=None if plan.sentences is None else plan.sentences.high,
            max_tokens=item_tokens(self._run.options, tokens_of(item.text), len(self._items)),
            label=partial(_row_label, item.text) if self._given.form == "rows" else None,
        )

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
    """Return what stands before the answer about a row; nothing where the answer is a row itself."""
    return "" if len(cells(answer)) == len(cells(row)) else row_label(row)


def _title(text: str) -> str:
    """Return the beginning of an item, by which events name it."""
    line = text.split("\n", 1)[0]
    return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1].rstrip()}…"
