"""Loading of a model and its tokenizer, without output on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sot.errors import ConfigError

from ..in_process.thought_tokens import hidden_tokens
from . import packed_attention
from .adapter import ALL, SKELETON_STAGES, Adapter, adapter_folder, check, merge, read_adapter
from .kv import KVStore
from .model_files import model_folder, quiet
from .options import EngineOptions
from .source import Source, resolve

if TYPE_CHECKING:
    from .packed_attention import Step

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
        adapted_stages: Stages whose requests the adapter acts on; none where there is none, or where it is
            part of the weights.
    """

    name: str
    tokenizer: Any
    decode: Callable[[list[int]], str]
    forward: Callable[[Step], Tensor]
    eos: frozenset[int]
    context_length: int
    vocabulary: int
    kv: KVStore
    kv_bytes: int
    cache_bytes: int
    dtype: torch.dtype
    device: torch.device
    prefill_chunk: int
    adapted_stages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Built:
    """Model in one number format, with the data type of its activations and its forward pass."""

    model: Any
    dtype: torch.dtype
    forward: Callable[[Step], Tensor]
    adapted_stages: frozenset[str]


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
    with quiet():
        folder = model_folder(source)
        tokenizer = _tokenizer(source, folder)
        built = _model(source, folder, tokenizer, device, options)
    model, dtype = built.model, built.dtype
    kv_bytes, cache_bytes = _memory(device, options)
    config = model.config.get_text_config()
    context = min(getattr(config, "max_position_embeddings", None) or 2**31, options.max_context)
    return LoadedModel(
        name=source.name,
        tokenizer=tokenizer,
        decode=_decoder(tokenizer),
        forward=built.forward,
        eos=_eos(model, tokenizer),
        context_length=context,
        vocabulary=config.vocab_size,
        kv=_store(model, dtype, device, options.max_batch, context, reserve=kv_bytes),
        kv_bytes=kv_bytes,
        cache_bytes=cache_bytes,
        dtype=dtype,
        device=device,
        prefill_chunk=128 if device.type == "cpu" else 2048,
        adapted_stages=built.adapted_stages,
    )


def _memory(device: torch.device, options: EngineOptions) -> tuple[int, int]:
    """Return the most bytes of the KV cache and of the prefix cache, once the model is loaded."""
    kv, cache = 2**30, 256 * 2**20
    if device.type == "cuda":
        torch.cuda.empty_cache()  # weights that were joined have left blocks as large as half the model
        free, _ = torch.cuda.mem_get_info(device)
        kv, cache = free * 4 // 10, free // 10
    return options.kv_bytes or kv, options.cache_bytes or cache


def _device(name: str | None) -> torch.device:
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown torch device {name!r}") from error


def _tokenizer(source: Source, folder: str) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(_reason(source, error)) from error


def _model(
    source: Source, folder: str, tokenizer: Any, device: torch.device, options: EngineOptions
) -> _Built:
    """Load the model in the number format of the options, or in the quickest for ``auto``; see `_build`."""
    from . import autotune

    name = options.dtype
    place = adapter_folder(options.adapter, is_default=source.is_default)
    adapter = None if place is None else read_adapter(place)

    def build(name: str) -> _Built:
        return _build(source, folder, device, name, adapter, everywhere=options.adapter_stages == ALL)

    if device.type != "cpu":
        if name == "int8":
            raise ConfigError("dtype int8 of the torch engine is for the CPU: use bfloat16 or float16 here")
        quick = "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float16"
        return build(quick if name == "auto" else name)

    def trial(name: str) -> autotune.Trial:
        built = build(name)
        kv = _store(built.model, built.dtype, device, 8, 128)
        kv.ensure(8, 128)
        return autotune.Trial(built.forward, kv, built.dtype)

    text = (tokenizer.encode(_TEXT, add_special_tokens=False) * 80)[:80]
    choice = autotune.choose(source.place, _count(source, folder), text, name, options.threads, trial)
    torch.set_num_threads(choice.threads)
    return build(choice.dtype)


