"""Answers whose parts are known beforehand, with a toy strategy: one line of a request's text is one part."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Request, Script, ScriptedBackend, script

from sot.admission import Admission
from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    MissingPointError,
    ServerError,
    first_error,
)
from sot.events import (
    Event,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    SkeletonFinished,
    TextDelta,
)
from sot.options import Options
from sot.prompting.conversation import WrittenPoint
from sot.prompting.packs import load_pack
from sot.strategies.base import Outcome, Run
from sot.strategies.part_request import PartDelta, PartFailure, PartReader, PartRequest, PartText
from sot.strategies.parts import Parts
from sot.text.ordered import OrderedStream
from sot.text.stops import StopFilter
from sot.types import BackendInfo, FinishReason, Message, Point, Usage


class LineReader(PartReader):
    """One line is one part; a line with ``?`` is of no use, and one that breaks off is cut at a space."""

    def __init__(self, indexes: Sequence[int]) -> None:
        self._left = list(indexes)
        self._line = ""

    @property
    def full(self) -> bool:
        return not self._left

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        for char in piece:
            if not self._left:
                return
            if char == "\n":
                yield self._text("whole")
            else:
                self._line += char
                if "?" not in self._line:
                    yield PartDelta(self._left[0], char)

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        if self._left and self._line:
            if reason != "stop":
                words = self._line.rpartition(" ")[0] or self._line
                self._line = self._line[: max(len(words), shown(self._left[0]))]
            yield self._text("cut" if reason == "length" else "whole")

    def _text(self, ending: str) -> PartText:
        index, line, self._line = self._left.pop(0), self._line, ""
        if "?" in line:
            return PartText(index, line.partition("?")[0], "whole", problem="a question mark")
        return PartText(index, line, "cut" if ending == "cut" else "whole")


class Toy:
    """A strategy over the runner, with groups of parts; see the module."""

    def __init__(
        self,
        groups: Sequence[Sequence[int]],
        needs: Mapping[int, tuple[int, ...]] | None = None,
        *,
        on_missing: str = "note",
        **options: object,
    ) -> None:
        count = max(index for group in groups for index in group)
        self.points = [Point(k, f"part {k}", (needs or {}).get(k, ())) for k in range(1, count + 1)]
        self.groups = groups
        self.on_missing = on_missing
        self.options = Options(**options)  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.on_text: dict[str, asyncio.Event] = {}  # set once the text is released

    async def answer(self, backend: ScriptedBackend) -> tuple[str, Outcome]:
        run = Run(
            [Message("user", "?")],
            backend,
            BackendInfo("scripted:", "script"),
            load_pack("en"),
            False,
            self.options,
            Admission().turn(),
            self._emit,
            asyncio.get_running_loop().time(),
        )
        run.turn.limit_parallel(self.options.max_parallel)
        run.stops = StopFilter(self.options.stop) if self.options.stop else None
        output = OrderedStream()
        for point in self.points:
            output.add(point.index, f"{point.index}.")
        requests = [self._request(run, group) for group in self.groups]
        parts = Parts(run, self.points, requests, output, give_up=self._give_up)
        whole = await parts.write()
        if whole:
            run.end_text()
        return run.text, parts.outcome(stopped=not whole)

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        for text, seen in self.on_text.items():
            if text in released(self):
                seen.set()

    def _request(self, run: Run, group: Sequence[int], *, again: bool = False) -> PartRequest:
        named = " ".join(map(str, group))

        def messages(needed: Sequence[WrittenPoint]) -> list[Message]:
            known = "".join(f" [{other.point.index}: {other.text}]" for other in needed)
            return [Message("user", f"{'again' if again else 'write'} {named}{known}")]

        def repair(failures: Sequence[PartFailure]) -> list[PartRequest]:
            return [self._request(run, [failure.point.index for failure in failures], again=True)]

        return PartRequest(
            points=tuple(self.points[index - 1] for index in group),
            config=run.config(max_tokens=20, stage="item"),
            messages=messages,
            reader=lambda: LineReader(group),
            repair=repair,
        )

    def _give_up(self, failure: PartFailure) -> str:
        if self.on_missing == "raise":
            raise MissingPointError(failure.point.index, failure.point.title, failure.reason)
        return f"({failure.public})"


def engine(**texts: Script | str | BaseException) -> ScriptedBackend:
    """An engine that answers by the beginning of the request, its spaces as underscores."""

    def answer(request: Request) -> Script:
        asked = request.last.partition(" [")[0].replace(" ", "_")
        return script(texts[asked])

    return ScriptedBackend(answer)


def released(toy: Toy) -> str:
    """Return the text that the reader of the answer has seen."""
    return "".join(event.text for event in toy.events if isinstance(event, TextDelta))


async def test_parts_come_in_order_however_they_end() -> None:
    gate = asyncio.Event()
    backend = engine(write_1=Script(gate, "one"), write_2_3=Script("two\nthr", "ee\n"), write_4="four")
    toy = Toy([[1], [2, 3], [4]])
    task = asyncio.create_task(toy.answer(backend))
    await backend.until(lambda: [request.state for request in backend.requests].count("running") == 1)
    gate.set()
    text, outcome = await task
    assert text == "1. one\n\n2. two\n\n3. three\n\n4. four"
    assert released(toy) == text
    assert [answer.text for answer in outcome.points] == ["one", "two", "three", "four"]
    assert {answer.status for answer in outcome.points} == {"done"}
    assert (outcome.finish_reason, outcome.complete) == ("stop", True)
    assert sum((answer.usage for answer in outcome.points), Usage()) == outcome.usage
    assert outcome.usage.requests == 3
    found = [event.point.index for event in toy.events if isinstance(event, PointFound)]
    assert found == [1, 2, 3, 4]
    assert sum(isinstance(event, SkeletonFinished) for event in toy.events) == 1
    assert sum(isinstance(event, PointFinished) for event in toy.events) == 4
    raw = "".join(event.text for event in toy.events if isinstance(event, PointDelta) and event.index == 3)
    assert raw == "three"


async def test_a_part_waits_for_those_it_needs_even_later_ones() -> None:
    backend = engine(write_1="one", write_2="two", write_3="three")
    text, _ = await Toy([[1], [2], [3]], {1: (3,), 2: (1, 3)}).answer(backend)
    asked = [request.last for request in backend.requests]
    assert asked == ["write 3", "write 1 [3: three]", "write 2 [1: one] [3: three]"]
    assert text.startswith("1. one")


class SlowReader(PartReader):
    """A reader whose end takes long; it notes its thread."""

    threads: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self._text = ""

    @property
    def full(self) -> bool:
        return False

    @property
    def slow(self) -> bool:
        return True

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        self._text += piece
        return ()

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        self.threads.append(threading.get_ident())
        yield PartText(1, self._text)


async def test_what_takes_long_does_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    toy, plain = Toy([[1]]), Toy._request
    monkeypatch.setattr(toy, "_request", lambda *args: replace(plain(toy, *args), reader=SlowReader))
    text, _ = await toy.answer(engine(write_1="one"))
    assert text == "1. one"
    assert SlowReader.threads
    assert threading.get_ident() not in SlowReader.threads


async def test_a_request_is_left_when_its_parts_are_whole() -> None:
    backend = engine(write_1="one\nand more\nthat nobody asked for")
    text, outcome = await Toy([[1]]).answer(backend)
    assert text == "1. one"
    assert backend.requests[0].state == "closed"
    assert outcome.finish_reason == "stop"


async def test_only_the_parts_that_failed_are_repaired() -> None:
    backend = engine(write_1_2_3="one\n?\nthree\n", again_2="two")
    toy = Toy([[1, 2, 3]])
    text, outcome = await toy.answer(backend)
    assert text == "1. one\n\n2. two\n\n3. three"
    assert [answer.status for answer in outcome.points] == ["done", "repaired", "done"]
    attempts = [(e.index, e.attempt) for e in toy.events if isinstance(e, PointStarted)]
    assert attempts == [(1, 1), (2, 1), (3, 1), (2, 2)]
    assert sum((answer.usage for answer in outcome.points), Usage()) == outcome.usage


async def test_a_part_that_fails_twice_gets_a_note_or_raises() -> None:
    texts = {"write_1": "one", "write_2": "?", "again_2": ServerError("kaput", status=500)}
    text, outcome = await Toy([[1], [2]]).answer(engine(**texts))
    assert text == "1. one\n\n2. (the request failed)"
    assert [answer.status for answer in outcome.points] == ["done", "missing"]
    assert (outcome.finish_reason, outcome.complete) == ("error", False)
    with pytest.RaisesGroup(MissingPointError, flatten_subgroups=True):
        await Toy([[1], [2]], on_missing="raise").answer(engine(**texts))


async def test_text_of_a_broken_request_stays_where_it_was_shown() -> None:
    gate, gone = asyncio.Event(), BackendConnectionError("gone")
    backend = engine(write_1=Script("half", gate, gone), write_2=Script("half", gone), again_2="whole")
    task = asyncio.create_task(Toy([[1], [2]]).answer(backend))
    await backend.until(lambda: [request.state for request in backend.requests[1:]] == ["failed", "finished"])
    gate.set()
    text, outcome = await task
    assert text == "1. half\n\n2. whole"
    assert [answer.status for answer in outcome.points] == ["trimmed", "repaired"]
    assert outcome.finish_reason == "error"


async def test_a_repair_of_which_text_was_shown_stands() -> None:
    first, shown = asyncio.Event(), asyncio.Event()
    backend = engine(
        write_1=Script(first, "one"),
        write_2=Script("a long text that broke off", BackendConnectionError("gone")),
        again_2=Script("short", shown, BackendConnectionError("gone again")),
    )
    toy = Toy([[1], [2]])
    toy.on_text["short"] = shown
    task = asyncio.create_task(toy.answer(backend))
    await backend.until(lambda: len(backend.requests) == 3)
    first.set()
    text, outcome = await task
    assert text == released(toy) == "1. one\n\n2. short"
    assert [answer.status for answer in outcome.points] == ["done", "trimmed"]
    assert (outcome.finish_reason, outcome.complete) == ("error", False)


async def test_a_repair_that_leaves_less_and_was_not_shown_is_dropped() -> None:
    first, gone = asyncio.Event(), BackendConnectionError("gone")
    backend = engine(
        write_1=Script(first, "one"), write_2=Script("a long text", gone), again_2=Script("short", gone)
    )
    task = asyncio.create_task(Toy([[1], [2]]).answer(backend))
    await backend.until(lambda: [each.state for each in backend.requests[1:]] == ["failed", "failed"])
    first.set()
    text, _ = await task
    assert text == "1. one\n\n2. a long"


@pytest.mark.parametrize("ticks", range(12))
async def test_a_failed_text_is_not_shown_once_it_is_to_be_repaired(ticks: int) -> None:
    """Part 1 ends in each of the loop's turns around the one in which part 2 breaks off."""
    backend = engine(
        write_1=Script(*["one "] * ticks, "end"),
        write_2=Script("half ", "a text", BackendConnectionError("gone")),
        again_2="whole",
    )
    toy = Toy([[1], [2]])
    text, outcome = await toy.answer(backend)
    assert text == released(toy)
    ending, status = text.rpartition("2. ")[2], outcome.points[1].status
    assert (ending, status) in {("whole", "repaired"), ("half a text", "trimmed"), ("half a", "trimmed")}


