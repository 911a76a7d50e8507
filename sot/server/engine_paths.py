"""Addresses below ``/v1`` that requests are passed on to: those that only read the request and answer it.

Behind an engine's own ``/v1`` there is its public API, so that unknown names pass there, unless they tell
that the engine is changed or keeps something. Elsewhere nobody can list what an engine has: there only the
addresses of inference pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

INFERENCE = frozenset(
    {
        *("completions", "embeddings", "rerank", "reranking", "score", "classify", "pooling", "moderations"),
        *("tokenize", "detokenize", "infill", "images/generations"),
        *("audio/speech", "audio/transcriptions", "audio/translations"),
    }
)
# First names of addresses where engines and gateways keep what clients gave them, or are managed.
_KEPT = frozenset(
    {
        *("chat", "responses", "messages", "conversations", "assistants", "threads", "vector_stores"),
        *("indexes", "files", "uploads", "batches", "fine_tuning", "containers", "evals", "realtime"),
        *("videos", "skills", "organization", "organizations", "projects", "teams", "team", "users"),
        *("user", "customer", "keys", "key", "budget", "spend", "credentials", "access_group"),
        *("policies", "guardrails", "prompts", "agents", "mcp", "tools", "search_tools", "workflows"),
        *("rag", "memory", "memories", "model", "cache", "sso", "login", "callbacks", "router", "tag"),
        "tags",
    }
)
# Words that tell, in any part of a name, that an address changes the engine.
_CHANGES = frozenset(
    {
        *("load", "unload", "loads", "reset", "update", "add", "remove", "delete", "set", "put", "new"),
        *("create", "sleep", "sleeping", "wake", "pause", "resume", "start", "stop", "abort", "kill"),
        *("shutdown", "restart", "register", "unregister", "deregister", "init", "destroy", "flush"),
        *("clear", "rpc", "weights", "lora", "adapter", "adapters", "profile", "pull", "push"),
        *("download", "install", "upload", "import", "export", "scale", "switch", "config"),
        *("configure", "settings", "admin", "internal", "auth", "debug", "exec", "cache", "caches"),
        *("slots", "dump", "save", "restore", "reload", "ep", "release", "attach", "detach"),
    }
)
# One name after the other: nothing that an engine, or a proxy before it, could take for a way upwards.
_NAME = r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*")
_BELOW = "/*"
_WORDS = re.compile(r"[a-z0-9]+")


def is_passed_on(path: str, further: Iterable[str], *, public: bool) -> bool:
    """Return whether requests to a path below ``/v1`` are passed on.

    Args:
        path: The path.
        further: What the operator lets through as well: paths, or ``PATH/*`` for all below one.
        public: Whether the engine's base address is that of its public API (`is_public`).
    """
    if not _PATH.fullmatch(path):
        return False
    if path in INFERENCE:
        return True
    if any(
        path.startswith(each.removesuffix("*")) if each.endswith(_BELOW) else path == each for each in further
    ):
        return True
    lower = path.lower()  # some servers do not heed the case
    return public and lower.split("/")[0] not in _KEPT and _CHANGES.isdisjoint(_WORDS.findall(lower))


def is_public(address: str) -> bool:
    """Return whether an engine's base address ends in ``/v1``, below which its public API lies."""
    return urlsplit(address).path.rstrip("/").endswith("/v1")


def is_path(given: str) -> bool:
    """Return whether an operator's path is one: names between slashes, ``/*`` at the end or not."""
    return _PATH.fullmatch(given.removesuffix(_BELOW)) is not None
