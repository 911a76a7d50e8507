"""Cache of plans: the same schema comes again with every request of an app, and twice within one."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from .plan import StructurePlan, plan_structure

_MOST_PLANS = 32
_MOST_CHARS = 4_000_000  # of the schemas of all parts of all plans, as JSON


class PlanCache:
    """Plans of the schemas that were asked for last; may be used by several threads.

    Args:
        most_plans: Most plans that are kept.
        most_chars: Most characters, as JSON, of the schemas that all kept plans hold; a plan with more is not
            kept.
    """

    def __init__(self, most_plans: int = _MOST_PLANS, most_chars: int = _MOST_CHARS) -> None:
        self._most_plans = most_plans
        self._most_chars = most_chars
        self._plans: OrderedDict[str, StructurePlan] = OrderedDict()
        self._lock = Lock()

    def known(self, schema: Mapping[str, Any]) -> StructurePlan | None:
        """Return the plan of a schema, if it is kept."""
        return self._found(_key(schema))

    def plan(self, schema: Mapping[str, Any]) -> StructurePlan:
        """Return the plan of a schema.

        Raises:
            ConfigError: The schema cannot be used.
        """
        key = _key(schema)
        if (found := self._found(key)) is not None:
            return found
        made = plan_structure(schema)
        if key is not None and made.chars + len(key) <= self._most_chars:
            self._keep(key, made)
        return made

    def _found(self, key: str | None) -> StructurePlan | None:
        with self._lock:
            if key is None or key not in self._plans:
                return None
            self._plans.move_to_end(key)
            return self._plans[key]

    def _keep(self, key: str, plan: StructurePlan) -> None:
        with self._lock:
            self._plans[key] = plan
            self._plans.move_to_end(key)
            chars = sum(len(kept) + each.chars for kept, each in self._plans.items())
            while len(self._plans) > self._most_plans or chars > self._most_chars:
                oldest, dropped = self._plans.popitem(last=False)
                chars -= len(oldest) + dropped.chars


def _key(schema: Mapping[str, Any]) -> str | None:
    """Return a schema as JSON, its keywords in their order, which is that of the document."""
    try:
        return json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None  # it is none, which the planner says better


PLANS = PlanCache()
"""Plans that this process keeps."""
