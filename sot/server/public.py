"""View for clients of errors, events, answers and engines: neither the engine's address nor its words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PureWindowsPath
from typing import Any

from ..errors import BackendStatusError, ConfigError, SotError
from ..events import Event, FellBack, Finished, OpeningFinished, Routed, StageReplaced
from ..serialise import answer_json, engine_json, event_json
from ..terminal import one_line
from ..types import Answer, BackendInfo, Route, StageFailure

# Our reasons put an engine's words after a colon; this one has a colon of its own.
_OWN_REASONS = frozenset({"normal decoding had finished: the answer was a short one"})
_ROUTERS_NOTE = re.compile(r" \((the model could not be asked: |the model's reply ).*\)$", re.DOTALL)
_PATH_START = ("/", "~", ".")
_SET_UP = "the server's engine is not set up"


class PublicView:
    """View of errors, events, answers and engines for clients.

    Args:
        debug: Show all as it is.
    """

    def __init__(self, *, debug: bool = False) -> None:
        self.debug = debug

    def error(self, error: SotError) -> str:
        """Return an error's message in one line."""
        if self.debug:
            return one_line(str(error))
        said = error.public_message
        if isinstance(error, BackendStatusError) and str(error.status) not in said:
            said = f"{said} (HTTP {error.status})"
        if isinstance(error, ConfigError) and "://" in said:
            return _SET_UP
        return one_line(said)

    def backend(self, info: BackendInfo) -> str:
        """Return the engine's name in place of its spec, which may hold an address or a folder."""
        return info.backend if self.debug else _public_spec(info.backend, info.name)

    def model(self, name: str) -> str:
        """Return a model's name, which may be a backend spec where nothing else is known."""
        return name if self.debug else _public_spec(name, "")

    def engine(self, info: BackendInfo) -> dict[str, Any]:
        """Return an engine's capabilities; the evidence for them is the engine's own words."""
        return engine_json(info if self.debug else replace(info, evidence={}))

    def event(self, event: Event, info: BackendInfo) -> dict[str, Any]:
        """Return an event as a JSON object."""
        if not self.debug:
            match event:
                case Routed(route):
                    event = replace(event, route=_public_route(route))
                case OpeningFinished():
                    event = replace(event, reason=_public_reason(event.reason))
                case FellBack(reason):
                    event = replace(event, reason=_public_reason(reason))
                case StageReplaced(failure):
                    event = replace(event, failure=_public_failure(failure))
                case Finished(answer):
                    event = replace(event, answer=self.answer(answer, info))
                case _:
                    pass
        return event_json(event)

    def answer(self, answer: Answer, info: BackendInfo) -> Answer:
        """Return an answer whose route, engine and reason for a fallback may be shown."""
        if self.debug:
            return answer
        return replace(
            answer,
            route=_public_route(answer.route),
            backend=_public_spec(answer.backend, info.name),
            stages=tuple(
                replace(
                    use, backend=_public_spec(use.backend, info.name if use.backend == info.backend else "")
                )
                for use in answer.stages
            ),
            stage_failures=tuple(map(_public_failure, answer.stage_failures)),
            fell_back=None if answer.fell_back is None else _public_reason(answer.fell_back),
        )

    def details(self, answer: Answer, info: BackendInfo) -> dict[str, Any]:
        """Return the ``sot`` object: route, skeleton, points and times, without the question and the text."""
        shown = answer_json(self.answer(answer, info), reasons=self.debug)
        return shown.model_dump(exclude={"question", "text"})


def _public_reason(reason: str) -> str:
    """Return a reason without what follows its colon, where an engine's or a plug-in's words may stand."""
    return reason if reason in _OWN_REASONS else one_line(reason.partition(": ")[0])


def _public_failure(failure: StageFailure) -> StageFailure:
    """Return a failure without the engine's words, its address and its folder."""
    model = _public_spec(failure.model, "")
    return replace(failure, model=model, reason="the engine failed")


def _public_route(route: Route) -> Route:
    reason = _ROUTERS_NOTE.sub(
        lambda found: " (the model could not be asked)" if "asked" in found[1] else " (the model chose none)",
        route.reason,
    )
    return replace(route, reason=reason)


def _public_spec(spec: str, name: str) -> str:
    """Return a backend spec without address and folder; an engine at an address goes by its own name."""
    kind, _, rest = spec.partition(":")
    if "://" in spec:
        return name or kind
    if rest.startswith(_PATH_START) or "\\" in rest:
        return f"{kind}:{PureWindowsPath(rest).name}"  # it takes both slashes
    return spec
