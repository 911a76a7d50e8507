"""Layout of the document of a JSON schema: its parts in order, and the text around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from ..errors import ConfigError
from .kinds import TextRules, allows_nothing, elements, is_short, members, text_rules
from .limits import MOST_FIELDS, MOST_LEVELS
from .strings import quoted
from .subschemas import References, Schema
from .validity import shown_path

AFTER = "x-after"
"""Keyword of a property that names the fields that it waits for."""

INDENT = "  "

Path = tuple[str | int, ...]
Kind = Literal["value", "text", "json"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Value that is not taken apart.

    Args:
        path: Names and numbers that lead to it.
        schema: Its schema, with references into the whole one.
        kind: ``value``: short; ``text``: a long string; ``json``: anything else.
        description: What the schema says of it.
        rules: Rules of a text.
    """

    path: Path
    schema: Schema | bool
    kind: Kind
    description: str = ""
    rules: TextRules = field(default_factory=TextRules)


@dataclass(frozen=True, slots=True)
class Order:
    """Fields that a property waits for, as its schema names them.

    Args:
        path: The property.
        names: The fields.
    """

    path: Path
    names: tuple[str, ...]


class Layout:
    """Layout of the document of a schema.

    Args:
        references: References within the schema.
        root: The whole schema.

    Attributes:
        leaves: The values, in the order of the document.
        frame: Text around them: before the first one, between them, after the last.
        orders: What ``x-after`` says.
        notes: Descriptions of what is taken apart, by path.

    Raises:
        ConfigError: The schema has too many values, one that nothing is valid for, or an invalid ``x-after``.
    """

    def __init__(self, references: References, root: Schema) -> None:
        self._references = references
        self.leaves: list[Leaf] = []
        self.orders: list[Order] = []
        self.notes: dict[str, str] = {}
        self._frame: list[str] = [""]
        self._place((), root, ())
        self.frame = tuple(self._frame)

    def _place(self, path: Path, given: Schema | bool, followed: tuple[str, ...]) -> None:
        """Place a value, or what it consists of.

        Args:
            path: Names and numbers that lead to it.
            given: Its schema.
            followed: References that have led to it.
        """
        schema, references = self._references.resolved(given)
        if allows_nothing(schema):
            raise ConfigError(f"the schema allows no value for {shown_path(path) or 'the whole'}")
        self._note_order(path, schema)
        again = any(reference in followed for reference in references)
        followed = (*followed, *references)
        if not again and len(path) < MOST_LEVELS:
            if (named := members(schema)) is not None:
                inner = [((*path, name), f"{quoted(name)}: ", each) for name, each in named.items()]
                return self._take_apart(path, schema, "{}", inner, followed)
            if (listed := elements(schema)) is not None:
                inner = [((*path, at), "", each) for at, each in enumerate(listed)]
                return self._take_apart(path, schema, "[]", inner, followed)
        self._add_leaf(path, schema)
        return None

    def _take_apart(
        self,
        path: Path,
        schema: Schema | bool,
        brackets: str,
        inner: Sequence[tuple[Path, str, Any]],
        followed: tuple[str, ...],
    ) -> None:
        if description := words_of(schema, "description"):
            self.notes[shown_path(path)] = description
        self._frame[-1] += brackets[0]
        for at, (inside, label, each) in enumerate(inner):
            self._frame[-1] += f"{',' if at else ''}\n{INDENT * len(inside)}{label}"
            self._place(inside, each, followed)
        self._frame[-1] += f"\n{INDENT * len(path)}{brackets[1]}"

    def _add_leaf(self, path: Path, schema: Schema | bool) -> None:
        told = self._with_branches(schema)
        if is_short(told):
            kind, rules = "value", TextRules()
        elif (text := text_rules(told)) is not None:
            kind, rules = "text", text
        else:
            kind, rules = "json", TextRules()
        self.leaves.append(Leaf(path, schema, kind, words_of(schema, "description"), rules))
        self._frame.append("")
        if len(self.leaves) > MOST_FIELDS:
            raise ConfigError(f"the schema has more than {MOST_FIELDS} values")

    def _with_branches(self, schema: Schema | bool) -> Schema | bool:
        """Return a schema whose choices are no references, as in an optional value of an enumeration."""
        if isinstance(schema, bool):
            return schema
        branches = {
            key: [self._references.resolved(each)[0] for each in cast("list[Any]", schema[key])]
            for key in ("anyOf", "oneOf")
            if key in schema
        }
        return {**schema, **branches}

    def _note_order(self, path: Path, schema: Schema | bool) -> None:
        if isinstance(schema, bool) or AFTER not in schema:
            return
        given: Any = schema[AFTER]
        names = cast("list[Any]", given) if isinstance(given, list) else [None]
        if not all(isinstance(name, str) for name in names):
            raise ConfigError(f"{AFTER} of {shown_path(path) or 'the whole'} must be a list of field names")
        self.orders.append(Order(path, tuple(map(str, names))))


def words_of(schema: Schema | bool, keyword: str) -> str:
    """Return what a schema says in an annotation, as one line; empty where it says nothing."""
    said = "" if isinstance(schema, bool) else schema.get(keyword, "")
    return " ".join(said.split()) if isinstance(said, str) else ""
