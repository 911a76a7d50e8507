"""Llamas of random weights: with forced lengths, an engine's speed is measured without any download.

A decode step reads all weights and every sequence's keys and values once, so it cannot be shorter than these
bytes take at the memory's speed. How far it grows from one sequence to many is what Skeleton-of-Thought lives
on; `step_times` times it, with and without CUDA graphs.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sot.backends.torch_engine.model_files import quiet

from ..stats.bootstrap import Spread, spread

if TYPE_CHECKING:
    from sot.backends.torch_engine.weights import LoadedModel

_FIELDS = (
    *("hidden_size", "intermediate_size", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "vocab_size"),
)
SHAPES: Mapping[str, Mapping[str, int]] = {
    name: dict(zip(_FIELDS, sizes, strict=True))
    for name, sizes in {
        "7b": (4096, 11008, 32, 32, 32, 32000),
        "1b": (2048, 8192, 16, 32, 8, 32000),
        "tiny": (128, 256, 2, 4, 2, 512),
    }.items()
}
CONTEXT = 8192
BATCHES = (1, 2, 4, 8, 16, 32, 64)
_STEP_CONTEXT = 512
_ROOM = 640  # tokens of a sequence in the cache, a multiple of its blocks
_STEPS = 25
_WARM_UP = 3
_COPIES = 5
_KV_BYTES = 8 * 2**30  # on a CPU only taken as far as it is used
_LEARNT = 8000  # tokens learnt from text; the rest of the vocabulary only fills the output layer
_EOS = "<|im_end|>"
_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "
)


@quiet()
def save_model(folder: Path, shape: Mapping[str, int], *, weights: bool = True) -> None:
    """Write a Llama of random weights, with a tokenizer that cuts this project's prompts as usual ones do."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    _tokenizer(shape["vocab_size"]).save_pretrained(folder)
    fields: dict[str, Any] = {
        **shape,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": 0,
        "pad_token_id": 0,
        "dtype": "bfloat16",
    }
    config = LlamaConfig(**fields)
    config.architectures = ["LlamaForCausalLM"]
    config.save_pretrained(folder)
    if weights:
        torch.manual_seed(0)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        with torch.device(device), torch.no_grad():
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
            model.lm_head.weight[0] = 0  # the end of the answer: never the likeliest token
            model.save_pretrained(folder)
            del model
        free_memory()


