"""Questions, and the identity of a set of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
    """Identity of a question set: its name or file's name, SHA-256 of its content, size, and file format."""

    name: str
    sha256: str
    count: int
    format: str
