"""What a request must hold to be of use, and JSON Schema cannot say. Read by schemathesis, not by pytest."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Requests that are meant to work name a model that is there, end with a question, and revise points.

    Fields of a schema need an engine that writes them.
    """
    positive = case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE
    if not positive or not isinstance(case.body, dict):
        return
    case.body.pop("schema", None)
    if isinstance(own := case.body.get("sot"), dict) and own.get("strategy") == "fields":
        own["strategy"] = "auto"
    if "model" in case.body:
        case.body["model"] = "auto"
    elif case.body.get("messages"):
        case.body["messages"][-1]["role"] = "user"
    if "answer" in case.body:
        answer = {**case.body["answer"], "question": "How can I sleep better?"}
        answer.pop("messages", None)
        answer["points"] = answer["points"] or [{"title": "Dark room", "text": "Dim it."}]
        case.body["answer"] = answer
        case.body["points"] = [f"Point {number}" for number in range(1, len(case.body["points"]) + 1)]
