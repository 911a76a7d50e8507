"""OpenAPI 3.1 description of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from .. import __version__
from .messages_models import CountRequest, MessagesRequest
from .request_models import ChatRequest, EventsRequest, RevisionRequest
from .responses_models import ResponsesRequest

_ERROR: Mapping[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_COMPLETION: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": {"type": "string"},
        "choices": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "object"},
        "sot": {"type": "object"},
    },
}
_RESPONSE: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "object", "created_at", "model", "status", "output"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "response"},
        "created_at": {"type": "integer"},
        "model": {"type": "string"},
        "status": {"enum": ["completed", "incomplete", "failed"]},
        "output": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "object"},
        "sot": {"type": "object"},
    },
}
_MESSAGE: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "type", "role", "model", "content", "usage"],
    "properties": {
        "id": {"type": "string"},
        "type": {"const": "message"},
        "role": {"const": "assistant"},
        "model": {"type": "string"},
        "content": {"type": "array", "items": {"type": "object"}},
        "stop_reason": {"type": ["string", "null"]},
        "usage": {"type": "object"},
        "sot": {"type": "object"},
    },
}
_COUNT: Mapping[str, Any] = {
    "type": "object",
    "required": ["input_tokens"],
    "properties": {"input_tokens": {"type": "integer"}},
}
_OBJECT: Mapping[str, Any] = {"type": "object"}
_QUESTION = "How can I sleep better?"
_ASKED = [{"role": "user", "content": _QUESTION}]


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Skeleton-of-Thought", "version": __version__},
        "paths": {
            "/v1/chat/completions": {
                "post": _operation(
                    "Make an answer",
                    {"application/json": _COMPLETION, "text/event-stream": {}},
                    body=_body(ChatRequest),
                    example={"model": "auto", "messages": _ASKED},
                    errors=(400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504),
                )
            },
            "/v1/responses": {
                "post": _operation(
                    "Make an answer, as a response",
                    {"application/json": _RESPONSE, "text/event-stream": {}},
                    body=_body(ResponsesRequest),
                    example={"model": "auto", "input": _QUESTION},
                    errors=(400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504),
                )
            },
            "/v1/messages": {
                "post": _operation(
                    "Make an answer, as a message",
                    {"application/json": _MESSAGE, "text/event-stream": {}},
                    body=_body(MessagesRequest),
                    example={"model": "auto", "max_tokens": 1024, "messages": _ASKED},
                    errors=(400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504),
                )
            },
            "/v1/messages/count_tokens": {
                "post": _operation(
                    "Count the tokens of a prompt",
                    {"application/json": _COUNT},
                    body=_body(CountRequest),
                    example={"model": "auto", "messages": _ASKED},
                    errors=(400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504),
                )
            },
            "/sot/events": {
                "post": _operation(
                    "Watch an answer being made",
                    {"text/event-stream": {}},
                    body={
                        **_body(EventsRequest),
                        "oneOf": [_given("question", "string"), _given("messages", "array")],
                    },
                    example={"question": _QUESTION},
                    errors=(400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504),
                )
            },
            "/sot/revise": {
                "post": _operation(
                    "Revise an answer by its points, and watch it",
                    {"text/event-stream": {}},
                    body=_body(RevisionRequest),
                    example={
                        "answer": {"question": _QUESTION, "points": [{"title": "Dark room", "text": "…"}]},
                        "points": ["Regular hours", "Dark room"],
                    },
                    errors=(400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504),
                )
            },
            "/v1/models": {"get": _get("List the models", _OBJECT)},
            "/v1/models/{name}": {
                "get": {
                    **_get("Describe a model", _OBJECT, errors=(401, 403, 404, 503)),
                    "parameters": [
                        {
                            "name": "name",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "example": "auto",
                        }
                    ],
                }
            },
            "/sot/about": {"get": _get("What the engine is", _OBJECT)},
            "/health": {"get": _get("Whether the server runs", _OBJECT)},
            "/ready": {"get": _get("Whether the engine answers", _OBJECT)},
            "/metrics": {"get": _operation("Prometheus metrics", {"text/plain": {"type": "string"}})},
        },
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _get(
    summary: str, schema: Mapping[str, Any], errors: tuple[int, ...] = (401, 403, 503)
) -> dict[str, Any]:
    return _operation(summary, {"application/json": schema}, errors=errors)


def _operation(
    summary: str,
    kinds: Mapping[str, Mapping[str, Any]],
    *,
    body: Mapping[str, Any] | None = None,
    example: Mapping[str, Any] | None = None,
    errors: tuple[int, ...] = (401, 403),
) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {
            "description": "It worked",
            "content": {kind: {"schema": schema} if schema else {} for kind, schema in kinds.items()},
        }
    }
    for status in errors:
        content = {"application/json": {"schema": _ERROR}}
        answers[str(status)] = {"description": "It did not work", "content": content}
    operation: dict[str, Any] = {"summary": summary, "responses": answers, "security": [{"key": []}, {}]}
    if body is not None:
        content = {"schema": body, "example": example}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _given(name: str, kind: str) -> dict[str, Any]:
    """Return the schema of an object in which a field is present and not ``null``."""
    return {"required": [name], "properties": {name: {"type": kind}}}


def _body(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's JSON schema with its definitions inlined; none of ours is recursive."""
    schema: Mapping[str, Any] = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions: Mapping[str, Any] = schema.get("$defs", {})

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            if "$ref" in fields:
                return resolved(definitions[fields["$ref"].rpartition("/")[2]])
            return {name: resolved(part) for name, part in fields.items() if name != "$defs"}
        if isinstance(value, list):
            return [resolved(part) for part in cast("list[Any]", value)]
        return value

    return resolved(schema)
