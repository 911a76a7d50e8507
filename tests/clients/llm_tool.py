"""Simon Willison's llm, told of the server by its own file extra-openai-models.yaml.

LLM_USER_PATH=FOLDER .venv-clients/main/bin/python tests/clients/llm_tool.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from typing import Any

import llm
from contract import LIMIT, QUESTION, REFUSED, TOO_LONG, UNKNOWN, Advice, error_of, script, text_and_tokens

_NAMES = ("skeleton", "normal", "fields", "gpt-4o", UNKNOWN)


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""
    described = [
        {"model_id": f"sot/{name}", "model_name": name, "api_base": address, "supports_schema": True}
        for name in _NAMES
    ]
    (llm.user_dir() / "extra-openai-models.yaml").write_text(json.dumps(described))  # JSON is YAML

    def ask(name: str, prompt: str = QUESTION, **more: Any) -> Any:
        return llm.get_async_model(f"sot/{name}").prompt(prompt, key="none", **more)

    response = ask("skeleton", max_tokens=LIMIT)
    pieces = [piece async for piece in response]
    usage = await response.usage()
    noted["chat stream"] = {
        **text_and_tokens("".join(pieces), usage.output, sum(map(bool, pieces))),
        "whole": await response.text(),
    }
    whole = ask("gpt-4o", max_tokens=LIMIT, stream=False)
    noted["alias whole"] = text_and_tokens(await whole.text(), (await whole.usage()).output)
    noted["chat fields"] = json.loads(await ask("fields", schema=Advice).text())
    noted["chat unknown"] = await error_of(ask(UNKNOWN).text())
    noted["chat value"] = await error_of(ask("skeleton", frequency_penalty=REFUSED).text())
    noted["chat long"] = await error_of(ask("skeleton", TOO_LONG).text())


script(main)
