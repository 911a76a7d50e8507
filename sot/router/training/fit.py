# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (torch's own annotations are incomplete)
"""Softmax regression over hashed features, in torch; imported only for training."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence

import torch

from ..features import BUCKETS
from ..hybrid import CLASSES, LinearClassifier

_EPOCHS = 20
_LEAST_SEEN = 2  # questions with a feature; what occurs in one alone teaches nothing about others
_BATCH = 64
_FEATURE_DROPOUT = 0.3
_SMALL = 2  # of 127: weights that say next to nothing, and are left out of the file
_LEARNING_RATE = 0.02
_WEIGHT_DECAY = 0.02
_LABEL_SMOOTHING = 0.03


def fit_classifier(inputs: Sequence[Sequence[int]], labels: Sequence[int], *, seed: int) -> LinearClassifier:
    """Fit a classifier.

    Args:
        inputs: Features of each question.
        labels: Class of each question.
        seed: The same seed gives the same weights.
    """
    torch.manual_seed(seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # fixes the order of additions, and so the result
    seen = Counter(bucket for own in inputs for bucket in own)
    used = sorted(bucket for bucket, count in seen.items() if count >= _LEAST_SEEN)
    place = {bucket: number for number, bucket in enumerate(used)}
    rows = [torch.tensor([place[bucket] for bucket in own if bucket in place]) for own in inputs]
    target = torch.tensor(labels)
    counts = torch.bincount(target, minlength=len(CLASSES)).float()
    loss_of = torch.nn.CrossEntropyLoss(
        weight=(counts.sum() / (len(CLASSES) * counts.clamp(min=1))).sqrt(), label_smoothing=_LABEL_SMOOTHING
    )
    weights = torch.zeros(len(used), len(CLASSES), requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _EPOCHS)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(rows)).split(_BATCH):
            loss = loss_of(_scores([rows[i] for i in batch.tolist()], weights), target[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    full = torch.zeros(BUCKETS, len(CLASSES))
    full[torch.tensor(used)] = weights.detach()
    scale = float(full.abs().max()) / 127
    numbers = full.div(scale).round()
    numbers[numbers.abs() <= _SMALL] = 0
    return LinearClassifier(array("b", numbers.to(torch.int8).flatten().tolist()), scale)


def _scores(rows: Sequence[torch.Tensor], weights: torch.Tensor) -> torch.Tensor:
    """Return the scores of a batch, each over a random part of its features (feature dropout)."""
    sizes = torch.tensor([len(row) for row in rows])
    kept = (torch.rand(int(sizes.sum())) >= _FEATURE_DROPOUT).float()
    owner = torch.repeat_interleave(torch.arange(len(rows)), sizes)
    left = torch.zeros(len(rows)).index_add_(0, owner, kept).clamp(min=1)
    summed = torch.nn.functional.embedding_bag(
        torch.cat(list(rows)), weights, sizes.cumsum(0) - sizes, mode="sum", per_sample_weights=kept
    )
    return summed / left.sqrt().unsqueeze(1)


def fit_temperature(
    classifier: LinearClassifier, inputs: Sequence[Sequence[int]], labels: Sequence[int]
) -> float:
    """Fit the temperature at which a classifier is best calibrated: least log loss on other questions.

    Args:
        inputs: Features of questions that it was not fitted to; without any the temperature is 1.
        labels: Class of each question.
    """
    if not inputs:
        return 1.0
    known = [list(classifier.probabilities(own, 1.0).values()) for own in inputs]

    def log_loss(temperature: float) -> float:
        total = 0.0
        for own, label in zip(known, labels, strict=True):
            powers = [probability ** (1 / temperature) for probability in own]
            total -= math.log(max(1e-9, powers[label] / sum(powers)))
        return total

    return min((0.2 * 1.05**step for step in range(70)), key=log_loss)
