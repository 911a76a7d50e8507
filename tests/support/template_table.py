"""Print the table of docs/engines.md: how much of a point's prompt the one before it shares.

Run it from the project's folder: ``PYTHONPATH=tests/support python tests/support/template_table.py``.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from statistics import median
from typing import Any

from real_templates import real_templates
from template_prompts import TEXTS, Stages, shared_share, stages
from tiny_model import make_tokenizer

from sot.backends.in_process.chat_render import ChatRenderer, renderer_of
from sot.backends.in_process.chat_template import encode_chat
from sot.prompting.conversation import Prompt

KINDS = (
    "begins a turn as finished turns begin",
    "opens a thinking block",
    "begins otherwise (a closed block, a channel, a space)",
    "puts the system text into the last user turn",
)


def kind_of(renderer: ChatRenderer, prompt: Prompt) -> str:
    """Return the kind of a template, by what it does with one prompt."""
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    begun = renderer.generation_prompt(turns, None)
    if (
        turns[0]["role"] == "system"
        and begun.find(turns[0]["content"]) > begun.find(turns[1]["content"]) >= 0
    ):
        return KINDS[3]
    if renderer.render(turns).opened:
        return KINDS[1]
    return KINDS[0] if renderer.render(turns, "1.").text == begun + "1." else KINDS[2]


def simply(tokenizer: Any, prompt: Prompt) -> list[int]:
    """Encode a prompt with the generation prompt and the started turn after it."""
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    text = renderer_of(tokenizer).generation_prompt(turns, None) + (prompt.prefill or "")
    return tokenizer.encode(text, add_special_tokens=False)


def shares(tokenizer: Any, built: Stages) -> tuple[float, float]:
    """Return the shared share as it is, and as it were after the generation prompt."""
    prompts = (built.earlier, built.point)
    ours = [encode_chat(tokenizer, prompt.messages, prompt.prefill) for prompt in prompts]
    plain = [simply(tokenizer, prompt) for prompt in prompts]
    return shared_share(*ours), shared_share(*plain)


def main() -> None:
    """Print the table."""
    tokenizer = make_tokenizer()
    tokenizer.bos_token = "<|endoftext|>"
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name, tokenizer.chat_template in real_templates().items():
        if name.endswith("_training"):  # the same prompts again
            continue
        for language, system, history in itertools.product(TEXTS, (False, True), (False, True)):
            built = stages(language, system=system, history=history, prefilled=True)
            kind = kind_of(renderer_of(tokenizer), built.skeleton)
            names[kind].add(name)
            found[kind].append(shares(tokenizer, built))
    print("| template | number | shared | after the generation prompt |\n| --- | --- | --- | --- |")
    for kind in KINDS:
        columns = [
            f"{min(values):.0%} to {max(values):.0%}, median {median(values):.0%}"
            for values in zip(*found[kind], strict=True)
        ]
        print(f"| {kind} | {len(names[kind])} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
