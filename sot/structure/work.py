"""Work of checking values: what a keyword costs, and how much of it one value and one answer may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from .subschemas import Schema

MOST_STEPS_OF_VALUE = 20_000
"""Most steps of the check of one value; a step is a keyword looked at, some 5 microseconds."""

MOST_STEPS = 100_000
"""Most steps of all checks of one answer: of its parts, their repairs, and the whole."""

_SHARE = 100  # characters and values whose share in a message, or a look at them, is a step
_COMPARED = 20  # values that are compared in a step
_CHARS_OF_VALUE = 16  # of a text, for one value in it
_UNNOTICED = 1_500  # steps that nobody notices


class TooMuchWork(Exception):
    """Signal that a value cannot be checked within the bound."""


class Budget:
    """Steps that all checks of one answer may take together.

    Args:
        steps: Their number.
        weight: Weight of the schema; see `sot.structure.plan.StructurePlan`.
    """

    def __init__(self, steps: int = MOST_STEPS, *, weight: int = 1) -> None:
        self.left = steps
        self._weight = weight

    def takes_long(self, text: str) -> bool:
        """Return whether the check of a JSON text may take so long that others would notice."""
        return self._weight * (1 + len(text) // _CHARS_OF_VALUE) > _UNNOTICED


class Work:
    """Work of the check of one value.

    Args:
        budget: The budget that it is taken from.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._left = min(MOST_STEPS_OF_VALUE, budget.left)
        self._sizes: dict[int, int] = {}  # of lists and objects, which stay alive during the check

    def take(self, steps: int) -> None:
        """Take steps.

        Raises:
            TooMuchWork: There are not so many left.
        """
        self._left -= steps
        self._budget.left -= steps
        if self._left < 0:
            raise TooMuchWork

    def size(self, value: Any) -> int:
        """Return the size of a value: its single values, and eight characters each of its strings."""
        if isinstance(value, str):
            return 1 + len(value) // 8
        if not isinstance(value, dict | list):
            return 1
        found = self._sizes.get(id(cast("object", value)))
        if found is None:
            if isinstance(value, dict):
                table = cast("dict[str, Any]", value)
                found = 1 + sum(len(name) // 8 + self.size(each) for name, each in table.items())
            else:
                found = 1 + sum(map(self.size, cast("list[Any]", value)))
            self._sizes[id(cast("object", value))] = found
        return found

    def cost(self, keyword: str, rule: Any, value: Any, schema: Schema) -> int:
        """Return the steps that one keyword takes for one value."""
        own = _COSTS.get(keyword)
        return 1 + self.size(value) // _SHARE + (0 if own is None else own(self, rule, value, schema))


_Cost = Callable[[Work, Any, Any, Schema], int]


def _count(value: object) -> int:
    return len(cast("Any", value)) if isinstance(value, dict | list) else 0


def _by_rules(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(rule) // _COMPARED


def _by_names_needed(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(rule) // 2  # each one that is missing is an error


def _by_size_of_rules(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return work.size(rule) // _COMPARED


def _by_elements(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(value) // 4


def _by_size(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return work.size(value) // 4


def _by_pattern(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return len(value) // _SHARE if isinstance(value, str) else 0


def _by_names(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(value) * (1 + _count(schema.get("patternProperties"))) // 2


def _by_both(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(value) * (1 + work.size(schema) // _SHARE)


def _by_dependencies(work: Work, rule: Any, value: Any, schema: Schema) -> int:
    return _count(rule) + work.size(rule) // _COMPARED


_COSTS: Mapping[str, _Cost] = {
    **dict.fromkeys(("properties", "prefixItems", "allOf", "anyOf", "oneOf"), _by_rules),
    **dict.fromkeys(("enum", "const", "not"), _by_size_of_rules),
    **dict.fromkeys(("items", "contains", "propertyNames"), _by_elements),
    "required": _by_names_needed,
    "uniqueItems": _by_size,
    "pattern": _by_pattern,
    **dict.fromkeys(("additionalProperties", "patternProperties"), _by_names),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), _by_both),
    **dict.fromkeys(("dependentRequired", "dependentSchemas"), _by_dependencies),
}
