"""Backend of the simulated engine."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from random import Random

from sot.errors import ConfigError, ContextLengthError, EngineError
from sot.load.profile import EngineProfile, read_profile
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message, Usage

from ..torch_engine.text import StopScanner
from .clock import SimulationDriver
from .prefix import BlockHasher
from .script import filler, pieces, script_of
from .sim_request import SimRequest
from .simulation import Simulation
from .tokens import prompt_tokens

_CLOSED = "the replay engine was closed"


class ReplayBackend:
    """Backend of scripted completions at a measured engine's speed. **Its times are simulated.**

    A request may bring its script in ``extra["replay"]`` (see `script.script_of`); without one, a random
    generator seeded by the question draws the lengths. ``extra["ignore_eos"]`` decodes up to ``max_tokens``.

    Args:
        profile: File of ``sot bench calibrate``, or its content.
        speed: Simulated seconds per real second; infinite: without any pause. Leave it at 1 under
            `virtual_time.run_virtually`.
        jitter: Seed for the variation of step times by the profile's spread; ``None``: no variation.

    Raises:
        ConfigError: The profile cannot be read, or the speed is not above 0.
    """

    def __init__(
        self, profile: str | Path | EngineProfile, *, speed: float = 1.0, jitter: int | None = None
    ) -> None:
        if profile == "":
            raise ConfigError("replay: needs a profile, such as replay:PROFILE.json (sot bench calibrate)")
        if not speed > 0:
            raise ConfigError(f"the speed of the replay engine must be above 0, not {speed}")
        self.profile = read_profile(profile) if isinstance(profile, (str, Path)) else profile
        name = Path(profile).name if isinstance(profile, (str, Path)) else self.profile.engine
        self._spec = f"replay:{name}"
        self._speed = speed
        self._jitter = jitter
        self._driver: SimulationDriver | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: set[asyncio.Queue[int | None]] = set()
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Stream a completion; see `sot.types.Backend`.

        Raises:
            ContextLengthError: The prompt does not fit.
            ConfigError: The script in ``extra`` cannot be read.
            EngineError: The engine was closed.
        """
        self._check_open()
        profile = self.profile
        prompt = prompt_tokens(messages, prefill)
        texts, reason = self._text(messages, config, prefill, len(prompt))
        if profile.overhead_s:
            await asyncio.sleep(profile.overhead_s / self._speed)
            self._check_open()
        hasher = BlockHasher(profile.cache.block_tokens, config.tenant)
        caches = profile.cache.enabled
        blocks = hasher.add(prompt) if caches else None
        request = SimRequest(len(prompt), len(texts), blocks=blocks, marks=None)
        driver = self._driver_of_loop()
        news: asyncio.Queue[int | None] = asyncio.Queue()
        self._open.add(news)
        try:
            driver.submit(request, news.put_nowait)
            for number, (token, text) in enumerate(texts, 1):
                if await news.get() is None:
                    raise EngineError(_CLOSED)
                if caches:  # the completion is cached as well, for prompts that repeat it
                    for block in hasher.add((token,)):
                        driver.simulation.cache.add(block)
                last = number == len(texts)
                if text or last:
                    usage = Usage(len(prompt), request.cached, number, 1)
                    yield Chunk(text, finish_reason=reason if last else None, usage=usage)
        finally:
            self._open.discard(news)
            driver.abort(request)

    async def info(self) -> BackendInfo:
        """Describe the engine by its profile."""
        profile = self.profile
        return BackendInfo(
            backend=self._spec,
            model=f"{profile.model} (simulated)",
            context_length=profile.context_length,
            name="replay",
            continues_turn=profile.can_prefill,
            caches_prefixes="running" if profile.cache.enabled else "no",
            parallel=profile.max_batch,
            constrains=False,
            adapters=(),
            separates_tenants=True,
            evidence={
                **dict.fromkeys(
                    ("context_length", "continues_turn", "caches_prefixes", "parallel", "separates_tenants"),
                    "the profile (simulated)",
                ),
                "constrains": "its text is made up",
            },
        )

    async def load(self) -> Load:
        """Return the number of running and waiting requests, and the profile's largest batch."""
        if self._driver is None:
            return Load(capacity=self.profile.max_batch)
        simulation = self._driver.simulation
        return Load(simulation.running, simulation.waiting, self.profile.max_batch)

    async def aclose(self) -> None:
        """End every request. May be called twice."""
        self._closed = True
        if self._driver is not None:
            self._driver.stop()
            self._driver = None
        for news in self._open:
            news.put_nowait(None)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(_CLOSED)

    def _driver_of_loop(self) -> SimulationDriver:
        """Return the driver of the running event loop, made with a new simulation if need be."""
        loop = asyncio.get_running_loop()
        if self._driver is None or self._loop is not loop:
            jitter = None if self._jitter is None else Random(self._jitter)
            self._driver = SimulationDriver(Simulation(self.profile, jitter=jitter), self._speed)
            self._loop = loop
        return self._driver

    def _text(
        self, messages: Sequence[Message], config: GenerateConfig, prefill: str | None, prompt: int
    ) -> tuple[list[tuple[str, str]], FinishReason]:
        """Return the completion's tokens, each with the text it lets through, and the finish reason."""
        room = math.inf if self.profile.context_length is None else self.profile.context_length - prompt
        if room < 1:
            raise ContextLengthError(prompt_tokens=prompt, context_length=self.profile.context_length)
        limit = room if config.max_tokens is None else min(config.max_tokens, room)
        tokens = pieces(script_of(config.extra, messages, prefill), messages, prefill)
        forced = bool(config.extra.get("ignore_eos")) and limit < math.inf
        if forced and len(tokens) < limit:
            tokens += filler(int(limit) - len(tokens), Random(0), started=True)
        reason: FinishReason = "length" if forced or len(tokens) > limit else "stop"
        tokens = tokens[: int(limit)] if limit < math.inf else tokens
        stop = StopScanner(config.stop)
        shown: list[tuple[str, str]] = []
        for token in tokens:
            text, stopped = stop.push(token)
            shown.append((token, text))
            if stopped:
                return shown, "stop"
        token, text = shown[-1]
        shown[-1] = token, text + stop.flush()
        return shown, reason
