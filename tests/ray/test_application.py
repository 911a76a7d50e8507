"""The application on a real Ray Serve: two engine replicas with the real SmolLM2, asked over HTTP."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from conftest import ROOT, ServedOnRay

from sot import SkeletonOfThought

COMPLETIONS = "/v1/chat/completions"
CLIENTS, QUESTIONS, KILLED_AFTER, BASELINE = 16, 100, 30, 24
SHAPE: dict[str, Any] = {
    "max_points": 3,
    "max_point_tokens": 24,
    "max_skeleton_tokens": 60,
}  # as the fixture's


def questions(count: int) -> list[str]:
    """Different questions that suit a skeleton."""
    file = ROOT / "evals" / "dataset" / "questions" / "suitable.txt"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [f"{lines[n % len(lines)]} (Think of {n + 2} people.)" for n in range(count)]


def body(question: str, **fields: Any) -> dict[str, Any]:
    return {"model": "skeleton", "messages": [{"role": "user", "content": question}], **fields}


def events(stream: bytes) -> list[dict[str, Any]]:
    """The JSON objects of an event stream."""
    lines = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line.startswith(b"data: {")]
    return [json.loads(line) for line in lines]


@dataclass
class Tally:
    """What became of many questions."""

    complete: int = 0
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    prompt: int = 0
    cached: int = 0

    @property
    def share(self) -> float:
        """Share of the prompt tokens that a prefix cache served."""
        return self.cached / self.prompt

    def count(self, response: httpx.Response) -> None:
        """Count one stream: it ends with a finish reason and ``[DONE]``, or with an error that says why."""
        if response.status_code != 200:
            self.errors.append(response.json()["error"]["message"])
            return
        pieces = [
            json.loads(line.removeprefix("data: "))
            for line in response.text.split("\n")
            if line.startswith("data: {")
        ]
        failures = [piece["error"]["message"] for piece in pieces if "error" in piece]
        ends = [choice["finish_reason"] for piece in pieces for choice in piece.get("choices", ())]
        if failures:
            self.errors += failures
        elif any(ends) and response.text.rstrip().endswith("[DONE]"):
            self.complete += 1
            (usage,) = (piece["usage"] for piece in pieces if piece.get("usage"))
            self.prompt += usage["prompt_tokens"]
            self.cached += usage["prompt_tokens_details"]["cached_tokens"]
        else:
            self.lost.append(response.text[-300:])


async def ask_all(address: str, asked: Sequence[str], on_complete: Any = lambda tally: None) -> Tally:
    """Ask questions from many clients at once, each of which waits for its answer."""
    tally, waiting = Tally(), list(asked)

    async def client() -> None:
        async with httpx.AsyncClient(timeout=300) as http:
            while waiting:
                fields = {"stream": True, "stream_options": {"include_usage": True}}
                try:
                    response = await http.post(f"{address}{COMPLETIONS}", json=body(waiting.pop(0), **fields))
                except httpx.HTTPError as error:
                    tally.lost.append(repr(error))
                else:
                    tally.count(response)
                on_complete(tally)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return tally


def test_an_answer_streams_in_order(served: ServedOnRay) -> None:
    asked = {"question": questions(1)[0], "sot": {"strategy": "skeleton"}}
    streamed = httpx.post(f"{served.address}/sot/events", json=asked, timeout=120)
    assert streamed.status_code == 200
    found = events(streamed.content)
    assert found[0]["type"] == "routed"
    assert found[-1]["type"] == "finished"
    answer, texts = found[-1]["answer"], [event["text"] for event in found if event["type"] == "text"]
    assert "".join(texts) == answer["text"]
    assert texts  # perhaps few: points this short may come at once
    assert answer["points"]
    place = 0
    for point in answer["points"]:  # a title may be in an earlier text, too
        place = answer["text"].index(point["title"], place)


def test_an_error_of_the_engine_replica_is_its_own(served: ServedOnRay) -> None:
    response = httpx.post(f"{served.address}{COMPLETIONS}", json=body("word " * 20_000), timeout=120)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "context_length_exceeded"


def test_health_and_metrics(served: ServedOnRay) -> None:
    for path in ("/health", "/ready"):
        assert httpx.get(f"{served.address}{path}", timeout=60).status_code == 200
    assert len(served.engine_loads()) == 2
    about = httpx.get(f"{served.address}/sot/about", timeout=60).json()
    assert about["engine"]["caches_prefixes"] == "running"

    def answers() -> float:
        lines = served.metrics().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("sot_answers_total{"))

    before = answers()
    for question in questions(4):  # whichever ingress replicas answer
        assert httpx.post(f"{served.address}{COMPLETIONS}", json=body(question), timeout=120).is_success
    assert answers() - before == 4


async def test_a_client_that_leaves_ends_its_requests_at_the_engine(served: ServedOnRay) -> None:
    numbers = {"type": "array", "items": {"type": "integer"}, "minItems": 4000}  # minutes of decoding
    asked = {"question": "Count.", "sot": {"strategy": "normal"}, "max_tokens": 4000, "schema": numbers}

    async def leave(http: httpx.AsyncClient) -> None:
        async with http.stream("POST", f"{served.address}/sot/events", json=asked) as response:
            lines = response.aiter_lines()  # kept: the connection is closed with it
            while '"type":"text"' not in (line := await anext(lines)):
                pass
            seen.append(line)
            if len(seen) == 8:
                loads.update(await asyncio.to_thread(served.engine_loads))
                all_seen.set()
            await all_seen.wait()

    seen: list[str] = []
    loads: dict[str, int] = {}
    all_seen = asyncio.Event()
    async with httpx.AsyncClient(timeout=120) as http:
        await asyncio.gather(*(leave(http) for _ in range(8)))
    assert sum(loads.values()) == 8
    assert all(loads.values()), "both replicas had some"
    await asyncio.to_thread(served.wait_until_idle)


async def test_a_replica_that_is_killed_costs_no_answer(served: ServedOnRay) -> None:
    asked = questions(QUESTIONS)
    before = {process.pid for process in served.engine_processes()}
    assert len(before) == 2
    killed: list[int] = []

    def kill_one(tally: Tally) -> None:
        if not killed and tally.complete >= KILLED_AFTER:
            process = served.engine_processes()[0]
            process.kill()
            killed.append(process.pid)

    tally = await ask_all(served.address, asked, kill_one)
    assert killed
    assert tally.lost == []
    assert tally.complete + len(tally.errors) == QUESTIONS
    assert tally.errors == [], "the answers in progress were repaired by the other replica"

    await asyncio.to_thread(served.wait_until_replaced, set(killed))  # Serve starts another one
    after = {process.pid for process in served.engine_processes()}
    assert after & before == before - set(killed)

    alone = await one_engine(asked[:BASELINE])
    print(f"\ncached: {tally.share:.1%} on two replicas, {alone.share:.1%} on one engine")
    assert tally.share >= 0.8 * alone.share


async def one_engine(asked: Sequence[str]) -> Tally:
    """The same questions from as many clients on one engine in this process."""
    tally, waiting = Tally(), list(asked)
    settings = {"threads": 1}
    async with SkeletonOfThought("torch:", backend_settings=settings, strategy="skeleton", **SHAPE) as sot:

        async def client() -> None:
            while waiting:
                answer = await sot.answer(waiting.pop(0))
                tally.complete += 1
                tally.prompt += answer.usage.prompt_tokens
                tally.cached += answer.usage.cached_tokens

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return tally
