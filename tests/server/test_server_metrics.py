"""`/metrics`: Prometheus can read it, and the counts add up.

The engine is a test double (`engine_server.EngineServer`), so that what there is to count is known.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cli_server import NORMAL, POINTS, QUESTION, SKELETON, Gate
from engine_server import EngineServer, cut
from fault_server import raw, status
from prometheus_client.parser import text_string_to_metric_families
from scripted import ScriptedBackend, by_stage, made
from server_process import ServedApp, body

from sot import SkeletonOfThought
from sot.server import ServerSettings
from sot.server.capacity import Capacity
from sot.server.metrics import Metrics
from sot.speed.step_times import StepTimes

ANSWER = sum(len(cut(text)) for text in (SKELETON, *POINTS.values()))
SHORT = len(cut(NORMAL))


def samples(served: ServedApp) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values, in the order of the labels' names."""
    response = served.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(response.text)
    found = [sample for family in families for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in found}


def test_a_new_server_has_counted_nothing(served: ServedApp) -> None:
    counted = {name: value for name, value in samples(served).items() if not name[0].endswith("_created")}
    assert set(counted.values()) <= {0.0}
    assert ("sot_answers_in_flight",) in counted


def test_what_a_batch_costs_is_a_gauge_once_it_is_known() -> None:
    known: list[StepTimes] = []
    metrics = Metrics(Capacity(1, 1, 1.0), lambda: known[-1] if known else None)
    assert b"sot_step_ratio 0.0" in metrics.text()
    known.append(StepTimes(1.0, 0.0))
    assert b"sot_step_ratio 1.0" in metrics.text()
    assert b"sot_skeleton_speed_up 4.0" in metrics.text()


def test_answers_by_strategy_and_outcome(served: ServedApp, engine: EngineServer) -> None:
    for fields in (
        {"stream": True},
        {"stream": False},
        {"model": "normal"},
        {"model": "cot"},
        {"tools": [{}]},
    ):
        assert served.post(body(**fields)).status_code == 200
    assert served.post({"question": QUESTION}, "/sot/events").status_code == 200
    served.post(body(model="nothing"))
    engine.default = status(500)
    served.post(body(model="cot"))
    served.post(body(model="normal"))
    engine.default = status(400, {"error": {"message": "no"}})
    served.post(body(model="cot"))
    served.post(body(tools=[{}]))
    engine.default = raw([b"data: {"], drop=True)
    served.post(body(model="normal", stream=True))
    served.wait_ended(12)
    found = samples(served)
    answers = {name[:0:-1]: value for name, value in found.items() if name[0] == "sot_answers_total"}
    assert answers == {  # by strategy and outcome
        ("skeleton", "done"): 3,
        ("normal", "done"): 1,
        ("cot", "done"): 1,
        ("direct", "done"): 1,
        ("none", "refused"): 1,
        ("cot", "failed"): 1,
        ("normal", "failed"): 2,
        ("cot", "refused"): 1,
        ("direct", "refused"): 1,
    }
    for name in ("sot_answer_seconds_count", "sot_first_text_seconds_count"):
        counts = {key[1]: value for key, value in found.items() if key[0] == name}
        assert counts == {"skeleton": 3, "normal": 1, "cot": 1, "direct": 1}


@pytest.mark.parametrize("fields", [{"stream": True, "stream_options": {"include_usage": True}}, {}])
def test_tokens_points_and_requests(served: ServedApp, engine: EngineServer, fields: dict[str, Any]) -> None:
    for model in ("skeleton", "normal", "cot"):
        served.post(body(model=model, **fields))
    served.wait_ended(3)
    found = samples(served)
    assert found["sot_engine_requests_total",] == 6
    assert found["sot_tokens_total", "prompt"] == 6 * 40
    assert found["sot_tokens_total", "cached"] == 6 * 10
    assert found["sot_tokens_total", "completion"] == ANSWER + 2 * SHORT
    assert found["sot_points_total", "done"] == 3
    assert found["sot_fallbacks_total",] == 0


def test_broken_points_and_skeletons_given_up(served: ServedApp, engine: EngineServer) -> None:
    engine.points = {**POINTS, 2: ""}
    served.post(body())
    engine.skeleton = "No list at all, but a story that goes on and on."
    served.post(body())
    served.wait_ended(2)
    found = samples(served)
    assert found["sot_points_total", "done"] == 2
    assert found["sot_points_total", "missing"] == 1
    assert found["sot_fallbacks_total",] == 1
    assert found["sot_answers_total", "done", "skeleton"] == 2


def test_answers_in_the_making(engine: EngineServer) -> None:
    gate = Gate()
    engine.normal = ["Held ", gate, "back."]
    with ServedApp(engine.url, ServerSettings(max_answers=1)) as served:
        asking = [threading.Thread(target=served.post, args=(body(model="cot"),)) for _ in range(3)]
        for thread in asking:
            thread.start()
        served.wait_gate(running=1, waiting=2)
        found = samples(served)
        assert found["sot_answers_in_flight",] == 1
        assert found["sot_answers_waiting",] == 2
        gate.open()
        for thread in asking:
            thread.join()
        served.wait_gate(running=0, waiting=0)
        assert samples(served)["sot_answers_in_flight",] == 0


def test_nothing_of_a_question_is_in_it(served: ServedApp, engine: EngineServer) -> None:
    served.post(body("My secret diagnosis", model="cot", user="ada"))
    served.post(body("My secret diagnosis", model="diagnosis"))
    text = served.get("/metrics").text
    assert "diagnosis" not in text
    assert "ada" not in text


@asynccontextmanager
async def oddly_named() -> AsyncGenerator[Mapping[str, SkeletonOfThought]]:
    backend = ScriptedBackend(by_stage("1. One\n2. Two\n"), model="half\ud83d\u2028a line\x0b\x1b[31m")
    async with made(backend) as sot:
        yield {"a": sot}


def test_no_name_of_a_model_breaks_the_infos() -> None:
    with ServedApp(oddly_named) as served:
        assert served.post(body("How?", model="a:skeleton")).status_code == 200
        served.wait_ended(1)
        answers = {path: served.get(path) for path in ("/v1/models", "/sot/about", "/metrics")}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    text = answers["/metrics"].text
    assert all(line.isprintable() for line in text.split("\n"))
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    stages = [each.labels for each in samples if each.name == "sot_stage_tokens_total"]
    assert {(each["model"], each["exported_model"]) for each in stages} == {("a", "half a line [31m")}
