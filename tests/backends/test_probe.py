"""The probe of an engine, on a test double whose abilities are known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest

from sot.backends.openai_compatible.discovery.probe import Probe, probe_engine
from sot.backends.openai_compatible.discovery.probe_times import Speed, Times, most_together, speed_of
from sot.errors import BadRequestError
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message, PrefixCaching, Usage

WORDS = [f" word{number}," for number in range(1, 100)]


def shared(one: str, other: str) -> int:
    """Characters with which both begin."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


@dataclass(eq=False)
class Engine:
    """A test double: it decodes words that say nothing, one with each turn of the event loop.

    Args:
        places: Requests that it decodes at the same time.
        caches: Whose prefixes its cache serves.
        thinks: Whether it thinks; ``stops``: unless told not to.
        prefill: What it does with a started turn.
        obeys: Whether it obeys stop sequences and token limits.
        fails: Requests after which it refuses every one.
        constrains: What becomes of a JSON schema: its text follows it, or is begun like it, or is free.
        strays: Whether its first answer is another one than it gives again, as rounding in a batch may do.
    """

    places: int = 99
    caches: PrefixCaching = "running"
    thinks: bool | Literal["stops", "marks"] = False
    prefill: Literal["continues", "repeats", "refuses", "babbles"] = "continues"
    obeys: bool = True
    fails: int = 99
    constrains: Literal["yes", "begins", "no"] = "no"
    strays: bool = False
    seen: list[GenerateConfig] = field(default_factory=list[GenerateConfig])
    prompts: list[str] = field(default_factory=list[str])
    _running: list[str] = field(default_factory=list[str])
    _finished: list[str] = field(default_factory=list[str])
    _free: asyncio.Semaphore | None = None

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        self.seen.append(config)
        prompt = messages[-1].content
        self.prompts.append(prompt)
        if len(self.seen) > self.fails or (prefill is not None and self.prefill == "refuses"):
            raise BadRequestError("not like this", status=400)
        self._free = self._free or asyncio.Semaphore(self.places)
        async with self._free:
            usage = Usage(len(prompt), self._cached(prompt), 0, 1)
            self._running.append(prompt)
            pieces = self._pieces(config, prefill)
            for number, chunk in enumerate(pieces, 1):
                await asyncio.sleep(0)
                finish = "length" if number == len(pieces) else None
                spent = Usage(usage.prompt_tokens, usage.cached_tokens, number, 1)
                yield Chunk(chunk.text, chunk.reasoning, finish, spent)
            self._running.remove(prompt)
            self._finished.append(prompt)

    def _cached(self, prompt: str) -> int:
        known = {"running": self._running + self._finished, "idle": self._finished}.get(self.caches, [])
        return max((shared(prompt, other) for other in known), default=0)

    def _pieces(self, config: GenerateConfig, prefill: str | None) -> list[Chunk]:
        words = list(WORDS)
        if self.strays and len(self.seen) == 1:
            words = [word.replace("word", "stray") for word in words]
        if config.schema is not None and self.constrains != "no":
            [name] = config.schema["properties"]
            return [Chunk(f'{{"{name}":'), *([Chunk(" true}")] if self.constrains == "yes" else [])]
        if prefill is not None:
            answers = {"continues": " four, five,", "repeats": "One, two, three,", "babbles": " and so on"}
            words.insert(0, answers[self.prefill])
        elif self.thinks is True or (self.thinks and config.think is not False):
            if self.thinks != "marks":
                return [Chunk(reasoning=word) for word in words[: config.max_tokens]]
            words.insert(0, "<think>")
        if self.obeys and config.stop:
            stop = f" {config.stop[0]},"
            words = words[: words.index(stop)] if stop in words else words
        return [Chunk(word) for word in words[: config.max_tokens if self.obeys else 60]]

    async def info(self) -> BackendInfo:
        return BackendInfo("double", "m", continues_turn=True)

    async def load(self) -> Load:
        return Load()

    async def aclose(self) -> None:
        pass


