"""Questions, and the identity of a set of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, zip_longest
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Kind = Literal["open", "number", "choice", "text"]
KINDS: tuple[Kind, ...] = ("open", "number", "choice", "text")


class Question(BaseModel):
    """Question of a set.

    Args:
        category: The kind of question, for example ``knowledge``; ``""`` where the set has none.
        question: The first turn, which is what is asked.
        turns: All turns of the user; the first is ``question``.
        reference: The right answer, where there is one. Of a number it may be a range, ``LOW..HIGH``.
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
