"""Expansion of a schema: how many of its parts a check applies to a value, each as often as it is reached.

Definitions that refer to one another can double with every level, so that a few lines stand for millions of
steps. The count takes one look at each part; where a definition leads back to itself, it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from ..errors import ConfigError
from .subschemas import References, Schema, inner_schemas

MOST_AT_ONCE = 2_000
"""Most parts of a schema that apply to the very same value."""

MOST_IN_ALL = 100_000
"""Most parts of a schema that apply to a value and to all that it holds, one of each kind."""

WEIGHT_OF_LOOP = 1_000
"""Parts of a schema for which one that leads back to itself stands."""

_SAME_VALUE = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"))
_NOT_APPLIED = frozenset(("$defs", "definitions", "contentSchema"))


@dataclass(slots=True)
class _Count:
    """Count of one schema, in progress.

    Args:
        schema: The schema.
        left: The schemas that it applies, with whether to the same value.
        here: Parts that apply to the same value.
        whole: Parts that apply to it and to all that it holds.
        same: Whether the schema that applies it does so to the same value.
    """

    schema: Schema
    left: Iterator[tuple[bool, Schema | None]]
    here: int = 1
    whole: int = 1
    same: bool = True


def expansion(root: Schema) -> int:
    """Return how many of a schema's parts apply to a value and to all that it holds, one of each kind.

    A definition that leads back to itself counts as `WEIGHT_OF_LOOP`, since the value may be of any depth.

    Raises:
        ConfigError: They are too many.
    """
    references = References(root)
    counts: dict[int, tuple[int, int]] = {}
    under_way = {id(root)}
    top = _Count(root, _applied(references, root))
    way, loops = [top], 0
    while way:
        count = way[-1]
        if (step := next(count.left, None)) is None:
            way.pop()
            under_way.discard(id(count.schema))
            counts[id(count.schema)] = count.here, count.whole
            if way:
                _add(way[-1], count.here if count.same else 0, count.whole)
            continue
        same, inner = step
        loops += inner is not None and id(inner) in under_way
        if inner is None or id(inner) in under_way:
            _add(count, int(same), 1)
        elif (known := counts.get(id(inner))) is not None:
            _add(count, known[0] if same else 0, known[1])
        else:
            under_way.add(id(inner))
            way.append(_Count(inner, _applied(references, inner), same=same))
    return top.whole + loops * WEIGHT_OF_LOOP


def _add(count: _Count, here: int, whole: int) -> None:
    """Add what an inner schema applies.

    Raises:
        ConfigError: It becomes too much.
    """
    count.here += here
    count.whole += whole
    if count.here > MOST_AT_ONCE or count.whole > MOST_IN_ALL:
        most = MOST_AT_ONCE if count.here > MOST_AT_ONCE else MOST_IN_ALL
        raise ConfigError(
            f"the schema applies more than {most} of its parts to one value, because it refers to the same "
            "definitions again and again"
        )


def _applied(references: References, schema: Schema) -> Iterator[tuple[bool, Schema | None]]:
    """Yield the schemas that a schema applies (``None``: true or false), and whether to the same value."""
    if isinstance(reference := schema.get("$ref"), str):
        target: Schema | bool = True
        with contextlib.suppress(ConfigError):  # which is raised where the reference is followed
            target = references.target(reference)
        yield True, target if isinstance(target, dict) else None
    for keyword, _, inner in inner_schemas(schema):
        if keyword not in _NOT_APPLIED:
            yield keyword in _SAME_VALUE, cast("Schema", inner) if isinstance(inner, dict) else None
