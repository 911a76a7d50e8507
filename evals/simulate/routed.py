"""Engine router in front of simulated replicas: which replica gets a request, by usual rules."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, get_args
from zlib import crc32

from sot.backends.replay import ReplayBackend
from sot.backends.replay.prefix import BlockHasher
from sot.backends.replay.tokens import prompt_tokens
from sot.load.profile import EngineProfile
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message

Rule = Literal["round-robin", "session", "prefix", "prefix-balanced"]
RULES: tuple[Rule, ...] = get_args(Rule)

_BLOCK = 8  # tokens of the router's own tree
_UNBALANCED = 8  # more requests under way at the chosen replica than at another, with `prefix-balanced`


@dataclass(slots=True)
class _Replica:
    """Replica as the router sees it."""

    backend: ReplayBackend
    known: set[int]  # blocks of the prompts that it was sent
    running: int = 0
    sent: int = 0


class RoutedBackend:
    """Backend of several simulated replicas, each with a prefix cache of its own, behind a router.

    Args:
        profile: Measured speed of each replica.
        replicas: Number of replicas.
        rule: ``round-robin``: each request to the next one. ``session``: by a hash of the answer's key.
            ``prefix``: to the one that was sent the longest prefix of the prompt, if that is at least
            ``threshold`` of it, else to the one with the fewest requests. ``prefix-balanced``: so, except
            where that one has many more requests than another.
        threshold: Least matching share of a prompt, for the prefix rules.
    """

    def __init__(self, profile: EngineProfile, replicas: int, rule: Rule, threshold: float) -> None:
        self._rule, self._threshold = rule, threshold
        self._replicas = [_Replica(ReplayBackend(profile), set()) for _ in range(replicas)]
        self._next = 0

    @property
    def busiest(self) -> float:
        """Share of all requests that the replica with the most of them got."""
        sent = [replica.sent for replica in self._replicas]
        return max(sent) / max(1, sum(sent))

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Stream a completion of the replica that the rule names; see `sot.types.Backend`."""
        blocks = BlockHasher(_BLOCK).add(prompt_tokens(messages, prefill))
        replica = self._chosen(blocks, config.answer)
        replica.known.update(blocks)
        replica.sent += 1
        replica.running += 1
        try:
            async with aclosing(replica.backend.stream(messages, config, prefill=prefill)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            replica.running -= 1

    async def info(self) -> BackendInfo:
        """Describe a replica: a router has no capabilities of its own."""
        return await self._replicas[0].backend.info()

    async def load(self) -> Load:
        """Return the load of all replicas together."""
        loads = [await replica.backend.load() for replica in self._replicas]
        return Load(sum(load.running for load in loads), sum(load.waiting for load in loads))

    async def aclose(self) -> None:
        """End every request. May be called twice."""
        for replica in self._replicas:
            await replica.backend.aclose()

    def _chosen(self, blocks: Sequence[int], key: str) -> _Replica:
        turn = self._next
        self._next += 1
        if self._rule == "session":
            return self._replicas[crc32(key.encode()) % len(self._replicas)]
        if self._rule == "round-robin":
            return self._replicas[turn % len(self._replicas)]
        # Among equals the turn decides, or the first replica would get all of a quiet night.
        order = [*self._replicas[turn % len(self._replicas) :], *self._replicas[: turn % len(self._replicas)]]
        idlest = min(order, key=lambda replica: replica.running)
        best = max(order, key=lambda replica: _matching(blocks, replica.known))
        if _matching(blocks, best.known) < self._threshold * max(1, len(blocks)):
            return idlest
        if self._rule == "prefix-balanced" and best.running > idlest.running + _UNBALANCED:
            return idlest
        return best


def _matching(blocks: Sequence[int], known: set[int]) -> int:
    """Return how many blocks from the start of a prompt were sent before."""
    return next((number for number, block in enumerate(blocks) if block not in known), len(blocks))
