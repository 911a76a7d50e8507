"""Traces at the server: the caller's is continued, and the engine gets it to continue."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from cli_server import QUESTION
from engine_server import EngineServer
from opentelemetry.trace import SpanKind, StatusCode
from server_process import ServedApp, body
from spans import KeptSpans, head_of, parent_of, told, trace_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


@pytest.fixture
def spans() -> KeptSpans:
    return KeptSpans()


@pytest.fixture
def served(engine: EngineServer, spans: KeptSpans) -> Iterator[ServedApp]:
    with ServedApp(engine.url, tracer=spans.tracer, api_key="sk-of-the-engine") as served:
        yield served


def ask(served: ServedApp, headers: dict[str, str], **fields: object) -> httpx.Response:
    return httpx.post(f"{served.url}/chat/completions", json=body(**fields), headers=headers, timeout=60)


def test_a_callers_trace_goes_on_to_the_engine_whatever_makes_the_answer(
    engine: EngineServer, served: ServedApp, spans: KeptSpans
):
    ways = (
        {"model": "skeleton"},
        {"model": "normal"},
        {"tools": TOOLS},
        {"model": "skeleton", "stream": True},
    )
    for number, way in enumerate(ways, 1):
        seen = len(engine.completions)
        assert ask(served, {"traceparent": TRACEPARENT}, **way).status_code == 200
        served.wait_ended(number)
        whole, sent = spans.answers[-1], engine.completions[seen:]
        assert (trace_of(whole), f"{parent_of(whole):016x}") == (TRACE, CALLER)
        below = spans.below(whole)
        assert {one.headers["traceparent"][:-3] for one in sent} == {head_of(span) for span in below}
        assert len(below) == len(sent)
        assert {span.kind for span in below} == {SpanKind.CLIENT}
        assert {told(span)["server.port"] for span in below} == {engine.port}
        assert told(whole)["gen_ai.usage.input_tokens"] == 40 * len(sent)
        assert told(whole).get("sot.forwarded", False) is (way in ways[1:3])
    for span in spans.all:
        assert span.status.status_code == StatusCode.UNSET
        assert not any(words in span.to_json() for words in (QUESTION, "sk-of-the-engine"))


def test_other_addresses_and_broken_headers(engine: EngineServer, served: ServedApp, spans: KeptSpans):
    httpx.post(
        f"{served.url}/embeddings", json={"input": "x"}, headers={"traceparent": TRACEPARENT}, timeout=60
    )
    assert spans.all == ()  # it is no answer; the engine continues the caller's trace itself
    for number, broken in enumerate(("nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", ""), 2):
        assert ask(served, {"traceparent": broken}).status_code == 200
        served.wait_ended(number)
    assert [parent_of(span) for span in spans.answers] == [None] * 3
    assert len({trace_of(span) for span in spans.answers}) == 3


def test_nothing_of_a_broken_trace_is_logged(
    served: ServedApp, spans: KeptSpans, caplog: pytest.LogCaptureFixture
):
    broken = ("\x9b31mred", "no member", "a=b,c", "a=" + "x" * 9000, ",".join(f"k{n}=v" for n in range(33)))
    with caplog.at_level("WARNING"):
        for number, state in enumerate(broken, 1):
            headers = [(b"traceparent", TRACEPARENT.encode()), (b"tracestate", state.encode("latin-1"))]
            asked = httpx.post(f"{served.url}/chat/completions", json=body(), headers=headers, timeout=60)
            assert asked.status_code == 200
            served.wait_ended(number)
        assert ask(served, {"traceparent": "0" * 600}).status_code == 200
        assert ask(served, {"traceparent": TRACEPARENT, "tracestate": "a=b, t@v=c"}).status_code == 200
        served.wait_ended(len(broken) + 2)
    assert [line for line in caplog.records if line.name.startswith("opentelemetry")] == []
    assert [trace_of(span) == TRACE for span in spans.answers] == [*[True] * len(broken), False, True]
    last = spans.answers[-1].get_span_context()
    assert last is not None
    assert last.trace_state.to_header() == "a=b,t@v=c"


def test_a_server_without_traces_sends_no_headers_of_them(engine: EngineServer):
    with ServedApp(engine.url) as served:
        assert ask(served, {"traceparent": TRACEPARENT}).status_code == 200
    assert not any("traceparent" in one.headers for one in engine.completions)
