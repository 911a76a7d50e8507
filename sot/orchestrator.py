"""Orchestrator of one answer: routes the question, runs the strategy, reports events, adds up the usage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .admission import Admission, Turn
from .errors import EmptyAnswerError, first_error
from .event_queue import EventQueue
from .events import Event, Finished, Routed, StageReplaced
from .keys import RequestKeys, request_keys, require_separation
from .options import AUTO, Options
from .options.adapters import check_known
from .price.too_dear import too_dear
from .prompting.language import detect_language
from .prompting.packs import PromptPack, language_name, load_pack, pack_for
from .router import RouterHooks
from .router.wishes import Wishes, amount, read_wishes
from .speed.gain import PAYS, Gain
from .stages.engines import AnswerEngines
from .stages.shared import Stages
from .stages.usage import merged, route_use
from .strategies import strategy_entry
from .strategies.base import Outcome, Run, strategy_for
from .strategies.hedge import run_hedged
from .strategies.tasks import retrieve
from .strategies.token_budget import most_points
from .tracing.current import AnswerTrace, traced
from .types import Answer, Backend, BackendInfo, Message, Route, StageUse, Timing

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from .price.pricing import Pricing

_KNOWN_PARTS = frozenset({"fields", "items"})  # strategies that need no skeleton
_SENTENCE_TOKENS = 20  # of a short sentence, at least
_WORD_TOKENS = 1.3


@dataclass(slots=True)
class AnswerRequest:
    """One question with everything that answering it takes.

    Args:
        messages: The conversation; the last turn is the user's.
        backend: The main engine.
        router: Chooses the strategy where ``options.strategy`` is ``auto``.
        options: The caller's settings.
        turn: The answer's turn at admission control.
        stages: Engines of the stages that are not on the main one.
        pricing: Tells what answers cost; ``None`` without prices.
        route: The route, once it is decided.
        tracer: Makes the answer's spans; ``None``: that of the program, if it has one.
        trace: Trace of the answer; ``None`` without one.
        runs: Its runs so far, of which a hedge has several.
        routed: Usage of the route's decision, once it is made.
        engines: The same engines, as far as this answer needs and has them.
    """

    messages: Sequence[Message]
    backend: Backend
    router: RouterHooks
    options: Options
    turn: Turn
    stages: Stages = field(default_factory=Stages)
    pricing: Pricing | None = None
    route: Route | None = None
    tracer: Tracer | None = None
    trace: AnswerTrace | None = None
    runs: list[Run] = field(default_factory=list[Run])
    routed: tuple[StageUse, ...] = ()
    engines: AnswerEngines = field(init=False)

    def __post_init__(self) -> None:
        self.engines = AnswerEngines(self.stages, self.turn)

    @property
    def router_info(self) -> BackendInfo | None:
        """Identity of the router's own engine; ``None`` where it has none, or it is not known."""
        shared = self.stages.engines.get("route")
        return None if shared is None else shared.known


def stages_of(request: AnswerRequest) -> tuple[StageUse, ...]:
    """Return the usage and times of an answer's requests so far, by stage and model."""
    return merged((*request.routed, *(use for run in request.runs for use in run.uses)))


async def route_of(request: AnswerRequest, *, wait: bool = True) -> Route:
    """Choose the strategy for a question; only the ``llm`` router asks the model.

    Args:
        request: The question.
        wait: Whether the load-aware router may wait until the engine has room for the answer.

    Raises:
        SotError: The router cannot decide.
    """
    gain = gain_of(request.turn.at(_points_admission(request)), request.options)
    if request.options.strategy != AUTO:
        chosen = Route(request.options.strategy, 1.0, "chosen by the caller", "caller")
        return await _with_estimate(_with_warning(chosen, gain), request)
    keys = keys_of(request)
    if keys.tenant is not None:
        require_separation(await request.backend.info(), keys.tenant)
    with request_keys(keys), traced(request.trace):
        route = await request.router.route(request.messages, request.turn, wait=wait)
    route = _fit_to_wishes(route, read_wishes(request.messages), request.options)
    if strategy_entry(route.strategy).requests_at_once >= 2:
        await request.engines.prepare(["point"], request.options)
        points = request.engines.of("point")
        info = await request.backend.info() if points is None else points.info
        route = _fit_to_engine(route, info, request.options, gain)
    return _fit_to_price(await _with_estimate(route, request), request.options)


def _points_admission(request: AnswerRequest) -> Admission:
    shared = request.stages.engines.get("points")
    return request.turn.admission if shared is None else shared.admission


def keys_of(request: AnswerRequest) -> RequestKeys:
    """Return the keys that all requests of an answer carry."""
    return RequestKeys(request.options.session_key or request.turn.key, request.options.tenant)


def gain_of(turn: Turn, options: Options) -> Gain | None:
    """Return what skeletons gain on the engine; ``None`` where it is not known, or not to be considered."""
    stated = options.step_ratio
    if stated == "off":
        return None
    return turn.admission.gain.now(None if stated == "auto" else stated)


