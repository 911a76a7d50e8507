"""Traces and the log of requests on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from cli_here import sot_here
from cli_server import QUESTION, ScriptServer, run_sot
from collector import Collector
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span
from rows import rows

pytest.importorskip("pty")

from pseudo_terminal import Terminal


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector.running() as collector:
        yield collector


@pytest.fixture
def engine() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


def spans_of(sent: ResourceSpans) -> list[Span]:
    return [span for scope in sent.scope_spans for span in scope.spans]


def test_traces_reach_a_collector_before_the_command_ends(engine: ScriptServer, collector: Collector):
    options = ("--backend", engine.url, "--strategy", "skeleton", "--no-opening", "--verbose")
    variables: dict[str, Any] = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-token=secret",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
    }
    done = run_sot("ask", QUESTION, *options, "--traces", **variables)
    assert done.returncode == 0, done.stderr
    spans = [span for sent in collector.taken for each in sent.resource_spans for span in spans_of(each)]
    (whole,) = (span for span in spans if not span.parent_span_id)
    assert whole.name == "invoke_workflow skeleton_of_thought"
    assert all(span.parent_span_id == whole.span_id for span in spans if span is not whole)
    assert len(spans) == 1 + len(engine.completions)
    (resource,) = (each.resource for sent in collector.taken for each in sent.resource_spans)
    named = {each.key: each.value.string_value for each in resource.attributes}
    assert (named["service.name"], named["deployment.environment.name"]) == ("sot", "test")
    assert {headers["x-token"] for headers in collector.headers} == {"secret"}
    assert QUESTION.encode() not in b"".join(sent.SerializeToString() for sent in collector.taken)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == len(engine.completions)
    assert all(line.startswith(("sot: skeleton: scripted, prompt ", "sot: point ")) for line in lines)


def test_a_conversation_shows_its_requests(engine: ScriptServer, collector: Collector):
    options = ("--backend", engine.url, "--strategy", "skeleton", "--no-opening", "--verbose", "--traces")
    variables: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
    done = run_sot("chat", *options, stdin=f"{QUESTION}\nHi\n".encode(), **variables)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.decode().splitlines()) == len(engine.completions)
    spans = [span for sent in collector.taken for each in sent.resource_spans for span in spans_of(each)]
    assert sum(not span.parent_span_id for span in spans) == 2
    assert len(spans) == 2 + len(engine.completions)


def test_on_a_terminal_the_lines_of_an_answer_follow_it(engine: ScriptServer):
    arguments = ("--backend", engine.url, "--strategy", "normal", "--verbose")
    with Terminal("chat", *arguments) as terminal:
        for number in (1, 2):
            terminal.until(lambda screen, number=number: screen.text.count("\n>") == number)
            assert terminal.screen.text.count("sot: normal: scripted, ") == number - 1
            terminal.type("Hi\n")
        terminal.until(lambda screen: screen.text.count("\n>") == 3)
        terminal.type("/quit\n")
        assert terminal.end() == 0
    assert terminal.screen.text.count("sot: normal: scripted, ") == 2


@rows(
    "arguments, variables, says",
    [
        (("--trace-content",), {}, "--trace-content is for --traces"),
        (("--traces",), {"OTEL_TRACES_EXPORTER": "zipkin"}, "traces go to otlp or console"),
        (("--traces",), {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "traces are sent by http/protobuf"),
    ],
)
def test_what_there_is_not_is_one_line(arguments: tuple[str, ...], variables: dict[str, Any], says: str):
    done = sot_here("ask", QUESTION, "--backend", "http://127.0.0.1:9/v1", *arguments, **variables)
    (line,) = done.stderr.decode().splitlines()
    assert says in line
    assert done.returncode == 2


@pytest.mark.parametrize("command", [("ask", QUESTION), ("serve", "--port", "0")])
@pytest.mark.parametrize("asked", ["option", "variable"])
def test_missing_packages_are_named_with_their_extra(
    command: tuple[str, ...], asked: str, monkeypatch: pytest.MonkeyPatch
):
    arguments = [*command, "--backend", "http://127.0.0.1:9/v1", *(["--traces"] if asked == "option" else [])]
    # One by one: putting the whole table back would drop what the command imports, and a later test would
    # patch a module that no import finds any more.
    for name in ("opentelemetry", *sys.modules):
        if name.partition(".")[0] == "opentelemetry":
            monkeypatch.setitem(sys.modules, name, None)
    done = sot_here(*arguments, SOT_TRACES="0" if asked == "option" else "1")
    (line,) = done.stderr.decode().splitlines()
    assert 'pip install -e ".[otel]"' in line
    assert done.returncode == 2
