"""Warnings of ``sot doctor``: what keeps skeletons from paying on an engine, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..options import Options
from ..speed.gain import PAYS
from ..types import BackendInfo
from .doctor_engines import Look

_POINTS = min(8, Options().max_points)  # of a usual skeleton
_LEAST_CONTEXT = 2048  # tokens: system prompt, history, skeleton and a point
_GOOD_GAIN = 1.6  # times as fast as normal decoding, by the probe's estimate, which errs by some tenths
_MORE_PLACES: Mapping[str, str] = {
    "llamacpp": f"start it with --parallel {_POINTS} -c {_POINTS * 4096}",
    "ollama": f"start it with OLLAMA_NUM_PARALLEL={_POINTS}",
    "vllm": "start it with --max-num-seqs 32",
    "sglang": "start it with --max-running-requests 32",
}
_CACHE: Mapping[str, str] = {
    "vllm": "start it with --enable-prefix-caching",
    "sglang": "start it without --disable-radix-cache",
    "llamacpp": "start it without --no-cache-prompt",
}
_MORE_CONTEXT: Mapping[str, str] = {
    "llamacpp": f"start it with -c {_POINTS * 4096} (for all of its --parallel places together)",
    "ollama": "start it with OLLAMA_CONTEXT_LENGTH=8192",
    "vllm": "start it with --max-model-len 8192",
    "sglang": "start it with --context-length 8192",
}


def warnings_of(look: Look, model: str | None) -> list[str]:
    """Return the warnings about the default engine, each in one line.

    Args:
        look: What came of looking at it.
        model: The model's name, as the caller gave it.
    """
    if look.info is None:
        return [look.line.says] if look.failure is not None and "not ready yet" in look.line.says else []
    return [
        *_of_model(look, model),
        *_of_capabilities(look.info),
        *_of_thinking(look.info),
        *(_of_probe(look.probe) if look.probe is not None else ()),
    ]


def _of_model(look: Look, model: str | None) -> Iterator[str]:
    if model is not None and look.served and model not in look.served:
        names = ", ".join(look.served[:5])
        more = f" and {len(look.served) - 5} more" if len(look.served) > 5 else ""
        yield f"the model {model} is not among those that the server lists: {names}{more}"
    if look.info is not None and look.info.name == "sot":
        yield (
            "it is a Skeleton-of-Thought server itself and is asked for normal decoding alone: "
            "give the address of the engine behind it"
        )


def _of_capabilities(info: BackendInfo) -> Iterator[str]:
    if info.parallel is not None and info.parallel < _POINTS:
        requests = "one request" if info.parallel == 1 else f"{info.parallel} requests"
        yield _advised(
            f"it takes {requests} at once, and a skeleton has up to {_POINTS} points and more",
            _MORE_PLACES,
            info,
        )
    if info.caches_prefixes == "no":
        yield _advised("it has no prefix cache: every point computes the whole prompt anew", _CACHE, info)
    if info.context_length is not None and info.context_length < _LEAST_CONTEXT:
        yield _advised(
            f"a request has room for {info.context_length} tokens, prompt and answer together",
            _MORE_CONTEXT,
            info,
        )
    if "stop" in info.refuses:
        yield "it refuses stop sequences: answers are cut here, and some tokens are decoded in vain"


def _of_thinking(info: BackendInfo) -> Iterator[str]:
    if not info.thinks:
        return
    if info.stops_thinking is False:
        yield "the model thinks before it answers and cannot be told not to: skeletons do not pay"
    elif info.stops_thinking:
        yield "the model thinks before it answers; it is told not to for skeletons and points"
    else:
        yield "the model thinks before it answers; whether it can be told not to shows with the first answer"


def _of_probe(probe: Any) -> Iterator[str]:
    if probe.failure is not None:
        yield f"a request of the probe failed: {probe.failure}"
    speed = probe.speed
    if speed is not None and speed.speed_up < _GOOD_GAIN:
        much = "do not pay" if speed.speed_up < PAYS else "hardly pay"
        yield (
            f"skeletons {much} on this engine: 8 requests together take {speed.ratio:.1f} times one, "
            f"so that an answer of 320 tokens comes about {speed.speed_up:.1f} times as fast"
        )
    if "ignored" in probe.facts.get("max_tokens", ""):
        yield "it ignores max_tokens: answers are cut here, and tokens are decoded in vain"
    if "ignored" in probe.facts.get("stop", ""):
        yield "it ignores stop sequences: answers are cut here, and tokens are decoded in vain"


def _advised(problem: str, advice: Mapping[str, str], info: BackendInfo) -> str:
    return f"{problem}; {advice[info.name]}" if info.name in advice else problem
