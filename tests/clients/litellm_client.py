"""LiteLLM's Python client, by its provider ``openai``.

.venv-clients/openai2/bin/python tests/clients/litellm_client.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its prices are not fetched

from typing import Any

import litellm
from contract import (
    ENDLESS,
    LIMIT,
    QUESTION,
    TOO_HOT,
    TOO_LONG,
    UNKNOWN,
    Advice,
    error_of,
    script,
    text_and_tokens,
)


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    litellm.suppress_debug_info = True
    asked: Any = [{"role": "user", "content": QUESTION}]
    usual: dict[str, Any] = {"api_base": address, "api_key": "none", "messages": asked, "max_tokens": LIMIT}
    many: dict[str, Any] = {
        "frequency_penalty": 0,
        "presence_penalty": 0,
        "n": 1,
        "logit_bias": {},
        "seed": 7,
        "top_p": 1.0,
        "user": "someone",
        "parallel_tool_calls": True,
        "logprobs": False,
        "stream_options": {"include_usage": True},
        "extra_body": {
            "verbosity": "medium",
            "reasoning_effort": "none",
            "service_tier": "auto",
            "store": False,
        },
    }
    chunks = [
        chunk async for chunk in await litellm.acompletion("openai/skeleton", stream=True, **usual, **many)
    ]
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    built: Any = litellm.stream_chunk_builder(chunks, messages=asked)
    noted["chat stream"] = {
        **text_and_tokens("".join(filter(None, texts)), built.usage.completion_tokens, sum(map(bool, texts))),
        "whole": built.choices[0].message.content,
    }
    made: Any = await litellm.acompletion("openai/gpt-4o", **usual)
    noted["alias whole"] = text_and_tokens(made.choices[0].message.content, made.usage.completion_tokens)
    response: Any = await litellm.aresponses(
        model="openai/skeleton", input=QUESTION, api_base=address, api_key="none", max_output_tokens=LIMIT
    )
    text = "".join(part.text for item in response.output if item.type == "message" for part in item.content)
    noted["responses whole"] = text_and_tokens(text, response.usage.output_tokens)
    made = await litellm.acompletion("openai/fields", response_format=Advice, **usual)
    noted["chat fields"] = Advice.model_validate_json(made.choices[0].message.content).model_dump()
    noted["chat unknown"] = await error_of(litellm.acompletion(f"openai/{UNKNOWN}", **usual))
    noted["chat value"] = await error_of(litellm.acompletion("openai/skeleton", temperature=TOO_HOT, **usual))
    long: Any = [{"role": "user", "content": TOO_LONG}]
    noted["chat long"] = await error_of(litellm.acompletion("openai/skeleton", **{**usual, "messages": long}))
    endless = {**usual, "max_tokens": ENDLESS["max_tokens"], "extra_body": {"ignore_eos": True}}
    stream: Any = await litellm.acompletion("openai/normal", stream=True, **endless)
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    noted["left"] = True


script(main)
