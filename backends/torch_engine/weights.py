"""Loading of a model and its tokenizer, without output on the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from sot.errors import ConfigError

from ..in_process.model_size import count_parameters
from ..in_process.thought_tokens import hidden_tokens
from . import autotune, prepared
from .adapter import check
from .adapter_set import AdapterSet, read_adapters
from .checkpoint import Checkpoint
from .kv import KVStore
from .llama_forward import Forward, LlamaForward
from .model_files import model_folder, quiet
from .native.build import is_available
from .native.llama import native_or_not
from .options import NATIVE, TORCH, EngineOptions
from .source import Source, resolve
from .with_transformers import BuiltModel, KVShape, TransformersLoader

_log = logging.getLogger(__name__)
# For the check of a number format's quality; any ordinary text does.
_TEXT = (
    "Sleep is when the body repairs itself and the mind sorts what the day has brought. Most adults need "
    "seven to nine hours. A dark, cool and quiet room helps, and so does going to bed at the same time "
    "every day. Avoid coffee after noon, heavy meals in the evening and bright screens in bed. If you "
    "cannot fall asleep, get up, read a few pages of a book, and try again when you feel tired."
)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Model that is ready to run.

    Args:
        name: Display name.
        tokenizer: The transformers tokenizer.
        decode: Decodes token ids to text, without special tokens but those that mark thoughts.
        forward: Forward pass of one step, to the logits of each piece's last token, ``[pieces, vocabulary]``.
        eos: Ids of the tokens that end a completion.
        context_length: Prompt and completion together, in tokens.
        vocabulary: Size of the vocabulary.
        kv: KV cache of the running sequences.
        kv_bytes: Most bytes that these may come to need of it.
        cache_bytes: Most bytes of the prefix cache.
        dtype: Data type of activations, keys and values.
        prefill_chunk: Most prompt tokens read in one step (chunked prefill).
        adapters: Its adapters.
        parameters: Number of the model's parameters; ``None`` where unknown.
    """

    name: str
    tokenizer: Any
    decode: Callable[[list[int]], str]
    forward: Forward
    eos: frozenset[int]
    context_length: int
    vocabulary: int
    kv: KVStore
    kv_bytes: int
    cache_bytes: int
    dtype: torch.dtype
    device: torch.device
    prefill_chunk: int
    adapters: AdapterSet = field(default_factory=AdapterSet)
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class _Model:
    """Model in its number format, with its tokenizer."""

    tokenizer: Any
    built: BuiltModel
    vocabulary: int
    context: int


def load_model(options: EngineOptions) -> LoadedModel:
    """Load the model that the options name, in the engine's thread, whose number of CPU threads it sets.

    Raises:
        ConfigError: There is no such model, or it cannot run here.
        MissingDependencyError: A package is not installed.
    """
    source = resolve(options.model)
    device = _device(options.device)
    if device.type == "cuda":
        # cuDNN's attention, the first choice on recent GPUs, plans anew for every length: each decode step.
        torch.backends.cuda.enable_cudnn_sdp(False)
    found = _load(source, device, options)
    built = found.built
    kv_bytes, cache_bytes = _memory(device, options)
    context = min(found.context, options.max_context)
    return LoadedModel(
        name=source.name,
        tokenizer=found.tokenizer,
        decode=_decoder(found.tokenizer),
        forward=built.forward,
        eos=built.eos,
        context_length=context,
        vocabulary=found.vocabulary,
        kv=_store(built.kv, built.dtype, device, options.max_batch, context, reserve=kv_bytes),
        kv_bytes=kv_bytes,
        cache_bytes=cache_bytes,
        dtype=built.dtype,
        device=device,
        prefill_chunk=128 if device.type == "cpu" else 2048,
        adapters=built.adapters,
        parameters=count_parameters(Path(model_folder(source))),
    )


def _memory(device: torch.device, options: EngineOptions) -> tuple[int, int]:
    """Return the most bytes of the KV cache and of the prefix cache, once the model is loaded."""
    kv, cache = 2**30, 256 * 2**20
    if device.type == "cuda":
        torch.cuda.empty_cache()  # weights that were joined have left blocks as large as half the model
        free, _ = torch.cuda.mem_get_info(device)
        kv, cache = free * 4 // 10, free // 10
    return options.kv_bytes or kv, options.cache_bytes or cache


