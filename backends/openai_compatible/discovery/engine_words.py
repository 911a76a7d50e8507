"""Readers of engines' own endpoints, one for each engine: what it says of its slots, context and cache."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sot.types import PrefixCaching

from ..wire.usage import count
from .asking import Asker, Reply
from .findings import Findings
from .sleep_words import sleep_findings
from .template_words import ASKED, PREFILLED, THINK_OFF, prefill_findings, thinking_findings

Reader = Callable[[Asker, str], Awaitable[Findings]]
"""Reader of one engine's endpoints, for a model's name."""


async def _llamacpp(asker: Asker, model: str) -> Findings:
    """Read ``/props``, and render prompts with ``/apply-template``."""
    props, default, quiet, continued, continued_quiet = await asyncio.gather(
        asker.get("/props"),
        asker.post("/apply-template", {"messages": ASKED}),
        asker.post("/apply-template", {"messages": ASKED, **THINK_OFF}),
        asker.post("/apply-template", {"messages": PREFILLED}),
        asker.post("/apply-template", {"messages": PREFILLED, **THINK_OFF}),
    )
    told = props.fields
    found: dict[str, tuple[Any, str]] = {}
    if slots := count(told.get("total_slots")):
        found["parallel"] = (slots, f"/props: total_slots {slots}")
    settings = told.get("default_generation_settings")
    if isinstance(settings, dict) and (context := count(settings.get("n_ctx"))):
        found["context_length"] = (context, f"/props: n_ctx {context} for each slot")
    template = told.get("chat_template")
    found |= thinking_findings(
        _text(default, "prompt"),
        _text(quiet, "prompt"),
        "/apply-template",
        template if isinstance(template, str) else None,
    )
    ways = {"": continued, " (with thinking off)": continued_quiet}
    rendered = {way: _text(reply, "prompt") for way, reply in ways.items() if _understood(reply)}
    return {**found, **prefill_findings(rendered, "/apply-template")}


async def _vllm(asker: Asker, model: str) -> Findings:
    """Read ``/metrics``, and render prompts with ``/tokenize``."""
    go_on = {"add_generation_prompt": False, "continue_final_message": True}
    metrics, info, sleeping, default, quiet, continued = await asyncio.gather(
        asker.get("/metrics"),
        asker.get("/server_info?config_format=json"),
        asker.get("/is_sleeping"),
        _rendered(asker, {"model": model, "messages": ASKED}),
        _rendered(asker, {"model": model, "messages": ASKED, **THINK_OFF}),
        _rendered(asker, {"model": model, "messages": PREFILLED, **go_on}),
    )
    found = dict(thinking_findings(default, quiet, "/tokenize"))
    if continued is not None:
        found |= prefill_findings({"": continued}, "/tokenize")
    if cached := _PREFIX_CACHE.findall(metrics.text):
        caches: PrefixCaching = "running" if "False" not in cached else "no"
        found["caches_prefixes"] = (caches, f"/metrics: enable_prefix_caching {cached[0]}")
    if seqs := re.search(r'"max_num_seqs": ?([1-9]\d{0,8})\b', info.text if info.status == 200 else ""):
        found["parallel"] = (int(seqs[1]), f"/server_info: max_num_seqs {seqs[1]}")
    return {**found, **sleep_findings(sleeping, info)}


_PREFIX_CACHE = re.compile(r'^vllm:cache_config_info\{.*?enable_prefix_caching="(\w+)"', re.MULTILINE)
_TAIL_TOKENS = 128


async def _rendered(asker: Asker, request: Mapping[str, Any]) -> str | None:
    """Return the end of the prompt that vLLM makes of a conversation; ``None`` where it does not tell."""
    tokens = (await asker.post("/tokenize", request)).fields.get("tokens")
    if not isinstance(tokens, list) or not tokens:
        return None
    tail = {"model": request["model"], "tokens": tokens[-_TAIL_TOKENS:]}
    return _text(await asker.post("/detokenize", tail), "prompt")


async def _sglang(asker: Asker, model: str) -> Findings:
    """Read ``/server_info``, by its older name too."""
    newer, older = await asyncio.gather(asker.get("/server_info"), asker.get("/get_server_info"))
    told = newer.fields or older.fields
    found: dict[str, tuple[Any, str]] = {}
    states = told.get("internal_states")
    state = states[0] if isinstance(states, list) and states and isinstance(states[0], dict) else {}
    of_each = count(state.get("effective_max_running_requests_per_dp"))
    most = of_each * max(1, count(told.get("dp_size"))) or count(told.get("max_running_requests"))
    if most:
        found["parallel"] = (most, f"/server_info: at most {most} running requests")
    if context := count(told.get("context_length")):
        found["context_length"] = (context, "/server_info: context_length")
    if isinstance(off := told.get("disable_radix_cache"), bool):
        found["caches_prefixes"] = ("no" if off else "running", f"/server_info: disable_radix_cache {off}")
    if isinstance(parser := told.get("reasoning_parser"), str) and parser:
        found["thinks"] = (True, f"/server_info: reasoning_parser {parser[:100]}")
    return found


async def _ollama(asker: Asker, model: str) -> Findings:
    """Read ``/api/show`` and ``/api/ps``."""
    show, running = await asyncio.gather(asker.post("/api/show", {"model": model}), asker.get("/api/ps"))
    told = show.fields
    found: dict[str, tuple[Any, str]] = {}
    can = told.get("capabilities")
    if isinstance(can, list):
        thinks = "thinking" in can
        said = f"/api/show: capabilities {', '.join(_string(each)[:40] for each in can[:20])}"
        found["thinks"] = (thinks, said)
        if thinks:  # gpt-oss takes levels of thinking, but not none
            family = _string(_object(told.get("details")).get("family"))[:100]
            found["stops_thinking"] = ("gptoss" not in family.replace("-", ""), f"{said}; family {family}")
    if parameters := count(_object(told.get("model_info")).get("general.parameter_count")):
        found["parameters"] = (parameters, "/api/show: general.parameter_count")
    if context := _ollama_context(running.fields.get("models"), model):
        found["context_length"] = (context, "/api/ps: context_length of the loaded model")
    elif told_context := re.search(
        r"^num_ctx[ \t]+([1-9]\d{0,8})\b", _string(told.get("parameters")), re.MULTILINE
    ):
        found["context_length"] = (int(told_context[1]), "/api/show: the parameter num_ctx")
    return found


def _ollama_context(loaded: Any, model: str) -> int:
    names = (model, f"{model}:latest")
    for entry in loaded if isinstance(loaded, list) else []:
        if isinstance(entry, dict) and (entry.get("name") in names or entry.get("model") in names):
            return count(entry.get("context_length"))
    return 0


async def _sot(asker: Asker, model: str) -> Findings:
    """Read our own server's ``/sot/about``."""
    told = (await asker.get("/sot/about")).fields
    behind = _string(told.get("backend"))[:200] or "?"
    engine = _object(told.get("engine"))
    found: dict[str, tuple[Any, str]] = {}
    if context := count(engine.get("context_length")):
        found["context_length"] = (context, f"/sot/about: of the engine behind it, {behind}")
    if isinstance(told.get("model"), str):
        found["model"] = (told["model"][:200], "/sot/about")
    if isinstance(thinks := engine.get("thinks"), bool):
        found["thinks"] = (thinks, f"/sot/about: of the engine behind it, {behind}")
    return found


READERS: Mapping[str, Reader] = {
    "llamacpp": _llamacpp,
    "vllm": _vllm,
    "sglang": _sglang,
    "ollama": _ollama,
    "sot": _sot,
}
"""Readers by the engine's name."""


def _text(reply: Reply, field: str) -> str | None:
    text = reply.fields.get(field)
    return text if isinstance(text, str) else None


def _understood(reply: Reply) -> bool:
    """Whether an endpoint took the request or refused its contents, and is not just absent or busy."""
    return reply.status in (200, 400, 422, 500)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
