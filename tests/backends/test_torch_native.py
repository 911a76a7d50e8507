"""Forward pass in C: it computes what torch's kernels compute, token by token alike in every batch."""

from __future__ import annotations

import asyncio
import random
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tiny_model import save_tiny_model  # noqa: E402

from sot.backends.torch_engine import TorchBackend  # noqa: E402
from sot.backends.torch_engine.kv import KVStore  # noqa: E402
from sot.backends.torch_engine.llama_forward import LlamaForward  # noqa: E402
from sot.backends.torch_engine.llama_parts import ModelParts  # noqa: E402
from sot.backends.torch_engine.native import build  # noqa: E402
from sot.backends.torch_engine.native.llama import NativeLlama, native_or_not  # noqa: E402
from sot.backends.torch_engine.packed_attention import Piece, Step  # noqa: E402
from sot.backends.torch_engine.quantize import Int8Linear  # noqa: E402
from sot.errors import ConfigError  # noqa: E402
from sot.types import GenerateConfig, Message  # noqa: E402

_CPU = torch.device("cpu")
_WORDS = 101  # no multiple of any vector's width
needs_native = pytest.mark.skipif(not build.is_available(), reason="no C compiler, or another processor")


def _model(
    kind: str = "llama",
    *,
    heads: int = 4,
    kv_heads: int = 2,
    head_dim: int = 32,
    adapter: bool = False,
    make: Any = None,
    **more: object,
) -> LlamaForward:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind,
        vocab_size=_WORDS,
        hidden_size=48 * heads,
        intermediate_size=112,
        num_hidden_layers=3,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=head_dim,
        max_position_embeddings=2048,
        initializer_range=0.15,
        **more,
    )
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval().requires_grad_(False)
    for name, value in model.named_parameters():
        if "norm" in name or name.endswith("bias"):  # made as ones and zeros
            value.copy_(value + 0.3 * torch.randn_like(value))
    pairs = {
        name: (0.1 * torch.randn(3, layer.weight.shape[1]), torch.randn(layer.weight.shape[0], 3))
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and adapter
    }
    return LlamaForward(ModelParts(model, make or _Exact), () if pairs is None else [pairs])


def _store(model: LlamaForward) -> KVStore:
    shape = model.shape
    store = KVStore(
        layers=shape.layers,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        max_slots=16,
        max_length=512,
        dtype=torch.float32,
        device=_CPU,
    )
    store.ensure(16, 256)
    return store


def _step(
    kv: KVStore,
    pieces: Sequence[tuple[int, int, Sequence[int]]],
    *,
    shared: int = 0,
    alone: int = 0,
    adapted: Sequence[int] = (),
) -> Step:
    made = [Piece(slot, start, ids, slot in adapted) for slot, start, ids in pieces]
    return Step(kv, made, torch.float32, _CPU, shared=shared, alone=alone)


def _ids(count: int, seed: int = 1) -> list[int]:
    draw = random.Random(seed)
    return [draw.randrange(_WORDS) for _ in range(count)]


def _read(forward: Any, model: LlamaForward, adapted: Sequence[int] = ()) -> Any:
    """Read three prompts, of which two share a beginning, and decode all; returns the logits."""
    kv, seen = _store(model), []
    beginning = _ids(90)
    prompts = [_ids(5, 2), beginning + _ids(7, 3), beginning + _ids(40, 4)]
    with torch.inference_mode():
        seen.append(forward(_step(kv, [(at, 0, ids) for at, ids in enumerate(prompts)], adapted=adapted)))
        for turn in range(3):
            pieces = [(at, len(ids) + turn, [(9 * at + turn) % _WORDS]) for at, ids in enumerate(prompts)]
            seen.append(forward(_step(kv, pieces, shared=90, alone=1, adapted=adapted)))
    return torch.cat(seen)


class _Exact(Int8Linear):
    """The same 8-bit layer, computed in whole numbers by the definition of its quantisation."""

    def forward(self, x: Any) -> Any:
        weight, scales = self.quantised()
        largest = x.abs().amax(-1, keepdim=True).clamp_(min=1e-12)
        rounded = (x * (127 / largest) + 0.5).floor()
        y = (rounded.double() @ weight.double().T).float() * scales * (largest / 127)
        return y if self.bias is None else y + self.bias


