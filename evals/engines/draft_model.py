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
from sot.backends.torch_engine.model_files import model_folder, quiet
from sot.backends.torch_engine.source import resolve
from sot.errors import ConfigError
from sot.router.corpus import load_corpus
from sot.terminal import guarded
from sot.types import GenerateConfig, Message

_TOKENS = 128
_RIDGE = 0.01  # of the mean square of a state's entries


@quiet()
def save_draft(model: str, layers: int, out: Path, *, fit: bool = False) -> int:
    """Write a model of the first layers of another one; returns how many layers that one has."""
    from torch import nn
    from transformers import AutoModelForCausalLM, AutoTokenizer

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


def own_answers(model: str, *, questions: int = 64, seed: int = 0) -> list[tuple[str, str]]:
    """Return questions of the router's corpus and what the model answers to them."""
    entries = [entry for entry in load_corpus() if entry.language == "en" and len(entry.messages) == 1]
    english = [entry.question for entry in entries]
    chosen = random.Random(seed).sample(english, min(questions, len(english)))

    async def answers() -> Sequence[tuple[str, str]]:
        backend = TorchBackend(model)

        async def answer(question: str) -> tuple[str, str]:
            pieces = backend.stream([Message("user", question)], GenerateConfig(max_tokens=_TOKENS))
            return question, "".join([chunk.text async for chunk in pieces])

        try:
            return await asyncio.gather(*map(answer, chosen))
        finally:
            await backend.aclose()

    return list(asyncio.run(answers()))


def fitted_head(whole: Any, tokenizer: Any, layers: int, texts: Sequence[tuple[str, str]]) -> Any:
    """Weights of a head for the state after some layers, ``[vocabulary, hidden]``, in float32."""
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
    parser.add_argument("--from", dest="model", default="", help="folder or .gguf; else the built-in model")
    parser.add_argument("--layers", type=int, required=True, help="how many of its first layers to keep")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--fit", action="store_true", help="fit the head: many more guesses are right")
    options = parser.parse_args(arguments)

    def make() -> None:
        out = options.out
        if out.exists() and not out.is_dir():
            raise ConfigError(f"--out: {out} is not a folder")
        if out.exists() and any(out.iterdir()):
            raise ConfigError(f"--out: {out} is not empty")
        of = save_draft(options.model, options.layers, out, fit=options.fit)
        head = "a fitted head" if options.fit else "the head"
        print(f"{out}: the first {options.layers} of {of} layers, embeddings, norm and {head}")

    return guarded(make)


if __name__ == "__main__":
    sys.exit(main())
