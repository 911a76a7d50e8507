"""`POST /sot/revise`: the events of a revised answer, and what it refuses.

The engine is a test double (`engine_server.EngineServer`), whose requests are counted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cli_server import POINTS, QUESTION, TITLES
from engine_server import EngineServer
from fault_server import status
from server_process import ServedApp

from sot.revision.stored import answer_from_json
from sot.server import ServerSettings
from sot.server.openai_format import ChunkWriter, completion_body
from sot.server.public import PublicView
from sot.types import BackendInfo, FinishReason

PATH = "/sot/revise"


def events(response: httpx.Response) -> list[dict[str, Any]]:
    """The JSON objects of an event stream."""
    lines = response.text.split("\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def finished(response: httpx.Response) -> dict[str, Any]:
    """The answer of the last event."""
    last = events(response)[-1]
    assert last["type"] == "finished", last
    return last["answer"]


def first(served: ServedApp) -> dict[str, Any]:
    asked = {"question": QUESTION, "sot": {"strategy": "skeleton"}}
    return finished(served.post(asked, "/sot/events"))


def stored(**changes: Any) -> dict[str, Any]:
    points = [{"title": title, "text": POINTS[index]} for index, title in enumerate(TITLES, 1)]
    return {"question": QUESTION, "points": points, **changes}


def test_one_changed_point_is_one_request(served: ServedApp, engine: EngineServer) -> None:
    answer = first(served)
    before = len(engine.completions)
    engine.points = {2: "Open the window."}
    response = served.post({"answer": answer, "points": [TITLES[2], "Cool air", TITLES[0]]}, PATH)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert len(engine.completions) == before + 1
    revised = finished(response)
    assert [(point["title"], point["text"]) for point in revised["points"]] == [
        (TITLES[2], POINTS[3]),
        ("Cool air", "Open the window."),
        (TITLES[0], POINTS[1]),
    ]
    assert revised["usage"]["requests"] == 1
    seen = events(response)
    assert "".join(event["text"] for event in seen if event["type"] == "text") == revised["text"]
    kinds = [event["type"] for event in seen]
    assert kinds.index("text") < kinds.index("point_started"), "what is kept comes first"
    assert all(event["at_s"] >= 0 for event in seen)


def test_a_stored_answer_with_its_conversation(served: ServedApp, engine: EngineServer) -> None:
    talk = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": QUESTION}]
    response = served.post({"answer": stored(messages=talk), "points": ["Cool air"]}, PATH)
    assert finished(response)["points"][0]["title"] == "Cool air"
    (asked,) = engine.asked()
    assert asked[0] == talk[0]


def test_settings_of_the_revision(served: ServedApp, engine: EngineServer) -> None:
    fields = {"answer": stored(), "points": ["A", "B"], "max_tokens": 40, "temperature": 0.5, "seed": 7}
    assert served.post(fields, PATH).status_code == 200
    assert [exchange.body["max_tokens"] for exchange in engine.completions] == [20, 20]
    assert {exchange.body["temperature"] for exchange in engine.completions} == {0.5}
    assert {exchange.body["seed"] for exchange in engine.completions} == {7}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"points": ["A"]}, "answer"),
        ({"answer": stored()}, "points"),
        ({"answer": stored(), "points": []}, "points"),
        ({"answer": stored(), "points": "A"}, "points"),
        ({"answer": stored(), "points": [3]}, "points"),
        ({"answer": stored(), "points": ["A", "a"]}, "points 1 and 2 have the same title"),
        ({"answer": stored(), "points": [" \u202e"]}, "point 1 has no title"),
        ({"answer": stored(), "points": ["x" * 201]}, "points"),
        ({"answer": stored(), "points": [f"Point {number}" for number in range(51)]}, "points"),
        ({"answer": stored(points=[]), "points": ["A"]}, "no points"),
        ({"answer": stored(question=" "), "points": ["A"]}, "question is empty"),
        ({"answer": stored(points=[{"title": "A"}]), "points": ["A"]}, "text"),
        ({"answer": stored(messages=[{"role": "user", "content": "Why?"}]), "points": ["A"]}, "end with"),
        ({"answer": stored(messages=[{"role": "tool", "content": "x"}]), "points": ["A"]}, "role"),
        ({"answer": stored(), "points": ["A"], "frob": 1}, "frob"),
        ({"answer": stored(), "points": ["A"], "sot": {"strategy": "best"}}, "strategy"),
    ],
)
def test_what_makes_no_sense_is_refused(
    served: ServedApp, engine: EngineServer, fields: dict[str, Any], words: str
) -> None:
    response = served.post(fields, PATH)
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]
    assert engine.completions == []


def test_hostile_texts_stay_texts_in_the_events(served: ServedApp, engine: EngineServer) -> None:
    hostile = "data: {}\n\nevent: x\r\n<script>\u2028\ud83d"
    answer = stored(points=[{"title": "A", "text": hostile}, {"title": "B", "text": "Plain."}])
    raw = json.dumps({"answer": answer, "points": ["A", "B"]})
    response = httpx.post(
        served.address + PATH, content=raw, headers={"content-type": "application/json"}, timeout=60
    )
    assert finished(response)["points"][0]["text"] == hostile.replace("\ud83d", "?")
    assert engine.completions == []


def test_it_needs_the_key_and_a_body_of_bounded_size(engine: EngineServer) -> None:
    settings = ServerSettings(api_keys=("right-key",), max_body_bytes=2000)
    with ServedApp(engine.url, settings) as served:
        fields = {"answer": stored(), "points": ["A"]}
        assert served.post(fields, PATH).status_code == 401
        right = {"authorization": "Bearer right-key"}
        assert served.post(fields, PATH, headers=right).status_code == 200
        large = {"answer": stored(opening="long " * 500), "points": ["A"]}
        assert served.post(large, PATH, headers=right).status_code == 413
        assert served.at_rest()


def test_it_counts_as_an_answer_and_its_kept_points_do_not(served: ServedApp, engine: EngineServer) -> None:
    assert served.post({"answer": stored(), "points": [*TITLES, "Cool air"]}, PATH).status_code == 200
    served.wait_outcome("skeleton", "done")
    said = served.get("/metrics").text
    assert 'sot_points_total{status="done"} 1.0' in said
    assert "sot_engine_requests_total 1.0" in said


def test_an_engine_that_fails(served: ServedApp, engine: EngineServer) -> None:
    engine.default = status(500, {"error": {"message": "http://10.0.0.1 broke"}})
    lost = finished(served.post({"answer": stored(), "points": [TITLES[0], "Cool air"]}, PATH))
    assert [point["status"] for point in lost["points"]] == ["done", "missing"]
    assert (lost["finish_reason"], lost["complete"]) == ("error", False)
    assert "10.0.0.1" not in lost["text"]
    engine.default = status(401, {"error": {"message": "no key"}})
    refused = served.post({"answer": stored(), "points": [TITLES[0], "Cool air"]}, PATH)
    last = events(refused)[-1]
    assert (last["type"], last["error"]["code"]) == ("error", "backend_refused_key")


@pytest.mark.parametrize(
    ("finish", "told"),
    [("error", "length"), ("content_filter", "content_filter"), ("stop", "stop"), (None, "stop")],
)
def test_a_finish_reason_is_one_that_clients_know(finish: FinishReason | None, told: str) -> None:
    answer = replace(answer_from_json(stored()), finish_reason=finish, complete=False)
    whole = completion_body(answer, PublicView().details(answer, BackendInfo("toy:", "m")))
    assert whole["choices"][0]["finish_reason"] == told
    assert (whole["sot"]["finish_reason"], whole["sot"]["complete"]) == (finish, False)
    last = ChunkWriter("m", include_usage=False).finish(answer, None)
    assert f'"finish_reason":"{told}"'.encode() in last
