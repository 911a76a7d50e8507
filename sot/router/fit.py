# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (torch's own annotations are incomplete)
"""The fitting itself, in torch: softmax regression over hashed features. Imported only for training."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from .trained import CLASSES, Model


def fit_weights(
    inputs: Sequence[Sequence[int]],
    labels: Sequence[int],
    *,
    buckets: int,
    epochs: int,
    dropout: float,
    learning_rate: float,
    weight_decay: float,
    seed: int,
) -> tuple[bytes, float]:
    """Fit the weights.

    Args:
        inputs: The features of each question.
        labels: The class of each.
        buckets: How many features there can be.
        epochs: Passes over the questions.
        dropout: Share of a question's features left out at random in each pass.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW.
        seed: Same seed, same weights.

    Returns:
        One signed byte for each bucket and class, and what a byte of 1 is worth.
    """
    torch.manual_seed(seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the order of additions, and so the result, is always the same
    used = sorted({bucket for own in inputs for bucket in own})
    place = {bucket: number for number, bucket in enumerate(used)}
    rows = [torch.tensor([place[bucket] for bucket in own]) for own in inputs]
    counts = torch.bincount(torch.tensor(labels), minlength=len(CLASSES)).float()
    loss_of = torch.nn.CrossEntropyLoss(
        weight=(counts.sum() / (len(CLASSES) * counts.clamp(min=1))).sqrt(), label_smoothing=0.03
    )
    weights = torch.zeros(len(used), len(CLASSES), requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    target = torch.tensor(labels)
    for _ in range(epochs):
        for batch in torch.randperm(len(rows)).split(64):
            kept = [rows[i][torch.rand(len(rows[i])) >= dropout] for i in batch.tolist()]
            offsets = torch.tensor([0, *(len(own) for own in kept[:-1])]).cumsum(0)
            summed = torch.nn.functional.embedding_bag(torch.cat(kept), weights, offsets, mode="sum")
            norms = torch.tensor([math.sqrt(max(1, len(own))) for own in kept]).unsqueeze(1)
            loss = loss_of(summed / norms, target[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    full = torch.zeros(buckets, len(CLASSES))
    full[torch.tensor(used)] = weights.detach()
    scale = float(full.abs().max()) / 127
    return bytes(full.div(scale).round().to(torch.int8).view(torch.uint8).flatten().tolist()), scale


def fit_temperature(model: Model, inputs: Sequence[Sequence[int]], labels: Sequence[int]) -> float:
    """The temperature at which the probabilities of other questions are most honest.

    Args:
        model: A model with temperature 1.
        inputs: The features of each question.
        labels: The class of each.
    """

    def surprise(temperature: float) -> float:
        total = 0.0
        for own, label in zip(inputs, labels, strict=True):
            powers = [p ** (1 / temperature) for p in model.probabilities(own).values()]
            total -= math.log(max(1e-9, powers[label] / sum(powers)))
        return total

    return min((0.2 * 1.05**step for step in range(70)), key=surprise)
