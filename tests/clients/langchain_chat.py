"""langchain-openai: both of OpenAI's interfaces, structured output and errors.

.venv-clients/main/bin/python tests/clients/langchain_chat.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

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
from langchain_openai import ChatOpenAI


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    usual: dict[str, Any] = {"base_url": address, "api_key": "none", "max_tokens": LIMIT, "max_retries": 0}
    responses: dict[str, Any] = {"use_responses_api": True}
    plain: dict[str, Any] = {}
    many: dict[str, Any] = {
        "frequency_penalty": 0,
        "presence_penalty": 0,
        "n": 1,
        "logit_bias": {},
        "seed": 7,
        "top_p": 1.0,
        "reasoning_effort": "none",
        "verbosity": "medium",
        "service_tier": "auto",
        "store": False,
        "stream_usage": True,
        "model_kwargs": {"user": "someone", "parallel_tool_calls": True},
    }
    for name, more in (("responses", responses), ("chat", many)):
        model = ChatOpenAI(model="skeleton", **usual, **more)
        whole: Any = None
        pieces = 0
        async for chunk in model.astream(QUESTION):
            pieces += bool(chunk.text)
            whole = chunk if whole is None else whole + chunk
        tokens = (whole.usage_metadata or {}).get("output_tokens")
        noted[f"{name} stream"] = text_and_tokens(whole.text, tokens, pieces)
    made: Any = await ChatOpenAI(model="gpt-4o", **usual).ainvoke(QUESTION)
    noted["alias whole"] = text_and_tokens(made.text, made.usage_metadata["output_tokens"])
    for name, more in (("chat", plain), ("responses", responses)):
        structured: Any = ChatOpenAI(model="fields", **usual, **more).with_structured_output(
            Advice, method="json_schema"
        )
        noted[f"{name} fields"] = (await structured.ainvoke(QUESTION)).model_dump()
        model = ChatOpenAI(model=UNKNOWN, **usual, **more)
        noted[f"{name} unknown"] = await error_of(model.ainvoke(QUESTION))
        model = ChatOpenAI(model="skeleton", temperature=TOO_HOT, **usual, **more)
        noted[f"{name} value"] = await error_of(model.ainvoke(QUESTION))
        model = ChatOpenAI(model="skeleton", **usual, **more)
        noted[f"{name} long"] = await error_of(model.ainvoke(TOO_LONG))
    tools = ChatOpenAI(model="auto", **usual).with_structured_output(Advice, method="function_calling")
    noted["tools refused"] = await error_of(tools.ainvoke(QUESTION))
    async for chunk in ChatOpenAI(
        model="normal", **{**usual, "max_tokens": None}, extra_body=ENDLESS
    ).astream(QUESTION):
        if chunk.text:
            break
    noted["left"] = True


script(main)
