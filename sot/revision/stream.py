"""Stream of a revised answer: one run from its plan to its last event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from ..errors import first_error
from ..event_queue import EventQueue
from ..events import Event, Finished, Routed, StageReplaced
from ..keys import require_separation
from ..options.adapters import check_known
from ..orchestrator import AnswerRequest
from ..prompting.language import detect_language
from ..prompting.packs import language_name, load_pack, pack_for
from ..router.wishes import read_wishes
from ..strategies.base import Outcome, Run
from ..strategies.tasks import retrieve
from ..tracing.current import traced
from ..types import Answer, Route, Timing
from .plan import Revision
from .strategy import RevisionStrategy

REVISED = Route("skeleton", 1.0, "the caller revised its points", "caller")


async def stream_revision(request: AnswerRequest, revision: Revision) -> AsyncGenerator[Event, None]:
    """Write a revised answer and yield the events, `sot.events.Finished` last.

    As with an answer, the work continues whether or not the events are read, and leaving early ends every
    request in flight before it returns.

    Args:
        request: The question of the first answer, with its conversation.
        revision: The new list of points, and the texts that stay.

    Raises:
        SotError: The answer cannot be written.
    """
    events = EventQueue()
    work = asyncio.create_task(_work(request, revision, events))
    work.add_done_callback(retrieve)  # whatever happens: a second cancel ends the wait below
    try:
        while (event := await events.get()) is not None:
            yield event
        await work
    finally:
        if request.trace is not None:
            request.trace.leaving()
        work.cancel()
        await asyncio.wait([work])


async def _work(request: AnswerRequest, revision: Revision, events: EventQueue) -> None:
    try:
        with traced(request.trace):
            await _revise(request, revision, events.put)
    except BaseExceptionGroup as group:
        error = first_error(group)
        raise error from error.__cause__
    finally:
        request.turn.leave()
        events.end()


async def _revise(request: AnswerRequest, revision: Revision, emit: Callable[[Event], None]) -> None:
    # The router's hooks hear nothing of it: its lengths and times would teach them the wrong thing.
    run = await _new_run(request, emit)
    request.turn.limit_parallel(request.options.max_parallel)
    emit(Routed(REVISED))
    for failure in request.engines.failures:
        emit(StageReplaced(failure))
    outcome = await RevisionStrategy(revision).run(run)
    request.engines.over()
    answer = _answer_of(run, revision, outcome)
    answer = replace(answer, stages=run.uses, stage_failures=tuple(request.engines.failures))
    if request.pricing is not None:
        answer = request.pricing.priced((run,), answer, revised=True)
    if request.trace is not None:
        request.trace.finished(answer)
    emit(Finished(answer))


async def _new_run(request: AnswerRequest, emit: Callable[[Event], None]) -> Run:
    """Prepare the run with the prompt pack and the wishes of the first answer."""
    options, question = request.options, request.messages[-1].content
    info = await request.backend.info()  # loading an engine is not part of an answer's time
    require_separation(info, options.tenant)
    await request.engines.prepare(["point"], options)
    check_known(options.adapter, info, request.stages.engines)
    wishes, detected = read_wishes(request.messages), detect_language(question)
    wanted = wishes.language or detected
    pack = pack_for(wanted) if options.prompts is None else load_pack(options.prompts)
    named = wishes.language is not None and not wanted == detected == pack.language
    run = Run(
        messages=request.messages,
        backend=request.backend,
        info=info,
        pack=pack,
        foreign=wanted == detected != pack.language,
        options=options,
        turn=request.turn,
        emit=emit,
        started=asyncio.get_running_loop().time(),
        plan=wishes.plan(),
        language=language_name(wanted, pack) if named else "",
        engines=request.engines,
    )
    request.runs.append(run)
    return run


def _answer_of(run: Run, revision: Revision, outcome: Outcome) -> Answer:
    return Answer(
        question=run.messages[-1].content,
        text=run.text,
        route=REVISED,
        skeleton=outcome.skeleton,
        points=outcome.points,
        usage=outcome.usage,
        skeleton_usage=outcome.skeleton_usage,
        timing=Timing(0.0, outcome.skeleton_s, run.first_text_s, run.now()),
        model=run.info.model,
        backend=run.info.backend,
        finish_reason=outcome.finish_reason,
        complete=outcome.complete,
        opening=revision.opening if run.text.startswith(revision.opening) else "",
        closing=revision.closing if run.text.endswith(revision.closing) else "",
    )
