"""Acceptance of speculative decoding, read from the engine's own counters."""

# vLLM and what it brings along are not installed where the type checker runs.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

Drafts = tuple[int, int]  # tokens that speculative decoding proposed so far, and those accepted
DraftReader = Callable[[], Awaitable[Drafts | None]]

_DRAFTED = "vllm:spec_decode_num_draft_tokens"
_ACCEPTED = "vllm:spec_decode_num_accepted_tokens"
_LINE = r"^{name}(?:_total)?(?:\{{.*\}})?[ \t]+(\S+)"
_SECONDS = 5.0


async def vllm_drafts() -> Drafts | None:
    """Read the counters of this process's vLLM engines; ``None`` where none decodes speculatively."""
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
    """Read the counters in Prometheus metrics, summed over the engines; ``None`` where there are none."""
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


def server_drafts(base_url: str) -> DraftReader:
    """Make the reader of a server's counters; it stops asking a server that has none."""
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


async def no_drafts() -> Drafts | None:
    """Read nothing: the engine has no counters."""
    return None


def drafts_of(kind: str, spec: str) -> DraftReader:
    """Return the reader of an engine's counters."""
    return server_drafts(spec) if kind == "http" else vllm_drafts if kind == "vllm" else no_drafts
