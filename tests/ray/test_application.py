"""The application on a real Ray Serve: two engine replicas with the real SmolLM2, asked over HTTP."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false - Ray has an environment of its own

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
SHAPE = {"max_points": 3, "max_point_tokens": 24, "max_skeleton_tokens": 60}  # as the fixture's


def questions(count: int) -> list[str]:
    """Different questions that suit a skeleton."""
    file = ROOT / "evals" / "dataset" / "questions" / "suitable.txt"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [f"{lines[n % len(lines)]} (Think of {n + 2} people.)" for n in range(count)]


def body(question: str, **fields: Any) -> dict[str, Any]:
    return {"model": "skeleton", "messages": [{"role": "user", "content": question}], **fields}


def events(stream: bytes) -> list[dict[str, Any]]:
    """The JSON objects of an event stream that ends with ``[DONE]``."""
    lines = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line.startswith(b"data: ")]
    assert lines[-1] == b"[DONE]"
    return [json.loads(line) for line in lines[:-1]]


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
                    response = await http.post(
                        f"{address}{COMPLETIONS}", json=body(waiting.pop(0), **fields)
                    )
                except httpx.HTTPError as error:
                    tally.lost.append(repr(error))
                else:
                    tally.count(response)
                on_complete(tally)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return tally


def test_an_answer_streams_in_order(served: ServedOnRay) -> None:
    with httpx.Client(timeout=120) as http:
        streamed = http.post(f"{served.address}/sot/events", json=body(questions(1)[0]))
    found = events(streamed.content)
    kinds = [event["type"] for event in found]
    assert kinds[0] == "routed"
    assert kinds[-1] == "finished"
    text = "".join(event["text"] for event in found if event["type"] == "text_delta")
    answer = found[-1]["answer"]
    assert text == answer["text"]
    assert len([kind for kind in kinds if kind == "text_delta"]) > 3, "it came in pieces"
    titles = [point["title"] for point in answer["points"]]
    assert titles
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_what_is_asked_wrongly_is_told(served: ServedOnRay) -> None:
    response = httpx.post(f"{served.address}{COMPLETIONS}", json={"model": "skeleton"}, timeout=60)
    assert response.status_code == 400
    assert "messages" in response.json()["error"]["message"]
    long = body("word " * 20_000)
    response = httpx.post(f"{served.address}{COMPLETIONS}", json=long, timeout=120)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "context_length_exceeded"  # the engine replica's own error


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
    array = {"type": "array", "items": {"type": "integer"}, "minItems": 4000}  # minutes of decoding
    schema = {"type": "json_schema", "json_schema": {"name": "numbers", "schema": array}}
    asked = body("Count.", stream=True, response_format=schema, max_tokens=4000) | {"model": "normal"}
    async with httpx.AsyncClient(timeout=120) as http:
        for _ in range(2):
            async with http.stream("POST", f"{served.address}{COMPLETIONS}", json=asked) as response:
                async for line in response.aiter_lines():
                    if '"content":"' in line:
                        break
            assert response.status_code == 200
    assert await asyncio.to_thread(lambda: any(served.engine_loads().values()) or True)
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

    await asyncio.to_thread(served.wait_until_ready)  # Serve starts another one
    after = {process.pid for process in served.engine_processes()}
    assert len(after) == 2
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
