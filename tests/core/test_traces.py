"""Traces of answers: a span for each answer, one below it for each request to an engine."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from contextlib import aclosing

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from rows import rows
from scripted import Script, ScriptedBackend, by_stage, made
from spans import KeptSpans, head_of, parent_of, told, trace_of

from sot import SkeletonOfThought
from sot.errors import AuthenticationError, BackendConnectionError
from sot.tracing.attributes import provider_of
from sot.tracing.current import CONTENT
from sot.types import BackendInfo, Usage

QUESTION = "How can I sleep better?"
SKELETON = "1. Regular hours\n2. Dark room\n"


async def test_an_answer_is_one_span_with_one_below_it_for_each_request():
    spans = KeptSpans()
    points = {2: ["", "Curtains keep the light out."]}
    backend = ScriptedBackend(by_stage(SKELETON, points))
    sot = made(backend, tracer=spans.tracer, router="llm", strategy="auto", temperature=0.5, scopes="off")
    answer = await sot.answer(QUESTION, session_key="chat-1")
    (whole,) = spans.answers
    below = spans.below(whole)
    assert {span.name for span in below} == {"chat script"}
    parts = [
        (told(span)["sot.stage"], told(span).get("sot.point.index"), told(span)["sot.attempt"])
        for span in below
    ]
    assert sorted(parts, key=str) == sorted(
        [("route", None, 1), ("skeleton", None, 1), ("point", 1, 1), ("point", 2, 1), ("point", 2, 2)],
        key=str,
    )
    assert len(below) == len(backend.requests) == answer.usage.requests
    said = told(whole)
    assert said["gen_ai.operation.name"] == "invoke_workflow"
    assert said["gen_ai.conversation.id"] == said["sot.answer.key"] == "chat-1"
    assert (said["sot.strategy"], said["sot.fell_back"], said["sot.points"]) == ("skeleton", False, 2)
    assert said["sot.ttft_s"] == answer.timing.first_text_s
    for name, field in (
        ("input", "prompt_tokens"),
        ("cache_read.input", "cached_tokens"),
        ("output", "completion_tokens"),
    ):
        key = f"gen_ai.usage.{name}_tokens"
        assert said[key] == getattr(answer.usage, field) == sum(told(span)[key] for span in below)
    point = next(told(span) for span in below if told(span)["sot.stage"] == "point")
    assert (point["gen_ai.operation.name"], point["gen_ai.provider.name"]) == ("chat", "scripted")
    assert point["gen_ai.request.temperature"] == 0.5
    assert point["gen_ai.request.max_tokens"] == 192
    assert point["gen_ai.response.finish_reasons"] == ("stop",)
    assert point["gen_ai.response.time_to_first_chunk"] >= 0
    assert all(span.status.status_code == StatusCode.UNSET for span in spans.all)
    heads = {request.config.traceparent[:-3] for request in backend.requests}
    assert heads == {head_of(span) for span in below}  # the engine continues the trace below its own span


async def test_answers_made_at_once_keep_their_spans_apart_and_below_the_callers():
    spans = KeptSpans()
    sot = made(ScriptedBackend(by_stage(SKELETON)), tracer=spans.tracer)
    with spans.tracer.start_as_current_span("of the app") as own:
        answers = await asyncio.gather(*(sot.answer(QUESTION, session_key=f"chat-{n}") for n in range(5)))
    assert {told(span)["gen_ai.conversation.id"] for span in spans.answers} == {f"chat-{n}" for n in range(5)}
    for span in spans.answers:
        assert parent_of(span) == own.get_span_context().span_id
        assert len(spans.below(span)) == answers[0].usage.requests == 3


def test_scripts_without_an_event_loop_continue_the_callers_span():
    spans = KeptSpans()
    with spans.tracer.start_as_current_span("of the script") as own:
        sot = made(ScriptedBackend(by_stage(SKELETON)), tracer=spans.tracer)
        sot.answer_sync(QUESTION)
        sot.close()
    (whole,) = spans.answers
    assert parent_of(whole) == own.get_span_context().span_id
    assert len(spans.below(whole)) == 3


async def test_a_fallback_is_told_and_no_failure():
    spans = KeptSpans()
    await made(ScriptedBackend(by_stage("Prose, no list.")), tracer=spans.tracer).answer(QUESTION)
    (whole,) = spans.answers
    assert told(whole)["sot.fell_back"] is True
    assert [told(span)["sot.stage"] for span in spans.below(whole)] == ["skeleton", "normal"]
    assert whole.status.status_code == StatusCode.UNSET


async def test_an_opening_is_named_and_leaving_it_is_no_failure():
    spans = KeptSpans()
    normal = Script("Sleep is a matter of habit. ", "Here is how to do it: ", asyncio.Event())
    backend = ScriptedBackend(by_stage(SKELETON, normal=normal))
    await made(backend, tracer=spans.tracer, opening=True).answer(QUESTION)
    (whole,) = spans.answers
    (opening,) = (span for span in spans.below(whole) if told(span)["sot.stage"] == "opening")
    assert told(opening)["sot.left_early"] is True
    assert opening.status.status_code == StatusCode.UNSET


@pytest.mark.parametrize("leaves", ["cancelled", "closed"])
async def test_a_cancelled_answer_ends_all_spans_and_says_so(leaves: str):
    spans = KeptSpans()
    backend = ScriptedBackend(by_stage(SKELETON, dict.fromkeys((1, 2), Script("Words ", asyncio.Event()))))
    sot = made(backend, tracer=spans.tracer)

    async def read() -> None:
        async with aclosing(sot.stream(QUESTION)) as events:
            async for _ in events:
                if leaves == "closed" and len(backend.requests) == 3:
                    return

    task = asyncio.create_task(read())
    await backend.until_started(1, 2)
    if leaves == "cancelled":
        task.cancel()
    await asyncio.wait([task])
    (whole,) = spans.answers
    ends = {told(span)["sot.stage"]: span for span in spans.below(whole)}
    assert told(ends["skeleton"]).get("error.type") is None
    for span in (whole, ends["point"]):
        assert (told(span)["error.type"], span.status.status_code) == ("cancelled", StatusCode.ERROR)


async def test_a_failure_has_its_type_and_no_words_of_the_engine():
    spans = KeptSpans()
    error = AuthenticationError("http://10.0.0.7 refuses the key sk-secret", status=401)
    with pytest.raises(AuthenticationError):
        await made(ScriptedBackend(by_stage(error)), tracer=spans.tracer).answer(QUESTION)
    assert len(spans.all) == 2
    for span in spans.all:
        assert told(span)["error.type"] == "sot.errors.AuthenticationError"
        assert span.status.status_code == StatusCode.ERROR
        assert "10.0.0.7" not in span.to_json()
        assert "sk-secret" not in span.to_json()


@pytest.mark.parametrize("wanted", [False, True])
async def test_questions_and_texts_are_in_spans_only_where_they_are_asked_for(
    wanted: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(CONTENT, "span_only" if wanted else "")
    spans, question = KeptSpans(), "How can I sleep \ud800 better?"
    points = {1: Script(BackendConnectionError("gone")), 2: "Curtains keep the light out."}
    sot = made(ScriptedBackend(by_stage(SKELETON, points)), tracer=spans.tracer, scopes="off")
    await sot.answer(question)
    found = "".join(span.to_json() for span in spans.all)
    for words in ("How can I sleep", "Regular hours", "Curtains"):
        assert (words in found) is wanted
    (whole,) = spans.answers
    assert ("gen_ai.output.messages" in told(whole)) is wanted


async def test_a_program_that_samples_nothing_still_hands_its_trace_on():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    backend = ScriptedBackend(by_stage(SKELETON))
    tracer = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("tests")
    await made(backend, tracer=tracer).answer(QUESTION)
    heads = [request.config.traceparent for request in backend.requests]
    assert len({head[3:35] for head in heads}) == 1
    assert all(int(head[-2:], 16) & 1 == 0 for head in heads)


async def test_a_revised_answer_has_a_trace_too():
    sot = made(ScriptedBackend(by_stage(SKELETON)), tracer=(spans := KeptSpans()).tracer)
    answer = await sot.answer(QUESTION)
    await sot.revise(answer, ["Regular hours", "Dark room", "Less coffee"])
    assert [len(spans.below(span)) for span in spans.answers] == [3, 1]
    assert len({trace_of(span) for span in spans.answers}) == 2


def test_without_a_tracer_nothing_of_opentelemetry_is_imported():
    code = """
