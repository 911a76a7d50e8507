"""Fits the output head of a draft model, in closed form: a minute on a CPU, no gradient, nothing downloaded.

After a few layers a model's state is not yet what its head expects, so the head guesses badly. A linear map
from the early state to the late one (ridge regression) mends much of that, and it can be multiplied into the
head. What it is fitted to: the model's own answers to questions of this project's router corpus.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from sot.backends.torch_engine import TorchBackend
from sot.router.corpus import load_corpus
from sot.types import Backend, GenerateConfig, Message

QUESTIONS = 64
_TOKENS = 128
_RIDGE = 0.01  # of the mean square of a state's entries


def own_answers(model: str, *, questions: int = QUESTIONS, seed: int = 0) -> list[tuple[str, str]]:
    """Questions of the corpus and what the model answers to them.

    Args:
        model: As the torch engine takes it.
        questions: How many.
        seed: Which.
    """
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
    """The weights of a head for the state after some layers, ``[vocabulary, hidden]``.

    Args:
        whole: The whole model, in float32.
        tokenizer: Its tokenizer.
        layers: After how many layers.
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
