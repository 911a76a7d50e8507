"""Batched sampling: the next token of every sequence at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .constraint import Constraint, LeastTokens, forbid

_TOP = 512  # candidates looked at first for top_p; their mass nearly always covers it
_GREEDY = 1e-5  # temperatures below count as 0: dividing logits by them gives infinities


@dataclass(slots=True)
class Sampler:
    """Sampling settings and state of one sequence.

    Args:
        temperature: 0 is greedy.
        top_p: Share of probability kept, in (0, 1].
        penalty: Repetition penalty; 1 is neutral.
        generator: Source of random numbers; ``None`` for greedy decoding.
        constraint: Which tokens a schema allows; ``None`` without one.
    """

    temperature: float
    top_p: float
    penalty: float
    generator: torch.Generator | None
    seen: Tensor | None  # [vocabulary] bool: tokens that already occurred; only with a repetition penalty
    constraint: Constraint | LeastTokens | None = None

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
        constraint: Constraint | LeastTokens | None = None,
    ) -> Sampler:
        """Make the sampler of a new sequence.

        Args:
            seed: Makes sampling repeatable; ``None`` takes a random one.
            prompt: Token ids, to which the repetition penalty applies as well.
            vocabulary: Size of the vocabulary.
            device: Device of the logits.
            constraint: Which tokens a schema allows.
        """
        generator = seen = None
        if temperature is not None and temperature < _GREEDY:
            temperature = 0.0
        if temperature:
            generator = torch.Generator()
            generator.manual_seed(random.getrandbits(63) if seed is None else seed)
        if penalty != 1:
            seen = torch.zeros(vocabulary, dtype=torch.bool, device=device)
            seen[torch.tensor(prompt, device=device)] = True
        return cls(temperature or 0.0, 1.0 if top_p is None else top_p, penalty, generator, seen, constraint)


def choose(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """Choose the next token of every sequence.

    Args:
        logits: ``[sequences, vocabulary]``, any float dtype.
        samplers: One for each sequence; their state moves on.
    """
    logits = _penalised(logits.float(), samplers)
    logits = forbid(logits, [sampler.constraint for sampler in samplers])
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
        if sampler.constraint is not None:
            sampler.constraint.accept(token)
    return tokens


def _penalised(logits: Tensor, samplers: Sequence[Sampler]) -> Tensor:
    """Apply the repetition penalty where a sequence has one: positive logits divided, negative multiplied."""
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
    """Sample each row's distribution (top_p), with one random number from each sequence's own generator."""
    device = logits.device
    temperature = torch.tensor([[sampler.temperature] for sampler in samplers], device=device)
    top_p = torch.tensor([[sampler.top_p] for sampler in samplers], device=device)
    point = torch.cat([torch.rand(1, generator=sampler.generator) for sampler in samplers])
    point = point[:, None].to(device)
    probabilities = torch.softmax(logits / temperature, -1)
    # Each row by its own way alone, so that no other request has a say in what a seed draws.
    if not any(sampler.top_p < 1 for sampler in samplers):
        return _at(probabilities.cumsum(-1), point).tolist()
    if all(sampler.top_p < 1 for sampler in samplers):
        return _nucleus(probabilities, top_p, point).tolist()
    tokens = _at(probabilities.cumsum(-1), point)
    cut = top_p[:, 0] < 1
    tokens[cut] = _nucleus(probabilities[cut], top_p[cut], point[cut])
    return tokens.tolist()


def _nucleus(probabilities: Tensor, top_p: Tensor, point: Tensor) -> Tensor:
    """Return the token at a point of the likeliest tokens' mass, which is the share ``top_p``, ``[rows]``."""
    ordered, index = probabilities.topk(min(_TOP, probabilities.shape[-1]), dim=-1)
    tokens = _within(ordered, index, top_p, point)
    wide = ordered.sum(-1) < top_p[:, 0]
    if bool(wide.any()):
        ordered, index = probabilities[wide].sort(dim=-1, descending=True)
        tokens[wide] = _within(ordered, index, top_p[wide], point[wide])
    return tokens


def _within(ordered: Tensor, index: Tensor, top_p: Tensor, point: Tensor) -> Tensor:
    total = ordered.cumsum(-1)
    kept = ordered.masked_fill(total - ordered >= top_p, 0.0)  # the first that crosses top_p stays
    return index.gather(-1, _at(kept.cumsum(-1), point)[:, None])[:, 0]


def _at(cumulative: Tensor, point: Tensor) -> Tensor:
    """Return the index at which a point in [0, 1) of the whole mass falls, ``[rows]``."""
    found = torch.searchsorted(cumulative, point * cumulative[:, -1:], right=True)
    return found[:, 0].clamp(max=cumulative.shape[-1] - 1)
