"""Plan of the parts of a JSON schema: what is written by itself, what together, and what waits for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..errors import ConfigError
from .kinds import TextRules
from .layout import Kind, Layout, words_of
from .limits import MOST_REQUESTS, checked
from .order import waits_of
from .subschemas import Definitions, References, Schema
from .validity import Checker, shown_path


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
    """

    index: int
    path: tuple[str | int, ...]
    kind: Kind
    schema: Schema | bool
    source: Schema | bool
    description: str = ""
    rules: TextRules = field(default_factory=TextRules)
    after: tuple[int, ...] = ()

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
        checker: Check of the whole document.
        title: Name of the whole in the schema; may be empty.
        parts: The parts, in the order of the document.
        frame: Text of the document around the parts: before the first one, between them, after the last.
        notes: Descriptions of objects and lists that were taken apart, by their paths.
    """

    schema: Schema
    checker: Checker
    title: str
    parts: tuple[Part, ...]
    frame: tuple[str, ...]
    notes: Mapping[str, str]

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

    @property
    def is_chain(self) -> bool:
        """Whether there are several requests of which no two could run at the same time."""
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
        schema = References(self.schema).alone(self.schema)
        whole = Part(1, (), "json", schema, self.schema, words_of(self.schema, "description"))
        return replace(self, parts=(whole,), frame=("", ""), notes={})

    def constraint(self, part: Part) -> Schema | None:
        """Return the schema that an engine's decoding of a part is to follow; ``None``: any text will do."""
        lean = References(self.schema).alone(part.source, lean=True)
        return lean if isinstance(lean, dict) and lean else None

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
    references = References(root)
    checker = Checker(references.alone(root))
    layout = Layout(references, root)
    waits = waits_of(layout.leaves, layout.orders)
    parts = tuple(
        Part(
            index,
            leaf.path,
            leaf.kind,
            references.alone(leaf.schema),
            leaf.schema,
            leaf.description,
            leaf.rules,
            waits[index],
        )
        for index, leaf in enumerate(layout.leaves, 1)
    )
    plan = StructurePlan(
        root, checker, words_of(references.resolved(root)[0], "title"), parts, layout.frame, layout.notes
    )
    if len(plan.alone) > MOST_REQUESTS:
        raise ConfigError(
            f"the schema has {len(plan.alone)} parts to be written by themselves; "
            f"there must be at most {MOST_REQUESTS}"
        )
    return plan