async def stream_answer(request: AnswerRequest) -> AsyncGenerator[Event, None]:
    """Answer a conversation's last turn and yield the events, `sot.events.Finished` last.

    The work continues whether or not the events are read, so there is no back-pressure from a slow reader;
    the queue of unread events is bounded by the answer's length. Leaving early ends every request in flight
    before it returns.

    Args:
        request: The question. Its times count from the beginning of its turn where it has a route already,
            else from when the engine was ready.

    Raises:
        SotError: The question cannot be answered.
    """
    events = EventQueue()
    work = asyncio.create_task(_work(request, events))
    work.add_done_callback(retrieve)  # whatever happens: a second cancel ends the wait in `_end`
    try:
        while (event := await events.get()) is not None:
            yield event
        await work
    finally:
        if request.trace is not None:
            request.trace.leaving()
        await _end(work)


async def _end(work: asyncio.Task[None]) -> None:
    """Cancel the work if it still runs, and wait until all its requests have ended."""
    work.cancel()
    await asyncio.wait([work])
    if not work.cancelled():
        work.exception()  # retrieved: it was raised to the reader, or nobody is left to read it


async def _work(request: AnswerRequest, events: EventQueue) -> None:
    try:
        with traced(request.trace):
            await _answer(request, events.put)
    except BaseExceptionGroup as group:
        error = first_error(group)
        raise error from error.__cause__
    finally:
        request.turn.leave()  # now, not when a slow reader has read all events
        events.end()


async def _answer(request: AnswerRequest, emit: Callable[[Event], None]) -> None:
    options, turn = request.options, request.turn
    info = await request.backend.info()  # loading an engine is not part of an answer's time
    check_known(options.adapter, info, request.stages.engines)
    require_separation(info, options.tenant)
    clock = asyncio.get_running_loop().time
    started = clock() if request.route is None else turn.began
    turn.limit_parallel(options.max_parallel)
    new_run = _runs_of(request, info, started)
    losers: tuple[Run, ...] = ()
    if request.route is None and options.route == "hedge" and options.strategy == AUTO:
        await _prepare(request, "skeleton", emit)
        hedge = await run_hedged(route_of(request, wait=False), new_run, emit)
        route, route_s, losers = hedge.route, hedge.route_s, hedge.losers
        run, outcome = hedge.run, hedge.outcome
        request.routed = _route_use(request, route, info, route_s)
    else:
        route = request.route or await route_of(request)
        route_s = clock() - started
        request.routed = _route_use(request, route, info, route_s)
        emit(Routed(route))
        await _prepare(request, route.strategy, emit)
        run = new_run(emit)
        request.router.started(route)
        outcome = await strategy_for(route.strategy).run(run)
    if not run.text.strip():
        raise EmptyAnswerError(f"the answer has no text: {outcome.why_empty}")
    lost = tuple(use for loser in losers for use in loser.uses)
    answer = _answer_of(request, route, run, outcome, route_s=route_s, lost=lost)
    if request.pricing is not None:
        answer = request.pricing.priced((run, *losers), answer)
    request.engines.over()
    request.router.finished(answer)
    if request.trace is not None:
        request.trace.finished(answer)
    emit(Finished(answer))


async def _prepare(request: AnswerRequest, strategy: str, emit: Callable[[Event], None]) -> None:
    """Get the engines of a strategy's stages ready, and report those that cannot be used."""
    await request.engines.prepare(strategy_entry(strategy).stages, request.options)
    for failure in request.engines.failures:
        emit(StageReplaced(failure))


def _runs_of(
    request: AnswerRequest, info: BackendInfo, started: float
) -> Callable[[Callable[[Event], None]], Run]:
    """Return the maker of an answer's runs, which are alike but for where their events go."""
    wishes = read_wishes(request.messages)
    pack, foreign, language = _choose_pack(request.messages[-1].content, request.options, wishes)

    def new_run(emit: Callable[[Event], None]) -> Run:
        run = Run(
            messages=request.messages,
            backend=request.backend,
            info=info,
            pack=pack,
            foreign=foreign,
            options=request.options,
            turn=request.turn,
            emit=emit,
            started=started,
            plan=wishes.plan(),
            language=language,
            engines=request.engines,
        )
        request.runs.append(run)
        return run

    return new_run


def _answer_of(
    request: AnswerRequest,
    route: Route,
    run: Run,
    outcome: Outcome,
    *,
    route_s: float,
    lost: tuple[StageUse, ...],
) -> Answer:
    messages = request.messages
    return Answer(
        question=messages[-1].content,
        text=run.text,
        route=route,
        skeleton=outcome.skeleton,
        points=outcome.points,
        usage=sum((use.usage for use in lost), route.usage + outcome.usage),
        skeleton_usage=outcome.skeleton_usage,
        timing=Timing(route_s, outcome.skeleton_s, run.first_text_s, run.now()),
        model=run.info.model,
        backend=run.info.backend,
        fell_back=outcome.fell_back,
        final_answer=outcome.final_answer,
        finish_reason=outcome.finish_reason,
        opening=outcome.opening,
        closing=outcome.closing,
        messages=tuple(messages),
        complete=outcome.complete and outcome.finish_reason not in ("length", "content_filter", "error"),
        stages=stages_of(request),
        stage_failures=tuple(request.engines.failures),
    )


