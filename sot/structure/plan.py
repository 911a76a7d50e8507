"""Plan of the parts of a JSON schema: what is written by itself, what together, and what waits for what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..errors import ConfigError
from .expansion import expansion
from .kinds import TextRules
from .layout import Kind, Layout, Leaf, words_of
from .limits import MOST_REQUESTS, checked
from .order import waits_of
from .subschemas import Definitions, References, Schema
from .validity import check_schema, shown_path

_CHARS_OF_RULE = 50  # of a schema


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a document that is written by itself, or together with the other short values.

    Args:
        index: Number in the document, from 1.
        path: Names and numbers that lead to it.
        kind: Its kind: a short ``value``, a long ``text``, or other ``json``.
        schema: Its schema, with the definitions that it needs.
        source: The same as it stands in the whole schema.
        description: What the schema says of it, in words; may be empty.
        rules: Rules of a text.
        after: Numbers of the parts that it waits for, by ``x-after``.
        chars: Characters of its schema as JSON.
    """

    index: int
    path: tuple[str | int, ...]
    kind: Kind
    schema: Schema | bool
    source: Schema | bool
    description: str = ""
    rules: TextRules = field(default_factory=TextRules)
    after: tuple[int, ...] = ()
    chars: int = 0

    @property
    def name(self) -> str:
        """Path for people, such as ``steps[2].text``; empty for the whole document."""
        return shown_path(self.path)

    @property
    def own_name(self) -> str:
        """Own name, as the schema has it: the last of its path; empty where it has none."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


@dataclass(frozen=True)
class StructurePlan:
    """Plan of a document.

    Args:
        schema: The whole schema, as plain JSON.
        standalone: The same, without notes and with the definitions that it needs.
        title: Name of the whole in the schema; may be empty.
        parts: The parts, in the order of the document.
        frame: Text of the document around the parts: before the first one, between them, after the last.
        notes: Descriptions of objects and lists that were taken apart, by their paths.
        weight: Measure of the time that a check of a value takes; see `expansion` and `Budget`.
    """

    schema: Schema
    standalone: Schema | bool
    title: str
    parts: tuple[Part, ...]
    frame: tuple[str, ...]
    notes: Mapping[str, str]
    weight: int = 1

    @property
    def about(self) -> str:
        """Name and description of the whole in the schema; may be empty."""
        return ". ".join(filter(None, (self.title, self.notes.get("", "")))).removesuffix(".")

    def notes_above(self, part: Part) -> list[tuple[str, str]]:
        """Return the names and descriptions of what a part stands in, from the outside."""
        names = [shown_path(part.path[:length]) for length in range(len(part.path))]
        return [(name, self.notes[name]) for name in names if name in self.notes]

    @cached_property
    def values(self) -> tuple[Part, ...]:
        """The short values of the first request, which wait for nothing but one another."""
        short = {part.index for part in self.parts if part.kind == "value"}
        while later := {index for index in short if not short.issuperset(self.parts[index - 1].after)}:
            short -= later
        return tuple(part for part in self.parts if part.index in short)

    @cached_property
    def alone(self) -> tuple[Part, ...]:
        """The parts that are requests of their own."""
        together = {part.index for part in self.values}
        return tuple(part for part in self.parts if part.index not in together)

    @cached_property
    def _constraints(self) -> dict[int, Schema | None]:
        return {}

    @property
    def chars(self) -> int:
        """Characters of the schemas of all parts as JSON."""
        return sum(part.chars for part in self.parts)

    @cached_property
    def is_chain(self) -> bool:
        """Return whether there are several requests of which no two could run at the same time."""
        steps = {part.index: 0 for part in self.values}
        left = list(self.alone)
        while left:
            ready = [part for part in left if all(index in steps for index in part.after)]
            steps |= {part.index: 1 + max((steps[at] for at in part.after), default=0) for part in ready}
            left = [part for part in left if part.index not in steps]
        levels = {steps[part.index] for part in self.alone}
        return len(self.alone) + bool(self.values) > 1 and len(levels) == len(self.alone)

    def in_one(self) -> StructurePlan:
        """Return the plan of the same document in a single part."""
        about, chars = words_of(self.schema, "description"), len(json.dumps(self.standalone))
        whole = Part(1, (), "json", self.standalone, self.schema, about, chars=chars)
        return replace(self, parts=(whole,), frame=("", ""), notes={})

    def constraint(self, part: Part) -> Schema | None:
        """Return the schema that an engine's decoding of a part is to follow; ``None``: any text will do."""
        if part.index not in self._constraints:
            lean = References(self.schema).alone(part.source, lean=True)
            self._constraints[part.index] = lean if isinstance(lean, dict) and lean else None
        return self._constraints[part.index]

    def table_constraint(self, parts: Sequence[Part]) -> Schema:
        """Return the schema that the decoding of an object with some parts by their names is to follow."""
        references, definitions = References(self.schema), Definitions(lean=True)
        made: Schema = {
            "type": "object",
            "properties": {part.name: references.alone(part.source, definitions) for part in parts},
            "required": [part.name for part in parts],
            "additionalProperties": False,
        }
        return {**made, "$defs": definitions.table} if definitions.table else made


def plan_structure(schema: Mapping[str, Any]) -> StructurePlan:
    """Plan the parts of a JSON schema.

    Raises:
        ConfigError: The schema is invalid, exceeds a limit, or uses what is not supported; the message says
            which and where.
    """
    root = checked(schema)
    weight = expansion(root) + len(json.dumps(root)) // _CHARS_OF_RULE
    references = References(root)
    standalone = references.alone(root)
    check_schema(standalone)
    layout = Layout(references, root)
    waits = waits_of(layout.leaves, layout.orders)
    parts = tuple(_part(index, leaf, references, waits[index]) for index, leaf in enumerate(layout.leaves, 1))
    plan = StructurePlan(
        root,
        standalone,
        words_of(references.resolved(root)[0], "title"),
        parts,
        layout.frame,
        layout.notes,
        weight,
    )
    if len(plan.alone) > MOST_REQUESTS:
        raise ConfigError(
            f"the schema has {len(plan.alone)} parts to be written by themselves; "
            f"there must be at most {MOST_REQUESTS}"
        )
    for part in plan.alone:  # now, as large ones take a while
        plan.constraint(part)
    return plan


def _part(index: int, leaf: Leaf, references: References, after: tuple[int, ...]) -> Part:
    alone = references.alone(leaf.schema)
    chars = len(json.dumps(alone))
    return Part(index, leaf.path, leaf.kind, alone, leaf.schema, leaf.description, leaf.rules, after, chars)
