"""Several HTTP clients in place of one, so that many requests at once stay cheap.

httpcore 1.0 looks through all connections of a pool for every request that begins or ends, and through all
of them again for every idle one: with hundreds of connections that takes more time than the requests. Several
small pools avoid it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httpx

PER_CLIENT = 16  # concurrent requests


@dataclass(slots=True)
class PooledClient:
    """HTTP client of the pool, with its number of requests in flight."""

    client: httpx.AsyncClient
    busy: int = 0


class ClientPool:
    """Growing pool of HTTP clients; the first with a free place takes the next request.

    Args:
        make: Client factory.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make
        self._members: list[PooledClient] = [PooledClient(make())]

    @property
    def any(self) -> httpx.AsyncClient:
        """Any client of the pool, to build requests and read settings with."""
        return self._members[0].client

    def take(self) -> PooledClient:
        """Take a client for one request; pairs with `release`."""
        member = next((member for member in self._members if member.busy < PER_CLIENT), None)
        if member is None:
            member = PooledClient(self._make())
            self._members.append(member)
        member.busy += 1
        return member

    def release(self, member: PooledClient) -> None:
        """Give a client back."""
        member.busy -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(member.client.aclose() for member in self._members))
