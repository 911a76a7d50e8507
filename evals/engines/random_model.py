"""Llamas of random weights: with forced lengths, an engine's speed is measured without any download."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any


def _shape(hidden: int, inner: int, layers: int, heads: int, kv_heads: int, words: int) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": words,
    }


SHAPES: Mapping[str, Mapping[str, int]] = {
    "7b": _shape(4096, 11008, 32, 32, 32, 32000),
    "1b": _shape(2048, 8192, 16, 32, 8, 32000),
    "tiny": _shape(128, 256, 2, 4, 2, 512),
}
CONTEXT = 8192
_KV_BYTES = 8 * 2**30  # on a CPU only taken as far as it is used
_LEARNT = 8000  # tokens learnt from text; the rest of the vocabulary only fills the output layer
_EOS = "<|im_end|>"
_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "
)


def save_model(folder: Path, shape: Mapping[str, int], *, weights: bool = True) -> None:
    """Write a Llama of random weights, with a tokenizer that cuts this project's prompts as usual ones do.

    Args:
        weights: Write the weights as well; vLLM can make up its own.
    """
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig
    from transformers.utils import logging as chatter

    chatter.disable_progress_bar()
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
    import gc

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
