"""Made-up runs of `sot eval run` for tests of what reads them: texts and times are invented, not measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sot.evals.dataset.question import QuestionSetInfo
from sot.evals.judge.pairs import BOTH_ORDERS, find_pairs, parse_comparisons
from sot.evals.judge.records import Judgement
from sot.evals.run.machine import Machine, Session
from sot.evals.run.manifest import EvalManifest
from sot.evals.run.records import AnswerRecord, latest
from sot.evals.stats.net_win import Place

BEGUN = "2026-01-02T03:04:05+00:00"
CATEGORIES = ("generic", "knowledge", "writing")


def made_answer(
    text: str,
    *,
    strategy: str = "normal",
    total_s: float = 4.0,
    points: Sequence[str] = (),
    fell_back: str | None = None,
    final_answer: str | None = None,
    prompt_tokens: int = 50,
) -> dict[str, Any]:
    """An answer in the shape that a run keeps.

    Args:
        text: Its text; of an answer with points unless empty.
        strategy: What it was routed to.
        total_s: Seconds to the whole answer.
        points: Texts of its points.
        fell_back: Why the skeleton was given up.
        final_answer: The result alone.
        prompt_tokens: Of all requests.
    """
    usage = {"prompt_tokens": prompt_tokens, "cached_tokens": 10, "completion_tokens": 80, "requests": 1}
    titles = [{"index": index, "title": f"Point {index}"} for index in range(1, len(points) + 1)]
    return {
        "question": "?",
        "text": text
        or "\n\n".join(f"{index}. **Point {index}**: {own}" for index, own in enumerate(points, 1)),
        "route": {"strategy": strategy, "confidence": 0.9, "reason": "made up", "router": "caller"},
        "skeleton": titles,
        "points": [
            {
                **title,
                "text": own,
                "status": "done" if own else "missing",
                "started_s": 0.1,
                "first_text_s": 0.2,
                "finished_s": total_s,
                "usage": usage,
            }
            for title, own in zip(titles, points, strict=True)
        ],
        "usage": usage,
        "timing": {"route_s": 0.0, "skeleton_s": None, "first_text_s": total_s / 10, "total_s": total_s},
        "model": "made-up",
        "backend": "http://localhost:1/v1",
        "fell_back": fell_back,
        "final_answer": final_answer,
        "finish_reason": "stop",
    }


def made_record(
    question_id: str, strategy: str, answer: dict[str, Any] | None, **fields: Any
) -> AnswerRecord:
    """A line of ``answers.jsonl``; without an answer a failure.

    Args:
        question_id: The question.
        strategy: The strategy asked for.
        answer: The answer.
        fields: Further fields.
    """
    state: dict[str, Any] = (
        {"status": "done"} if answer else {"status": "failed", "error": "the engine is gone"}
    )
    values = {"question": f"What about {question_id}?", "category": "generic", "started_at": BEGUN, **fields}
    return AnswerRecord(question_id=question_id, strategy=strategy, answer=answer, **state, **values)


def write_run(folder: Path, records: Sequence[AnswerRecord], **manifest: Any) -> Path:
    """Write a run.

    Args:
        folder: Where to.
        records: Its answers.
        manifest: Fields of the manifest that are to differ.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = Machine(cpu="made-up CPU", cores=2, memory_gib=8.0)
    session = Session(
        started_at=BEGUN, python="3.11.7", platform="Linux", packages={"torch": "2.13.0"}, machine=machine
    )
    fields: dict[str, Any] = {
        "sot_version": "0.1.0",
        "backend": "http://localhost:1/v1",
        "model": "made-up",
        "strategies": list(dict.fromkeys(record.strategy for record in records)),
        "questions": QuestionSetInfo(name="made-up", sha256="ab" * 32, count=12, format="jsonl"),
        "question_ids": list(dict.fromkeys(record.question_id for record in records)),
        "settings": {"max_tokens": 1024},
        "prompts": {"en": "cd" * 32},
        "sessions": [session],
        "created_at": BEGUN,
        **manifest,
    }
    made = EvalManifest.model_validate(fields)
    (folder / "manifest.json").write_text(made.model_dump_json(), encoding="utf-8")
    lines = "".join(record.model_dump_json(exclude_none=True) + "\n" for record in records)
    (folder / "answers.jsonl").write_text(lines, encoding="utf-8")
    return folder


def two_strategies(count: int = 12, *, sooner: float = 2.0) -> list[AnswerRecord]:
    """Normal and skeleton answers to questions of three categories.

    Args:
        count: Questions.
        sooner: How many times as quick the skeleton's answers are.
    """
    records: list[AnswerRecord] = []
    for number in range(count):
        name, category, seconds = f"q{number:02d}", CATEGORIES[number % 3], 4.0 + number
        normal = made_answer(f"A plain answer to {name} in a few words.", total_s=seconds)
        points = [f"{word} says something of its own about {name}." for word in ("One", "Two", "Three")]
        own = made_answer("", strategy="skeleton", total_s=seconds / sooner, points=points, prompt_tokens=900)
        records.append(made_record(name, "normal", normal, category=category))
        records.append(made_record(name, "skeleton", own, category=category))
    return records


def verdicts(
    records: Sequence[AnswerRecord],
    places: Mapping[str, tuple[Place | None, Place | None]],
    *,
    judge: str = "made-up judge",
    aspect: str = "general",
    reply: str = "",
) -> list[Judgement]:
    """Verdicts on pairs of skeleton and normal answers.

    Args:
        records: The answers.
        places: Of each question, the verdicts with the skeleton's answer first and second; ``None`` for a
            reply without one.
        judge: Whose.
        aspect: In what respect.
        reply: What the judge wrote.
    """
    found: list[Judgement] = []
    for pair in find_pairs(latest(records), parse_comparisons("skeleton:normal", ("skeleton", "normal"))):
        for order, place in zip(BOTH_ORDERS, places.get(pair.question_id, ()), strict=False):
            found.append(
                Judgement(
                    judge=judge,
                    prompts="0123456789ab",
                    question_id=pair.question_id,
                    category=pair.category,
                    strategy="skeleton",
                    baseline="normal",
                    aspect=aspect,
                    shown_first=order,
                    texts=pair.texts,
                    status="done" if place else "unparsable",
                    verdict=place,
                    reply=reply,
                    error=None if place else "no verdict line",
                    judged_at=BEGUN,
                )
            )
    return found


def write_verdicts(folder: Path, judgements: Sequence[Judgement]) -> None:
    """Write ``judgements.jsonl``.

    Args:
        folder: The run's folder.
        judgements: Its lines.
    """
    lines = "".join(judgement.model_dump_json(exclude_none=True) + "\n" for judgement in judgements)
    (folder / "judgements.jsonl").write_text(lines, encoding="utf-8")


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
