"""The simulated engine as a backend."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from random import Random

from sot.errors import ConfigError, ContextLengthError, EngineError
from sot.load.profile import EngineProfile, read_profile
from sot.types import BackendInfo, Chunk, FinishReason, GenerateConfig, Load, Message, Usage

from ..torch_engine.text import StopFilter
from .clock import Clockwork
from .prefix import BlockNames
from .script import filler, pieces, script_of
from .sim_request import SimRequest
from .simulation import Simulation
from .tokens import prompt_tokens

_CLOSED = "the replay engine was closed"


class ReplayBackend:
    """Plays scripted answers in the time that a measured engine would take. **Its times are simulated.**

    A request may bring its script in ``extra["replay"]`` (see `script.script_of`); without one the lengths
    are drawn from the question's words. ``extra["ignore_eos"]`` writes on up to ``max_tokens``.

    Args:
        profile: A file of ``sot bench calibrate``, or what it holds.
        speed: Simulated seconds in a real one; infinite: without any pause. Leave it at 1 under
            `virtual_time.run_virtually`.
        jitter: A seed, to vary the steps by the profile's spread; ``None``: every step takes its usual time.

    Raises:
        ConfigError: The profile cannot be read, or the speed makes no sense.
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
        self._clockwork: Clockwork | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: set[asyncio.Queue[int | None]] = set()
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion; see :class:`sot.types.Backend`.

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
        names = BlockNames(profile.cache.block_tokens)
        caches = profile.cache.enabled
        blocks = names.add(prompt) if caches else None
        request = SimRequest(len(prompt), len(texts), blocks=blocks, marks=None)
        clockwork = self._clock()
        news: asyncio.Queue[int | None] = asyncio.Queue()
        self._open.add(news)
        try:
            clockwork.submit(request, news.put_nowait)
            for number, (token, text) in enumerate(texts, 1):
                if await news.get() is None:
                    raise EngineError(_CLOSED)
                if caches:  # what is written is there for the prompts that repeat it
                    for block in names.add((token,)):
                        clockwork.simulation.cache.add(block)
                last = number == len(texts)
                if text or last:
                    usage = Usage(len(prompt), request.cached, number, 1)
                    yield Chunk(text, finish_reason=reason if last else None, usage=usage)
        finally:
            self._open.discard(news)
            clockwork.abort(request)

    async def info(self) -> BackendInfo:
        """What the profile says of the engine."""
        profile = self.profile
        return BackendInfo(
            backend=self._spec,
            model=f"{profile.model} (simulated)",
            context_length=profile.context_length,
            can_prefill=profile.can_prefill,
            caches_prefixes=profile.cache.enabled,
            max_batch=profile.max_batch,
        )

    async def load(self) -> Load:
        """How busy the simulated engine is."""
        if self._clockwork is None:
            return Load(capacity=self.profile.max_batch)
        simulation = self._clockwork.simulation
        return Load(simulation.running, simulation.waiting, self.profile.max_batch)

    async def aclose(self) -> None:
        """End every request. May be called twice."""
        self._closed = True
        if self._clockwork is not None:
            self._clockwork.stop()
            self._clockwork = None
        for news in self._open:
            news.put_nowait(None)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(_CLOSED)

    def _clock(self) -> Clockwork:
        """The engine of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._clockwork is None or self._loop is not loop:
            jitter = None if self._jitter is None else Random(self._jitter)
            self._clockwork = Clockwork(Simulation(self.profile, jitter=jitter), self._speed)
            self._loop = loop
        return self._clockwork

    def _text(
        self, messages: Sequence[Message], config: GenerateConfig, prefill: str | None, prompt: int
    ) -> tuple[list[tuple[str, str]], FinishReason]:
        """The tokens that will be written, each with the text that can be shown after it, and how it ends."""
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
        stop = StopFilter(config.stop)
        shown: list[tuple[str, str]] = []
        for token in tokens:
            text, stopped = stop.push(token)
            shown.append((token, text))
            if stopped:
                return shown, "stop"
        token, text = shown[-1]
        shown[-1] = token, text + stop.flush()
        return shown, reason
