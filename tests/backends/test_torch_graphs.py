"""Decode steps of fixed shape give the logits of ordinary ones. The capture itself needs a GPU; here the
captured function is simply called again, as its replay would do."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from sot.backends.torch_engine import llama_forward  # noqa: E402
from sot.backends.torch_engine.graphs import DecodeGraphs  # noqa: E402
from sot.backends.torch_engine.kv import KVStore  # noqa: E402
from sot.backends.torch_engine.llama_parts import ModelParts  # noqa: E402
from sot.backends.torch_engine.packed_attention import Piece, Step  # noqa: E402

_CPU = torch.device("cpu")


class _CountingCapture:
    """Stands for the capture of a CUDA graph, and counts captures."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, run: Callable[[], None]) -> Callable[[], None]:
        self.count += 1
        run()
        return run


def _model(*, window: int | None = None, kv_heads: int = 2, adapter: bool = False) -> Any:
    from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig

    torch.manual_seed(0)
    shape: dict[str, Any] = {
        "vocab_size": 96,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": 2048,
    }
    config = LlamaConfig(**shape) if window is None else MistralConfig(**shape, sliding_window=window)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.eval().requires_grad_(False)
    pairs = {
        name: (torch.randn(2, layer.weight.shape[1]), torch.randn(layer.weight.shape[0], 2))
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and adapter
    }
    return llama_forward.LlamaForward(ModelParts(model, llama_forward.plain), [pairs] if adapter else ())


def _store() -> KVStore:
    return KVStore(
        layers=3,
        kv_heads=2,
        head_dim=8,
        max_slots=8,
        max_length=1024,
        dtype=torch.float32,
        device=_CPU,
        reserve=8 * 1024 * 2 * 3 * 2 * 8 * 4,
    )


def _prefill(forward: Callable[[Step], Any], kv: KVStore, lengths: list[int]) -> None:
    kv.ensure(len(lengths), max(lengths))
    draw = random.Random(1)
    pieces = [
        Piece(slot, 0, [draw.randrange(96) for _ in range(length)]) for slot, length in enumerate(lengths)
    ]
    forward(Step(kv, pieces, torch.float32, _CPU))


def _decode(kv: KVStore, lengths: list[int], at: int, adapted: Collection[int] = ()) -> Step:
    kv.ensure(len(lengths), max(lengths) + at + 1)
    pieces = [
        Piece(slot, length + at, [(7 * slot + at) % 96], slot in adapted)
        for slot, length in enumerate(lengths)
    ]
    return Step(kv, pieces, torch.float32, _CPU, decodes_all=True)


@pytest.mark.parametrize("lengths", [[5], [9, 30, 4], [250, 3, 60, 17, 90], [40] * 8])
@pytest.mark.parametrize("window", [None, 16])
def test_logits_are_those_of_ordinary_steps(lengths: list[int], window: int | None) -> None:
    model = _model(window=window)
    capture = _CountingCapture()
    graphs = DecodeGraphs(model, capture)
    ordinary, fixed = _store(), _store()
    with torch.inference_mode():
        _prefill(model.forward, ordinary, lengths)
        _prefill(graphs.forward, fixed, lengths)
        for at in range(12):
            wanted = model.forward(_decode(ordinary, lengths, at))
            torch.testing.assert_close(
                graphs.forward(_decode(fixed, lengths, at)), wanted, rtol=1e-4, atol=1e-5
            )
    assert 1 <= capture.count <= 2  # once, and once more where the rows outgrow the first length


def test_a_graph_takes_the_rows_that_the_adapter_acts_on_from_each_step() -> None:
    model = _model(adapter=True)
    capture = _CountingCapture()
    graphs = DecodeGraphs(model, capture)
    ordinary, fixed = _store(), _store()
    lengths, steps = [9, 30, 4], [{0}, {1, 2}, set[int](), {0, 1, 2}, {2}, set[int](), {0, 1}]
    with torch.inference_mode():
        _prefill(model.forward, ordinary, lengths)
        _prefill(graphs.forward, fixed, lengths)
        for at, adapted in enumerate(steps):
            wanted = model.forward(_decode(ordinary, lengths, at, adapted))
            got = graphs.forward(_decode(fixed, lengths, at, adapted))
            torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)
    assert capture.count == 2  # one without the adapter, one with it


def test_a_step_of_some_sequences_only_writes_to_no_slot_of_the_others() -> None:
    model = _model()
    kv = _store()
    graphs = DecodeGraphs(model, _CountingCapture())
    lengths = [12, 12, 12, 12]
    with torch.inference_mode():
        _prefill(graphs.forward, kv, lengths)
        before = kv.view(3, 0, 12).clone()
        step = _decode(kv, lengths[:3], 0)
        step.decodes_all = False  # slot 3 belongs to a sequence that waits
        graphs.forward(step)
        assert torch.equal(kv.view(3, 0, 12), before)


def test_a_cache_that_was_shaped_anew_is_captured_anew() -> None:
    model = _model()
    capture = _CountingCapture()
    graphs = DecodeGraphs(model, capture)
    first, second = _store(), _store()
    with torch.inference_mode():
        for kv in (first, second):
            _prefill(model.forward, kv, [10, 20])
        wanted = model.forward(_decode(first, [10, 20], 0)).clone()
        graphs.forward(_decode(first, [10, 20], 0))
        torch.testing.assert_close(graphs.forward(_decode(second, [10, 20], 0)), wanted)
    assert capture.count == 2


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("alone", [0, 1])
def test_a_prefix_that_most_rows_share_is_read_once_with_the_same_result(alone: int, even: bool) -> None:
    model, draw = _model(), random.Random(2)
    prefix = [draw.randrange(96) for _ in range(80)]
    lengths = [100] * 4 if even else [90, 100, 104, 97]
    rows = [
        [draw.randrange(96) for _ in range(length)]
        if slot < alone
        else prefix + [draw.randrange(96) for _ in range(length - len(prefix))]
        for slot, length in enumerate(lengths)
    ]
    kv = _store()
    kv.ensure(4, 128)
    pieces = [Piece(slot, len(row), [slot + 1]) for slot, row in enumerate(rows)]
    with torch.inference_mode():
        model.forward(Step(kv, [Piece(slot, 0, row) for slot, row in enumerate(rows)], torch.float32, _CPU))
        plain = model.forward(Step(kv, pieces, torch.float32, _CPU))
        shared = model.forward(Step(kv, pieces, torch.float32, _CPU, shared=len(prefix), alone=alone))
    torch.testing.assert_close(shared, plain, rtol=1e-4, atol=1e-5)
