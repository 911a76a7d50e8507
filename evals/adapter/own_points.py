"""Point texts of the model itself, on which its point stage is trained (self-distillation).

A small model that is trained on texts better than its own learns their form, not what they know: its points
string together facts that do not follow. It writes best what it is asked for plainly. So the model without an
adapter explains each title of a good skeleton, as the answer to a question of its own; what is sound of that
is what the points learn to say: no repetition, no "I" or "we", whole sentences, about their title.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sot.errors import SotError, first_error
from sot.registry import create_backend
from sot.types import Backend, GenerateConfig, Message

from ..run.log import RecordLog
from .examples import Example, text_fault
from .text_form import loops, repeated_sentences, stems

FILE = "own_points.jsonl"
_PARALLEL = 24
_MAX_TOKENS = 120
_PROMPT = "{question}\n\nOne answer is: {title}. Explain this in two or three sentences."
# What a model says about its answer instead of answering, and marks of links and templates.
_ASIDE = re.compile(
    r"https?:|www\.|\[[^\]]*\]|\b(?:this|the|my|your) (?:answer|question|response|example)\b|in one sentence",
    re.I,
)
_OPENING = 3  # words; a text that opens as an earlier point of its answer is left out
# A first clause that may be left out: "To sleep better, …", "When it comes to sleep, …".
_CLAUSE = re.compile(
    r"(?:to|when|while|if|as|in|by|for|with|during|before|after|on|at|from|since)\s[^,.;:!?]{4,110},\s+",
    re.IGNORECASE,
)
_IMPERSONAL = re.compile(
    r"it(?:'s|’s| is) (?:also )?"
    r"(?:essential|important|crucial|vital|best|helpful|recommended|necessary|a good idea) "
    r"(?:to|that you) (?:remember that |note that |consider )?",
    re.IGNORECASE,
)
_FILLER = re.compile(r"(?:additionally|moreover|furthermore|overall|remember)\b,?\s+", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_SENTENCES, _WORDS = 3, 55  # most of a text
Key = tuple[str, str]


class OwnPoint(BaseModel):
    """Text of the model itself for a point."""

    model_config = ConfigDict(frozen=True)

    question: str
    title: str
    text: str
    finish: str | None = None


def own_points(model: str, examples: Sequence[Example], folder: Path, *, each: int) -> list[Example]:
    """Put the model's own texts in the place of the examples' texts.

    The texts are recorded one by one in the folder; those that are there already are not asked for again.

    Args:
        model: Hub id, folder or ``.gguf`` file; empty for the built-in model.
        examples: Training examples.
        folder: Folder of the training run.
        each: Points of each example that get a text.

    Returns:
        The examples, with an empty text for each point that has no sound one.

    Raises:
        SotError: The model cannot be loaded or run, or the folder holds a file of that name that is foreign.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = RecordLog(folder / FILE, OwnPoint, "remove it, or use another folder")
    known = {(point.question, point.title): point for point in log.records}
    wanted = [key for example in examples for key in _drawn(example, each)]
    todo = [key for key in dict.fromkeys(wanted) if key not in known]
    if todo:
        random.Random(0).shuffle(todo)
        try:
            asyncio.run(_write(model, todo, known, log))
        finally:
            log.close()
    return [_with_own(example, known) for example in examples]


def _drawn(example: Example, each: int) -> list[Key]:
    size = len(example.points)
    chosen = random.Random(f"own{example.question}").sample(range(size), min(each, size))
    return [(example.question, example.points[at]) for at in sorted(chosen)]


def _with_own(example: Example, known: dict[Key, OwnPoint]) -> Example:
    texts: list[str] = []
    for title in example.points:
        point = known.get((example.question, title))
        if point is not None:
            point = point.model_copy(update={"text": plain_start(point.question, point.text)})
        texts.append(point.text if point is not None and _sound(point, texts) else "")
    return example.model_copy(update={"texts": tuple(texts)})


def plain_start(question: str, text: str) -> str:
    """Leave out a first clause that says the question again, and what is beyond the usual length of a point.

    A single answer may begin with its question; seven points that all do read like a loop.
    """
    clause = _CLAUSE.match(text)
    if clause is not None and stems(clause[0]) & stems(question):
        text = text[clause.end() :]
    text = _IMPERSONAL.sub("", text, count=1) if _IMPERSONAL.match(text) else text
    kept: list[str] = []
    for sentence in _SENTENCE.split(text):
        sentence = _FILLER.sub("", sentence, count=1) if _FILLER.match(sentence) else sentence
        if len(kept) == _SENTENCES or (kept and len(" ".join([*kept, sentence]).split()) > _WORDS):
            break
        kept.append(sentence[:1].upper() + sentence[1:])
    return " ".join(kept)


def _sound(point: OwnPoint, earlier: Sequence[str]) -> bool:
    """Check that a text is sound enough to learn from."""
    text, title = point.text, stems(point.title)
    opening = text.casefold().split()[:_OPENING]
    return (
        text_fault(point.question, point.title, text) is None
        and not _ASIDE.search(text)
        and not loops(text)
        and not repeated_sentences(text)[0]
        and bool(title & stems(text))  # it is about its title
        and all(other.casefold().split()[:_OPENING] != opening for other in earlier)
    )


async def _write(
    model: str, todo: Iterable[Key], known: dict[Key, OwnPoint], log: RecordLog[OwnPoint]
) -> None:
    backend: Backend = create_backend(f"torch:{model}", adapter="off", max_batch=_PARALLEL)
    room = asyncio.Semaphore(_PARALLEL)
    live = sys.stderr.isatty()
    config = GenerateConfig(temperature=0.0, max_tokens=_MAX_TOKENS, stop=("\n",))

    async def one(question: str, title: str) -> None:
        text, finish = "", None
        prompt = Message("user", _PROMPT.format(question=question, title=title))
        async with room:
            async for chunk in backend.stream([prompt], config):
                text += chunk.text
                finish = chunk.finish_reason or finish
        known[question, title] = point = OwnPoint(
            question=question, title=title, text=text.strip(), finish=finish
        )
        log.append(point)
        if live:
            print(f"\r{len(known)} texts of the model's own", end="", file=sys.stderr, flush=True)

    try:
        async with asyncio.TaskGroup() as group:
            for question, title in todo:
                group.create_task(one(question, title))
    except* SotError as failed:
        raise first_error(failed) from None
    finally:
        await backend.aclose()
    if live:
        print(file=sys.stderr)
