"""An engine and a strategy of another package: one file each, found by entry points, working everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from cli_server import one_line, run_sot
from server_process import COMPLETIONS, ServeProcess, body

ENGINE = '''
"""An engine that answers with the question in capital letters."""

from sot.types import BackendInfo, Chunk, Load


class Toy:
    def __init__(self, model):
        self.model = model or "toy"

    async def stream(self, messages, config, *, prefill=None):
        for word in messages[-1].content.upper().split():
            yield Chunk(text=word + " ")
        yield Chunk(finish_reason="stop")

    async def info(self):
        return BackendInfo(backend="toy:", model=self.model, parallel=1)

    async def load(self):
        return Load()

    async def aclose(self):
        pass
'''

STRATEGY = '''
"""A strategy that asks twice at once and shows both answers."""

import asyncio

from sot.strategies.base import Outcome
from sot.types import Message, Usage


class Twice:
    label = "Asked twice"

    async def run(self, run):
        question = run.messages[-1].content
        asked = [
            run.complete((Message("user", f"{word} {question}"),), run.config(max_tokens=20))
            for word in ("once", "again")
        ]
        texts = await asyncio.gather(*(self.read(request) for request in asked))
        run.write("\\n".join(texts))
        return Outcome(sum((request.usage for request in asked), Usage()), finish_reason="stop")

    async def read(self, request):
        return "".join([piece async for piece in request.text()]).strip()
'''


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """A folder with the two packages, as pip would leave them there."""
    for name, source, points in (
        ("toy_engine", ENGINE, "[sot.backends]\ntoy = toy_engine:Toy\n"),
        ("toy_strategy", STRATEGY, "[sot.strategies]\ntoy = toy_strategy:Twice\n"),
        ("broken", "raise LookupError('this package is broken')", "[sot.strategies]\nbroken = broken:No\n"),
    ):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        about.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        about.joinpath("entry_points.txt").write_text(points)
    return str(tmp_path)


def test_a_command_takes_them(installed: str) -> None:
    done = run_sot(
        "ask", "Why so?", "--strategy", "toy", "--backend", "toy:large", "--json", PYTHONPATH=installed
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["text"] == "ONCE WHY SO?\nAGAIN WHY SO?"
    assert (answer["route"]["strategy"], answer["model"], answer["backend"]) == ("toy", "large", "toy:")
    assert answer["usage"]["requests"] == 2


def test_help_and_errors_name_them(installed: str) -> None:
    done = run_sot("ask", "--help", PYTHONPATH=installed)
    assert b"toy (Asked twice)" in b" ".join(done.stdout.split())
    wrong = run_sot("ask", "Why?", "--strategy", "fast", "--backend", "toy:", PYTHONPATH=installed)
    assert wrong.returncode == 2
    assert "it must be one of auto, skeleton, " in wrong.stderr.decode()
    assert "cot, plan, toy" in wrong.stderr.decode()
    wrong = run_sot("ask", "Why?", "--backend", "tay:", PYTHONPATH=installed)
    assert wrong.returncode == 2
    assert "toy:MODEL" in one_line(wrong.stderr)


def test_an_engine_of_one_request_at_a_time_gets_normal_decoding(installed: str) -> None:
    done = run_sot("ask", "How can I sleep better?", "--backend", "toy:", "--json", PYTHONPATH=installed)
    answer = json.loads(done.stdout)
    assert answer["route"]["strategy"] == "normal"
    assert "the engine takes 1 at a time" in answer["route"]["reason"]
    assert answer["text"].strip() == "HOW CAN I SLEEP BETTER?"


def test_a_server_takes_them(installed: str) -> None:
    with ServeProcess("toy:", PYTHONPATH=installed) as served:
        models = {
            entry["id"] for entry in httpx.get(f"{served.address}/v1/models", timeout=60).json()["data"]
        }
        assert {"auto", "skeleton", "toy"} <= models
        made = httpx.post(served.address + COMPLETIONS, json=body("Why so?", model="toy"), timeout=60).json()
        assert made["choices"][0]["message"]["content"] == "ONCE WHY SO?\nAGAIN WHY SO?"
        assert httpx.get(f"{served.address}/sot/about", timeout=60).json()["labels"]["toy"] == "Asked twice"
