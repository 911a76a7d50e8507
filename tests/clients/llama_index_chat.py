"""LlamaIndex by its class for servers like OpenAI's.

.venv-clients/openai2/bin/python tests/clients/llama_index_chat.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from contract import (
    ENDLESS,
    LIMIT,
    QUESTION,
    REFUSED,
    TOO_LONG,
    UNKNOWN,
    Advice,
    error_of,
    script,
    text_and_tokens,
)
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    usual: dict[str, Any] = {"api_base": address, "api_key": "none", "is_chat_model": True, "max_retries": 0}
    asked = [ChatMessage(role="user", content=QUESTION)]
    model = OpenAILike(model="skeleton", max_tokens=LIMIT, **usual)
    deltas: list[str] = []
    last: Any = None
    async for last in await model.astream_chat(asked, stream_options={"include_usage": True}):
        deltas.append(last.delta or "")
    noted["chat stream"] = {
        **text_and_tokens("".join(deltas), last.raw.usage.completion_tokens, sum(map(bool, deltas))),
        "whole": last.message.content,
    }
    made = await OpenAILike(model="gpt-4o", max_tokens=LIMIT, **usual).acomplete(QUESTION)
    noted["alias whole"] = text_and_tokens(made.text, made.additional_kwargs["completion_tokens"])
    structured = OpenAILike(model="fields", should_use_structured_outputs=True, **usual).as_structured_llm(
        Advice
    )
    noted["chat fields"] = (await structured.achat(asked)).raw.model_dump()
    noted["chat unknown"] = await error_of(OpenAILike(model=UNKNOWN, **usual).achat(asked))
    noted["chat value"] = await error_of(model.achat(asked, frequency_penalty=REFUSED))
    noted["chat long"] = await error_of(model.acomplete(TOO_LONG))
    # Its default asks for text completions, which only an engine has.
    completions: dict[str, Any] = {**usual, "is_chat_model": False}
    noted["completions refused"] = await error_of(
        OpenAILike(model="skeleton", **completions).acomplete(QUESTION)
    )
    endless = OpenAILike(model="normal", max_tokens=ENDLESS["max_tokens"], **usual)
    async for piece in await endless.astream_chat(asked, extra_body={"ignore_eos": True}):
        if piece.delta:
            break
    noted["left"] = True


script(main)
