"""Keywords of JSON schemas (draft 2020-12): those that rule over values, and notes."""

from __future__ import annotations

RULES = frozenset(
    (
        *("type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
        *("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains"),
        *("maxContains", "unevaluatedItems", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
        *("contentEncoding", "contentMediaType", "contentSchema"),  # notes, of texts that are no prose
        *("$ref", "$dynamicRef", "$recursiveRef", "$defs", "definitions"),
    )
)
"""Keywords that decide which values are valid, and those that hold definitions."""

WORDS = frozenset(("title", "description"))
"""Notes that prompts tell."""


def is_annotation(keyword: str) -> bool:
    """Return whether a keyword does not change which values are valid, such as ``default`` or ``example``.

    Every keyword that JSON Schema does not have is one: generators of schemas add their own.
    """
    return keyword not in RULES
