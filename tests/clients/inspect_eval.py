"""inspect_ai: an eval of two questions by its provider ``openai-api``, and a question by each error.

.venv-clients/main/bin/python tests/clients/inspect_eval.py http://127.0.0.1:8400/v1
"""

# The package is in an environment of its own, where the type checker does not look.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import tempfile
from typing import Any

from contract import LIMIT, QUESTION, TOO_HOT, TOO_LONG, UNKNOWN, Advice, error_of, script, text_and_tokens
from inspect_ai import Task, eval_async
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig, ResponseSchema, get_model
from inspect_ai.scorer import includes
from inspect_ai.util import json_schema

_OTHER = "What are good ways to save money?"


async def main(address: str, noted: dict[str, Any]) -> None:
    """Note what came."""

    def model(name: str, **settings: Any) -> Any:
        config = GenerateConfig(max_tokens=LIMIT, max_retries=0, **settings)
        return get_model(f"openai-api/sot/{name}", base_url=address, api_key="none", config=config)

    task = Task(
        dataset=[Sample(input=text, target="1. **") for text in (QUESTION, _OTHER)], scorer=includes()
    )
    with tempfile.TemporaryDirectory() as folder:
        (log,) = await eval_async(
            task, model=model("skeleton", parallel_tool_calls=True, frequency_penalty=0), log_dir=folder
        )
        noted["eval"] = {"status": log.status, "accuracy": log.results.scores[0].metrics["accuracy"].value}
        for number, sample in enumerate(log.samples):
            noted[f"eval {number} whole"] = text_and_tokens(
                sample.output.completion, sample.output.usage.output_tokens
            )
    schema = ResponseSchema(name="advice", json_schema=json_schema(Advice))
    made = await model("fields", response_schema=schema).generate(QUESTION)
    noted["chat fields"] = json.loads(made.completion)
    noted["chat unknown"] = await error_of(model(UNKNOWN).generate(QUESTION))
    noted["chat value"] = await error_of(model("skeleton", temperature=TOO_HOT).generate(QUESTION))
    made = await model("skeleton").generate(TOO_LONG)  # for which it has a reason to stop, and no error
    noted["chat long"] = f"{made.stop_reason}: {made.completion}"


script(main)
