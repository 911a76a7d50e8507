"""Questions, and the identity of a set of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import chain, zip_longest
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Kind = Literal["open", "number", "choice", "text", "json", "items"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMS: tuple[Kind, ...] = ("json", "items")  # their reference is no result, but a form


class Question(BaseModel):
    """Question of a set.

    Args:
        category: The kind of question, for example ``knowledge``; ``""`` where the set has none.
        question: The first turn, which is what is asked.
        turns: All turns of the user; the first is ``question``.
        reference: The right answer, where there is one. Of a number it may be a range, ``LOW..HIGH``; of the
            kind ``json`` the JSON schema, of ``items`` a line for each item (`..score.form`).
        kind: How exact scoring reads the reference; ``open`` is not scored that way.
        language: ``en``, ``ja`` … or ``""``.
        source: Where the question comes from, for example ``everyday-120`` or a file's name.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    category: str = ""
    question: str
    turns: list[str] = Field(default_factory=list[str])
    reference: str | None = None
    kind: Kind = "open"
    language: str = ""
    source: str = ""

    @property
    def schema_asked(self) -> dict[str, Any] | None:
        """JSON schema of the answer; ``None`` where none is asked for."""
        return json.loads(self.reference) if self.kind == "json" and self.reference else None


class QuestionSetInfo(BaseModel):
    """Identity of a question set, which is its content: two of the same checksum are equal."""

    name: str
    sha256: str
    count: int
    format: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuestionSetInfo) and self.sha256 == other.sha256

    def __str__(self) -> str:
        return f"{self.name}, {self.count} questions, {self.sha256[:12]}"


def in_turn(items: Iterable[T], group: Callable[[T], str], most: int | None = None) -> list[T]:
    """Order items so that each group has its turn, one item at a time, in the order groups first occur.

    Args:
        most: Most items of a group.
    """
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(group(item), []).append(item)
    turns = zip_longest(*(own[:most] for own in groups.values()))
    return [item for item in chain.from_iterable(turns) if item is not None]
