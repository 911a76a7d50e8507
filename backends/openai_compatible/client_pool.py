"""Several HTTP clients in place of one, so that many requests at once stay cheap.

httpcore 1.0 looks through all connections of a pool for every request that begins or ends, and through all
of them again for every idle one: with hundreds of connections that takes more time than the requests. Small
pools keep it small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httpx

PER_CLIENT = 16  # requests at the same time in one client


@dataclass(slots=True)
class Member:
    """One client and the requests it has in flight."""

    client: httpx.AsyncClient
    busy: int = 0


class ClientPool:
    """Clients of the same kind; the first that has room takes the next request.

    Args:
        make: Makes a client.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make
        self._members: list[Member] = [Member(make())]

    @property
    def any(self) -> httpx.AsyncClient:
        """A client to build requests with."""
        return self._members[0].client

    def take(self) -> Member:
        """A client for one request, to be given back by `release`."""
        member = next((member for member in self._members if member.busy < PER_CLIENT), None)
        if member is None:
            member = Member(self._make())
            self._members.append(member)
        member.busy += 1
        return member

    def release(self, member: Member) -> None:
        """Give a client back."""
        member.busy -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(member.client.aclose() for member in self._members))