def _check(native: Any, kind: str, **sizes: Any) -> None:
    adapted = (0, 2) if sizes.get("adapter") else ()
    model = _model(kind, **sizes)
    wanted = _read(model.forward, model, adapted)
    ours = _read(native(_model(kind, make=Int8Linear, **sizes)).forward, model, adapted)
    # A value on the edge between two steps of the quantisation may be rounded to the other one, which these
    # random weights make 1 to 4% of; where no value is, hardly anything differs.
    off = (ours - wanted).norm(dim=-1) / wanted.norm(dim=-1)
    assert float(off.max()) < 0.1, off
    assert float(off.min()) < 1e-5, off


_KINDS = [
    ("llama", {}),
    ("llama", {"heads": 6, "kv_heads": 2, "head_dim": 64}),
    ("llama", {"heads": 5, "kv_heads": 1, "head_dim": 64}),
    ("llama", {"heads": 4, "kv_heads": 4, "head_dim": 16, "tie_word_embeddings": True}),
    ("llama", {"heads": 3, "kv_heads": 1, "head_dim": 128}),
    ("llama", {"attention_bias": True, "mlp_bias": True}),
    ("mistral", {"sliding_window": 20}),
    ("qwen2", {"heads": 2, "kv_heads": 1}),
    ("qwen3", {"heads": 8, "kv_heads": 2}),
    ("llama", {"adapter": True}),
]


@needs_native
@pytest.mark.parametrize(("kind", "sizes"), _KINDS)
def test_logits_are_those_of_whole_numbers(kind: str, sizes: dict[str, Any]) -> None:
    _check(NativeLlama, kind, **sizes)


@needs_native
def test_an_adapter_changes_the_rows_it_acts_on_alone() -> None:
    model = _model(adapter=True)
    native = NativeLlama(model).forward
    none, one = _read(native, model), _read(native, model, (2,))
    same = [torch.equal(a, b) for a, b in zip(none, one, strict=True)]
    assert same == [True, True, False] * 4


def _flags() -> list[str]:
    """Instruction sets of this processor and of lesser ones, each a branch of the source."""
    with Path("/proc/cpuinfo").open() as file:
        known = next((line for line in file if line.startswith("flags")), "").split()
    lesser = ["-march=haswell"] if "avx2" in known and "fma" in known else []
    if "avx_vnni" in known:
        lesser.append("-march=haswell -mavxvnni")
    if "avx512_vnni" in known and "avx512vl" in known:
        lesser.append("-march=haswell -mavx512f -mavx512vl -mavx512vnni")
    return lesser


@needs_native
@pytest.mark.parametrize("flags", _flags() if Path("/proc/cpuinfo").exists() else [])
def test_lesser_processors_compute_the_same(
    flags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path))
    options = [option for option in build._OPTIONS if not option.startswith("-march")]
    monkeypatch.setattr(build, "_OPTIONS", (*options, *flags.split()))
    other = build._find()
    monkeypatch.setattr("sot.backends.torch_engine.native.llama.library", lambda: other)
    for kind, sizes in [*_KINDS[1:3], *_KINDS[4:7], _KINDS[-1]]:
        _check(NativeLlama, kind, **sizes)


