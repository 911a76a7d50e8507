"""Makes one answer: routes the question, runs the strategy, reports events, adds up the cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from .admission import Limits, Turn
from .errors import first_error
from .events import Event, Finished, Routed
from .load.router import LoadRouter
from .options import Options
from .prompting.language import detect_language
from .prompting.packs import PromptPack, load_pack, pack_for
from .router import Router
from .strategies import Run, strategy_for
from .strategies.hedge import hedged
from .types import Answer, Backend, Message, Route, Timing, Usage


async def stream_answer(
    messages: Sequence[Message],
    *,
    backend: Backend,
    router: Router,
    options: Options,
    turn: Turn,
    decided: Route | None = None,
    started: float | None = None,
) -> AsyncGenerator[Event, None]:
    """Answer a conversation's last turn and yield what happens, `sot.events.Finished` last.

    The work goes on whether or not the events are read, so a slow reader slows nobody; what waits is
    bounded by the answer's own length. Leaving early ends every request in flight before it returns.

    Args:
        messages: The conversation; the last turn is the user's.
        backend: The engine.
        router: Decides where ``options.strategy`` is ``auto``.
        options: The caller's settings.
        turn: The answer's place in the queue of all answers' requests.
        decided: The route, where the caller has asked the router already.
        started: The event loop's time when the question arrived; now unless given.

    Raises:
        SotError: The question cannot be answered.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    answer = partial(_answer, messages, backend, router, options, turn, events, decided, started)
    work = asyncio.create_task(_work(answer, events, turn))
    try:
        while (event := await events.get()) is not None:
            yield event
        await work
    finally:
        await _end(work)


async def _end(work: asyncio.Task[None]) -> None:
    """Cancel what still runs and wait until all its requests have ended."""
    work.cancel()
    await asyncio.wait([work])
    if not work.cancelled():
        work.exception()  # it has been raised to the reader, or nobody is left to read it


async def _work(
    answer: Callable[[], Coroutine[Any, Any, None]], events: asyncio.Queue[Event | None], turn: Turn
) -> None:
    try:
        await answer()
    except BaseExceptionGroup as group:
        error = first_error(group)
        raise error from error.__cause__
    finally:
        turn.leave()  # the reader may take its time
        events.put_nowait(None)


async def _answer(
    messages: Sequence[Message],
    backend: Backend,
    router: Router,
    options: Options,
    turn: Turn,
    events: asyncio.Queue[Event | None],
    decided: Route | None,
    arrived: float | None,
) -> None:
    info = await backend.info()  # loading an engine is not part of an answer's time
    clock = asyncio.get_running_loop().time
    started = clock() if arrived is None else arrived
    pack, foreign = _choose_pack(messages[-1].content, options)
    limits = Limits(turn, options.max_parallel)

    def new_run(emit: Callable[[Event], None]) -> Run:
        return Run(
            messages=messages,
            backend=backend,
            info=info,
            pack=pack,
            foreign=foreign,
            options=options,
            limits=limits,
            emit=emit,
            started=started,
        )

    lost = Usage()
    if options.route == "hedge" and options.strategy == "auto" and decided is None:
        routing = _route(messages, router, options, turn, wait=False)
        made = await hedged(routing, new_run, events.put_nowait)
        route, route_s, run, outcome, lost = made.route, made.route_s, made.run, made.outcome, made.lost
    else:
        route = decided or await _route(messages, router, options, turn)
        route_s = clock() - started
        events.put_nowait(Routed(route))
        run = new_run(events.put_nowait)
        if route.parallel is not None:
            run.limits = Limits(turn, min(route.parallel, options.max_parallel))
        if isinstance(router, LoadRouter):
            router.noticed(route)
        outcome = await strategy_for(route.strategy).run(run)
    answer = Answer(
        question=messages[-1].content,
        text=run.text,
        route=route,
        skeleton=outcome.skeleton,
        points=outcome.points,
        usage=route.usage + outcome.usage + lost,
        skeleton_usage=outcome.skeleton_usage,
        timing=Timing(route_s, outcome.skeleton_s, run.first_text_s, run.now()),
        model=info.model,
        backend=info.backend,
        fell_back=outcome.fell_back,
        final_answer=outcome.final_answer,
        finish_reason=outcome.finish_reason,
    )
    if isinstance(router, LoadRouter):
        router.learn(answer)
    events.put_nowait(Finished(answer))


async def _route(
    messages: Sequence[Message], router: Router, options: Options, turn: Turn, *, wait: bool = True
) -> Route:
    if options.strategy == "auto":
        if isinstance(router, LoadRouter):
            return await router.route(messages, turn, wait=wait)
        return await router.route(messages)
    return Route(options.strategy, 1.0, "chosen by the caller", "caller")


def _choose_pack(question: str, options: Options) -> tuple[PromptPack, bool]:
    """The prompt pack, and whether the question is in another language than it."""
    language = detect_language(question)
    pack = pack_for(language) if options.prompts is None else load_pack(options.prompts)
    return pack, language != pack.language