def _route_use(
    request: AnswerRequest, route: Route, info: BackendInfo, route_s: float
) -> tuple[StageUse, ...]:
    return route_use(route.usage, request.router_info or info, route_s)


def _with_warning(route: Route, gain: Gain | None) -> Route:
    """Return a route that was chosen by hand, with a remark where parallel requests do not pay."""
    if gain is None or strategy_entry(route.strategy).requests_at_once < 2:
        return route
    against = _slower(route.strategy, gain)
    return route if against is None else replace(route, reason=f"{route.reason}; {against}")


def _slower(strategy: str, gain: Gain) -> str | None:
    """Return the figures by which parallel requests do not pay; ``None``: they do.

    Where the parts are known beforehand no skeleton is written, so less has to be gained.
    """
    if strategy in _KNOWN_PARTS:
        return None if gain.times.parts_speed_up >= PAYS else gain.times.parts_summary
    return None if gain.pays else gain.times.summary


def _fit_to_engine(route: Route, info: BackendInfo, options: Options, gain: Gain | None) -> Route:
    """Return the route, changed to normal decoding where parallel requests do not pay on the engine.

    They do not where its batch is too small for the strategy, where the model would think anew in each, and
    where a batch takes so much longer than one request that nothing is gained.
    """
    needed = strategy_entry(route.strategy).requests_at_once
    if info.parallel is not None and info.parallel < needed:
        why = f"the engine takes {info.parallel} at a time"
    elif needed > 1 and info.thinks and info.stops_thinking is False and options.thinking != "on":
        why = "the model cannot stop thinking"
    elif needed > 1 and gain is not None and (slower := _slower(route.strategy, gain)) is not None:
        why = slower
    else:
        return route
    reason = f"{route.reason}; decoded normally, {why}"
    return replace(route, strategy="normal", reason=reason, instead_of=route.strategy)


async def _with_estimate(route: Route, request: AnswerRequest) -> Route:
    """Return the route with what the answer is expected to cost, where there are prices."""
    if request.pricing is None:
        return route
    await request.engines.prepare(strategy_entry(route.strategy).stages, request.options)
    now = asyncio.get_running_loop().time()
    run = _runs_of(request, await request.backend.info(), now)(lambda event: None)
    return replace(route, estimate=await request.pricing.estimate(run, route))


def _fit_to_price(route: Route, options: Options) -> Route:
    """Return the route, changed to normal decoding where a skeleton is expected to cost too much."""
    limit, estimate = options.max_cost_ratio, route.estimate
    if limit is None or estimate is None or route.strategy != "skeleton":
        return route
    if (why := too_dear(estimate, limit)) is None:
        return route
    reason = f"{route.reason}; decoded normally, a skeleton {why}"
    usual = replace(estimate, cost=estimate.normal, usage=estimate.normal_usage)
    return replace(route, strategy="normal", reason=reason, instead_of=route.strategy, estimate=usual)


def _fit_to_wishes(route: Route, wishes: Wishes, options: Options) -> Route:
    """Return the route, changed to normal decoding where a skeleton cannot have the points asked for."""
    if route.strategy != "skeleton":
        return route
    asked, why = _beyond_points(wishes, options) or _beyond_length(wishes, options) or ("", "")
    if not why:
        return route
    reason = f"asks for {asked}; decoded normally, {why}"
    return replace(route, strategy="normal", reason=reason, instead_of=route.strategy)


def _beyond_points(wishes: Wishes, options: Options) -> tuple[str, str] | None:
    """Return what is asked for and why it cannot be, where the settings allow another number of points."""
    if wishes.count is None:
        return None
    low, high, most = wishes.count.low or 0, wishes.count.high, most_points(options)
    if low > most:
        return amount(wishes.count, "point"), f"a skeleton has at most {most}"
    if high is not None and high < options.min_points:
        return amount(wishes.count, "point"), f"a skeleton has at least {options.min_points}"
    return None


def _beyond_length(wishes: Wishes, options: Options) -> tuple[str, str] | None:
    """Return what is asked for and why it cannot be, where a point would be longer than allowed."""
    for span, unit, tokens in (
        (wishes.each_sentences, "sentence", _SENTENCE_TOKENS),
        (wishes.each_words, "word", _WORD_TOKENS),
    ):
        if span is not None and (span.low or 0) * tokens > options.max_point_tokens:
            return f"{amount(span, unit)} each", f"a point has at most {options.max_point_tokens} tokens"
    return None


def _choose_pack(question: str, options: Options, wishes: Wishes) -> tuple[PromptPack, bool, str]:
    """Return the prompt pack, whether it must ask for the question's language, and the language asked for."""
    detected = detect_language(question)
    wanted = wishes.language or detected
    pack = pack_for(wanted) if options.prompts is None else load_pack(options.prompts)
    if wishes.language is None or wanted == detected == pack.language:
        named = ""
    else:
        named = language_name(wanted, pack)
    return pack, wanted == detected != pack.language, named
