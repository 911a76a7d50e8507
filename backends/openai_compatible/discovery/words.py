"""What an engine says of itself: which engine it is, and what it can do, by its own endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .asking import Asker, Reply
from .engine_words import READERS
from .findings import Findings

# `owned_by` of the model list, by engine. Others stand for nothing: LiteLLM says `openai` whatever is behind
# it, `transformers serve` says who published the model.
_OWNERS: Mapping[str, str] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llamacpp",
    "llama.cpp": "llamacpp",
    "ollama": "ollama",
    "library": "ollama",
    "skeleton-of-thought": "sot",
    "litellm": "litellm",
}
_BY_NAME: Mapping[str, Mapping[str, Any]] = {
    "vllm": {"continues_turn": True, "caches_prefixes": "running", "takes_think": True, "constrains": True},
    "sglang": {"continues_turn": True, "caches_prefixes": "running", "takes_think": True, "constrains": True},
    "llamacpp": {"continues_turn": True, "caches_prefixes": "idle", "takes_think": True, "constrains": True},
    "ollama": {"continues_turn": False, "caches_prefixes": "idle", "takes_think": True, "constrains": True},
    # It answers by its own strategies: nothing of the engine behind it can be relied on.
    "sot": {"continues_turn": False, "caches_prefixes": "unknown"},
}
"""Capabilities of engines in their usual settings. OpenAI and its like cache prompts too, but only from 1,024
tokens on and for money, so that a long shared prefix does not pay there: they count as unknown."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an engine says of itself.

    Args:
        name: The engine's name; empty where unknown.
        findings: Capabilities, and how they are known.
        complete: Whether every question got a response, so that asking again would tell nothing new.
    """

    name: str = ""
    findings: Findings = field(default_factory=dict[str, tuple[Any, str]])
    complete: bool = True


def owner_name(owner: str | None) -> str:
    """Return the engine that the ``owned_by`` of a model list stands for; empty where it stands for none."""
    return _OWNERS.get(owner or "", "")


def known_words(owner: str | None) -> Words:
    """Return what the ``owned_by`` of a model list tells by itself."""
    name = owner_name(owner)
    return Words(name, _known_by_name(name, _said_by(owner)))


async def read_words(asker: Asker, model: str, owner: str | None, *, private: bool) -> Words:
    """Ask an engine's own endpoints.

    Args:
        model: The model's name in requests.
        owner: ``owned_by`` of the model list.
        private: Whether the server is on this machine or a private network. Others, which may be paid APIs
            behind a firewall that counts odd requests, are asked only if the model list names an engine.
    """
    name, how = owner_name(owner), _said_by(owner)
    if not name and private:
        name, how = await _recognised(asker)
    if not name:
        return Words("", known_words(owner).findings, not asker.unanswered)
    found = _known_by_name(name, how)
    if reader := READERS.get(name):
        found = {**found, **await reader(asker, model)}
    return Words(name, found, not asker.unanswered)


async def _recognised(asker: Asker) -> tuple[str, str]:
    """Recognise an engine by the endpoints that it alone has; returns its name and the evidence."""
    paths = ("/props", "/sot/about", "/health/liveliness", "/metrics", "/get_server_info", "/api/version")
    replies = dict(zip(paths, await asyncio.gather(*map(asker.get, paths)), strict=True))
    for reply in replies.values():
        if "x-litellm-version" in reply.headers:
            return "litellm", f"the header x-litellm-version says {reply.headers['x-litellm-version']}"
        if reply.headers.get("server", "").lower() in ("llama.cpp", "sglang"):
            name = reply.headers["server"].lower().replace(".", "")
            return name, f"the header Server says {reply.headers['server']}"
    if "total_slots" in replies["/props"].fields:
        return "llamacpp", "/props tells total_slots, as llama.cpp's does"
    if "strategies" in replies["/sot/about"].fields:
        return "sot", "/sot/about is there, as on a Skeleton-of-Thought server"
    if name := _by_metrics(replies["/metrics"]):
        return name, f"/metrics are {name}'s"
    if "disable_radix_cache" in replies["/get_server_info"].fields:
        return "sglang", "/get_server_info is SGLang's"
    lively = replies["/health/liveliness"]
    if lively.status == 200 and "alive" in lively.text and len(lively.text) < 64:  # no page of a web app
        return "litellm", "/health/liveliness is LiteLLM's"
    if isinstance(replies["/api/version"].fields.get("version"), str):
        return "ollama", "/api/version is Ollama's"
    return "", ""


def _by_metrics(reply: Reply) -> str:
    text = f"\n{reply.text}" if reply.status == 200 else ""
    return next((name for name in ("vllm", "sglang", "llamacpp") if f"\n{name}:" in text), "")


def _said_by(owner: str | None) -> str:
    return f"owned_by says {owner} in /v1/models" if owner else "/v1/models names no engine"


def _known_by_name(name: str, how: str) -> Findings:
    """Return the capabilities that an engine has in its usual settings."""
    usual = _BY_NAME.get(name, {"continues_turn": False, "caches_prefixes": "unknown"})
    as_usual = f"{how}, and {name} usually does so" if name in _BY_NAME else how
    return {"name": (name, how), **{field: (value, as_usual) for field, value in usual.items()}}
