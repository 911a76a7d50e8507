"""A test double, not an engine: a model that thinks before it writes, in one of the forms that models use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from scripted import Stage, stage_of

from sot.backends.openai_compatible.discovery.learned import Learned
from sot.text.thought_marks import PAIRS
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message, Usage

APART = "apart"  # the server takes the thoughts out of the text
BARE = "bare"  # the template opened the block: only its closing mark is in the completion
HIDDEN = "hidden"  # the server counts the thoughts, and sends none of them
HARMONY = "harmony"
FORMS = (APART, BARE, HARMONY, *(opening for opening, _ in PAIRS))

THOUGHTS = "Okay, the user asks about tea. 1. plan alpha\n2. plan beta\nLet me write it down. "
WRITES: dict[Stage, str] = {
    "skeleton": "1. Boil water\n2. Add leaves\n3. Wait a little\n",
    "point": "This part matters. It is simple.",
    "normal": "Tea is easy. Boil the water and wait.",
    "cot": "Water boils at 100 degrees.\nFinal answer: 100",
}


@dataclass
class ThinkingEngine:
    """See the module.

    Args:
        form: How the thoughts are set apart.
        stops: Whether ``think=False`` keeps it from thinking.
        takes_think: What `info` says.
        size: Characters of a delta.
        thoughts: The thoughts before each completion.
        stages: Stages before which it thinks; ``None``: all.
    """

    form: str = APART
    stops: bool = True
    takes_think: bool = True
    size: int = 4
    thoughts: str = THOUGHTS
    stages: frozenset[Stage] | None = None
    learned: Learned = field(default_factory=Learned)
    asked: list[tuple[Stage, GenerateConfig]] = field(default_factory=list[tuple[Stage, GenerateConfig]])
    thought_tokens: int = 0  # decoded, over all requests

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        stage, _ = stage_of(messages)
        self.asked.append((stage, config))
        thinks = not (config.think is False and self.stops)
        if self.stages is not None and stage not in self.stages:
            thinks = False
        left = config.max_tokens or 10**6
        spent = 0
        for piece, thought in self._pieces(WRITES[stage], thinks=thinks):
            if left == 0:
                break
            left -= 1
            spent += 1
            self.thought_tokens += thought
            await asyncio.sleep(0)
            if thought and self.form in (APART, HIDDEN):
                yield Chunk(reasoning=piece if self.form == APART else "")
            else:
                yield Chunk(piece)
        finish: FinishReason = "length" if left == 0 else "stop"
        hidden = min(spent, len(self._cut(self.thoughts))) if thinks and self.form == HIDDEN else 0
        yield Chunk(finish_reason=finish, usage=Usage(10, 0, spent, 1, hidden))

    async def info(self) -> BackendInfo:
        learned = self.learned
        return BackendInfo(
            backend="double:",
            model="double",
            takes_think=self.takes_think,
            thinks=learned.thinks,
            stops_thinking=learned.stops_thinking,
            opens_thinking=learned.opens_thinking,
        )

    def note_thinking(self, *, told: bool | None, thought: bool, bare: bool) -> None:
        self.learned.note_thinking(told=told, thought=thought, bare=bare)

    async def load(self) -> Load:
        return Load()

    async def aclose(self) -> None:
        pass

    def _pieces(self, text: str, *, thinks: bool) -> list[tuple[str, bool]]:
        """The deltas of one completion, and whether each is thoughts."""
        if not thinks:
            return [(piece, False) for piece in self._cut(text)]
        before, after = _marks(self.form)
        thoughts = [(piece, True) for piece in self._cut(before + self.thoughts + after)]
        return [*thoughts, *((piece, False) for piece in self._cut(text))]

    def _cut(self, text: str) -> list[str]:
        return [text[at : at + self.size] for at in range(0, len(text), self.size)]


def _marks(form: str) -> tuple[str, str]:
    if form in (APART, HIDDEN):
        return "", ""
    if form == BARE:
        return "", "\n</think>\n\n"
    if form == HARMONY:
        return "<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"
    return form, f"{dict(PAIRS)[form]}\n\n"
