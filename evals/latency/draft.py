"""Makes a draft model for speculative decoding out of a model's own first layers: no download, no training.

    python -m sot.evals.latency.draft --layers 4 --fit --out runs/draft-4
    sot bench latency --backend vllm: --accelerators none,draft:runs/draft-4

The first layers, the embeddings, the last norm and the output head are kept; ``--fit`` fits the head to the
early state (`draft_head`). Such a model guesses much worse than a trained draft model does: it shows what
speculative decoding costs and where it begins to pay, not what a good draft model would bring.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sot.backends.torch_engine.source import resolve
from sot.errors import ConfigError
from sot.terminal import guarded

from .draft_head import fitted_head, own_answers
from .model_pair import model_folder


def save_draft(model: str, layers: int, out: Path, *, fit: bool = False) -> int:
    """Write a model of the first layers of another one, with its tokenizer.

    Args:
        model: A hub id, a folder or a ``.gguf`` file; empty for the embedded default.
        layers: How many layers to keep.
        out: The folder to write.
        fit: Fit the head to the state after these layers.

    Returns:
        The number of layers of the model it was made of.

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a draft model from the command line; returns the exit code.

    Args:
        arguments: The arguments after the program's name; those of the process unless given.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.latency.draft",
        description="Make a draft model out of a model's own first layers.",
        epilog="Example: python -m sot.evals.latency.draft --layers 4 --fit --out runs/draft-4",
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
