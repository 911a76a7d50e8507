"""An adapter acts on the requests of its stages alone, whatever is decoded beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import pytest_asyncio
import torch
from tiny_adapter import save_tiny_adapter
from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend, llama_forward
from sot.backends.torch_engine.adapter import check, layer_sizes, merge, read_adapter
from sot.backends.torch_engine.kv import KVStore
from sot.backends.torch_engine.llama_parts import ModelParts
from sot.backends.torch_engine.packed_attention import Piece, Step
from sot.backends.torch_engine.prefix import PrefixCache
from sot.backends.torch_engine.quantize import Int8Linear
from sot.errors import ConfigError
from sot.types import GenerateConfig, Message

QUESTIONS = ["How can I sleep better?", "What is tea?", "Why is the sky blue?", "Name three colours."]
ACTS, ACTS_NOT = ("skeleton", "point", "closing"), ("", "normal", "cot", "plan", "route")
BOTH = ("normal", "point", "normal", "skeleton")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_adapter(tmp_path_factory.mktemp("tiny") / "adapter", tiny)


def engine(folder: Path, **options: Any) -> TorchBackend:
    return TorchBackend(str(folder), **{"dtype": "float32", "threads": 1, **options})


async def write(
    backend: TorchBackend, question: str, stage: str = "normal", *, tokens: int = 24
) -> tuple[str, int]:
    """The completion, and how many tokens of its prompt were not computed."""
    text, cached = "", 0
    config = GenerateConfig(max_tokens=tokens, stage=stage)
    async for chunk in backend.stream([Message("user", question)], config):
        text += chunk.text
        cached = chunk.usage.cached_tokens if chunk.usage else cached
    return text, cached


async def alone(backend: TorchBackend, stage: str, **options: Any) -> list[str]:
    """The completions of the questions, one after the other."""
    return [(await write(backend, question, stage, **options))[0] for question in QUESTIONS]


async def expected(folder: Path, adapter: Path, **options: Any) -> dict[str, list[str]]:
    """What the model itself writes, and what it writes with the adapter merged into its weights."""
    found: dict[str, list[str]] = {}
    for name, given in (
        ("plain", {"adapter": "off"}),
        ("merged", {"adapter": str(adapter), "adapter_stages": "all"}),
    ):
        backend = engine(folder, **given, **options)
        found[name] = await alone(backend, "normal")
        await backend.aclose()
    assert not set(found["plain"]) & set(found["merged"])
    return found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def texts(tiny: Path, adapter: Path) -> dict[str, list[str]]:
    return await expected(tiny, adapter)


@pytest.fixture
async def adapted(tiny: Path, adapter: Path) -> AsyncGenerator[TorchBackend]:
    backend = engine(tiny, adapter=str(adapter))
    yield backend
    await backend.aclose()


class TestRequests:
    @pytest.mark.parametrize("stage", [*ACTS, *ACTS_NOT])
    async def test_it_acts_by_the_stage(
        self, adapted: TorchBackend, texts: dict[str, list[str]], stage: str
    ) -> None:
        assert await alone(adapted, stage) == texts["merged" if stage in ACTS else "plain"]

    async def test_requests_of_both_kinds_are_decoded_together(
        self, adapted: TorchBackend, texts: dict[str, list[str]]
    ) -> None:
        asked = [(number, stage) for stage in BOTH for number in range(len(QUESTIONS))]
        got = await asyncio.gather(*(write(adapted, QUESTIONS[number], stage) for number, stage in asked))
        for (number, stage), (text, _) in zip(asked, got, strict=True):
            assert text == texts["merged" if stage in ACTS else "plain"][number]

    async def test_requests_join_and_leave(self, adapted: TorchBackend, texts: dict[str, list[str]]) -> None:
        """Steps of one kind and of both follow one another; the last row takes the place of one that left."""
        lengths = (3, 24, 9, 24, 5, 24, 16, 24)
        asked = list(zip(lengths, (BOTH * 2), (0, 1, 2, 3) * 2, strict=True))
        running: list[asyncio.Task[tuple[str, int]]] = []
        for tokens, stage, number in asked:
            running.append(asyncio.create_task(write(adapted, QUESTIONS[number], stage, tokens=tokens)))
            await write(adapted, "Hi", "point" if stage == "normal" else "normal", tokens=2)
        for (tokens, stage, number), task in zip(asked, running, strict=True):
            text, whole = (await task)[0], texts["merged" if stage in ACTS else "plain"][number]
            assert text == whole if tokens == 24 else whole.startswith(text.rstrip("\ufffd"))

    async def test_it_can_act_on_every_request(
        self, tiny: Path, adapter: Path, texts: dict[str, list[str]]
    ) -> None:
        backend = engine(tiny, adapter=str(adapter), adapter_stages="all")
        got = [await alone(backend, stage) for stage in ("", "normal", "point")]
        await backend.aclose()
        assert got == [texts["merged"]] * 3

    @pytest.mark.parametrize("dtype", ["int8", "bfloat16"])
    async def test_other_number_formats(
        self, tiny: Path, adapter: Path, texts: dict[str, list[str]], dtype: str
    ) -> None:
        off = engine(tiny, adapter="off", dtype=dtype)
        plain = await alone(off, "normal")
        await off.aclose()
        backend = engine(tiny, adapter=str(adapter), dtype=dtype)
        assert await alone(backend, "normal") == plain
        points = await alone(backend, "point")
        assert not set(points) & set(plain)
        mixed = await asyncio.gather(*(write(backend, QUESTIONS[0], stage) for stage in BOTH))
        await backend.aclose()
        assert len({text for text, _ in mixed}) > 1

    @pytest.mark.parametrize("model_type", ["qwen2", "qwen3", "mistral"])
    async def test_other_architectures(self, tmp_path: Path, model_type: str) -> None:
        folder = save_tiny_model(tmp_path / "model", model_type=model_type)
        place = save_tiny_adapter(tmp_path / "adapter", folder, size=0.2)
        wanted = await expected(folder, place)
        backend = engine(folder, adapter=str(place))
        assert await alone(backend, "point") == wanted["merged"]
        assert await alone(backend, "normal") == wanted["plain"]
        await backend.aclose()

    async def test_an_architecture_that_transformers_computes_has_it_in_its_weights(
        self, tmp_path: Path
    ) -> None:
        folder = save_tiny_model(tmp_path / "model", model_type="olmo2")
        place = save_tiny_adapter(tmp_path / "adapter", folder)
        wanted = await expected(folder, place)
        backend = engine(folder, adapter=str(place))
        assert await alone(backend, "point") == await alone(backend, "normal") == wanted["merged"]
        await backend.aclose()

    def test_stages_that_are_not_known_are_refused(self, tiny: Path) -> None:
        with pytest.raises(ConfigError, match="adapter_stages is skeleton or all, not 'none'"):
            TorchBackend(str(tiny), adapter_stages="none")


class TestPrefixes:
    QUESTION = "A question that is long enough for its keys and values to be kept and copied."

    @pytest.mark.parametrize(("first", "second"), [("point", "normal"), ("normal", "point")])
    async def test_those_of_the_other_kind_are_not_taken(
        self, adapted: TorchBackend, tiny: Path, adapter: Path, first: str, second: str
    ) -> None:
        fresh = engine(tiny, adapter=str(adapter), max_batch=3)
        wanted, _ = await write(fresh, self.QUESTION, second)
        await fresh.aclose()
        await write(adapted, self.QUESTION, first)
        assert await write(adapted, self.QUESTION, second) == (wanted, 0)  # nothing was kept that could serve
        text, cached = await write(adapted, self.QUESTION, second)
        assert text == wanted
        assert cached > len(self.QUESTION)

    @pytest.mark.parametrize(("first", "second"), [("point", "normal"), ("normal", "point")])
    async def test_a_running_request_of_the_other_kind_gives_none(
        self, adapted: TorchBackend, first: str, second: str
    ) -> None:
        running = adapted.stream(
            [Message("user", self.QUESTION)], GenerateConfig(max_tokens=400, stage=first)
        )
        await anext(running)
        text, cached = await write(adapted, self.QUESTION, second)
        assert cached == 0
        again, cached = await write(adapted, self.QUESTION + " More.", first)
        assert cached > len(self.QUESTION)
        await running.aclose()
        assert text != again

    async def test_rows_of_both_kinds_that_begin_alike_do_not_read_one_prefix(
        self, adapted: TorchBackend, tiny: Path, adapter: Path
    ) -> None:
        """Keys of a prefix that all rows of a step share are read once: from the first row's place."""
        stages, alike = ("normal", "point", "point", "normal", "point"), self.QUESTION * 2
        wanted: list[str] = []
        for stage in stages:
            fresh = engine(tiny, adapter=str(adapter), max_batch=3)
            wanted.append((await write(fresh, alike, stage))[0])
            await fresh.aclose()
        got = await asyncio.gather(*(write(adapted, alike, stage) for stage in stages))
        assert [text for text, _ in got] == wanted

    def test_the_cache_keeps_two_trees_within_one_limit(self) -> None:
        def keys(count: int, value: float) -> torch.Tensor:
            return torch.full((1, 2, 1, count, 1), value)

        cache = PrefixCache(6 * 8)  # six tokens of eight bytes
        cache.insert([1, 2, 3], keys(3, 0.0))
        cache.insert([1, 2, 3], keys(3, 1.0), adapter=1)
        for adapted in (True, False):
            count, pieces = cache.match([1, 2, 3, 4], 4, adapter=adapted)
            assert count == 3
            assert pieces[0].unique().item() == float(adapted)
        cache.insert([7], keys(1, 0.0))  # the adapted one was used longest ago
        assert cache.match([1, 2, 3], 3, adapter=1)[0] == 0
        assert cache.match([1, 2, 3], 3)[0] == 3


