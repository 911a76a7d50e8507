"""Probe of an engine: a handful of short requests that show what it does not tell of itself.

Any `sot.types.Backend` can be probed. Thirteen requests of at most 24 tokens: one alone, a second beside it
with the same beginning, a third after them with a stop sequence, a fourth with a started turn, a fifth with
a JSON schema, eight short ones at once; the third is repeated where it showed nothing.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from sot.errors import SotError
from sot.text.thought_marks import PAIRS
from sot.types import Backend, BackendInfo, GenerateConfig, Message, Usage

from .findings import Findings
from .probe_times import NORMAL, POINTS, Speed, Times, most_together, speed_of

_TOKENS = 24
_ALONE = 12  # deltas of the first request after which the second is sent
_ENOUGH = 8  # deltas of requests whose times are compared
_COUNT = "Count from {} to {} in words, separated by commas, and write nothing else."
_PREFILL = "one, two, three,"
_RULE = "Rule {0}: write the number {0} as a word and never as a digit, and go on with the next number."


@dataclass(slots=True)
class _Sent:
    """One request of the probe, and what came back.

    Args:
        think: Its ``GenerateConfig.think``.
    """

    think: bool | None
    text: str = ""
    thoughts: str = ""
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)
    times: Times = field(default_factory=Times)
    failure: SotError | None = None
    alone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def thought(self) -> bool:
        """Whether thoughts came, apart from the text or marked in it."""
        begun = self.text.lstrip()
        return bool(self.thoughts) or any(begun.startswith(opening) for opening, _ in PAIRS)


@dataclass(frozen=True, slots=True)
class Probe:
    """Findings of the probe.

    Args:
        findings: Capabilities, with the evidence.
        facts: Further measurements in words, by name.
        speed: Times of one request and of several at once; ``None`` where they could not be compared.
        together: Requests that were decoded at the same time, of `POINTS`; 0 where that did not show.
        requests: Requests that were sent.
        failure: Error of the first request that failed; ``None`` where all went well.
    """

    findings: Findings
    facts: dict[str, str]
    speed: Speed | None
    together: int
    requests: int
    failure: str | None


async def probe_engine(backend: Backend, info: BackendInfo, prefilling: Backend | None = None) -> Probe:
    """Send the probe's requests, and conclude what the engine can do.

    Args:
        backend: The engine.
        info: What is known of it.
        prefilling: The same engine, made to send a started turn even where it is not known to continue one;
            ``None`` tries it only where the engine is known to.
    """
    return await _Probing(backend, info, prefilling).run()


class _Probing:
    def __init__(self, backend: Backend, info: BackendInfo, prefilling: Backend | None) -> None:
        self._backend = backend
        self._info = info
        self._prefilling = prefilling or (backend if info.continues_turn else None)
        rules = " ".join(_RULE.format(number) for number in range(1, 17))
        # A beginning that no cache has seen, whatever was asked before.
        self._beginning = f"Game {secrets.token_hex(4)}. You count. {rules}\n\n"
        self._sent: list[_Sent] = []
        self._found: dict[str, tuple[Any, str]] = {}
        self._facts: dict[str, str] = {}

    async def run(self) -> Probe:
        first, beside = await self._two()
        if first.failure is not None:
            return Probe({}, {}, None, 0, len(self._sent), str(first.failure))
        self._judge_thinking(first, beside)
        again = await self._ask(1, stop=_word_inside(first.text))
        if not self._judge_stop(first, again) and again.failure is None:
            # In a batch, rounding may lead to another text: compared with one that was decoded alone as well.
            self._judge_stop(again, await self._ask(1, stop=_word_inside(again.text)))
        self._judge_cache(first, beside, again)
        started = await self._started()
        await self._constrained()
        group = await asyncio.gather(*(self._ask(number, short=True) for number in range(31, 31 + POINTS)))
        self._judge_limit()
        together = self._judge_parallel(group)
        speed = speed_of(
            first.times,
            beside.times.sent,
            [sent.times for sent in (again, started) if sent is not None and sent.times.deltas],
            [sent.times for sent in group],
        )
        if speed is not None:
            self._facts["speed"] = (
                f"{POINTS} requests together cost {speed.ratio:.1f} times one "
                f"({1 / speed.step_s:.0f} tokens/s alone): an answer of {NORMAL} tokens comes "
                f"{speed.speed_up:.1f} times as fast by a skeleton"
            )
        failures = [sent.failure for sent in self._sent if sent.failure is not None and sent is not started]
        failure = str(failures[0]) if failures else None
        return Probe(self._found, self._facts, speed, together, len(self._sent), failure)

    async def _two(self) -> tuple[_Sent, _Sent]:
        """Send one request alone, and another one with the same beginning while it is being decoded."""
        first = _Sent(None)
        answering = asyncio.create_task(self._send(first, 1))
        try:
            await first.alone.wait()
            beside = _Sent(False if first.thought else None)
            if first.failure is None:
                await self._send(beside, 51)
            await answering
        finally:
            answering.cancel()
        return first, beside

    async def _ask(self, number: int, *, stop: tuple[str, ...] = (), short: bool = False) -> _Sent:
        sent = _Sent(None)
        await self._send(sent, number, stop=stop, short=short)
        return sent

    async def _started(self) -> _Sent | None:
        """Send a started turn, if that may be tried, and look whether it is continued."""
        if self._prefilling is None:
            return None
        sent = _Sent(False if self._info.takes_think or self._info.thinks else None)
        await self._send(sent, 1, backend=self._prefilling, prefill=_PREFILL)
        said = " ".join(sent.text.split())
        if sent.failure is not None:
            self._found["continues_turn"] = (False, f"the probe's started turn failed: {sent.failure}")
        elif said.lower().startswith("four"):
            self._found["continues_turn"] = (
                True,
                f"the probe's {_PREFILL!r} was continued with {said[:24]!r}",
            )
        elif said.lower().startswith("one") or not said:
            how = f"answered with {said[:24]!r}" if said else "answered without text"
            self._found["continues_turn"] = (False, f"the probe's {_PREFILL!r} was {how}")
        else:  # a small model may continue it with anything
            self._facts["started_turn"] = f"the probe's {_PREFILL!r} was followed by {said[:24]!r}"
        return sent

    async def _constrained(self) -> None:
        """Ask for an object that nobody would write here unless made to, and look whether it comes."""
        if self._info.constrains is False:
            return
        name = f"k{secrets.token_hex(3)}"
        schema = {
            "type": "object",
            "properties": {name: {"type": "boolean"}},
            "required": [name],
            "additionalProperties": False,
        }
        sent = _Sent(False if self._info.takes_think or self._info.thinks else None)
        await self._send(sent, 1, short=True, schema=schema)
        said = sent.text.strip()
        value: object = None
        with suppress(ValueError, RecursionError):
            value = json.loads(said)
        answered = f"the probe's request with a JSON schema was answered with {said[:24]!r}"
        if isinstance(value, dict) and list(value) == [name]:
            self._found["constrains"] = (True, answered)
        elif said and not said.startswith("{"):
            self._found["constrains"] = (False, answered)

    async def _send(
        self,
        sent: _Sent,
        number: int,
        *,
        stop: tuple[str, ...] = (),
        short: bool = False,
        backend: Backend | None = None,
        prefill: str | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        """Send one request; a failure of the engine is kept as its result.

        Args:
            short: Without the long beginning, as points are short where they share none.
        """
        clock = asyncio.get_running_loop().time
        question = ("" if short else self._beginning) + _COUNT.format(number, number + 99)
        config = GenerateConfig(
            temperature=0.0, max_tokens=_TOKENS, stop=stop, think=sent.think, schema=schema
        )
        self._sent.append(sent)
        sent.times.sent = clock()
        stream = (backend or self._backend).stream([Message("user", question)], config, prefill=prefill)
        try:
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    if chunk.text or chunk.reasoning:
                        sent.times.deltas.append(clock())
                    sent.text += chunk.text
                    sent.thoughts += chunk.reasoning
                    sent.finish = chunk.finish_reason or sent.finish
                    sent.usage = chunk.usage or sent.usage
                    if len(sent.times.deltas) >= _ALONE:
                        sent.alone.set()
                    if len(sent.times.deltas) >= 2 * _TOKENS:
                        break
        except SotError as error:
            sent.failure = error
        finally:
            sent.alone.set()

    def _judge_thinking(self, first: _Sent, beside: _Sent) -> None:
        if first.thought:
            self._found["thinks"] = (True, "the probe's first answer began with thoughts")
            if beside.failure is None and beside.times.deltas:
                how = "began with thoughts, too" if beside.thought else "had none"
                said = f"the probe's second answer, told not to think, {how}"
                self._found["stops_thinking"] = (not beside.thought, said)
        elif first.text.strip() and self._info.thinks is None:
            self._found["thinks"] = (False, "the probe's first answer began without thoughts")

    def _judge_stop(self, first: _Sent, again: _Sent) -> bool:
        """Conclude from an answer and the same with a stop sequence out of it; returns whether it showed."""
        words = _word_inside(first.text)
        if not words or again.failure is not None:
            return False
        if words[0] in again.text:
            self._facts["stop"] = f"the stop sequence {words[0]!r} was ignored, or left in the text"
        elif first.text.startswith(again.text) and len(again.text) < len(first.text):
            self._facts["stop"] = f"the text ended before the stop sequence {words[0]!r}"
        return "stop" in self._facts

    def _judge_cache(self, first: _Sent, beside: _Sent, again: _Sent) -> None:
        idle = again.usage.cached_tokens
        at_once = bool(beside.times.deltas) and beside.times.first < first.times.end
        running = beside.usage.cached_tokens if at_once else 0
        of = f"of {beside.usage.prompt_tokens or again.usage.prompt_tokens} prompt tokens"
        if 2 * running > beside.usage.prompt_tokens > 0:
            said = f"a request beside another one with the same beginning had {running} {of} from the cache"
            self._found["caches_prefixes"] = ("running", said)
        elif 2 * idle > again.usage.prompt_tokens > 0 and at_once:
            said = f"{idle} {of} came from the cache after the same request, {running} beside it"
            self._found["caches_prefixes"] = ("idle", said)
        elif not idle and not running:
            self._facts["cached_tokens"] = "none were reported for a prompt that had been sent before"

    def _judge_limit(self) -> None:
        most = max(max(len(sent.times.deltas), sent.usage.completion_tokens) for sent in self._sent)
        if most > 1.25 * _TOKENS:  # some servers count an end token, too
            self._facts["max_tokens"] = f"ignored: {most} tokens came of at most {_TOKENS}"
        elif any(sent.finish == "length" for sent in self._sent):
            self._facts["max_tokens"] = f"obeyed: answers ended at {_TOKENS} tokens"

    def _judge_parallel(self, group: list[_Sent]) -> int:
        """Return how many of the requests that were sent at once were decoded together."""
        if any(len(sent.times.deltas) < _ENOUGH for sent in group):
            return 0
        together = most_together([sent.times for sent in group])
        if together == 1:
            said = f"the probe's {POINTS} requests, sent at once, were decoded one after another"
        else:
            said = f"{together} of the probe's {POINTS} requests were decoded at the same time"
        told = self._info.parallel is not None and together > 1  # times are no better than the engine's word
        if 0 < together < POINTS and not told:
            self._found["parallel"] = (together, said)
        else:
            self._facts["together"] = said
        return together


def _word_inside(text: str) -> tuple[str, ...]:
    """Return a word from the middle of a text that occurs there for the first time, as a stop sequence."""
    words = text.split()
    for place in range(len(words) // 2, len(words) - 1):
        word = words[place].strip(",.")
        if word and text.find(word) > len(" ".join(words[:place])) - 1:
            return (word,)
    return ()
