"""Usage and times of an answer by stage and model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..completion import Completion
from ..types import BackendInfo, StageUse, Usage


def use_of(completion: Completion, stage: str, info: BackendInfo, started: float) -> StageUse | None:
    """Return one request as usage of its stage; ``None`` where it was never sent.

    Args:
        completion: The request.
        stage: Its stage.
        info: Identity of the engine that it went to.
        started: Arrival of the question, in the event loop's time.
    """
    if completion.sent_at is None:
        return None
    ended = completion.sent_at if completion.ended_at is None else completion.ended_at
    return StageUse(
        stage, info.model, info.backend, completion.usage, completion.sent_at - started, ended - started
    )


def route_use(usage: Usage, info: BackendInfo, route_s: float) -> tuple[StageUse, ...]:
    """Return the usage of the route's decision; nothing for a local router."""
    return (StageUse("route", info.model, info.backend, usage, 0.0, route_s),) if usage.requests else ()


def merged(uses: Iterable[StageUse]) -> tuple[StageUse, ...]:
    """Add up usages by stage, model and backend, in the order in which they began."""
    found: dict[tuple[str, str, str], StageUse] = {}
    for use in uses:
        key = use.stage, use.model, use.backend
        known = found.get(key)
        found[key] = (
            use
            if known is None
            else replace(
                known,
                usage=known.usage + use.usage,
                first_s=min(known.first_s, use.first_s),
                last_s=max(known.last_s, use.last_s),
            )
        )
    return tuple(sorted(found.values(), key=lambda use: use.first_s))
