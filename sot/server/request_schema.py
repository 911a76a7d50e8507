"""JSON schema of a request (``response_format``), and whether its fields are written in parallel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..errors import ConfigError
from ..strategies import FIELDS, makes_json, strategy_with_schema
from ..terminal import one_line
from .failures import bad_request

RESPONSE_FORMAT = "response_format"
OBJECT: Mapping[str, Any] = {"type": "object"}
_SCHEMA = "json_schema"
_MOST_CHARS = 400  # of a message, which quotes the schema
_LEAST_FIELDS = 2  # long ones; with fewer nothing is written side by side


def required_schema(value: object) -> Mapping[str, Any]:
    """Return the JSON schema of a request whose fields are to be written in parallel.

    Args:
        value: The request's ``response_format``.

    Raises:
        Failure: There is none, or it is one that cannot be used (400).
    """
    schema = _schema_in(value)
    if schema is None:
        message = f"the strategy {FIELDS} needs a {RESPONSE_FORMAT} of the type {_SCHEMA}, with a schema"
        raise bad_request(message, param=RESPONSE_FORMAT)
    checked_schema(schema, param=RESPONSE_FORMAT)
    return schema


def given_schema(schema: Mapping[str, Any] | None, strategy: str) -> str:
    """Return the strategy of a request for events, which a schema implies unless it is normal decoding.

    Args:
        schema: Its schema.
        strategy: The strategy that it names.

    Raises:
        Failure: One does not go with the other, or the schema cannot be used (400).
    """
    if schema is None:
        if makes_json(strategy):
            raise bad_request(f"the strategy {strategy} needs a schema", param="schema")
        return strategy
    if (chosen := strategy_with_schema(strategy)) is None:
        raise bad_request(f"the strategy {strategy} takes no schema", param="schema")
    checked_schema(schema, param="schema")
    return chosen


def parallel_schema(value: object) -> Mapping[str, Any] | None:
    """Return the JSON schema of a request that did not ask for parallel fields, where they are worth it.

    Args:
        value: The request's ``response_format``.

    Returns:
        The schema; ``None`` where there is none, it cannot be used, or it has fewer than two long fields:
        such a request is the engine's.
    """
    schema = _schema_in(value)
    if schema is None:
        return None
    try:
        return schema if _long_fields(schema) >= _LEAST_FIELDS else None
    except ConfigError:
        return None


def any_object(value: object) -> bool:
    """Return whether a ``response_format`` asks for a JSON object without saying which."""
    return isinstance(value, dict) and cast("dict[str, Any]", value).get("type") == "json_object"


def checked_schema(schema: Mapping[str, Any], *, param: str) -> None:
    """Check that the fields of a schema can be written.

    Args:
        schema: The schema.
        param: The request's field that holds it.

    Raises:
        Failure: They cannot (400).
    """
    try:
        _long_fields(schema)
    except ConfigError as error:
        message = one_line(str(error))[:_MOST_CHARS]
        raise bad_request(message, param=param, code="invalid_json_schema") from None


def _schema_in(value: object) -> Mapping[str, Any] | None:
    """Return the schema in a ``response_format``, with the description that stands beside it."""
    if not isinstance(value, dict):
        return None
    form = cast("dict[str, Any]", value)
    given = form.get(_SCHEMA)
    if form.get("type") != _SCHEMA or not isinstance(given, dict):
        return None
    about = cast("dict[str, Any]", given)
    schema = about.get("schema")
    if not isinstance(schema, dict):
        return None
    described = about.get("description")
    whole = cast("dict[str, Any]", schema)
    return {"description": described, **whole} if isinstance(described, str) and described else whole


def _long_fields(schema: Mapping[str, Any]) -> int:
    """Return how many fields of a schema are long texts; 0 where each waits for the one before.

    Raises:
        ConfigError: The schema cannot be used.
    """
    from ..structure.plan_cache import PLANS  # only now: few requests have a schema

    plan = PLANS.plan(schema)
    return 0 if plan.is_chain else sum(part.kind == "text" for part in plan.parts)