def _build(
    source: Source, folder: str, device: torch.device, name: str, adapter: Adapter | None, *, everywhere: bool
) -> _Built:
    """Load the model in one number format, with its adapter.

    An adapter that is to act everywhere becomes part of the weights, before they are quantised; so does that
    of an architecture whose forward pass is that of transformers.
    """
    from transformers import AutoModelForCausalLM

    from . import llama_forward
    from .graphs import DecodeGraphs
    from .quantize import Int8Linear, quantize_linears

    dtype = torch.float32 if name == "int8" else getattr(torch, name)
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(_reason(source, error)) from error
    _check(model.config.get_text_config(), model, source.name)
    model.eval().requires_grad_(False)
    can_run = llama_forward.can_run(model)
    if adapter is not None:
        check(model, adapter)
        if everywhere or not can_run:
            merge(model, adapter)
            adapter = None
    nn.Module.to(model, device)
    if can_run:
        make = Int8Linear if name == "int8" else llama_forward.plain
        llama = llama_forward.LlamaForward(model, make, None if adapter is None else adapter.pairs)
        forward = DecodeGraphs(llama).forward if device.type == "cuda" else llama.forward
        return _Built(model, dtype, forward, frozenset() if adapter is None else SKELETON_STAGES)
    if name == "int8":
        quantize_linears(model)
    packed_attention.install(model)
    return _Built(model, dtype, lambda step: packed_attention.forward(model, step), frozenset())


def _count(source: Source, folder: str) -> int:
    """Estimate the number of a model's weights from its config alone."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder).get_text_config()
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(_reason(source, error)) from error
    hidden, inner = config.hidden_size, getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    return config.vocab_size * hidden + config.num_hidden_layers * hidden * (4 * hidden + 3 * inner)


def _store(
    model: Any, dtype: torch.dtype, device: torch.device, slots: int, length: int, *, reserve: int = 0
) -> KVStore:
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    return KVStore(
        layers=config.num_hidden_layers,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
        max_slots=slots,
        max_length=length,
        dtype=dtype,
        device=device,
        reserve=reserve,
    )


def _reason(source: Source, error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"cannot load the model {source.place}: {lines[0]}"


def _check(config: Any, model: Any, name: str) -> None:
    """Refuse models whose layers keep another state than keys and values of every token.

    Raises:
        ConfigError: The model is one of them.
    """
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    refused = [
        (not getattr(model, "_supports_attention_backend", False), "its attention cannot be replaced"),
        (getattr(model, "_is_stateful", False), "it keeps a recurrent state"),
        (bool(kinds), f"it has layers of another kind: {', '.join(sorted(kinds))}"),
        (bool(getattr(config, "attn_logit_softcapping", None)), "it caps its attention scores"),
        (bool(getattr(config, "num_kv_shared_layers", None)), "its layers share keys and values"),
        (hasattr(config, "kv_lora_rank"), "its keys and values are compressed"),
    ]
    for wrong, reason in refused:
        if wrong:
            raise ConfigError(
                f"{name} does not run on the torch engine: {reason}; use a server (vLLM, llama.cpp)"
            )


def _decoder(tokenizer: Any) -> Callable[[list[int]], str]:
    # The backend tokenizer has none of the wrapper's checks, which cost more than the decoding.
    decode = (getattr(tokenizer, "backend_tokenizer", None) or tokenizer).decode
    hidden = hidden_tokens(tokenizer)
    if hidden is None:
        return lambda ids: decode(ids, skip_special_tokens=True)
    return lambda ids: decode([token for token in ids if token not in hidden], skip_special_tokens=False)


def _eos(model: Any, tokenizer: Any) -> frozenset[int]:
    """Collect the end tokens of the generation config, the model config and the tokenizer."""
    ids: set[int] = set()
    for holder in (getattr(model, "generation_config", None), model.config.get_text_config(), tokenizer):
        value = getattr(holder, "eos_token_id", None)
        ids |= {value} if isinstance(value, int) else set(value or ())
    return frozenset(ids)
