"""``sot ask``: one answer, shown as it comes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..api import SkeletonOfThought
from ..errors import ConfigError
from ..events import Event, FellBack, Finished, Routed, TextDelta
from ..messages import as_messages
from ..options import Options
from ..packs import load_pack
from ..registry import resolve_spec
from ..serialise import answer_json
from ..terminal import one_line, safe_text
from ..types import Answer, Message, Route
from .shown import json_line, shown_spec

if TYPE_CHECKING:
    from .view import LiveView

_LEAVE_S = 0.5
CUT_NOTE = "the token limit cut the answer; see --max-tokens"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the options of ``sot ask`` and ``sot chat`` say."""

    backend: str | None
    model: str | None
    router: str
    system: str | None
    extra_body: str | None
    settings: dict[str, Any]
    engine_args: tuple[str, ...] = ()
    profile: Path | None = None

    def make(
        self, *, max_in_flight: int | None = None, engine: Mapping[str, Any] | None = None
    ) -> SkeletonOfThought:
        """The object that answers.

        Args:
            max_in_flight: Most requests in flight over all answers; the default unless given.
            engine: Further settings of the engine.

        Raises:
            ConfigError: An option makes no sense.
        """
        options = Options(**self.settings, extra=_extra_body(self.extra_body))
        if max_in_flight is not None:
            options = replace(options, max_in_flight=max_in_flight)
        if options.prompts is not None:
            load_pack(options.prompts)  # a broken pack shows before the engine is loaded
        settings = dict(engine or {})
        if self.engine_args:
            if not resolve_spec(self.backend).lower().startswith("vllm:"):
                raise ConfigError("--engine-arg is for vllm: backends; a server has options of its own")
            settings["engine_args"] = self.engine_args
        return SkeletonOfThought(
            self.backend,
            model=self.model,
            router=self.router,
            options=options,
            backend_settings=settings,
            profile=self.profile,
        )

    def opening(self) -> tuple[Message, ...]:
        """The turns before the first question."""
        return (Message("system", self.system),) if self.system else ()


def run_ask(question: str, asking: Asking, *, as_json: bool, quiet: bool, svg: Path | None) -> None:
    """Answer a question and show the answer.

    Args:
        question: The question.
        asking: The options.
        as_json: Print one JSON object instead.
        quiet: No progress, no notes.
        svg: Where to save a picture of the terminal view.

    Raises:
        SotError: The question cannot be answered.
    """
    messages = as_messages((*asking.opening(), Message("user", question)))
    if svg is not None and as_json:
        raise ConfigError("--json and --svg exclude each other")
    if svg is not None and not svg.absolute().parent.is_dir():
        raise ConfigError(f"--svg: there is no folder {svg.parent}")
    asyncio.run(_ask(messages, asking, as_json=as_json, quiet=quiet, svg=svg))


async def _ask(
    messages: tuple[Message, ...], asking: Asking, *, as_json: bool, quiet: bool, svg: Path | None
) -> None:
    sot = asking.make()
    try:
        await load(sot, asking, quiet=quiet)
        if as_json:
            answer = await sot.answer(messages)
            print(json_line(answer_json(answer).model_dump()))
        else:
            await show(sot, messages, quiet=quiet, svg=svg)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def leave(sot: SkeletonOfThought) -> None:
    """Release the engine after an interrupt, but do not wait for a model that is still being loaded.

    Args:
        sot: The object that answers.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_LEAVE_S):
            await sot.aclose()


async def load(sot: SkeletonOfThought, asking: Asking, *, quiet: bool) -> None:
    """Get the engine ready, and say so on a terminal when that takes a while.

    Args:
        sot: The object that answers.
        asking: The options.
        quiet: Say nothing.
    """
    if quiet or not sys.stderr.isatty():
        await sot.info()
        return
    from rich.console import Console
    from rich.text import Text

    name = one_line(asking.model) if asking.model else shown_spec(resolve_spec(asking.backend))
    console = Console(stderr=True, highlight=False)
    asked = resolve_spec(asking.backend).lower().startswith("http")
    says = f"Asking {name}" if asked else f"Starting {name} (the first time takes longer)"
    status = Text(says)
    status.truncate(max(1, console.width - 3), overflow="ellipsis")
    with console.status(status):
        await sot.info()


async def show(
    sot: SkeletonOfThought, messages: tuple[Message, ...], *, quiet: bool, svg: Path | None = None
) -> Answer:
    """Answer a conversation's last turn and show the answer as it comes.

    Args:
        sot: The object that answers.
        messages: The conversation.
        quiet: No notes and no live view.
        svg: Where to save a picture of the terminal view.
    """
    async with aclosing(sot.stream(messages)) as events:
        live = sys.stdout.isatty() and not quiet
        if not live and svg is None:
            return await _print(events, notes=not quiet and sys.stderr.isatty())
        from .view import LiveView

        with LiveView(messages[-1].content, silent=not live, record=svg is not None) as view:
            shown = _taken(events, view)
            if live:
                async for _ in shown:
                    pass
            else:
                await _print(shown, notes=not quiet and sys.stderr.isatty())
        if svg is not None:
            view.save_svg(svg)
        return view.answer


async def _taken(events: AsyncIterator[Event], view: LiveView) -> AsyncIterator[Event]:
    async for event in events:
        view.take(event)
        yield event


async def _print(events: AsyncIterator[Event], *, notes: bool) -> Answer:
    """Plain ordered text on standard output, flushed as it comes; notes on standard error."""
    answer: Answer | None = None
    begun = False
    try:
        async for event in events:
            if isinstance(event, TextDelta):
                begun = True
                _write(safe_text(event.text))
            elif isinstance(event, Routed) and notes:
                print(describe_route(event.route), file=sys.stderr, flush=True)
            elif isinstance(event, FellBack) and notes:
                print(describe_fall_back(event), file=sys.stderr, flush=True)
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        if begun:  # also when the answer broke off
            _write("\n")
    if answer is not None and answer.finish_reason == "length" and notes:
        print(CUT_NOTE, file=sys.stderr, flush=True)
    assert answer is not None, "a stream of events ends with Finished"
    return answer


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def describe_route(route: Route) -> str:
    """A route in one line for people."""
    sure = f"{min(route.confidence, 0.99):.0%} sure"
    return f"{route.strategy}: {one_line(route.reason)} ({one_line(route.router)}, {sure})"


def describe_fall_back(event: FellBack) -> str:
    """A fall-back in one line for people."""
    return f"fell back to normal decoding: {one_line(event.reason)}"


def _extra_body(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--extra-body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError("--extra-body must be a JSON object, for example '{\"top_k\": 20}'")
    return cast("dict[str, Any]", value)
