"""Several models in one server: real torch engines with tiny random models, of which one is awake."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from page_browser import NEEDS_CHROMIUM, Visits
from playwright.sync_api import expect
from server_process import ServedApp
from tiny_model import save_tiny_model

from sot import SkeletonOfThought
from sot.backends.torch_engine import TorchBackend
from sot.errors import ConfigError
from sot.server import ServerSettings, create_app
from sot.types import Chunk, GenerateConfig, Message

NAMES = ("a", "b", "c")
QUESTIONS = ("Hi", "What is tea?", "Name three colours.", "Why is the sky blue?")


class Watched(TorchBackend):
    """A torch engine that counts how many of its house are awake with each chunk."""

    house: Sequence[Watched] = ()
    most_awake = 0

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().stream(messages, config, prefill=prefill):
            awake = sum(not each.asleep for each in Watched.house)
            Watched.most_awake = max(Watched.most_awake, awake)
            yield chunk


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    place = tmp_path_factory.mktemp("models")
    widths = zip(NAMES, (32, 48, 64), strict=True)
    return {
        name: save_tiny_model(place / f"tiny-{name}", hidden_size=width, head_dim=width // 4)
        for name, width in widths
    }


@asynccontextmanager
async def cores(folders: Mapping[str, Path]) -> AsyncGenerator[dict[str, SkeletonOfThought]]:
    engines = {name: Watched(str(folder), dtype="float32", threads=1) for name, folder in folders.items()}
    Watched.house, Watched.most_awake = list(engines.values()), 0
    async with AsyncExitStack() as stack:
        for engine in engines.values():
            stack.push_async_callback(engine.aclose)
        yield {name: SkeletonOfThought(engine, max_tokens=8) for name, engine in engines.items()}


@pytest.fixture(scope="module")
def served(folders: Mapping[str, Path]) -> Iterator[ServedApp]:
    settings = ServerSettings(max_awake=1, aliases=(("gpt", "b:cot"), ("cot", "a:normal")))
    with ServedApp(lambda: cores(folders), settings) as served:
        yield served


def request(model: str, question: str = "Hi", **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}]
    return {"model": model, "messages": messages, "max_tokens": 6, "temperature": 0, **more}


def text_of(response: httpx.Response) -> tuple[int, str, str]:
    answer = response.json()
    return response.status_code, answer["model"], answer["choices"][0]["message"]["content"]


async def test_of_a_hundred_random_questions_over_three_models_none_is_lost(served: ServedApp) -> None:
    chance = random.Random(24)
    asked = [(chance.choice(NAMES), chance.choice(QUESTIONS)) for _ in range(100)]
    known = {
        (name, question): text_of(served.post(request(name, question)))
        for name in NAMES
        for question in QUESTIONS
    }
    assert {status for status, _, _ in known.values()} == {200}
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
        every = await asyncio.gather(
            *(client.post("/chat/completions", json=request(*each)) for each in asked)
        )
    assert [text_of(response) for response in every] == [known[each] for each in asked]
    assert Watched.most_awake == 1
    assert served.at_rest()
    wakes = {
        name: float(line.rpartition(" ")[2])
        for name in NAMES
        for line in served.get("/metrics").text.splitlines()
        if line.startswith(f'sot_model_wakes_total{{model="{name}"}}')
    }
    assert set(wakes) == set(NAMES)
    assert sum(wakes.values()) >= 2


def test_a_name_chooses_the_model_the_strategy_or_both(served: ServedApp) -> None:
    chosen = {
        "b": ("tiny-b", "normal"),
        "b:cot": ("tiny-b", "cot"),
        "plan": ("tiny-a", "plan"),
        "cot": ("tiny-a", "normal"),  # an alias, which means nothing within another name
        "gpt": ("tiny-b", "cot"),
        "tiny-b": ("tiny-b", "normal"),
    }
    for name, expected in chosen.items():
        response = served.post(request(name))
        assert (response.json()["model"], response.headers["x-sot-strategy"]) == expected, name
    refused = served.post(request("d:cot"))
    assert refused.status_code == 404
    assert "there are a, b, c, each also as NAME:STRATEGY" in refused.json()["error"]["message"]
    names = [entry["id"] for entry in served.get("/v1/models").json()["data"]]
    assert {"auto", "skeleton", "a", "b:skeleton", "c"} <= set(names)


def test_looking_at_the_server_wakes_no_model(served: ServedApp) -> None:
    served.post(request("c"))
    for path in ("/health", "/ready", "/v1/models", "/v1/models/a", "/metrics", "/sot/about"):
        assert served.get(path).status_code == 200, path
    for name in NAMES:  # an address of engines that these have not
        assert served.post({"model": name, "input": "Hi"}, "/v1/embeddings").status_code == 404
    metrics = served.get("/metrics").text
    assert 'sot_model_asleep{model="a"} 1.0' in metrics
    assert 'sot_model_asleep{model="c"} 0.0' in metrics
    assert served.get("/sot/about").json()["models"] == list(NAMES)


def test_the_events_of_an_answer_say_that_the_model_is_woken(served: ServedApp) -> None:
    for name in ("a", "b"):
        served.post(request(name))  # so that a has been awake, and sleeps
    asked = {"model": "a:normal", "question": "Hi", "max_tokens": 3, "sot": {"strategy": None}}
    events = served.post(asked, "/sot/events").text
    assert events.startswith('data: {"type":"waking"')
    assert '"strategy":"normal"' in events
    assert "chosen by the caller" in events
    assert '"type":"finished"' in events
    assert '"type":"waking"' not in served.post(asked, "/sot/events").text  # awake now
    assert served.post({"model": "nope", "question": "Hi"}, "/sot/events").status_code == 404


@NEEDS_CHROMIUM
def test_a_model_is_chosen_on_the_page_and_woken(served: ServedApp, visits: Visits) -> None:
    visit = visits(served.url.removesuffix("/v1") + "/")
    visit.page.evaluate("""() => {
        window.said = [];
        const see = (records) => {
            for (const { addedNodes } of records) for (const node of addedNodes) said.push(node.textContent);
        };
        new MutationObserver(see).observe(document.getElementById("verdict-title"), { childList: true });
    }""")
    picker = visit.page.get_by_role("combobox", name="Model")
    expect(picker.locator("option")).to_have_text(list(NAMES))
    visit.page.get_by_role("combobox", name="Right column").select_option("normal")
    for name in ("a", "b", "a"):  # so that a has been awake, and sleeps
        picker.select_option(name)
        visit.ask()
        expect(visit.verdict).to_contain_text("Cost:")
        expect(visit.ask_button).to_be_enabled()
        assert f"tiny-{name}" in visit.page.evaluate("localStorage.getItem('conversations')")
    assert "Waking the model …" in visit.page.evaluate("said")


def test_names_that_cannot_be_told_apart_are_refused() -> None:
    for names in ((), ("auto",), ("a:b",), ("",)):
        with pytest.raises(ConfigError):
            create_app(dict.fromkeys(names, SkeletonOfThought("replay:x")))
