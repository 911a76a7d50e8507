"""OpenAI's Agents SDK by its usual interface, the Responses API: a stream, a second turn, JSON, errors.

.venv-clients/main/bin/python tests/clients/agents_sdk.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, set_tracing_disabled
from contract import (
    ENDLESS,
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
from openai import AsyncOpenAI


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    set_tracing_disabled(True)
    client = AsyncOpenAI(base_url=address, api_key="none", max_retries=0)

    def agent(name: str, instructions: str | None = None, output: Any = None, **settings: Any) -> Any:
        model = OpenAIResponsesModel(model=name, openai_client=client)
        chosen = ModelSettings(**settings)
        return Agent(
            name="helper", instructions=instructions, model=model, output_type=output, model_settings=chosen
        )

    helper = agent("skeleton", "Answer briefly.")
    streamed = Runner.run_streamed(helper, QUESTION)
    pieces = [event.data.delta async for event in streamed.stream_events() if _is_text(event)]
    tokens = streamed.context_wrapper.usage.output_tokens
    noted["responses stream"] = {
        **text_and_tokens("".join(pieces), tokens, len(pieces)),
        "whole": streamed.final_output,
    }
    turns: list[Any] = [*streamed.to_input_list(), {"role": "user", "content": SECOND}]
    second = await Runner.run(helper, turns)
    noted["responses second"] = {
        "text": second.final_output,
        "tokens": second.context_wrapper.usage.output_tokens,
    }
    noted["responses fields"] = (
        await Runner.run(agent("fields", output=Advice), QUESTION)
    ).final_output.model_dump()
    noted["responses unknown"] = await error_of(Runner.run(agent(UNKNOWN), QUESTION))
    noted["responses value"] = await error_of(Runner.run(agent("skeleton", temperature=TOO_HOT), QUESTION))
    noted["responses long"] = await error_of(Runner.run(helper, TOO_LONG))
    more = {"ignore_eos": True}
    endless = agent("normal", max_tokens=ENDLESS["max_tokens"], extra_body=more)
    left = Runner.run_streamed(endless, QUESTION)
    async for event in left.stream_events():
        if _is_text(event):
            left.cancel()
    noted["left"] = True


def _is_text(event: Any) -> bool:
    return event.type == "raw_response_event" and event.data.type == "response.output_text.delta"


script(main)
