"""OpenAI's Agents SDK asks a server by its base address alone: a question, streamed, and a second turn.

.venv-clients/bin/python tests/clients/agents_sdk.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import sys

from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled
from openai import AsyncOpenAI


async def main(address: str) -> None:
    """Print what came, as JSON."""
    set_tracing_disabled(True)
    client = AsyncOpenAI(base_url=address, api_key="none")
    model = OpenAIResponsesModel(model="skeleton", openai_client=client)
    agent = Agent(name="helper", instructions="Answer briefly.", model=model)
    streamed = Runner.run_streamed(agent, "How can I sleep better?")
    pieces = [
        event.data.delta
        async for event in streamed.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    turns = [*streamed.to_input_list(), {"role": "user", "content": "And with small children?"}]
    second = await Runner.run(agent, turns)
    print(
        json.dumps(
            {
                "pieces": len(pieces),
                "streamed": "".join(pieces),
                "whole": streamed.final_output,
                "second": second.final_output,
                "tokens": second.context_wrapper.usage.output_tokens,
            }
        )
    )


asyncio.run(main(sys.argv[1]))
