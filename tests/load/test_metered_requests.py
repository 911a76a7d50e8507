"""The step meter follows every request from its start to its end, however it ends, on any engine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from scripted import Script, ScriptedBackend, by_stage, made
from tiny_model import save_tiny_model

from sot import SkeletonOfThought
from sot.backends.torch_engine import TorchBackend
from sot.errors import BackendConnectionError, ServerError, SotError
from sot.speed import step_meter

QUESTION = "How can I live well?"
SKELETON = "1. Sleep early\n2. Eat well\n3. Move\n"
BROKEN = ServerError("out of memory", status=500)


@pytest.mark.parametrize(
    ("answers", "settings"),
    [
        ({}, {}),
        ({}, {"opening": True}),
        ({"skeleton": BROKEN}, {}),
        ({"skeleton": BROKEN, "normal": BROKEN}, {}),
        ({"skeleton": Script("1. Sleep", BackendConnectionError("gone"))}, {"opening": True}),
        ({"points": {2: BackendConnectionError("gone"), 3: ""}}, {}),
        ({"points": {2: BROKEN}}, {"on_missing": "raise"}),
        ({}, {"strategy": "normal"}),
        ({}, {"stop": ("point 1",)}),
        ({}, {"max_answer_tokens": 12}),
    ],
)
async def test_after_an_answer_nothing_is_in_flight(
    answers: dict[str, Any], settings: dict[str, Any]
) -> None:
    sot = made(ScriptedBackend(by_stage(**{"skeleton": SKELETON, **answers})), **settings)
    seen: list[int] = []
    try:
        async for _ in sot.stream(QUESTION):
            seen.append(sot.gain.meter.in_flight)
    except SotError:
        pass
    assert max(seen, default=1) >= 1
    assert sot.gain.meter.in_flight == 0


@pytest.mark.parametrize("stage", ["skeleton", "point", "normal"])
async def test_a_cancelled_answer_leaves_nothing_in_flight(stage: str) -> None:
    never = asyncio.Event()
    engine = ScriptedBackend(
        lambda request: Script("1. A", never) if request.stage == stage else by_stage(SKELETON)(request)
    )
    sot = made(engine, strategy="normal" if stage == "normal" else "skeleton")
    answering = asyncio.create_task(sot.answer(QUESTION))
    await engine.until(lambda: stage in engine.stages())
    assert sot.gain.meter.in_flight > 0
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert sot.gain.meter.in_flight == 0


async def test_a_stream_that_is_left_leaves_nothing_in_flight() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)))
    async with aclosing(sot.stream_text(QUESTION)) as stream:
        await anext(stream)
        assert sot.gain.meter.in_flight > 0
    assert sot.gain.meter.in_flight == 0


async def test_a_forwarded_request_is_in_flight_while_it_is_sent() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)))
    with sot.session() as session:
        async with session.forward():
            assert sot.gain.meter.in_flight == 1
        assert sot.gain.meter.in_flight == 0


async def test_an_engine_in_this_process_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wiring alone: what a tiny random model's steps take says nothing."""
    monkeypatch.setattr(step_meter, "_LEAST_STEP_S", 0.0)
    backend = TorchBackend(str(save_tiny_model(tmp_path / "model")))
    async with SkeletonOfThought(
        backend, strategy="normal", max_tokens=120, extra={"ignore_eos": True}
    ) as sot:
        await sot.answer(QUESTION)
        assert sot.gain.times is None
        await asyncio.gather(*(sot.answer(QUESTION) for _ in range(8)))
        times = sot.gain.times
    await backend.aclose()
    assert times is not None
    assert times.one_s > 0
    assert 1 <= times.ratio <= 8
