"""Several adapters in one engine: each request is decoded with its own, whatever is beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import pytest_asyncio
import torch
from alike import read_alike
from tiny_adapter import save_tiny_adapter
from tiny_model import save_tiny_model

from sot.backends.torch_engine import TorchBackend
from sot.backends.torch_engine.adapter import is_packaged, read_adapter
from sot.backends.torch_engine.low_rank import SEVERAL, Adapted, adapt
from sot.errors import ConfigError
from sot.types import GenerateConfig, Message

QUESTION = "A question that is long enough for its keys and values to be kept and copied."
NAMES = ("off", "a", "b")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def folders(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two adapters of different layers."""
    place = tmp_path_factory.mktemp("adapters")
    a = save_tiny_adapter(place / "a", tiny, seed=1)
    b = save_tiny_adapter(place / "b", tiny, seed=2, targets=("q_proj", "v_proj", "down_proj"))
    return {"a": str(a), "b": str(b)}


def engine(tiny: Path, folders: Mapping[str, str], **options: Any) -> TorchBackend:
    return TorchBackend(str(tiny), **{"dtype": "float32", "threads": 1, "adapters": folders, **options})


async def write(
    backend: TorchBackend, adapter: str | None, question: str = QUESTION, **config: Any
) -> tuple[str, int]:
    """The completion, and how many tokens of its prompt were not computed."""
    text, cached = "", 0
    settings = {"max_tokens": 24, "repetition_penalty": 1.0, **config}
    async for chunk in backend.stream(
        [Message("user", question)], GenerateConfig(adapter=adapter, **settings)
    ):
        text += chunk.text
        cached = chunk.usage.cached_tokens if chunk.usage else cached
    return text, cached


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def texts(tiny: Path, folders: dict[str, str]) -> dict[str, str]:
    """What the model writes with each adapter merged into its weights, and by itself."""
    found: dict[str, str] = {}
    for name in NAMES:
        merged = {"adapter": "off"} if name == "off" else {"adapter": folders[name], "adapter_stages": "all"}
        backend = engine(tiny, {}, **merged)
        found[name], _ = await write(backend, None)
        await backend.aclose()
    assert len(set(found.values())) == len(NAMES)
    return found


@pytest.fixture
async def backend(tiny: Path, folders: dict[str, str]) -> AsyncIterator[TorchBackend]:
    made = engine(tiny, folders)
    yield made
    await made.aclose()


async def test_rows_of_one_batch_have_an_adapter_each(
    backend: TorchBackend, texts: dict[str, str], tiny: Path, folders: dict[str, str]
) -> None:
    asked = [*NAMES, "b", "off", "a"]
    together = await asyncio.gather(*(write(backend, name) for name in asked))
    assert [text for text, _ in together] == [texts[name] for name in asked]


async def test_the_prefixes_of_one_adapter_serve_no_other(
    backend: TorchBackend, texts: dict[str, str]
) -> None:
    for name in NAMES:
        assert await write(backend, name) == (texts[name], 0)
    for name in NAMES:  # kept, each by itself
        text, cached = await write(backend, name)
        assert text == texts[name]
        assert cached > len(QUESTION)


async def test_an_adapter_is_named_beside_the_one_that_acts_by_itself(
    tiny: Path, folders: dict[str, str], texts: dict[str, str]
) -> None:
    backend = engine(tiny, {"b": folders["b"]}, adapter=folders["a"])
    assert (await backend.info()).adapters == ("default", "b")
    asked = [(None, "point"), (None, "normal"), ("b", "point"), ("off", "point"), ("default", "normal")]
    got = await asyncio.gather(*(write(backend, name, stage=stage) for name, stage in asked))
    await backend.aclose()
    assert [text for text, _ in got] == [texts[name] for name in ("a", "off", "b", "off", "a")]


async def test_one_that_acts_everywhere_leaves_room_for_others(
    tiny: Path, folders: dict[str, str], texts: dict[str, str]
) -> None:
    backend = engine(tiny, {"b": folders["b"]}, adapter=folders["a"], adapter_stages="all")
    got = [(await write(backend, name, stage="normal"))[0] for name in (None, "b", "off")]
    await backend.aclose()
    assert got == [texts["a"], texts["b"], texts["off"]]


async def test_eight_bits(tiny: Path, folders: dict[str, str]) -> None:
    """The forward pass in C computes a row alike, whatever the others are; that of torch nearly so."""
    backend = engine(tiny, folders, dtype="int8")
    alone = [(await write(backend, name))[0] for name in NAMES]
    await backend.aclose()
    fresh = engine(tiny, folders, dtype="int8", max_batch=9)
    together = await asyncio.gather(*(write(fresh, name) for name in NAMES))
    await fresh.aclose()
    assert len(set(alone)) == len(NAMES)
    assert [text[:4] for text, _ in together] == [text[:4] for text in alone]


async def test_the_engine_tells_its_adapters_and_refuses_others(backend: TorchBackend) -> None:
    info = await backend.info()
    assert info.adapters == ("a", "b")
    assert "MiB" in info.evidence["adapters"]
    with pytest.raises(ConfigError, match="no adapter 'c': it has a, b"):
        await write(backend, "c")
    assert (await write(backend, "a"))[0]  # the engine goes on


