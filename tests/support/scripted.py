"""A test double, not an engine: a backend that answers from a script and remembers what it was asked.

`ScriptedBackend` takes a function of one `Request` that gives its `Script`; `by_stage` makes such a
function out of a skeleton, points and a normal answer. What a script holds is played step by step:

    Script("1. Sleep\n", gate, "2. Eat\n", BackendConnectionError("gone"))

a text is a piece of the completion, a `Chunk` is passed on as it is, an `asyncio.Event` is waited for, and
an exception is raised.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sot import SkeletonOfThought
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message, Usage

Step = str | Chunk | asyncio.Event | BaseException
Stage = Literal["route", "skeleton", "point", "closing", "cot", "plan", "normal"]
PATIENCE = 60  # seconds after which a wait in vain fails; nothing that works waits so long
PROMPT_TOKENS = 10  # what every scripted request says its prompt has, unless its script says otherwise

_STAGES: Mapping[str, Stage] = {
    "Do not answer this yet.": "route",
    "まだ答えないでください": "route",
    "main points of an answer to the question. Number them": "skeleton",
    "Reply only with a numbered outline": "skeleton",
    "You plan answers.": "skeleton",
    "回答の骨子だけを": "skeleton",
    "Write only its ending": "closing",
    "回答の結びだけを": "closing",
    "Think step by step": "cot",
    "順を追って考え": "cot",
    "First understand the problem": "plan",
    "まず問題を理解し": "plan",
}
_POINT = re.compile(
    r"(?:Now write only|Write only|^Write) point (\d+)|項目(\d+)(?:[「（]|だけ)", re.MULTILINE
)


class Script:
    """What one request answers.

    Args:
        steps: Texts, chunks, events to wait for, exceptions to raise.
        finish_reason: Of the last chunk; ``None``: it has none.
        usage: Of the last chunk; unless given, ten prompt tokens and a token a piece of text.
        silent: The engine tells no usage.
    """

    def __init__(
        self,
        *steps: Step,
        finish_reason: FinishReason | None = "stop",
        usage: Usage | None = None,
        silent: bool = False,
    ) -> None:
        self.steps = steps
        self.finish_reason: FinishReason | None = finish_reason
        pieces = sum(isinstance(step, str) for step in steps)
        self.usage = None if silent else usage or Usage(PROMPT_TOKENS, 0, pieces, 1)


@dataclass(eq=False)
class Request:
    """One request the backend got, and what became of it."""

    messages: tuple[Message, ...]
    config: GenerateConfig
    prefill: str | None
    stage: Stage
    index: int  # of the point; 0 for other stages
    state: Literal["running", "finished", "failed", "closed"] = "running"
    attempt: int = 1

    @property
    def last(self) -> str:
        """The last turn."""
        return self.messages[-1].content


@dataclass
class ScriptedBackend:
    """See the module.

    Args:
        answer: Gives the script of a request.
        can_prefill: What `info` says.
        caches_prefixes: What `info` says.
        constrains: What `info` says.
        parallel: What `info` says.
        model: What `info` says.
    """

    answer: Callable[[Request], Script]
    can_prefill: bool = False
    caches_prefixes: bool = False
    constrains: bool | None = None
    parallel: int | None = None
    model: str = "script"
    requests: list[Request] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0
    closed: bool = False
    _waiting: list[tuple[Callable[[], bool], asyncio.Event]] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        request = Request(tuple(messages), config, prefill, *stage_of(messages))
        request.attempt += sum(
            (other.stage, other.index) == (request.stage, request.index) for other in self.requests
        )
        self.requests.append(request)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self._changed()
        try:
            script = self.answer(request)
            for step in script.steps:
                await asyncio.sleep(0)  # as with a real engine, others run between any two pieces
                if isinstance(step, asyncio.Event):
                    await asyncio.wait_for(step.wait(), PATIENCE)
                elif isinstance(step, BaseException):
                    raise step.with_traceback(None)  # or one that is raised often keeps all frames
                elif isinstance(step, Chunk):
                    yield step
                else:
                    yield Chunk(step)
            await asyncio.sleep(0)
            yield Chunk(finish_reason=script.finish_reason, usage=script.usage)
            request.state = "finished"
        except (GeneratorExit, asyncio.CancelledError):
            try:
                await asyncio.sleep(0)  # ending a request at a real engine takes a moment, too
            finally:
                request.state = "closed"  # also where the reader is cancelled in that moment
            raise
        except BaseException:
            request.state = "failed"
            raise
        finally:
            self.in_flight -= 1
            self._changed()

    async def info(self) -> BackendInfo:
        return BackendInfo(
            "scripted:",
            self.model,
            continues_turn=self.can_prefill,
            caches_prefixes="running" if self.caches_prefixes else "no",
            constrains=self.constrains,
            parallel=self.parallel,
        )

    async def load(self) -> Load:
        return Load(running=self.in_flight)

    async def aclose(self) -> None:
        self.closed = True

    def stages(self) -> list[Stage]:
        """The stages of all requests, in order."""
        return [request.stage for request in self.requests]

    def point(self, index: int, attempt: int = 1) -> Request:
        """The request that wrote a point."""
        return next(
            request
            for request in self.requests
            if request.stage == "point" and request.index == index and request.attempt == attempt
        )

    def of(self, stage: Stage) -> Request:
        """The only request of a stage."""
        (request,) = (request for request in self.requests if request.stage == stage)
        return request

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on this object holds; looked at whenever a request starts or ends."""
        if condition():
            return
        event = asyncio.Event()
        self._waiting.append((condition, event))
        await asyncio.wait_for(event.wait(), PATIENCE)

    async def until_started(self, *points: int) -> None:
        """Wait until the requests of these points have started."""
        await self.until(lambda: set(points) <= {request.index for request in self.requests})

    def _changed(self) -> None:
        for condition, event in self._waiting:
            if condition():
                event.set()


