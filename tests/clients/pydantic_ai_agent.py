"""pydantic-ai's Responses model asks a server by its base address: a question, streamed, and a second turn.

.venv-clients/bin/python tests/clients/pydantic_ai_agent.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import sys

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


async def main(address: str) -> None:
    """Print what came, as JSON."""
    model = OpenAIResponsesModel("skeleton", provider=OpenAIProvider(base_url=address, api_key="none"))
    agent = Agent(model, instructions="Answer briefly.")
    async with agent.run_stream("How can I sleep better?") as streamed:
        pieces = [piece async for piece in streamed.stream_text(delta=True, debounce_by=None)]
        whole = await streamed.get_output()
        turns = streamed.all_messages()
    second = await agent.run("And with small children?", message_history=turns)
    print(
        json.dumps(
            {
                "pieces": len(pieces),
                "streamed": "".join(pieces),
                "whole": whole,
                "second": second.output,
                "tokens": second.usage.output_tokens,
            }
        )
    )


asyncio.run(main(sys.argv[1]))
