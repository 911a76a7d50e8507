"""An engine that has all its text ready: the event loop gets its turns, however much there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import pytest
from scripted import ScriptedBackend, by_stage, made, stage_of

from sot.errors import EmptyAnswerError
from sot.text.pace import CHARACTERS_A_TURN, PIECES_A_TURN, parts_of
from sot.types import Chunk, GenerateConfig, Message

QUESTION = "How can I live well?"
THREE = "1. Sleep early\n2. Eat well\n3. Move more\n"


class Ready(ScriptedBackend):
    """The scripted test double, but its pieces are all there at once: nothing is ever waited for.

    Between any two turns of the event loop it notes how much it was asked for.
    """

    def __init__(self, pieces: Sequence[str], *, thoughts: bool = False) -> None:
        super().__init__(by_stage(THREE))
        self._pieces = pieces
        self._thoughts = thoughts
        self.turns = 0
        self.asked: list[tuple[int, int]] = []  # the turn, and characters, of every piece

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        if stage_of(messages)[0] == "skeleton":
            yield Chunk(THREE)
            return
        for piece in self._pieces:
            self.asked.append((self.turns, len(piece)))
            yield Chunk(reasoning=piece) if self._thoughts else Chunk(piece)
        yield Chunk(finish_reason="stop")

    def most_between_turns(self) -> tuple[int, int]:
        """The most pieces, and the most characters without the last piece, between two turns."""
        by_turn: dict[int, list[int]] = {}
        for turn, size in self.asked:
            by_turn.setdefault(turn, []).append(size)
        return max(map(len, by_turn.values())), max(sum(sizes[:-1]) for sizes in by_turn.values())


async def watched(engine: Ready, strategy: str, **settings: Any) -> None:
    """Answer while another task counts its turns."""

    async def count() -> None:
        while True:
            engine.turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    try:
        await made(engine, strategy=strategy).answer(QUESTION, max_tokens=100_000, **settings)
    finally:
        counting.cancel()


@pytest.mark.parametrize("piece", ["word ", "a", "A sentence of some more words than one. ", "\n", "早い。"])
async def test_others_get_a_turn_after_a_few_pieces(piece: str) -> None:
    engine = Ready(["Text. ", *[piece] * 600])
    await watched(engine, "normal")
    pieces, characters = engine.most_between_turns()
    assert len(engine.asked) == 601
    assert pieces <= PIECES_A_TURN + 1
    assert characters <= CHARACTERS_A_TURN


@pytest.mark.parametrize("thoughts", [False, True])
async def test_long_pieces_take_several_turns(thoughts: bool) -> None:
    engine = Ready(["word " * 2_000] * 3, thoughts=thoughts)
    with pytest.raises(EmptyAnswerError) if thoughts else nullcontext():
        await watched(engine, "normal")
    turns = [
        turn for turn, _ in engine.asked[-3:]
    ]  # of the last request: unexpected thoughts are asked twice
    least = 10_000 // (2 * CHARACTERS_A_TURN)
    assert all(after - before >= least for before, after in pairwise(turns))


async def test_points_share_the_turns() -> None:
    """Three points at once are three shares: none has more than its own between two turns."""
    engine = Ready(["One more word "] * 300)
    await watched(engine, "skeleton", max_point_tokens=300)
    pieces, _ = engine.most_between_turns()
    assert pieces <= 3 * (PIECES_A_TURN + 1)


@pytest.mark.parametrize("size", [0, 1, 256, 257, 5_000])
def test_a_chunk_is_cut_without_loss(size: int) -> None:
    text, thoughts = "x" * size, "y" * (size // 2)
    parts = [*parts_of(Chunk(text, thoughts))]
    assert "".join(part for part, _ in parts) == text
    assert "".join(part for _, part in parts) == thoughts
    assert all(len(part) + len(thought) <= 512 for part, thought in parts)