def stage_of(messages: Sequence[Message]) -> tuple[Stage, int]:
    """What a request asks for, by the last turn of the user, and the index of the point (0 for others)."""
    last = next((turn.content for turn in reversed(messages) if turn.role == "user"), "")
    if found := _POINT.search(last):
        return "point", int(found[1] or found[2])
    for words, stage in _STAGES.items():
        if words in last:
            return stage, 0
    return "normal", 0


def script(answer: Script | str | BaseException) -> Script:
    """A script, also from one text, which is cut into words, or from one exception."""
    if isinstance(answer, Script):
        return answer
    if isinstance(answer, BaseException):
        return Script(answer)
    return Script(*re.findall(r"\s*\S+|\s+", answer))


Answerable = Script | str | BaseException


def by_stage(
    skeleton: Answerable = "",
    points: Mapping[int, Answerable | Sequence[Answerable]] | None = None,
    normal: Answerable = "A normal answer.",
    route: Answerable = "A",
    closing: Answerable = "",
) -> Callable[[Request], Script]:
    """A function for `ScriptedBackend`: scripts for every stage.

    Args:
        skeleton: The skeleton request's answer.
        points: The points' answers; several are those of the first, second … attempt. Without an
            entry: "Text of point k."
        normal: The answer of every other request.
        route: The answer of the llm router's request.
        closing: The answer of the closing's request.
    """

    def answer(request: Request) -> Script:
        if request.stage == "route":
            return script(route)
        if request.stage == "skeleton":
            return script(skeleton)
        if request.stage == "closing":
            return script(closing)
        if request.stage != "point":
            return script(normal)
        given = (points or {}).get(request.index, f"Text of point {request.index}.")
        if isinstance(given, Script | str | BaseException):
            return script(given)
        return script(given[min(request.attempt, len(given)) - 1])

    return answer


def made(backend: ScriptedBackend, **settings: Any) -> SkeletonOfThought:
    """The object under test, which answers with a skeleton and without an opening unless told otherwise."""
    settings.setdefault("strategy", "skeleton")
    settings.setdefault("opening", False)
    return SkeletonOfThought(backend, **settings)
