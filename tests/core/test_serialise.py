"""Answers and routes as JSON: the shape is a promise."""

from __future__ import annotations

import json
from dataclasses import replace

from sot.events import StageReplaced
from sot.serialise import answer_json, event_json, routed_json
from sot.types import (
    Answer,
    Point,
    PointAnswer,
    Route,
    Skeleton,
    StageFailure,
    StageUse,
    Timing,
    Usage,
)

ROUTE = Route("skeleton", 0.123456, "a list of tips \udcff", "rules")
USAGE = {"prompt_tokens": 1, "cached_tokens": 2, "completion_tokens": 3, "reasoning_tokens": 2, "requests": 4}
ANSWER = Answer(
    question="Why \ud83d?",
    text="1. **睡眠**: Text.",
    route=ROUTE,
    skeleton=Skeleton((Point(1, "睡眠"),)),
    points=(PointAnswer(1, "睡眠", "Text.", "done", Usage(1, 2, 3, 4, 2), 0.123456, None, 2.0),),
    usage=Usage(1, 2, 3, 4, 2),
    skeleton_usage=Usage(),
    timing=Timing(0.00001, None, 0.5, 1.23456),
    model="m\ud83d",
    backend="torch:m",
    fell_back="no list \udc80",
    complete=False,
)


def test_the_shape_of_an_answer() -> None:
    assert answer_json(ANSWER).model_dump() == {
        "question": "Why ??",
        "text": "1. **睡眠**: Text.",
        "route": {
            "strategy": "skeleton",
            "confidence": 0.1235,
            "reason": "a list of tips ?",
            "router": "rules",
        },
        "skeleton": [{"index": 1, "title": "睡眠"}],
        "points": [
            {
                "index": 1,
                "title": "睡眠",
                "text": "Text.",
                "status": "done",
                "started_s": 0.1235,
                "first_text_s": None,
                "finished_s": 2.0,
                "usage": USAGE,
            }
        ],
        "usage": USAGE,
        "timing": {"route_s": 0.0, "skeleton_s": None, "first_text_s": 0.5, "total_s": 1.2346},
        "model": "m?",
        "backend": "torch:m",
        "fell_back": "no list ?",
        "final_answer": None,
        "finish_reason": None,
        "complete": False,
        "opening": "",
        "closing": "",
        "stages": [],
    }


def test_the_shape_of_stages() -> None:
    use = StageUse("point", "m\ud800", "torch:m", Usage(3, 2, 1, 1, 0), 0.12345, 2.0)
    failure = StageFailure("points", "m", "gone\n\ud800")
    found = answer_json(replace(ANSWER, stages=(use,), stage_failures=(failure,))).model_dump()
    usage = {
        "prompt_tokens": 3,
        "cached_tokens": 2,
        "completion_tokens": 1,
        "reasoning_tokens": 0,
        "requests": 1,
    }
    assert found["stages"] == [
        {
            "stage": "point",
            "model": "m?",
            "backend": "torch:m",
            "usage": usage,
            "first_s": 0.1235,
            "last_s": 2.0,
        }
    ]
    shown = {"stage": "points", "model": "m", "reason": "gone ?"}
    assert found["stage_failures"] == [shown]
    assert event_json(StageReplaced(failure)) == {"type": "stage_replaced", **shown}


def test_it_is_json_whatever_the_text() -> None:
    text = answer_json(ANSWER).model_dump_json()
    assert json.loads(text)["question"] == "Why ??"
    assert "睡眠" in json.dumps(answer_json(ANSWER).model_dump(), ensure_ascii=False).encode().decode()


def test_the_shape_of_a_route() -> None:
    assert routed_json("Why?", ROUTE, 0.00001234567).model_dump() == {
        "question": "Why?",
        "strategy": "skeleton",
        "confidence": 0.1235,
        "reason": "a list of tips ?",
        "router": "rules",
        "seconds": 0.000012,
    }
