"""Asks every question by every method, interleaved, so that a drift of the machine meets all alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sot import SkeletonOfThought

from .measuring import measure
from .probes import Probes
from .sample import Sample

WARM_UP = "What makes a good holiday?"
Key = tuple[str, str, int]  # question, method, repeat


def order(
    questions: Sequence[str], methods: Sequence[str], *, seed: int = 0, repeat: int = 1
) -> Iterator[Key]:
    """Which answer is made when: question by question, the methods of each in random order.

    Args:
        questions: The questions.
        methods: Names of `methods.METHODS`.
        seed: Makes the order repeatable.
        repeat: How often every question is asked; all are asked once before any is asked again.
    """
    draw = random.Random(seed)
    for number in range(repeat):
        for question in questions:
            for method in draw.sample(list(methods), len(methods)):
                yield question, method, number


async def warm_up(
    sot: SkeletonOfThought,
    methods: Sequence[str],
    *,
    probes: Probes | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Answer a question that is not measured, once by every method.

    Args:
        sot: The object that answers.
        methods: Names of `methods.METHODS`.
        probes: As for `measure`.
        progress: Takes a line when a method has answered.

    Raises:
        SotError: The question cannot be answered.
    """
    for method in methods:
        await measure(sot, WARM_UP, method, probes=probes)
        progress(f"warm-up: {method}")


async def compare(
    sot: SkeletonOfThought,
    questions: Sequence[str],
    methods: Sequence[str],
    *,
    seed: int = 0,
    repeat: int = 1,
    accelerator: str = "none",
    categories: Mapping[str, str] | None = None,
    done: Collection[Key] = (),
    warm: bool = False,
    probes: Probes | None = None,
    keep: Callable[[Sample], None] = lambda sample: None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Sample]:
    """Answer every question by every method, interleaved in random order, after one warm-up each.

    Args:
        sot: The object that answers.
        questions: The questions.
        methods: Names of `methods.METHODS`.
        seed: Makes the order repeatable.
        repeat: How often every question is asked.
        accelerator: What the samples say of the engine.
        categories: The questions' categories, where known.
        done: Answers that are there already and are left out.
        warm: The engine has been warmed up already.
        probes: What is looked at besides.
        keep: Takes each sample as soon as it is there.
        progress: Takes a line when a method has answered.

    Raises:
        SotError: A question cannot be answered.
    """
    planned = list(order(questions, methods, seed=seed, repeat=repeat))
    left = [key for key in planned if key not in done]
    if not left:
        return []
    if not warm:
        await warm_up(sot, methods, probes=probes, progress=progress)
    samples: list[Sample] = []
    for question, method, number in left:
        sample = await measure(
            sot,
            question,
            method,
            accelerator=accelerator,
            repeat=number,
            category=(categories or {}).get(question),
            probes=probes,
        )
        samples.append(sample)
        keep(sample)
        at = questions.index(question) + 1
        progress(
            f"{at}/{len(questions)} {method}: first text {sample.first_text_s:.2f} s, "
            f"total {sample.total_s:.2f} s, {sample.useful_tokens:.0f} useful tokens"
        )
    return samples
