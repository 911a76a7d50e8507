"""pydantic-ai by both of OpenAI's interfaces: a stream, a second turn, structured output and errors.

.venv-clients/main/bin/python tests/clients/pydantic_ai_agent.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from contract import (
    ENDLESS,
    LIMIT,
    QUESTION,
    SECOND,
    TOO_HOT,
    TOO_LONG,
    UNKNOWN,
    Advice,
    error_of,
    script,
    text_and_tokens,
)
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    provider = OpenAIProvider(base_url=address, api_key="none")
    limited: Any = {"max_tokens": LIMIT}
    for name, kind in (("responses", OpenAIResponsesModel), ("chat", OpenAIChatModel)):
        agent = Agent(
            kind("skeleton", provider=provider), instructions="Answer briefly.", model_settings=limited
        )
        async with agent.run_stream(QUESTION) as streamed:
            pieces = [piece async for piece in streamed.stream_text(delta=True, debounce_by=None)]
            whole, turns, usage = await streamed.get_output(), streamed.all_messages(), streamed.usage
        noted[f"{name} stream"] = {
            **text_and_tokens("".join(pieces), usage.output_tokens, len(pieces)),
            "whole": whole,
        }
        if kind is OpenAIResponsesModel:
            second = await agent.run(SECOND, message_history=turns)
            noted[f"{name} second"] = {"text": second.output, "tokens": second.usage.output_tokens}
        structured = Agent(kind("fields", provider=provider), output_type=NativeOutput(Advice))
        noted[f"{name} fields"] = (await structured.run(QUESTION)).output.model_dump()
        noted[f"{name} unknown"] = await error_of(Agent(kind(UNKNOWN, provider=provider)).run(QUESTION))
        hot: Any = {"temperature": TOO_HOT}
        noted[f"{name} value"] = await error_of(agent.run(QUESTION, model_settings=hot))
        noted[f"{name} long"] = await error_of(agent.run(TOO_LONG))
    tools = Agent(OpenAIChatModel("auto", provider=provider), output_type=Advice)
    noted["tools refused"] = await error_of(tools.run(QUESTION))
    endless: Any = {"max_tokens": ENDLESS["max_tokens"], "extra_body": {"ignore_eos": True}}
    async with Agent(OpenAIChatModel("normal", provider=provider), model_settings=endless).run_stream(
        QUESTION
    ) as left:
        async for piece in left.stream_text(delta=True, debounce_by=None):
            if piece:
                break
    noted["left"] = True


script(main)
