"""Forms of a conversation that chat templates accept: at most one system turn, alternating roles, parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Turn = Mapping[str, Any]
"""One turn as templates read it: ``role`` and ``content``."""
GREETING = "Hello."
"""User turn before a conversation that begins with the assistant's."""


@dataclass(frozen=True, slots=True)
class TurnForm:
    """Form in which a conversation is given to a template.

    Args:
        folds_system: The system text is the beginning of the first user turn.
        opens_with_user: A greeting comes before a leading assistant turn.
        in_parts: Contents are lists of parts, as templates of models with images want them.
    """

    folds_system: bool = False
    opens_with_user: bool = False
    in_parts: bool = False

    def write(self, turns: Sequence[Turn]) -> list[Turn]:
        """Return the turns in this form."""
        written = merge(turns)
        if self.folds_system:
            written = _fold_system(written)
        if self.opens_with_user:
            written = _open_with_user(written)
        return [_in_parts(turn) for turn in written] if self.in_parts else written


def forms(turns: Sequence[Turn]) -> Iterator[TurnForm]:
    """Yield the forms to try, the one nearest to the conversation first."""
    merged = merge(turns)
    has_system = merged[0]["role"] == "system"
    starts = [turn["role"] for turn in merged if turn["role"] != "system"]
    opening = (False, True) if starts[:1] == ["assistant"] else (False,)
    for in_parts in (False, True):
        for folds in (False, True) if has_system else (False,):
            for opens in opening:
                yield TurnForm(folds, opens, in_parts)


def merge(turns: Sequence[Turn]) -> list[Turn]:
    """Merge the system turns into one at the beginning, and neighbours of the same role into one turn."""
    ordered = [turn for turn in turns if turn["role"] == "system"]
    ordered += [turn for turn in turns if turn["role"] != "system"]
    merged: list[Turn] = []
    for turn in ordered:
        if merged and merged[-1]["role"] == turn["role"]:
            texts = [text for text in (merged[-1]["content"], turn["content"]) if text]
            merged[-1] = {"role": turn["role"], "content": "\n\n".join(texts)}
        else:
            merged.append(turn)
    return merged


def _fold_system(turns: list[Turn]) -> list[Turn]:
    if turns[0]["role"] != "system":
        return turns
    return merge([{"role": "user", "content": turns[0]["content"]}, *turns[1:]])


def _open_with_user(turns: list[Turn]) -> list[Turn]:
    at = 1 if turns[0]["role"] == "system" else 0
    if at == len(turns) or turns[at]["role"] != "assistant":
        return turns
    return [*turns[:at], {"role": "user", "content": GREETING}, *turns[at:]]


def _in_parts(turn: Turn) -> Turn:
    return {"role": turn["role"], "content": [{"type": "text", "text": turn["content"]}]}


__all__ = ["GREETING", "Turn", "TurnForm", "forms", "merge"]
