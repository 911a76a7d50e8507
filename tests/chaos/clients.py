"""Clients under attack: the public object with different engines, capabilities, time limits and routers."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from sot import SkeletonOfThought
from sot.backends.openai_compatible.transport.retry import RetryPolicy

_QUICK = RetryPolicy(max_retries=2, base=0.01, cap=0.05, longest_retry_after=0.5)
_IMPATIENT = {"first_token_timeout": 0.4, "between_token_timeout": 0.4}


@dataclass(frozen=True, slots=True)
class Client:
    """Client under attack.

    Args:
        name: Its name in figures.
        sot: The object.
        patient: Whether no time limit may cut its answers.
        alive: Whether an engine listens at its address.
        share: How many of the answers it gets, relative to the others.
    """

    name: str
    sot: SkeletonOfThought
    patient: bool = True
    alive: bool = True
    share: int = 10


async def make_clients(url: str, stack: AsyncExitStack) -> list[Client]:
    """Make the clients of an engine; the stack closes them."""
    refusing = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    refusing.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
    nowhere = f"http://127.0.0.1:{refusing.getsockname()[1]}/v1"

    async def make(name: str, address: str = url, backend: dict[str, Any] | None = None, **more: Any) -> Any:
        settings = {"api_key": "", "retry": _QUICK, **(backend or {})}
        return await stack.enter_async_context(
            SkeletonOfThought(address, model=f"chaos-{name}", backend_settings=settings, **more)
        )

    prefix = {"engine_can": {"continues_turn": True, "caches_prefixes": "running"}}
    plain = {"engine_can": {"continues_turn": False, "caches_prefixes": "no"}}
    clients = [
        Client("plain", await make("plain", backend=plain), share=30),
        Client("prefix", await make("prefix", backend=prefix), share=30),
        Client("llm", await make("llm", router="llm", route="hedge"), share=10),
        Client("narrow", await make("narrow", backend={"max_in_flight": 3, **prefix}), share=10),
        Client(
            "impatient", await make("impatient", backend={**_IMPATIENT, **prefix}), patient=False, share=15
        ),
        Client("dead", await make("dead", nowhere), alive=False, share=2),
    ]
    await asyncio.sleep(0)
    return clients


def choose(clients: list[Client], rng: random.Random) -> Client:
    """Choose the client of an answer."""
    return rng.choices(clients, [client.share for client in clients])[0]