import asyncio, sys
sys.path.insert(0, "tests/support")
from scripted import ScriptedBackend, by_stage, made
backend = ScriptedBackend(by_stage("1. Regular hours\\n2. Dark room\\n"))
asyncio.run(made(backend).answer("How can I sleep better?"))
assert {request.config.traceparent for request in backend.requests} == {""}
print([name for name in sys.modules if name.startswith("opentelemetry")])
# A program that imports it, but sets no provider up, gets no spans; one that does, gets them.
from opentelemetry import trace
asyncio.run(made(backend).answer("How can I sleep better?"))
print("sot.tracing.spans" in sys.modules)
from spans import KeptSpans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
provider, kept = TracerProvider(), InMemorySpanExporter()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
asyncio.run(made(backend).answer("How can I sleep better?"))
print(len(kept.get_finished_spans()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.stdout.split() == ["[]", "False", "4"], done.stderr


async def test_a_line_for_each_request_tells_tokens_and_times_and_no_text(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "sot.requests")
    points = {
        1: Script("Curtains", usage=Usage(50, 40, 7, 1)),
        2: Script(BackendConnectionError("at 10.0.0.7")),
    }
    await made(ScriptedBackend(by_stage(SKELETON, points))).answer(QUESTION)
    lines = [record.getMessage() for record in caplog.records if record.name == "sot.requests"]
    names = sorted(line.partition(":")[0] for line in lines)
    assert names == ["point 1", "point 2", "point 2", "skeleton"]
    first = next(line for line in lines if line.startswith("point 1"))
    assert first.startswith("point 1: script, prompt 50 (cached 40), completion 7, TTFT 0.")
    assert first.endswith(" s, stop")
    assert lines[-1].endswith("BackendConnectionError")
    assert not any(words in "".join(lines) for words in ("10.0.0.7", "Curtains", "Regular hours"))


@rows(
    "backend, name, provider",
    [
        ("torch:SmolLM2", "", "torch"),
        ("vllm:Qwen/Qwen3-8B", "vllm", "vllm"),
        ("http://localhost:8000/v1", "vLLM", "vllm"),
        ("http://localhost:8000/v1", "", "openai_compatible"),
        ("https://api.openai.com/v1", "", "openai"),
        ("https://mine.openai.azure.com/openai/v1", "", "azure.ai.openai"),
        ("https://api.openai.com.example.org/v1", "", "openai_compatible"),
    ],
)
def test_a_provider_has_the_conventions_name(backend: str, name: str, provider: str):
    assert provider_of(BackendInfo(backend, "m", name=name)) == provider


@pytest.mark.model
async def test_the_real_model():
    spans = KeptSpans()
    async with SkeletonOfThought("torch:", tracer=spans.tracer, max_points=2, max_point_tokens=8) as sot:
        answer = await sot.answer(QUESTION, strategy="skeleton")
    (whole,) = spans.answers
    below = spans.below(whole)
    assert {span.name for span in below} == {f"chat {answer.model}"}
    assert {span.kind for span in below} == {SpanKind.INTERNAL}
    assert sum(told(span)["gen_ai.usage.input_tokens"] for span in below) == answer.usage.prompt_tokens
    assert whole.start_time is not None
    assert whole.end_time is not None
    for span in below:
        assert whole.start_time <= (span.start_time or 0) <= (span.end_time or 0) <= whole.end_time