def _torch_model(folder: Path, shape: str) -> dict[str, Any]:
    save_model(folder, SHAPES[shape])
    room = {"kv_bytes": _KV_BYTES, "cache_bytes": _KV_BYTES // 4}
    return {"dtype": "bfloat16", "max_context": CONTEXT, **room}


def _vllm_model(folder: Path, shape: str) -> dict[str, Any]:
    save_model(folder, SHAPES[shape], weights=False)
    return {"engine_args": {"load_format": "dummy", "dtype": "bfloat16", "max_model_len": CONTEXT}}


# By kind of engine: writes a random model of a shape into a folder and returns the engine's settings for it.
RANDOM_MODELS: Mapping[str, Callable[[Path, str], dict[str, Any]]] = {
    "torch": _torch_model,
    "vllm": _vllm_model,
}


def free_memory() -> None:
    """Give back the GPU memory that torch keeps for later: the next engine wants it."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _tokenizer(size: int) -> Any:
    """Tokenizer learnt in a second from the project's own prompts and questions."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=min(size, _LEARNT),
        special_tokens=[_EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.add_tokens([f"<w{number}>" for number in range(tokenizer.get_vocab_size(), size)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=_EOS)
    fast.chat_template = _TEMPLATE
    return fast


def _texts() -> Iterator[str]:
    folders = (files("sot.prompts").joinpath("en"), files("sot.router").joinpath("data"))
    for file in sorted((file for folder in folders for file in folder.iterdir()), key=lambda file: file.name):
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        if not file.name.endswith(".jsonl"):
            yield text
        elif file.name.startswith("en_"):
            for line in text.splitlines():
                yield str(json.loads(line).get("question", ""))


@dataclass(frozen=True, slots=True)
class StepTime:
    """Time of a decode step of a batch, in seconds.

    Args:
        calls_s: By ordinary calls.
        graph_s: By a CUDA graph; ``None`` without a GPU.
        bound_s: Time to read the weights, keys and values at the measured speed of the memory.
        used_gib: GPU memory in use meanwhile; ``None`` without a GPU.
    """

    batch: int
    context: int
    calls_s: Spread
    graph_s: Spread | None
    bound_s: float
    used_gib: float | None = None

    @property
    def best_s(self) -> float:
        """Time of a step as the engine takes it."""
        return (self.graph_s or self.calls_s).median


def step_times(
    folder: Path,
    shape: Mapping[str, int],
    settings: Mapping[str, Any],
    batches: Sequence[int] = BATCHES,
    say: Callable[[str], None] = lambda line: None,
) -> list[StepTime]:
    """Time the decode steps of a random model of a shape that the torch engine loads from a folder."""
    import torch

    from sot.backends.torch_engine.options import EngineOptions
    from sot.backends.torch_engine.weights import load_model

    on_gpu = torch.cuda.is_available()
    # On a GPU the engine takes what there is; on a CPU memory is only taken as far as it is used.
    kv_bytes = None if on_gpu else settings["kv_bytes"]
    options = EngineOptions(str(folder), dtype=settings["dtype"], kv_bytes=kv_bytes)
    loaded = load_model(replace(options, max_batch=max(batches), max_context=_ROOM))
    most = loaded.kv_bytes // (loaded.kv.token_bytes * _ROOM)
    bytes_s = _bandwidth(loaded.device)
    weights = _weights(shape) * loaded.dtype.itemsize
    found: list[StepTime] = []
    with torch.inference_mode():
        for batch in [batch for batch in batches if batch <= max(most, 1)]:
            say(f"decode steps of {batch} sequence{'s' if batch > 1 else ''}")
            bound_s = (weights + batch * _STEP_CONTEXT * loaded.kv.token_bytes) / bytes_s
            calls_s = _timed(loaded, batch, graphs=False)
            graph_s = used = None
            if on_gpu:
                graph_s = _timed(loaded, batch, graphs=True)
                free, total = torch.cuda.mem_get_info(loaded.device)  # of the whole GPU: all processes count
                used = (total - free) / 2**30
            found.append(StepTime(batch, _STEP_CONTEXT, calls_s, graph_s, bound_s, used))
    del loaded
    free_memory()
    return found


def _timed(loaded: LoadedModel, batch: int, *, graphs: bool) -> Spread:
    """Seconds of a step, host time and the choice of tokens included."""
    from sot.backends.torch_engine.packed_attention import Piece, Step

    loaded.kv.ensure(batch, _STEP_CONTEXT + _STEPS + _WARM_UP)
    taken: list[float] = []
    for at in range(_WARM_UP + _STEPS):
        began = time.perf_counter()
        pieces = [Piece(slot, _STEP_CONTEXT + at, [1 + slot]) for slot in range(batch)]
        # The engine takes graphs for steps that decode every sequence; what the cache holds changes no time.
        step = Step(loaded.kv, pieces, loaded.dtype, loaded.device, decodes_all=graphs)
        loaded.forward(step).argmax(-1).tolist()
        taken.append(time.perf_counter() - began)
    found = spread(taken[_WARM_UP:])
    assert found is not None
    return found


def _weights(shape: Mapping[str, int]) -> int:
    """Weights that a step reads: all but the embeddings, of which it reads a row a sequence."""
    hidden, heads = shape["hidden_size"], shape["num_attention_heads"]
    keys = hidden // heads * shape["num_key_value_heads"]
    layer = 2 * hidden * (hidden + keys) + 3 * hidden * shape["intermediate_size"]
    return shape["num_hidden_layers"] * layer + hidden * shape["vocab_size"]


def _bandwidth(device: Any) -> float:
    """Bytes a second that the memory reads and writes, by copying a large block; the best of a few."""
    import torch

    on_gpu = device.type == "cuda"
    size = 2**30 if on_gpu else 2**28
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    best = 0.0
    for _ in range(_COPIES):
        if on_gpu:
            torch.cuda.synchronize(device)
        began = time.perf_counter()
        target.copy_(source)
        if on_gpu:
            torch.cuda.synchronize(device)
        best = max(best, 2 * size / (time.perf_counter() - began))
    return best