class TestForward:
    """Logits of single steps: the addition of each row is that of the merged weights, or nothing."""

    @staticmethod
    def forward(
        tiny: Path, adapter: Path | None, kinds: Sequence[bool], make: Any, *, merged: bool = False
    ) -> torch.Tensor:
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
        model.eval().requires_grad_(False)
        pairs = None
        if adapter is not None:
            found = read_adapter(adapter)
            check(layer_sizes(model), found)
            if merged:
                merge(model, found)
            else:
                pairs = found.pairs
        llama = llama_forward.LlamaForward(ModelParts(model, make), () if pairs is None else [pairs])
        kv = KVStore(
            layers=2,
            kv_heads=2,
            head_dim=8,
            max_slots=len(kinds),
            max_length=64,
            dtype=torch.float32,
            device=torch.device("cpu"),
        )
        kv.ensure(len(kinds), 16)
        lengths = [4 + slot for slot in range(len(kinds))]
        with torch.inference_mode():
            for start, count in ((0, None), (12, 1)):
                pieces = [
                    Piece(slot, min(start, length), [9 + slot] * (count or length), kind)
                    for slot, (length, kind) in enumerate(zip(lengths, kinds, strict=True))
                ]
                logits = llama.forward(Step(kv, pieces, torch.float32, torch.device("cpu")))
        return logits

    @pytest.mark.parametrize(
        "kinds", [[True], [True] * 4, [False, True, True], [True, False, True, False, False]]
    )
    def test_rows_by_themselves(self, tiny: Path, adapter: Path, kinds: list[bool]) -> None:
        plain = self.forward(tiny, None, kinds, llama_forward.plain)
        merged = self.forward(tiny, adapter, kinds, llama_forward.plain, merged=True)
        got = self.forward(tiny, adapter, kinds, llama_forward.plain)
        for row, adapts in enumerate(kinds):
            if adapts:
                torch.testing.assert_close(got[row], merged[row], rtol=1e-4, atol=1e-4)
                assert (got[row] - plain[row]).abs().max() > 0.1
            else:
                assert torch.equal(got[row], plain[row])

    def test_a_step_without_adapted_rows_is_exactly_the_models(self, tiny: Path, adapter: Path) -> None:
        for make in (llama_forward.plain, Int8Linear):
            plain = self.forward(tiny, None, [False] * 3, make)
            assert torch.equal(self.forward(tiny, adapter, [False] * 3, make), plain)