async def test_a_trimmed_text_is_not_shown_whole_while_one_before_it_is_repaired() -> None:
    backend = engine(write_1_2=Script("?\ntwo word", finish_reason="length"), again_1=Script("one", "\n"))
    toy = Toy([[1, 2]])
    text, outcome = await toy.answer(backend)
    assert text == released(toy) == "1. one\n\n2. two"
    assert [answer.status for answer in outcome.points] == ["repaired", "trimmed"]


STREAMS = st.builds(
    lambda texts, drops: [*texts, BackendConnectionError("gone")] if drops else texts,
    st.lists(st.sampled_from(["some ", "words\n", "more", "", "", "?", "?\n"]), max_size=7),
    st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(STREAMS, min_size=6, max_size=6), st.sampled_from([[[1], [2], [3]], [[1, 2], [3]], [[1, 2, 3]]])
)
def test_an_engine_that_drops_streams_never_takes_shown_text_back(
    streams: list[list[str | BaseException]], groups: list[list[int]]
) -> None:
    left = iter(streams)
    backend = ScriptedBackend(lambda _: Script(*next(left, ["late\n"])))
    toy = Toy(groups)
    text, outcome = asyncio.run(toy.answer(backend))
    assert text == released(toy)
    assert len(outcome.points) == 3
    places = [text.find(f"{answer.index}. {answer.text}") for answer in outcome.points if answer.text]
    assert sum(answer.status == "missing" for answer in outcome.points) == 3 or (
        -1 not in places and places == sorted(places)
    )
    assert backend.in_flight == 0