async def probed(engine: Engine, info: BackendInfo | None = None) -> Probe:
    return await probe_engine(engine, info or await engine.info())


async def test_it_is_a_handful_of_short_requests() -> None:
    engine = Engine()
    probe = await probed(engine)
    assert probe.requests == len(engine.seen) == 13
    assert all(config.max_tokens == 24 for config in engine.seen)
    assert probe.failure is None


async def test_no_cache_can_know_the_beginning() -> None:
    engine = Engine()
    await probed(engine)
    first = engine.prompts[0]
    engine.prompts.clear()
    await probed(engine)
    assert all(shared(first, prompt) < 20 for prompt in engine.prompts)


@pytest.mark.parametrize("caches", ["running", "idle", "no"])
async def test_whose_prefixes_the_cache_serves(caches: PrefixCaching) -> None:
    probe = await probed(Engine(caches=caches))
    if caches == "no":  # also a server that does not tell
        assert "caches_prefixes" not in probe.findings
        assert probe.facts["cached_tokens"]
    else:
        assert probe.findings["caches_prefixes"][0] == caches


@pytest.mark.parametrize(("places", "expected"), [(1, 1), (2, 2), (3, 3)])
async def test_how_many_are_decoded_together(places: int, expected: int) -> None:
    probe = await probed(Engine(places=places))
    assert probe.together == expected
    assert probe.findings["parallel"][0] == expected


@pytest.mark.parametrize(("obeys", "said"), [(True, "ended before"), (False, "was ignored")])
async def test_a_stop_sequence_is_tried_again_where_the_first_answer_was_another_one(
    obeys: bool, said: str
) -> None:
    probe = await probed(Engine(strays=True, obeys=obeys))
    assert said in probe.facts["stop"]
    assert probe.requests == 14


async def test_all_of_them() -> None:
    probe = await probed(Engine())
    assert probe.together == 8
    assert "parallel" not in probe.findings, "there may be more places"
    assert probe.facts["together"]


@pytest.mark.parametrize(
    ("prefill", "expected"), [("continues", True), ("repeats", False), ("refuses", False), ("babbles", None)]
)
async def test_a_started_turn(
    prefill: Literal["continues", "repeats", "refuses", "babbles"], expected: bool | None
) -> None:
    probe = await probed(Engine(prefill=prefill))
    assert probe.findings.get("continues_turn", (None,))[0] is expected
    assert ("started_turn" in probe.facts) == (expected is None)


@pytest.mark.parametrize(("constrains", "expected"), [("yes", True), ("begins", None), ("no", False)])
async def test_a_json_schema(constrains: Literal["yes", "begins", "no"], expected: bool | None) -> None:
    probe = await probed(Engine(constrains=constrains))
    found, evidence = probe.findings.get("constrains", (None, "JSON schema"))
    assert found is expected
    assert "JSON schema" in evidence


async def test_a_json_schema_is_not_sent_to_an_engine_that_does_not_follow_it() -> None:
    engine = Engine()
    probe = await probed(engine, BackendInfo("double", "m", continues_turn=True, constrains=False))
    assert all(config.schema is None for config in engine.seen)
    assert (probe.requests, "constrains" in probe.findings) == (12, False)


async def test_a_started_turn_is_not_sent_to_an_engine_that_cannot_take_it() -> None:
    engine = Engine(prefill="refuses")
    probe = await probed(engine, BackendInfo("double", "m", continues_turn=False))
    assert (probe.requests, probe.failure) == (12, None)
    other = Engine()  # unless it may be tried
    probe = await probe_engine(engine, BackendInfo("double", "m"), other)
    assert (len(other.seen), probe.findings["continues_turn"][0]) == (1, True)


@pytest.mark.parametrize(
    ("thinks", "expected"),
    [
        (True, {"thinks": True, "stops_thinking": False}),
        ("stops", {"thinks": True, "stops_thinking": True}),
        ("marks", {"thinks": True, "stops_thinking": True}),
        (False, {"thinks": False}),
    ],
)
async def test_thinking(thinks: bool | Literal["stops", "marks"], expected: dict[str, bool]) -> None:
    probe = await probed(Engine(thinks=thinks))
    found = {field: value for field, (value, _) in probe.findings.items() if "think" in field}
    assert found == expected


