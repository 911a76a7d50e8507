"""`answer_sync` and `revise_sync` called from several threads at once, and closed meanwhile."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from scripted import PATIENCE, Request, Script, ScriptedBackend, by_stage

from sot import Answer, SkeletonOfThought
from sot.errors import ConfigError, EngineError, SotError
from sot.events import Event, TextDelta
from sot.registry import EngineEntry

QUESTION = "How can I live well?"
SKELETON = "1. Sleep early\n2. Eat well\n"
THREADS = 32


class Engines(list[ScriptedBackend]):
    """Scripted engines in the order in which they were made; ``answer`` is for those to come."""

    answer: Callable[[Request], Script] = staticmethod(by_stage(SKELETON))

    def __init__(self) -> None:
        super().__init__()
        self._others = set(threading.enumerate())  # a thread of an earlier test may still be ending

    def threads(self) -> list[threading.Thread]:
        """The threads for synchronous callers that were started since."""
        return [
            each for each in threading.enumerate() if each.name == "sot-sync" and each not in self._others
        ]


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """The engines made for the spec ``torch:…``, which are scripted here."""
    engines = Engines()

    def make(entry: EngineEntry, model: str) -> ScriptedBackend:
        engines.append(ScriptedBackend(engines.answer))
        return engines[-1]

    monkeypatch.setattr(EngineEntry, "make", make)
    yield engines
    assert engines.threads() == []


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """Run a function in many threads, which begin together; returns results and errors."""
    ready = threading.Barrier(threads)

    def run(number: int) -> Any:
        ready.wait(PATIENCE)
        try:
            return work(number)
        except SotError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, n) for n in range(threads)]]


@pytest.mark.usefixtures("hasty")
class TestManyThreads:
    def test_the_first_calls_share_one_thread_and_one_engine(self, engines: Engines) -> None:
        sot = SkeletonOfThought("torch:some", strategy="skeleton", opening=False)
        answers = at_once(lambda number: sot.answer_sync(QUESTION))
        assert {answer.text for answer in answers} == {answers[0].text}
        assert answers[0].points[1].title == "Eat well"
        assert len(engines.threads()) == 1
        assert len(engines) == 2  # for asynchronous callers, and for all synchronous ones
        sot.close()
        assert engines[1].closed

    def test_revising_beside_answering(self, engines: Engines) -> None:
        sot = SkeletonOfThought("torch:some", strategy="skeleton", opening=False)
        first = sot.answer_sync(QUESTION)

        def work(number: int) -> Answer:
            if number % 2:
                return sot.answer_sync(QUESTION)
            return sot.revise_sync(first, ["Sleep early", f"Meet friend {number}"])

        answers = at_once(work, 12)
        assert [answer.points[1].title for answer in answers[::2]] == [
            f"Meet friend {n}" for n in range(0, 12, 2)
        ]
        assert {answer.text for answer in answers[1::2]} == {first.text}
        sot.close()

    def test_objects_of_their_own(self, engines: Engines) -> None:
        def work(_: int) -> str:
            sot = SkeletonOfThought("torch:some", opening=False)
            try:
                return sot.answer_sync(QUESTION, strategy="skeleton").text
            finally:
                sot.close()

        assert len(set(at_once(work, 8))) == 1

    def test_closing_in_between_ends_or_answers_every_call(self, engines: Engines) -> None:
        sot = SkeletonOfThought("torch:some", strategy="normal")

        def work(number: int) -> Answer | None:
            return sot.close() if number % 4 == 3 else sot.answer_sync(QUESTION)

        for _ in range(3):
            for got in at_once(work, 16):
                assert got is None or isinstance(got, EngineError) or got.text == "A normal answer."
        sot.close()
        assert all(engine.closed for engine in engines[1:])


def test_closing_ends_an_answer_that_would_never_end(engines: Engines) -> None:
    begun = threading.Event()

    def answer(request: Request) -> Script:
        begun.set()
        return Script("A word", asyncio.Event())

    engines.answer = answer
    sot = SkeletonOfThought("torch:some", strategy="normal")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sot.answer_sync, QUESTION)
        assert begun.wait(PATIENCE)
        sot.close()
        with pytest.raises(EngineError, match="closed before the answer was complete"):
            waiting.result(PATIENCE)
    engines.answer = by_stage(SKELETON)
    assert sot.answer_sync(QUESTION).text == "A normal answer."  # on a new thread
    sot.close()


def test_a_call_from_within_a_call_is_refused_in_place_of_waiting_for_itself(engines: Engines) -> None:
    refusals: list[str] = []

    def answer(request: Request) -> Script:
        with pytest.raises(ConfigError) as refused:
            sot.answer_sync(QUESTION)
        refusals.append(str(refused.value))
        return Script("A normal answer.")

    engines.answer = answer
    sot = SkeletonOfThought("torch:some", strategy="normal")
    assert sot.answer_sync(QUESTION).text == "A normal answer."
    assert len(refusals) == 1
    assert "await" in refusals[0]
    sot.close()


def test_an_object_that_its_own_thread_collects_leaves_no_thread(engines: Engines) -> None:
    held: list[SkeletonOfThought] = []
    released = threading.Event()

    def answer(request: Request) -> Script:
        held.clear()
        gc.collect()
        return Script("A normal answer.")

    class Closing(ScriptedBackend):
        async def aclose(self) -> None:
            released.set()

    engines.answer = answer
    sot = SkeletonOfThought("torch:some", strategy="normal")
    thread, twin = sot._sync_thread()  # pyright: ignore[reportPrivateUsage] - its work is to outlive the object
    twin._backend = Closing(answer)  # pyright: ignore[reportPrivateUsage]
    held.append(sot)
    del sot
    with suppress(EngineError):  # the closing, in a thread of its own, may overtake the answer
        assert thread.run(twin.answer(QUESTION)).text == "A normal answer."
    assert released.wait(PATIENCE)
    thread._thread.join(PATIENCE)  # pyright: ignore[reportPrivateUsage]


def test_a_stream_that_its_own_thread_collects_ends_its_requests(engines: Engines) -> None:
    held: list[Generator[Event, None, None]] = []

    def answer(request: Request) -> Script:
        if "second" in request.last:
            held.clear()  # as garbage collection may: the generator ends in the thread that runs its answer
            return Script("A normal answer.")
        return Script("A word", asyncio.Event())

    engines.answer = answer
    sot = SkeletonOfThought("torch:some", strategy="normal")
    held.append(sot.stream_sync("The first?"))
    assert any(isinstance(event, TextDelta) for event in held[0])  # reads until the first
    done = threading.Event()

    def second() -> None:
        sot.answer_sync("The second?")
        done.set()

    threading.Thread(target=second, daemon=True).start()
    assert done.wait(PATIENCE), "the thread waits for itself"
    sot.close()
    assert [engine.in_flight for engine in engines] == [0, 0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns of threads beside a fork
def test_a_forked_process_has_a_thread_of_its_own(engines: Engines) -> None:
    sot = SkeletonOfThought("torch:some", strategy="normal")
    sot.answer_sync(QUESTION)
    child = os.fork()
    if child == 0:  # the forked process, which must not go on with the test run
        ok = False
        signal.alarm(PATIENCE)  # ends it, should it wait in vain
        try:
            ok = sot.answer_sync(QUESTION).text == "A normal answer."
            sot.close()
        finally:
            os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sot.answer_sync(QUESTION).text == "A normal answer."
    sot.close()
