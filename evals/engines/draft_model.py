"""Draft models for speculative decoding out of a model's own first layers: no download, no training.

    python -m sot.evals.engines.draft_model --layers 4 --fit --out runs/draft-4
    sot bench latency --backend vllm: --accelerators none,draft:runs/draft-4

The first layers, the embeddings, the last norm and the output head are kept. After a few layers a model's
state is not yet what its head expects, so ``--fit`` maps the early state to the late one (ridge regression on
the model's own answers) and multiplies the map into the head. Such a model guesses much worse than a trained
draft model: it shows what speculative decoding costs and where it begins to pay.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sot.backends.torch_engine import TorchBackend
from sot.backends.torch_engine.source import resolve
from sot.errors import ConfigError
from sot.router.corpus import load_corpus
from sot.terminal import guarded
from sot.types import Backend, GenerateConfig, Message

from .generate_backend import model_folder

QUESTIONS = 64
_TOKENS = 128
_RIDGE = 0.01  # of the mean square of a state's entries


def save_draft(model: str, layers: int, out: Path, *, fit: bool = False) -> int:
    """Write a model of the first layers of another one; returns how many layers that one has.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded default.
        fit: Fit the head to the state after these layers.

    Raises:
        ConfigError: The model cannot be cut so.
    """
    from torch import nn
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as chatter

    chatter.set_verbosity_error()
    chatter.disable_progress_bar()
    source = resolve(model)
    folder = model_folder(source)
    whole: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    stack = getattr(getattr(whole, "model", None), "layers", None)
    if not isinstance(stack, nn.ModuleList):
        raise ConfigError(f"{source.name} is not built as a list of layers (model.layers)")
    if not 1 <= layers < len(stack):
        raise ConfigError(f"--layers must be from 1 to {len(stack) - 1}: {source.name} has {len(stack)}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if fit:
        dtype = whole.dtype
        head = fitted_head(whole.float(), tokenizer, layers, own_answers(model))
        whole.config.tie_word_embeddings = False
        whole.lm_head.weight = nn.Parameter(head, requires_grad=False)
        whole = whole.to(dtype)
    whole.model.layers = stack[:layers]
    whole.config.num_hidden_layers = layers
    if kinds := getattr(whole.config, "layer_types", None):
        whole.config.layer_types = list(kinds)[:layers]
    whole.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return len(stack)


def own_answers(model: str, *, questions: int = QUESTIONS, seed: int = 0) -> list[tuple[str, str]]:
    """Return questions of the router's corpus and what the model answers to them."""
    entries = [entry for entry in load_corpus() if entry.language == "en" and len(entry.messages) == 1]
    english = [entry.question for entry in entries]
    chosen = random.Random(seed).sample(english, min(questions, len(english)))

    async def answer(backend: Backend, question: str) -> str:
        pieces = backend.stream([Message("user", question)], GenerateConfig(max_tokens=_TOKENS))
        return "".join([chunk.text async for chunk in pieces])

    async def all_of_them() -> Sequence[str]:
        backend = TorchBackend(model)
        try:
            return await asyncio.gather(*(answer(backend, question) for question in chosen))
        finally:
            await backend.aclose()

    return list(zip(chosen, asyncio.run(all_of_them()), strict=True))


def fitted_head(whole: Any, tokenizer: Any, layers: int, texts: Sequence[tuple[str, str]]) -> Any:
    """Return the weights of a head for the state after some layers, ``[vocabulary, hidden]``.

    Args:
        whole: The whole model, in float32.
        texts: Questions and answers.
    """
    import torch

    from sot.backends.in_process.chat_template import encode_chat

    early: list[torch.Tensor] = []
    late: list[torch.Tensor] = []
    with torch.inference_mode():
        for question, answer in texts:
            prompt = encode_chat(tokenizer, [Message("user", question)])
            ids = prompt + tokenizer.encode(answer, add_special_tokens=False)
            states = whole.model(torch.tensor([ids]), output_hidden_states=True, use_cache=False)
            early.append(whole.model.norm(states.hidden_states[layers][0, len(prompt) - 1 :]))
            late.append(states.last_hidden_state[0, len(prompt) - 1 :])
        x, y = torch.cat(early).double(), torch.cat(late).double()
        squares = x.T @ x
        ridge = _RIDGE * squares.diagonal().mean() * torch.eye(len(squares), dtype=x.dtype)
        mapped = torch.linalg.solve(squares + ridge, x.T @ y).float()
        return whole.lm_head.weight @ mapped.T


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a draft model from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.engines.draft_model",
        description="Make a draft model out of a model's own first layers.",
        epilog="Example: python -m sot.evals.engines.draft_model --layers 4 --fit --out runs/draft-4",
    )
    parser.add_argument(
        "--from", dest="model", default="", help="folder or .gguf; the built-in model if not given"
    )
    parser.add_argument("--layers", type=int, required=True, help="how many of its first layers to keep")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--fit", action="store_true", help="fit the head: many more guesses are right")
    options = parser.parse_args(arguments)

    def make() -> None:
        if options.out.exists() and not options.out.is_dir():
            raise ConfigError(f"--out: {options.out} is not a folder")
        if options.out.exists() and any(options.out.iterdir()):
            raise ConfigError(f"--out: {options.out} is not empty")
        of = save_draft(options.model, options.layers, options.out, fit=options.fit)
        head = "a fitted head" if options.fit else "the head"
        print(f"{options.out}: the first {options.layers} of {of} layers, embeddings, norm and {head}")

    return guarded(make)


if __name__ == "__main__":
    sys.exit(main())
