"""Records of a latency run with round numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sot.evals.dataset.question import Question
from sot.evals.measure.manifest import LatencyManifest
from sot.evals.run.machine import Machine, Session
from sot.evals.run.plan import Job
from sot.evals.run.records import AnswerRecord, EventRecord, Gaps, Measured, PointSpan

# Three points: the second waited to be sent, the third wrote nothing.
SPANS = (
    PointSpan(1, 0.5, 0.5, 0.8, 2.0, 20),
    PointSpan(2, 0.9, 1.1, 1.3, 2.4, 22),
    PointSpan(3, 1.2, 1.2, None, 1.9, 0),
)


def asked(question: str, method: str, *, repeat: int = 1, engine: str = "none", category: str = "") -> Job:
    """Make the job of an answer."""
    return Job(Question(id=question, question=question, category=category), method, repeat, engine=engine)


def record(
    question: str,
    method: str,
    total_s: float,
    *,
    first_text_s: float | None = 0.5,
    useful_tokens: float = 100.0,
    completion_tokens: int = 120,
    prompt_tokens: int = 50,
    cached_tokens: int = 0,
    requests: int = 1,
    spans: Sequence[PointSpan] = (),
    titles: Sequence[str] = (),
    fell_back: str | None = None,
    skeleton_s: float | None = None,
    strategy: str = "",
    router: str = "hybrid",
    route_s: float = 0.0,
    accelerator: str = "none",
    repeat: int = 1,
    category: str = "",
    text: str = "An answer.",
    **measured: Gaps | float | int | None,
) -> AnswerRecord:
    """Make the record of an answer."""
    names = [*titles, *[f"Point {span.index}" for span in spans[len(titles) :]]]
    answer: dict[str, Any] = {
        "question": question,
        "text": text,
        "route": {"strategy": strategy or method, "confidence": 1.0, "reason": "", "router": router},
        "skeleton": [
            {"index": span.index, "title": title, "depends_on": list(span.needs)}
            for span, title in zip(spans, names, strict=True)
        ],
        "points": [
            {
                "index": span.index,
                "title": title,
                "text": "",
                "status": "complete",
                "started_s": span.started_s,
                "first_text_s": span.first_text_s,
                "finished_s": span.finished_s,
                "usage": _usage(completion_tokens=span.tokens),
            }
            for span, title in zip(spans, names, strict=True)
        ],
        "usage": _usage(prompt_tokens, cached_tokens, completion_tokens, requests),
        "timing": {
            "route_s": route_s,
            "skeleton_s": skeleton_s,
            "first_text_s": first_text_s,
            "total_s": total_s,
        },
        "fell_back": fell_back,
    }
    return AnswerRecord(
        question_id=question,
        strategy=method,
        repeat=repeat,
        engine=accelerator,
        category=category,
        question=question,
        status="done",
        answer=answer,
        events=[EventRecord(t=span.found_s, type="point_found", index=span.index) for span in spans],
        measured=Measured(useful_tokens=useful_tokens, **measured),  # pyright: ignore[reportArgumentType]
        started_at="2026-01-01T00:00:00+00:00",
    )


def skeleton(question: str, **more: Any) -> AnswerRecord:
    """Make the record of a skeleton answer of three points in 2.5 s."""
    values: dict[str, Any] = {
        "first_text_s": 0.8,
        "useful_tokens": 42.0,
        "prompt_tokens": 900,
        "cached_tokens": 800,
        "requests": 4,
        "skeleton_s": 1.2,
        "spans": SPANS,
        "reader_gaps": Gaps(0.02, 0.2, 0.4, 30),
    }
    return record(question, "skeleton", 2.5, **{**values, **more})


def manifest(**identity: Any) -> LatencyManifest:
    """Make the manifest of a run on the torch engine."""
    own = {"backend": "torch:", "machine": "m", "engine options": [], "lengths": None, "random llama": None}
    start = Session(
        started_at="2026-01-01T00:00:00+00:00",
        python="3",
        platform="",
        packages={},
        machine=Machine(cpu="A processor", cores=2),
    )
    return LatencyManifest(
        identity={**own, "settings": {"max_tokens": 64}, **identity},
        backend="torch:m",
        model="m",
        sessions=[start],
    )


def _usage(prompt: int = 0, cached: int = 0, completion_tokens: int = 0, requests: int = 1) -> dict[str, int]:
    return {
        "prompt_tokens": prompt,
        "cached_tokens": cached,
        "completion_tokens": completion_tokens,
        "reasoning_tokens": 0,
        "requests": requests,
    }
