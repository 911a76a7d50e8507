"""Engine replica: one engine of this project in a process of Ray Serve."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any

from ray import serve

from sot.errors import EngineError
from sot.registry import create_backend
from sot.types import BackendInfo, Checks, GenerateConfig, Load, Message

from .outlet import Outlets
from .travel import Address, Ended
from .wire import Failed, failed


class Engine:
    """Deployment of engine replicas.

    Args:
        backend: Backend spec of the engine, such as ``torch:`` or ``vllm:MODEL``.
        model: The model's name, where the spec does not contain it.
        settings: Settings of the engine, such as ``{"threads": 1}``.
        gather_s: Longest time for which chunks wait for others, to travel together, in seconds.
        stall_s: Time without any chunk for open requests after which the replica counts as ill, in seconds.
    """

    async def __init__(
        self, backend: str, model: str | None, settings: Mapping[str, Any], gather_s: float, stall_s: float
    ) -> None:
        self._backend = create_backend(backend, model=model, **settings)
        self._outlets = Outlets(gather_s)
        self._stall_s = stall_s
        self._open = 0
        self._last = time.monotonic()
        await self._backend.info()  # the replica takes requests once the model is loaded

    async def generate(
        self,
        messages: Sequence[Message],
        config: GenerateConfig,
        prefill: str | None,
        to: Address,
        number: int,
    ) -> Ended:
        """Generate a completion; what has not been sent by then, or the error that ended it, comes back.

        Args:
            messages: As for `sot.types.Backend`.
            config: As there.
            prefill: As there.
            to: Ingress replica that awaits the chunks.
            number: Number of the request there.
        """
        if not self._open:
            self._last = time.monotonic()
        self._open += 1
        try:
            with self._outlets.line(to, number) as line:
                try:
                    async with aclosing(self._backend.stream(messages, config, prefill=prefill)) as stream:
                        async for chunk in stream:
                            self._last = time.monotonic()
                            line.put(chunk)
                except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
                    return line.end(failed(error))
                return line.end()
        finally:
            self._open -= 1

    async def info(self) -> BackendInfo | Failed:
        """Return the engine's identity and capabilities, or why it cannot be used."""
        try:
            return await self._backend.info()
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
            return failed(error)

    async def load(self) -> tuple[str, Load]:
        """Return the replica's name and its engine's load."""
        return serve.get_replica_context().replica_tag, await self._backend.load()

    async def check_health(self) -> None:
        """Check the engine; Serve replaces a replica that fails this.

        Raises:
            SotError: The engine has failed, or does not get on with its requests.
        """
        await self._backend.info()  # raises once the engine's thread has ended
        if isinstance(self._backend, Checks):
            await self._backend.check()
        still = time.monotonic() - self._last
        if self._open and still > self._stall_s:
            raise EngineError(f"{self._open} requests are open, and no token came for {still:.0f} s")

    async def __del__(self) -> None:
        """Close the engine; Serve calls this once the replica's requests have ended."""
        with suppress(Exception):
            self._outlets.close()
            async with asyncio.timeout(10):
                await self._backend.aclose()


__all__ = ["Engine"]