@pytest.mark.parametrize("obeys", [True, False])
async def test_stops_and_limits(obeys: bool) -> None:
    probe = await probed(Engine(obeys=obeys))
    assert ("ignored" in probe.facts["stop"]) is not obeys
    assert ("ignored" in probe.facts["max_tokens"]) is not obeys


@pytest.mark.parametrize(("fails", "sent"), [(0, 1), (1, 13), (4, 13)])
async def test_an_engine_that_fails_is_told_of(fails: int, sent: int) -> None:
    probe = await probed(Engine(fails=fails))
    assert probe.failure is not None
    assert "not like this" in probe.failure
    assert probe.requests == sent
    assert probe.speed is None


def times(first: float, step: float, *, sent: float = 0.0, tokens: int = 24) -> Times:
    return Times(sent, [first + step * number for number in range(tokens)])


class TestSpeed:
    def test_a_batch_that_costs_nothing(self) -> None:
        group = [times(10.1, 0.01, sent=10.0) for _ in range(8)]
        speed = speed_of(times(0.2, 0.01), 0.4, [times(5.1, 0.01, sent=5.0)], group)
        assert speed is not None
        assert speed.ratio == pytest.approx(1.0)
        assert speed.step_s == pytest.approx(0.01)
        # 0.1 + 320 steps, against 0.1 + 40 steps, 0.1 + 40 steps
        assert speed.speed_up == pytest.approx(3.3 / 1.0)

    def test_one_after_another(self) -> None:
        group = [times(10.1 + 0.24 * place, 0.01, sent=10.0) for place in range(8)]
        speed = speed_of(times(0.2, 0.01), 0.4, [times(5.1, 0.01, sent=5.0)], group)
        assert speed is not None
        assert 8.0 <= speed.ratio < 8.6
        assert speed.speed_up < 1.0
        assert most_together(group) == 1

    def test_a_request_beside_the_first_does_not_count_as_alone(self) -> None:
        new = Times(
            0.0, [0.2 + 0.01 * number for number in range(12)] + [0.4 + number for number in range(12)]
        )
        group = [times(30.1, 0.01, sent=30.0) for _ in range(8)]
        speed = speed_of(new, 0.35, [times(25.1, 0.01, sent=25.0)], group)
        assert speed is not None
        assert speed.step_s == pytest.approx(0.01)

    @pytest.mark.parametrize(
        ("new", "alone", "group"),
        [
            (times(0.2, 0.0), [times(5.1, 0.0)], [times(10.1, 0.0)] * 8),  # all held back, and sent at once
            (times(0.2, 0.01, tokens=2), [times(5.1, 0.01, tokens=2)], [times(10.1, 0.01)] * 8),
            (times(0.2, 0.01), [times(5.1, 0.01)], [times(10.1, 0.01)] * 3 + [Times()]),
            (times(0.2, 0.01), [times(5.1, 0.01)], [times(10.1, 0.01, tokens=3)] * 8),
            (times(0.2, 0.01), [], [times(10.1, 0.01)] * 8),
        ],
    )
    def test_too_little_to_compare(self, new: Times, alone: list[Times], group: list[Times]) -> None:
        assert speed_of(new, 9.0, alone, group) is None

    def test_the_estimate_of_an_engine_whose_rows_cost_a_lot(self) -> None:
        assert Speed(0.014, 6.0, 0.1, 0.6).speed_up < 1.0
        assert Speed(0.014, 1.2, 0.1, 0.1).speed_up > 1.8

    def test_prompts_that_are_still_being_read_are_no_step(self) -> None:
        group = [times(10.1 + 0.02 * place, 0.01, sent=10.0) for place in range(8)]
        speed = speed_of(times(0.2, 0.01), 0.4, [times(5.1, 0.01, sent=5.0)], group)
        assert speed is not None
        assert speed.ratio == pytest.approx(1.0, abs=0.2)
