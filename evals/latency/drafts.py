"""The engine's own counters of speculative decoding: tokens proposed, and those of them accepted."""

# vLLM and what it brings along are not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from .probes import Drafts

_DRAFTED = "vllm:spec_decode_num_draft_tokens"
_ACCEPTED = "vllm:spec_decode_num_accepted_tokens"
_LINE = r"^{name}(?:_total)?(?:\{{.*\}})?[ \t]+(\S+)"
_SECONDS = 5.0


async def vllm_drafts() -> Drafts | None:
    """Those of the vLLM engines of this process; ``None`` where none decodes speculatively."""
    try:
        from prometheus_client import REGISTRY
    except ImportError:
        return None
    found: dict[str, int] = {}
    for metric in REGISTRY.collect():
        if metric.name in (_DRAFTED, _ACCEPTED):
            own = [sample.value for sample in metric.samples if sample.name == f"{metric.name}_total"]
            found[metric.name] = found.get(metric.name, 0) + int(sum(own))
    return (found[_DRAFTED], found[_ACCEPTED]) if len(found) == 2 else None


def parse_drafts(text: str) -> Drafts | None:
    """Read them in Prometheus metrics; several engines behind one address add up.

    Args:
        text: What a vLLM server answers to ``/metrics``.

    Returns:
        The counters, or ``None`` where the server does not decode speculatively.
    """
    counts: list[int] = []
    for name in (_DRAFTED, _ACCEPTED):
        found = re.findall(_LINE.format(name=re.escape(name)), text, re.MULTILINE)
        try:
            counts.append(sum(int(float(value)) for value in found))
        except (ValueError, OverflowError):
            return None
        if not found:
            return None
    return counts[0], counts[1]


def server_drafts(base_url: str) -> Callable[[], Awaitable[Drafts | None]]:
    """A reader of a server's counters; it stops asking a server that has none.

    Args:
        base_url: Where ``/chat/completions`` lives, usually ending in ``/v1``.
    """
    import httpx

    url: Any = httpx.URL(base_url.split("?", 1)[0].rstrip("/").removesuffix("/v1") + "/metrics")
    asks = True

    async def read() -> Drafts | None:
        nonlocal asks
        if not asks:
            return None
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.get(url)
            drafts = parse_drafts(answer.text) if answer.status_code == 200 else None
        except httpx.HTTPError:
            drafts = None
        asks = drafts is not None
        return drafts

    return read
