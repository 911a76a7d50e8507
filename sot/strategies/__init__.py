"""Registry of strategies: their names, their classes, and what they need of prompt packs and engines.

Options, command line help, the server's models, the page and the benchmarks read it. A new strategy is one
file, its templates in the prompt packs and one line here; an installed package adds one by the entry point
group ``sot.strategies`` (`StrategyEntry` names the attributes that its class may have).

A built-in strategy is imported when it is first used.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import ConfigError

GROUP = "sot.strategies"
FIELDS = "fields"
"""Name of the strategy that a JSON schema implies."""
_AUTO = "auto"  # `sot.options.AUTO`: the router chooses
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StrategyEntry:
    """Registry entry of one strategy.

    A class of an installed package may have the attributes ``label``, ``stages``, ``requests_at_once`` and
    ``part``; for those it lacks, the entry has its name as label and the defaults of this class.

    Args:
        name: Name by which callers choose it.
        target: ``module:Class`` of a class without parameters that implements `base.Strategy`.
        label: Display name.
        stages: Names of the prompt templates that it renders.
        requests_at_once: Smallest batch of an engine with which it is faster than normal decoding. An engine
            that says its batch is smaller gets normal decoding in place of a router's choice.
        part: Noun for one of the parts that it writes side by side, such as ``point``; empty: there are none.
        makes_json: Whether its text is one JSON document, for the schema that the caller gives.
    """

    name: str
    target: str
    label: str
    stages: tuple[str, ...] = ()
    requests_at_once: int = 1
    part: str = ""
    makes_json: bool = False

    def load(self) -> Any:
        """Import and return the class; `base.strategy_for` makes an instance."""
        from pkgutil import resolve_name  # only now: it imports zipfile

        return resolve_name(self.target)


_BUILT_IN = {
    entry.name: entry
    for entry in (
        StrategyEntry(
            "skeleton",
            "sot.strategies.skeleton:SkeletonStrategy",
            "Skeleton-of-Thought",
            stages=("skeleton", "point", "heading", "missing", "closing"),
            requests_at_once=2,
            part="point",
        ),
        StrategyEntry(
            "fields",
            "sot.strategies.fields:FieldsStrategy",
            "Parallel JSON fields",
            stages=("values", "field"),
            requests_at_once=2,
            part="field",
            makes_json=True,
        ),
        StrategyEntry(
            "items",
            "sot.strategies.items:ItemsStrategy",
            "Parallel items",
            stages=("item", "missing"),
            requests_at_once=2,
            part="item",
        ),
        StrategyEntry("normal", "sot.strategies.sequential:NormalStrategy", "Normal decoding"),
        StrategyEntry("cot", "sot.strategies.sequential:ChainOfThought", "Chain of thought", ("cot",)),
        StrategyEntry("plan", "sot.strategies.sequential:PlanAndSolve", "Plan and solve", ("plan",)),
    )
}


def strategy_entry(name: str) -> StrategyEntry:
    """Return the registry entry of a strategy.

    Raises:
        ConfigError: There is no such strategy.
    """
    entry = _known(name)
    if entry is None:
        raise ConfigError(f"no strategy {name!r}: it must be one of {', '.join(strategy_names())}")
    return entry


def strategy_entries() -> tuple[StrategyEntry, ...]:
    """Return the entries of all strategies: the built-in ones, then those of installed packages."""
    return (*_BUILT_IN.values(), *(entry for entry in _installed().values() if entry.name not in _BUILT_IN))


def part_of(name: str) -> str:
    """Return the noun for a strategy's parts; empty for one without, or that is not known here."""
    entry = _known(name)
    return "" if entry is None else entry.part


def makes_json(name: str) -> bool:
    """Return whether a strategy's text is one JSON document; not for one that is not known here."""
    entry = _known(name)
    return entry is not None and entry.makes_json


def strategy_with_schema(name: str) -> str | None:
    """Return the strategy of an answer for which a JSON schema is given; ``None``: the one named takes none.

    Args:
        name: The strategy that the caller names, or ``auto``.
    """
    if name in (_AUTO, FIELDS):
        return FIELDS
    return name if name == "normal" else None


def strategy_names() -> tuple[str, ...]:
    """Return the names of all strategies."""
    return tuple(entry.name for entry in strategy_entries())


def _known(name: str) -> StrategyEntry | None:
    if name == _AUTO:  # no package is imported for that
        return None
    return _BUILT_IN.get(name) or _installed().get(name)


@lru_cache(maxsize=1)
def _installed() -> dict[str, StrategyEntry]:
    """Return the entries of installed packages. Their classes are imported, for their attributes."""
    from importlib.metadata import entry_points

    found: dict[str, StrategyEntry] = {}
    for point in entry_points(group=GROUP):
        try:
            made: Any = point.load()
        except Exception as error:  # noqa: BLE001 - somebody else's package may raise anything
            _log.warning("the strategy %s of an installed package cannot be imported: %s", point.name, error)
            continue
        found[point.name] = StrategyEntry(
            point.name,
            f"{point.module}:{point.attr}",
            label=getattr(made, "label", point.name),
            stages=tuple(getattr(made, "stages", ())),
            requests_at_once=getattr(made, "requests_at_once", 1),
            part=getattr(made, "part", ""),
        )
    return found


__all__ = [
    "FIELDS",
    "GROUP",
    "StrategyEntry",
    "makes_json",
    "part_of",
    "strategy_entries",
    "strategy_entry",
    "strategy_names",
    "strategy_with_schema",
]