@needs_native
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_token_is_computed_alike_in_every_batch(threads: int) -> None:
    model = _model(heads=6, kv_heads=2, head_dim=64, adapter=True)
    native = NativeLlama(model).forward
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    prompts = [_ids(70) + _ids(10, seed) for seed in range(10)]
    try:
        alone = []
        for prompt in prompts:
            kv = _store(model)
            native(_step(kv, [(0, 0, prompt[:40])], adapted=[0]))
            steps = [native(_step(kv, [(0, at, [prompt[at]])], adapted=[0])) for at in range(40, 80)]
            alone.append(steps[-1][0])
        kv = _store(model)
        native(_step(kv, [(slot, 0, prompt[:75]) for slot, prompt in enumerate(prompts)], adapted=range(10)))
        native(
            _step(kv, [(slot, 75, prompt[75:79]) for slot, prompt in enumerate(prompts)], adapted=range(10))
        )
        last = [(slot, 79, prompt[79:]) for slot, prompt in enumerate(prompts)]
        together = native(_step(kv, last, shared=70, adapted=range(10)))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def _without_compiler(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("SOT_CACHE", str(folder))
    monkeypatch.setenv("PATH", str(folder / "nothing"))
    monkeypatch.setattr("sot.backends.torch_engine.native.llama.library", build._find)


def test_without_a_compiler_torch_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_compiler(monkeypatch, tmp_path)
    model = _model()
    assert native_or_not(model, "auto") == model.forward
    with pytest.raises(ConfigError, match=r"C compiler|x86-64"):
        native_or_not(model, "native")


@pytest.fixture
def quick_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_OPTIONS", tuple(option.replace("-O2", "-O0") for option in build._OPTIONS))


@needs_native
@pytest.mark.usefixtures("quick_to_compile")
def test_a_compiled_library_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path))
    first = build._find()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("compiled again"))
    assert build._find().sot_lanes() == first.sot_lanes()


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of the compilations, which go on as usual."""
    compile_, seen = build._compile, []

    def noted(compiler: str, folder: Path) -> Path:
        seen.append(folder)
        return compile_(compiler, folder)

    monkeypatch.setattr(build, "_compile", noted)
    return seen


@needs_native
@pytest.mark.usefixtures("quick_to_compile")
def test_a_damaged_library_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[Path]
) -> None:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "first"))
    build._find()
    damaged = tmp_path / "second" / "native" / next((tmp_path / "first" / "native").glob("*.so")).name
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"\x7fELF, but no more than that")
    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "second"))
    build._find()
    assert len(compilations) == 2
    assert len(damaged.read_bytes()) > 1000


@needs_native
@pytest.mark.usefixtures("quick_to_compile")
@pytest.mark.parametrize("place", ["library", "folder", "above"])
def test_a_library_that_others_may_have_written_is_not_run(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[Path]
) -> None:
    monkeypatch.setenv("SOT_CACHE", str(tmp_path / "cache"))
    build._find()
    kept = next((tmp_path / "cache" / "native").glob("*.so"))
    build._find()
    assert len(compilations) == 1
    {"library": kept, "folder": kept.parent, "above": kept.parent.parent}[place].chmod(0o777)
    build._find()
    assert len(compilations) == 2
    if place == "library":
        assert not stat.S_IMODE(kept.stat().st_mode) & 0o022
    else:
        assert kept.parent not in compilations[1].parents  # nothing is written where others may


@needs_native
@pytest.mark.parametrize("place", ["a folder that cannot be made", "nothing may be run there"])
def test_without_a_folder_for_it_torch_computes(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("failed to map segment from shared object")

    if place == "nothing may be run there":
        monkeypatch.setenv("SOT_CACHE", str(tmp_path))
        monkeypatch.setattr(build, "_compile", lambda *_: tmp_path / "forward.so")
        monkeypatch.setattr(build, "_open", refuse)
    else:
        monkeypatch.setenv("SOT_CACHE", str(tmp_path / "file" / "cache"))
        (tmp_path / "file").touch()
        monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    monkeypatch.setattr("sot.backends.torch_engine.native.llama.library", build._find)
    model = _model()
    assert native_or_not(model, "auto") == model.forward


async def test_other_architectures_say_that_they_have_none(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path, model_type="gemma")
    backend = TorchBackend(str(folder), kernels="native", threads=1)
    with pytest.raises(ConfigError, match="architecture gemma"):
        await backend.info()
    await backend.aclose()


@needs_native
async def test_simultaneous_answers_in_8_bits_read_as_alone(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path, hidden_size=64, head_dim=16)
    questions = [f"Question number {number}, somewhat long: {'why? ' * number}" for number in range(6)]

    async def answer(backend: TorchBackend, question: str) -> str:
        config = GenerateConfig(max_tokens=30)
        return "".join([chunk.text async for chunk in backend.stream([Message("user", question)], config)])

    backend = TorchBackend(str(folder), kernels="native", threads=1)
    alone = [await answer(backend, question) for question in questions]
    await backend.aclose()
    backend = TorchBackend(str(folder), kernels="native", threads=2)
    together = await asyncio.gather(*(answer(backend, question) for question in questions))
    await backend.aclose()
    assert together == alone


@pytest.mark.parametrize("options", [{"kernels": "fast"}, {"kernels": "native", "dtype": "bfloat16"}])
def test_senseless_kernels_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="kernels"):
        TorchBackend("", **options)