async def test_a_token_limit_that_cuts_a_part_is_told() -> None:
    backend = engine(write_1=Script("hal", finish_reason="length"), write_2="two")
    _, outcome = await Toy([[1], [2]]).answer(backend)
    assert [answer.status for answer in outcome.points] == ["trimmed", "done"]
    assert (outcome.finish_reason, outcome.complete) == ("length", False)


async def test_a_failure_ends_the_requests_of_all_other_parts() -> None:
    refused = AuthenticationError("no such key", status=401)
    backend = engine(write_1=Script("one", asyncio.Event()), write_2=refused, write_3=Script(asyncio.Event()))
    with pytest.raises(BaseExceptionGroup) as raised:
        await Toy([[1], [2], [3]]).answer(backend)
    assert first_error(raised.value) is refused
    assert backend.in_flight == 0


async def test_a_cancel_leaves_the_engine_idle() -> None:
    backend = engine(write_1=Script("one", asyncio.Event()), write_2=Script(asyncio.Event()))
    task = asyncio.create_task(Toy([[1], [2]]).answer(backend))
    await backend.until(lambda: backend.in_flight == 2)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert backend.in_flight == 0


async def test_a_stop_sequence_ends_the_answer_and_all_requests() -> None:
    backend = engine(write_1="one END", write_2=Script("two", asyncio.Event()))
    text, outcome = await Toy([[1], [2]], stop=("END",)).answer(backend)
    assert text == "1. one "
    assert outcome.finish_reason == "stop"
    assert backend.in_flight == 0


async def test_no_more_requests_at_once_than_allowed() -> None:
    backend = engine(write_1="one", write_2="two", write_3="three")
    await Toy([[1], [2], [3]], max_parallel=1).answer(backend)
    assert backend.peak == 1


async def test_first_request_and_repair_share_the_budget_of_the_answer() -> None:
    backend = engine(write_1="?", again_1="one")
    await Toy([[1]], max_answer_tokens=20).answer(backend)
    assert [request.config.max_tokens for request in backend.requests] == [20, 19]
