"""Choosing the next token of every row at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_TOP = 512  # Candidates looked at first for top_p; their mass nearly always covers it.
_GREEDY = 1e-5  # a temperature below this divides logits into infinities


@dataclass(slots=True)
class Sampler:
    """How one row chooses its tokens.

    Args:
        temperature: 0 is greedy, and so is what is next to it.
        top_p: Share of probability kept, in (0, 1].
        penalty: Repetition penalty, 1 is neutral.
        seed: Makes the choices repeatable.
        vocabulary: Number of tokens the model knows.
        device: Where the logits are.
    """

    temperature: float
    top_p: float
    penalty: float
    generator: torch.Generator | None
    seen: Tensor | None  # [vocabulary] bool: tokens that already occurred; only with a penalty

    @classmethod
    def create(
        cls,
        *,
        temperature: float | None,
        top_p: float | None,
        penalty: float,
        seed: int | None,
        prompt: Sequence[int],
        vocabulary: int,
        device: torch.device,
    ) -> Sampler:
        generator = seen = None
        if temperature is not None and temperature < _GREEDY:
            temperature = 0.0
        if temperature:
            generator = torch.Generator()
            generator.manual_seed(random.getrandbits(63) if seed is None else seed)
        if penalty != 1:
            seen = torch.zeros(vocabulary, dtype=torch.bool, device=device)
            seen[torch.tensor(prompt, device=device)] = True
        return cls(temperature or 0.0, 1.0 if top_p is None else top_p, penalty, generator, seen)


def choose(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """The next token of every row.

    Args:
        logits: ``[rows, vocabulary]``, any float dtype.
        samplers: One for each row; their state moves on.
    """
    logits = _penalised(logits.float(), samplers)
    drawn = [row for row, sampler in enumerate(samplers) if sampler.generator is not None]
    if len(drawn) == len(samplers):
        tokens = [0] * len(samplers)
    else:
        tokens: list[int] = logits.argmax(-1).tolist()
    if drawn:
        rows = logits if len(drawn) == len(samplers) else logits[drawn]
        for row, token in zip(drawn, _draw(rows, [samplers[row] for row in drawn]), strict=True):
            tokens[row] = token
    for sampler, token in zip(samplers, tokens, strict=True):
        if sampler.seen is not None:
            sampler.seen[token] = True
    return tokens


def _penalised(logits: Tensor, samplers: Sequence[Sampler]) -> Tensor:
    rows = [row for row, sampler in enumerate(samplers) if sampler.seen is not None]
    if not rows:
        return logits
    seen = torch.stack([sampler.seen for sampler in samplers if sampler.seen is not None])
    penalty = torch.tensor([[samplers[row].penalty] for row in rows], device=logits.device)
    some = logits[rows]
    logits = logits.clone()
    logits[rows] = torch.where(seen, torch.where(some > 0, some / penalty, some * penalty), some)
    return logits


def _draw(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """Draw from each row's distribution, with one random number from each row's own generator."""
    device = logits.device
    temperature = torch.tensor([[sampler.temperature] for sampler in samplers], device=device)
    top_p = torch.tensor([[sampler.top_p] for sampler in samplers], device=device)
    point = torch.cat([torch.rand(1, generator=sampler.generator) for sampler in samplers])
    point = point[:, None].to(device)
    probabilities = torch.softmax(logits / temperature, -1)
    if all(sampler.top_p >= 1 for sampler in samplers):
        return _at(probabilities.cumsum(-1), point).tolist()
    ordered, index = probabilities.topk(min(_TOP, probabilities.shape[-1]), dim=-1)
    if bool((ordered.sum(-1, keepdim=True) < top_p).any()):
        ordered, index = probabilities.sort(dim=-1, descending=True)
    total = ordered.cumsum(-1)
    kept = ordered.masked_fill(total - ordered >= top_p, 0.0)  # the first that crosses top_p stays
    return index.gather(-1, _at(kept.cumsum(-1), point)[:, None])[:, 0].tolist()


def _at(cumulative: Tensor, point: Tensor) -> Tensor:
    """Where a point in [0, 1) of the whole mass falls, ``[rows]``."""
    found = torch.searchsorted(cumulative, point * cumulative[:, -1:], right=True)
    return found[:, 0].clamp(max=cumulative.shape[-1] - 1)
