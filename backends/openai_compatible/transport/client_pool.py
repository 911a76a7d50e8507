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
        make: Client factory; takes the number of idle connections that the client may keep.
    """

    def __init__(self, make: Callable[[int], httpx.AsyncClient]) -> None:
        self._make = make
        self._members: list[PooledClient] = [PooledClient(make(PER_CLIENT))]
        self._unpooled: httpx.AsyncClient | None = None

    @property
    def any(self) -> httpx.AsyncClient:
        """Any client of the pool, to build requests and read settings with."""
        return self._members[0].client

    @property
    def unpooled(self) -> httpx.AsyncClient:
        """Client that opens a new connection for every request."""
        if self._unpooled is None:
            self._unpooled = self._make(0)
        return self._unpooled

    def take(self) -> PooledClient:
        """Take a client for one request; pairs with `release`."""
        member = next((member for member in self._members if member.busy < PER_CLIENT), None)
        if member is None:
            member = PooledClient(self._make(PER_CLIENT))
            self._members.append(member)
        member.busy += 1
        return member

    def release(self, member: PooledClient) -> None:
        """Give a client back."""
        member.busy -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        clients = [member.client for member in self._members]
        clients += [self._unpooled] if self._unpooled else []
        await asyncio.gather(*(client.aclose() for client in clients))
