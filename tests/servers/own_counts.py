"""What a real server itself counts: requests that it works on, tokens that it has read and written."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from real_servers import RealServer

_LOOK_S = 0.5
_IDLE_SHARE = 0.1  # of one core: an idle server uses about a hundredth, one that decodes at least all of it
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Counts:
    """A server's own counters.

    Args:
        requests: Requests that it works on or that wait.
        prompt_tokens: Prompt tokens since its start, those from the prefix cache included.
        cached_tokens: Those of them that the prefix cache served.
        completion_tokens: Decoded tokens since its start.
    """

    requests: float
    prompt_tokens: float
    cached_tokens: float
    completion_tokens: float

    def __sub__(self, other: Counts) -> Counts:
        return Counts(
            self.requests - other.requests,
            self.prompt_tokens - other.prompt_tokens,
            self.cached_tokens - other.cached_tokens,
            self.completion_tokens - other.completion_tokens,
        )


def own_counts(server: RealServer) -> Counts:
    """Read the counters of llama-server or vLLM from ``/metrics``, also of the one behind a proxy."""
    found: dict[str, float] = {}
    for name, value in re.findall(
        r"^(?:llamacpp|vllm):(\w+)(?:\{.*\})? (\S+)$", server.engine.get("/metrics"), re.MULTILINE
    ):
        found[name] = found.get(name, 0) + float(value)
    if server.engine.kind == "vllm":
        return Counts(
            found["num_requests_running"] + found["num_requests_waiting"],
            found["prompt_tokens_total"],
            found["prefix_cache_hits_total"],
            found["generation_tokens_total"],
        )
    cached = found["prompt_tokens_cached_total"]
    return Counts(
        found["requests_processing"] + found["requests_deferred"],
        found["prompt_tokens_total"] + cached,  # the first leaves those from the cache out
        cached,
        found["tokens_predicted_total"],
    )


def has_counts(server: RealServer) -> bool:
    """Whether the server counts: `transformers serve` does not."""
    return server.engine.kind != "transformers"


async def until_idle(server: RealServer) -> None:
    """Wait until the server works on nothing, by its own count, else by the processor time it uses.

    Raises:
        TimeoutError: It still does, long after the request has been left.
    """
    busy = _counts_requests if has_counts(server) else _computes
    async with asyncio.timeout(_PATIENCE_S):
        while await asyncio.to_thread(busy, server):  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)


def _counts_requests(server: RealServer) -> bool:
    return own_counts(server).requests > 0


def _computes(server: RealServer) -> bool:
    before, start = server.processor_time(), time.monotonic()
    time.sleep(_LOOK_S)
    return server.processor_time() - before > _IDLE_SHARE * (time.monotonic() - start)
