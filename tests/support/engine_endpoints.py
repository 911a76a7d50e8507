"""Test doubles of engines' own endpoints, in their real shapes: what a `FaultServer` answers beside ``/v1``.

Nothing here renders real chat templates: `Template` is a small ChatML one with the ways in which real ones
treat a started turn and thoughts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fault_server import Behaviour, Exchange, FaultServer, status

Thinking = Literal["never", "by itself", "unless told", "when told", "opens", "opens unless told"]

_PLAIN = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>{% endfor %}"
)


@dataclass(frozen=True)
class Template:
    """A chat template.

    Args:
        thinking: ``unless told`` adds an empty block when told not to think, as Qwen3's does; ``when told``
            closes the block unless told to think, as DeepSeek V3.1's does; ``opens`` opens the block in the
            generation prompt.
        prefill: Whether a last turn of the assistant is left open; ``"without thinking"``: refused unless
            thinking is off, as llama.cpp does.
    """

    thinking: Thinking = "never"
    prefill: bool | Literal["without thinking"] = True

    @property
    def source(self) -> str:
        """The template's text, as llama.cpp tells it."""
        return _PLAIN if self.thinking == "never" else f"{_PLAIN}<think></think>"

    def render(self, messages: list[dict[str, str]], arguments: Mapping[str, Any] | None) -> str | None:
        """The prompt; ``None`` where it is refused."""
        off = (arguments or {}).get("enable_thinking") is False
        text = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in messages)
        if messages[-1]["role"] == "assistant" and self.prefill:
            return (
                None if self.prefill == "without thinking" and not off else text.removesuffix("<|im_end|>\n")
            )
        text += "<|im_start|>assistant\n"
        if self.thinking == "opens" or (self.thinking == "opens unless told" and not off):
            return text + "<think>\n"
        if off and self.thinking in ("unless told", "opens unless told"):
            return text + "<think>\n\n</think>\n\n"
        return text + ("</think>" if self.thinking == "when told" else "")


def listed(server: FaultServer, owner: str | None, name: str = "m", **more: Any) -> None:
    """Give the server a model list with one model."""
    entry = {"id": name, "object": "model", "owned_by": owner, **more}
    server.other["/v1/models"] = status(200, {"object": "list", "data": [entry]})


def posted(answer: Callable[[dict[str, Any]], object]) -> Behaviour:
    """Answer with JSON made of the request's; ``None`` is a refusal."""

    async def behave(exchange: Exchange) -> None:
        made = answer(exchange.body)
        refusal = {"error": {"code": 400, "message": "no", "type": "invalid_request_error"}}
        await exchange.start(400 if made is None else 200, {"content-type": "application/json"})
        await exchange.send(json.dumps(refusal if made is None else made).encode())
        await exchange.end()

    return behave


def llamacpp(server: FaultServer, template: Template, *, slots: int = 4, context: int = 4096) -> None:
    """Answer as llama.cpp's llama-server does."""
    server.other["/props"] = status(
        200,
        {
            "default_generation_settings": {"id": 0, "n_ctx": context, "params": {"temperature": 0.8}},
            "total_slots": slots,
            "model_alias": "m",
            "chat_template": template.source,
            "build_info": "b0-double",
        },
    )

    def apply(body: dict[str, Any]) -> object:
        prompt = template.render(body["messages"], body.get("chat_template_kwargs"))
        return None if prompt is None else {"prompt": prompt}

    server.other["/apply-template"] = posted(apply)


def vllm(
    server: FaultServer, template: Template, *, caching: bool = True, max_num_seqs: int | None = None
) -> None:
    """Answer as vLLM does; a token of this double is a character."""
    server.other["/version"] = status(200, {"version": "0.0.double"})
    labels = f'block_size="16",enable_prefix_caching="{caching}",engine="0",gpu_memory_utilization="0.9"'
    text = (
        "# HELP vllm:num_requests_running Number of requests.\n"
        'vllm:num_requests_running{engine="0",model_name="m"} 0.0\n'
        f"vllm:cache_config_info{{{labels}}} 1.0\n"
    )
    server.other["/metrics"] = status(200, text)

    def tokenize(body: dict[str, Any]) -> object:
        prompt = template.render(body["messages"], body.get("chat_template_kwargs"))
        return {"count": len(prompt or ""), "max_model_len": 4096, "tokens": [ord(c) for c in prompt or ""]}

    server.other["/tokenize"] = posted(tokenize)
    server.other["/detokenize"] = posted(lambda body: {"prompt": "".join(map(chr, body["tokens"]))})
    if max_num_seqs is not None:  # only in development mode
        config = {"vllm_config": {"scheduler_config": {"max_num_seqs": max_num_seqs}}}
        server.other["/server_info"] = status(200, config)


def sglang(server: FaultServer, *, path: str = "/get_server_info", **settings: Any) -> None:
    """Answer as SGLang does, under one of the two names of its server info."""
    info = {
        "model_path": "some/model",
        "disable_radix_cache": False,
        "max_running_requests": None,
        "context_length": None,
        "reasoning_parser": None,
        "dp_size": 1,
        "internal_states": [{"effective_max_running_requests_per_dp": 128}],
        "version": "0.0.double",
    }
    server.other[path] = status(200, {**info, **settings})


def ollama(
    server: FaultServer,
    *,
    capabilities: tuple[str, ...] = ("completion",),
    family: str = "qwen3",
    loaded: int | None = None,
    parameters: str = "",
) -> None:
    """Answer as Ollama does.

    Args:
        loaded: Context length of the loaded model; ``None``: it is not loaded.
    """
    server.other["/api/version"] = status(200, {"version": "0.0.0-double"})
    shown = {
        "parameters": parameters,
        "details": {"format": "gguf", "family": family, "families": [family]},
        "model_info": {
            "general.architecture": family,
            "general.parameter_count": 8190735360,
            f"{family}.context_length": 40960,
        },
        "capabilities": list(capabilities),
    }
    server.other["/api/show"] = posted(lambda body: shown if body.get("model") == "m" else None)
    entry = {"name": "m:latest", "model": "m:latest", "size_vram": 0, "context_length": loaded}
    server.other["/api/ps"] = status(200, {"models": [entry] if loaded else []})