def _load(source: Source, device: torch.device, options: EngineOptions) -> _Model:
    """Load the model in the number format of the options, or in the quickest for ``auto``."""
    folder = model_folder(source)
    adapters = read_adapters(options, is_default=source.is_default)
    found = Checkpoint.find(Path(folder)) if device.type == "cpu" else None
    key = source.place if found is None else found.weights_digest
    may_be_int8 = device.type == "cpu" and options.dtype in ("auto", "int8")
    if may_be_int8 and options.kernels != TORCH and is_available():
        key += f"|{NATIVE}"  # another format may be the quickest with it
    if found is not None and not adapters.merged:
        ready = prepared.find(found)
        if ready is not None and (model := _from_prepared(ready, key, adapters, options)) is not None:
            return model
    with quiet():
        loader = TransformersLoader(source, folder, device, adapters, kernels=options.kernels)
        built = _in_format(loader, device, key, options)
    if found is not None and not adapters.merged and built.parts is not None:
        prepared.keep(
            found,
            loader.tokenizer,
            built.parts,
            eos=built.eos,
            context=loader.context,
            weights=loader.weights,
        )
    return _Model(loader.tokenizer, built, loader.vocabulary, loader.context)


def _from_prepared(
    ready: prepared.PreparedModel, key: str, adapters: AdapterSet, options: EngineOptions
) -> _Model | None:
    """Load a prepared model; ``None`` where its number format has yet to be chosen or prepared."""
    facts = ready.facts
    choice = autotune.known(key, facts.weights, options.dtype, options.threads)
    if choice is None or not ready.has(choice.dtype):
        return None
    for adapter in adapters.adapters:
        check(facts.shape.size, adapter)
    torch.set_num_threads(choice.threads)
    try:
        tokenizer = ready.tokenizer()
        parts = ready.parts(choice.dtype)
        llama = LlamaForward(parts, [adapter.pairs for adapter in adapters.by_row])
        forward = native_or_not(llama, options.kernels) if choice.dtype == "int8" else llama.forward
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is damaged is made again
        _log.warning("the prepared model in %s is damaged (%s): it is made again", ready.folder, error)
        return None
    shape = facts.shape
    kv = KVShape(shape.layers, shape.kv_heads, shape.head_dim)
    built = BuiltModel(parts.dtype, forward, adapters, kv, frozenset(facts.eos))
    return _Model(tokenizer, built, shape.vocabulary, facts.context)


def _in_format(
    loader: TransformersLoader, device: torch.device, key: str, options: EngineOptions
) -> BuiltModel:
    """Load a model in the number format of the options, or in the quickest for ``auto``."""
    name = options.dtype
    if device.type != "cpu":
        if name == "int8":
            raise ConfigError("dtype int8 of the torch engine is for the CPU: use bfloat16 or float16 here")
        quick = "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float16"
        return loader.build(quick if name == "auto" else name)

    def trial(name: str) -> autotune.Trial:
        built = loader.build(name)
        kv = _store(built.kv, built.dtype, device, 8, 128)
        kv.ensure(8, 128)
        return autotune.Trial(built.forward, kv, built.dtype)

    text = (loader.tokenizer.encode(_TEXT, add_special_tokens=False) * 80)[:80]
    choice = autotune.choose(key, loader.weights, text, name, options.threads, trial)
    torch.set_num_threads(choice.threads)
    return loader.build(choice.dtype)


def _device(name: str | None) -> torch.device:
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown torch device {name!r}") from error


def _store(
    shape: KVShape, dtype: torch.dtype, device: torch.device, slots: int, length: int, *, reserve: int = 0
) -> KVStore:
    return KVStore(
        layers=shape.layers,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        max_slots=slots,
        max_length=length,
        dtype=dtype,
        device=device,
        reserve=reserve,
    )


def _decoder(tokenizer: Any) -> Callable[[list[int]], str]:
    # The backend tokenizer has none of the wrapper's checks, which cost more than the decoding.
    decode = (getattr(tokenizer, "backend_tokenizer", None) or tokenizer).decode
    hidden = hidden_tokens(tokenizer)
    if hidden is None:
        return lambda ids: decode(ids, skip_special_tokens=True)
    return lambda ids: decode([token for token in ids if token not in hidden], skip_special_tokens=False)
