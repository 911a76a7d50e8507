"""Requests of a given length to an engine, timed token by token."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random

from sot.errors import BadRequestError, ConfigError, ContextLengthError, first_error
from sot.types import Backend, GenerateConfig, Message, Usage

# Short everyday words are one token each for most tokenizers, and for the replay engine.
_WORDS = """
    air all arm art bag ball bank bed bird boat body book box boy car cat city coat cold corn cup day deep
    desk dog door dress ear east egg eye face farm fast fire fish floor food foot fox game gold good grass
    green hand hat head hill home horse hot house ice iron king lake lamp land leaf left light line lion map
    milk moon name neck night nose oil old page park path pen pig rain red rice river road rock room rope
    salt sea sheep ship shoe shop sky snow soap son star stone sun table tail tea time town tree wall water
    week wind wood
""".split()  # noqa: SIM905 - so many quoted words would be harder to read
_FILL = "Go on with these words, as long as you can: "


@dataclass(slots=True)
class Timed:
    """One request with its times, in the event loop's seconds.

    Args:
        tokens: Completion tokens and the time at which there were so many, chunk by chunk.
    """

    sent: float
    tokens: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    usage: Usage = field(default_factory=Usage)
    ended: float = 0.0

    @property
    def first_s(self) -> float:
        """Seconds to the first token."""
        return self.tokens[0][1] - self.sent

    @property
    def new_prompt(self) -> int:
        """Prompt tokens that the prefix cache did not serve."""
        return self.usage.prompt_tokens - self.usage.cached_tokens


class Requests:
    """Sender of requests of given lengths.

    Args:
        seed: Of the prompts' words.

    Attributes:
        forced: Whether the engine keeps to the lengths asked for (``ignore_eos``).
    """

    def __init__(self, backend: Backend, seed: int = 0) -> None:
        self.backend = backend
        self.forced = True
        self._draw = Random(seed)
        self._extra = {"ignore_eos": True}

    def prompt(self, tokens: int) -> str:
        """Return a text of about so many tokens that the engine has never seen."""
        words = max(tokens - len(_FILL.split()) - 8, 4)  # a chat template adds some
        return f"{' '.join(self._draw.choices(_WORDS, k=words))}. {_FILL}"

    async def send(self, prompt: str, tokens: int) -> Timed:
        """Send one request and wait for its end."""
        try:
            return await self._send(prompt, tokens)
        except ContextLengthError:
            raise
        except (BadRequestError, ConfigError):
            if not self._extra:
                raise
        self.forced, self._extra = False, {}  # a server that does not know the field: answers may end early
        return await self._send(prompt, tokens)

    async def together(self, prompts: Sequence[str], tokens: int, *, every_s: float = 0.0) -> list[Timed]:
        """Send several, at once or one after the other, and wait for them all."""
        tasks: list[asyncio.Task[Timed]] = []
        try:
            async with asyncio.TaskGroup() as group:
                for prompt in prompts:
                    if tasks and every_s:
                        await asyncio.sleep(every_s)
                    tasks.append(group.create_task(self.send(prompt, tokens)))
        except BaseExceptionGroup as failures:
            raise first_error(failures) from None
        return [task.result() for task in tasks]

    async def _send(self, prompt: str, tokens: int) -> Timed:
        clock = asyncio.get_running_loop().time
        config = GenerateConfig(temperature=0, max_tokens=tokens, extra=self._extra)
        timed = Timed(clock())
        count = 0
        async with aclosing(self.backend.stream((Message("user", prompt),), config)) as chunks:
            async for chunk in chunks:
                now = clock()
                told = 0 if chunk.usage is None else chunk.usage.completion_tokens
                count = max(told, count + (1 if chunk.text or chunk.reasoning else 0))
                if count and (not timed.tokens or count > timed.tokens[-1][0]):
                    timed.tokens.append((count, now))
                timed.usage = chunk.usage or timed.usage
        timed.ended = clock()
        self.forced = self.forced and timed.usage.completion_tokens in (0, tokens)  # 0: it does not say
        if not timed.tokens:
            raise ConfigError("the engine wrote nothing: there is nothing to measure")
        return timed
