"""Normal answers of the model itself, which an adapter is to leave as they are.

An adapter that is merged into the weights changes normal decoding, too: trained on short points alone it
would shorten every answer. Some of the training is therefore on what the model without an adapter answers, to
questions that suit a skeleton and to those that do not (self-distillation). Answers that repeat themselves or
break off are left out: those nobody wants to keep.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sot import SkeletonOfThought
from sot.errors import SotError, first_error
from sot.router.corpus import load_corpus

from ..run.log import RecordLog
from .examples import Example
from .text_form import loops, repeated_sentences

FILE = "normal_answers.jsonl"
_PARALLEL = 6
_MAX_TOKENS = 400
_LONGEST_QUESTION = 300  # characters


class OwnAnswer(BaseModel):
    """A question and the model's own normal answer; the text is empty where it is not to be learned."""

    model_config = ConfigDict(frozen=True)

    question: str
    text: str


def choose_questions(examples: Sequence[Example], count: int, *, seed: int) -> list[str]:
    """Draw questions: half of the examples, half of the router's corpus that suit no skeleton.

    Args:
        examples: Training examples.
        count: How many.
        seed: Seed of the draw.
    """
    dice = random.Random(f"{seed}:normal")
    suited = list(dict.fromkeys(example.question for example in examples))
    other = [
        entry.question
        for entry in load_corpus()
        if entry.language == "en"
        and entry.route != "skeleton"
        and entry.split == "train"
        and len(entry.messages) == 1
        and len(entry.question) <= _LONGEST_QUESTION
    ]
    dice.shuffle(suited)
    dice.shuffle(other)
    chosen = suited[: count - count // 2]
    return chosen + other[: count - len(chosen)]


def own_answers(model: str, questions: Sequence[str], folder: Path) -> list[OwnAnswer]:
    """Answer questions normally by the model without an adapter, greedily.

    The answers are recorded one by one in the folder; those that are there already are not asked again.

    Args:
        model: Hub id, folder or ``.gguf`` file; empty for the built-in model.
        questions: The questions.
        folder: Folder of the training run.

    Returns:
        The answers that are worth keeping, in the order of the questions.

    Raises:
        SotError: The model cannot be loaded or run, or the folder holds a file of that name that is foreign.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = RecordLog(folder / FILE, OwnAnswer, "remove it, or use another folder")
    known = {answer.question: answer for answer in log.records}
    todo = [question for question in dict.fromkeys(questions) if question not in known]
    if todo:
        try:
            asyncio.run(_answer(model, todo, known, log))
        finally:
            log.close()
    return [known[question] for question in questions if known[question].text]


async def _answer(
    model: str, todo: Iterable[str], known: dict[str, OwnAnswer], log: RecordLog[OwnAnswer]
) -> None:
    room = asyncio.Semaphore(_PARALLEL)
    live = sys.stderr.isatty()
    async with SkeletonOfThought(f"torch:{model}", backend_settings={"adapter": "off"}) as sot:

        async def one(question: str) -> None:
            async with room:
                answer = await sot.answer(
                    question, strategy="normal", temperature=0.0, max_tokens=_MAX_TOKENS
                )
            text = answer.text.strip()
            good = answer.finish_reason == "stop" and not loops(text) and not repeated_sentences(text)[0]
            known[question] = found = OwnAnswer(question=question, text=text if good else "")
            log.append(found)
            if live:
                print(f"\r{len(known)} normal answers", end="", file=sys.stderr, flush=True)

        try:
            async with asyncio.TaskGroup() as group:
                for question in todo:
                    group.create_task(one(question))
        except* SotError as failed:
            raise first_error(failed) from None
    if live:
        print(file=sys.stderr)