async def test_adapters_in_the_weights_can_be_neither_named_nor_left_out(
    tiny: Path, folders: dict[str, str]
) -> None:
    backend = engine(tiny, {}, adapter=folders["a"], adapter_stages="all")
    assert (await backend.info()).adapters == ()
    with pytest.raises(ConfigError, match="it has none"):
        await write(backend, "a")
    with pytest.raises(ConfigError, match="part of its weights"):
        await write(backend, "off")
    await backend.aclose()


async def test_architectures_without_rows_of_their_own_refuse_them(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model", model_type="olmo2")
    place = save_tiny_adapter(tmp_path / "adapter", folder)
    backend = engine(folder, {"a": str(place)})
    with pytest.raises(ConfigError, match="one adapter at most for the architecture olmo2"):
        await backend.info()
    await backend.aclose()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("a", "'a' is not of the form NAME=FOLDER"),
        ("a=", "'a=' is not of the form NAME=FOLDER"),
        ("off={}", "the name 'off' has a meaning of its own"),
        ("built-in={}", "the name 'built-in' has a meaning of its own"),
        ("a={},a={}", "a name is there twice"),
        ("a b={}", "'a b' cannot be the name of an adapter"),
        ("a=/nowhere", "adapter a: /nowhere: this folder holds no LoRA adapter"),
    ],
)
def test_settings_that_make_no_sense(tiny: Path, folders: dict[str, str], given: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        engine(tiny, {}, adapters=given.replace("{}", folders["a"]))


def test_a_layer_without_an_adapter_of_some_adds_nothing_for_those() -> None:
    """Rows of a layer that only the second adapter has."""
    draw = torch.Generator().manual_seed(3)
    down, up = torch.randn(2, 6, generator=draw), torch.randn(4, 2, generator=draw)
    weight, x = torch.randn(4, 6, generator=draw), torch.randn(3, 6, generator=draw)
    layer = adapt(lambda x: x @ weight.T, {"x": 4}, [{}, {"x": (down, up)}], x.device, x.dtype)
    plain, added = x @ weight.T, x @ (weight + up @ down).T
    several = layer(x, Adapted(SEVERAL, torch.tensor([0, 1, 2])))
    torch.testing.assert_close(several, torch.stack([plain[0], plain[1], added[2]]))
    torch.testing.assert_close(layer(x, Adapted(1)), plain)
    torch.testing.assert_close(layer(x, Adapted(2)), added)
    torch.testing.assert_close(layer(x, Adapted(2, torch.tensor([2, 0, 2])))[1], plain[1])


class TestRealModel:
    """The built-in model with its own adapter and another one, against peft."""

    QUESTION = "Name three rivers of Europe."

    @pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # by peft
    async def test_one_batch_gives_what_peft_gives(self, tmp_path: Path) -> None:
        pytest.importorskip("peft")
        from sot.backends.torch_engine.model_files import model_folder
        from sot.backends.torch_engine.source import resolve

        folder = Path(model_folder(resolve("")))
        targets = ("q_proj", "o_proj", "up_proj", "down_proj")
        other = save_tiny_adapter(tmp_path / "other", folder, size=0.08, targets=targets)
        options = {"dtype": "float32", "threads": 1, "cache_bytes": 1}  # keeps no prefixes
        backend = TorchBackend("", adapters={"other": str(other)}, **options)
        assert (await backend.info()).adapters == ("built-in", "other")
        names, config = ("off", "built-in", "other"), {"max_tokens": 16, "temperature": 0.0}
        alone = [(await write(backend, name, self.QUESTION, **config))[0] for name in names]
        together = await asyncio.gather(*(write(backend, name, self.QUESTION, **config) for name in names))
        await backend.aclose()
        assert len(set(alone)) == len(names)
        assert read_alike([text for text, _ in together], alone)
        assert read_alike(self.by_peft(folder, other), alone[1:])

    def by_peft(self, folder: Path, other: Path) -> list[str]:
        """What transformers and peft write greedily, with either adapter."""
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from sot.backends.torch_engine import adapter as ours

        packaged = ours.adapter_folder("", is_default=True)
        assert packaged is not None
        assert is_packaged(packaged)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model: Any = PeftModel.from_pretrained(plain, packaged, adapter_name="built-in")
        model.load_adapter(other, adapter_name="other")
        turns = [{"role": "user", "content": self.QUESTION}]
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False)])
        found: list[str] = []
        for name in ("built-in", "other"):
            model.set_adapter(name)
            with torch.inference_mode():
                written = model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=16,
                    do_sample=False,
                    repetition_penalty=1.0,
                )
            found.append(tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True))
        return found


def test_an_adapter_of_another_model_is_named(tiny: Path, folders: dict[str, str], tmp_path: Path) -> None:
    wide = save_tiny_model(tmp_path / "wide", hidden_size=64)
    backend = engine(wide, {"a": folders["a"]})
    with pytest.raises(ConfigError, match="an adapter of another model"):
        asyncio.run(backend.info())
    assert read_adapter(Path(folders["a"])).pairs
