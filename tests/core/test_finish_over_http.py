"""Answers over HTTP from a server that fails for one point: text, finish reason, reasons without the key."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fault_server import Behaviour, Exchange, FaultServer, delta, event, raw, status, stream
from http_client import KEY
from scripted import stage_of

from sot import SkeletonOfThought
from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.errors import SotError
from sot.types import Answer, FinishReason, Message

NOTE = "(This point could not be written.)"
WORDS = f"BOOM \x1b[31m {KEY} at http://10.1.2.3/internal <b>bold</b>"
ERROR = {"error": {"message": WORDS, "code": 500}}
AZURE = {
    "error": {
        "message": f"The response was filtered by our content management policy {WORDS}",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
    }
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


async def answered(server: FaultServer, failing: Behaviour, strategy: str = "skeleton") -> Answer:
    """An answer whose second point, or which as a whole, the server fails to write."""

    async def behave(exchange: Exchange) -> None:
        turns = [Message(turn["role"], turn["content"]) for turn in exchange.body["messages"]]
        stage, index = stage_of(turns)
        if stage == "skeleton":
            text = "1. Sleep early\n2. Eat well\n3. Move\n"
        elif stage == "normal" or index == 2:
            await failing(exchange)
            return
        else:
            text = f"Text of point {index}."
        await stream([delta(text), delta(finish="stop"), "[DONE]"])(exchange)

    server.default = behave
    backend = OpenAICompatibleBackend(server.url, model="m", api_key=KEY, max_retries=0)
    try:
        async with SkeletonOfThought(backend, strategy=strategy, opening=False) as sot:
            return await sot.answer("How can I live well?")
    finally:
        await backend.aclose()


FAILURES: list[tuple[str, Behaviour, FinishReason]] = [
    ("an error object", status(500, ERROR), "error"),
    ("an error page", status(502, f"<html><h1>{WORDS}</h1></html>"), "error"),
    ("a refusal", status(400, {"error": {"message": WORDS}}), "error"),
    ("a redirect", status(307, "", {"location": "http://10.1.2.3/BOOM"}), "error"),
    ("an error in the stream", stream([ERROR]), "error"),
    ("no JSON", raw([f"data: {WORDS}\n\n".encode()]), "error"),
    ("a page in place of a stream", raw([f"<p>{WORDS}</p>".encode()], content_type="text/html"), "error"),
    ("an error that is told as the finish", stream([delta(finish="error", refusal=None)]), "error"),
    ("a request that the server gave up", stream([{"message": WORDS}, delta(finish="abort")]), "error"),
    ("a filter that refuses", status(400, AZURE), "content_filter"),
    ("a filter in the stream", stream([AZURE]), "content_filter"),
    ("a filter that ends it", stream([delta(finish="content_filter"), "[DONE]"]), "content_filter"),
]


@pytest.mark.parametrize(("failing", "finish"), [pytest.param(*rest, id=name) for name, *rest in FAILURES])
async def test_the_text_has_a_neutral_note(
    server: FaultServer, failing: Behaviour, finish: FinishReason
) -> None:
    answer = await answered(server, failing)
    assert answer.text == (
        f"1. **Sleep early**: Text of point 1.\n\n2. **Eat well**: {NOTE}\n\n3. **Move**: Text of point 3."
    )
    assert (answer.finish_reason, answer.complete) == (finish, False)
    point = answer.points[1]
    assert (point.status, point.text) == ("missing", NOTE)
    assert point.reason is not None
    assert point.reason.isprintable()
    assert KEY not in point.reason


@pytest.mark.parametrize(
    ("failing", "finish"),
    [
        pytest.param(raw([event(delta("It helps. And"))], drop=True), "error", id="connection"),
        pytest.param(stream([delta("It helps. And"), ERROR]), "error", id="error"),
        pytest.param(stream([delta("It helps. And"), AZURE]), "content_filter", id="filter"),
    ],
)
async def test_what_was_written_before_stands_without_the_engines_words(
    server: FaultServer, failing: Behaviour, finish: FinishReason
) -> None:
    answer = await answered(server, failing)
    text = answer.points[1].text
    assert text.startswith("It helps.")
    assert text.removesuffix(" …").removesuffix(" And") == "It helps."
    assert not any(sign in answer.text for sign in ("BOOM", "10.1.2.3", "127.0.0.1", KEY, "\x1b", "<b>"))
    assert (answer.finish_reason, answer.complete) == (finish, False)


async def test_a_filtered_point_is_asked_for_once(server: FaultServer) -> None:
    await answered(server, status(400, AZURE))
    second = [
        exchange for exchange in server.completions if "point 2" in json.dumps(exchange.body["messages"][-1])
    ]
    assert len(second) == 1


@pytest.mark.parametrize("failing", [status(500, ERROR), stream([delta("It helps."), ERROR])])
async def test_normal_decoding_that_fails_is_an_error_and_no_text(
    server: FaultServer, failing: Behaviour
) -> None:
    with pytest.raises(SotError) as raised:
        await answered(server, failing, "normal")
    assert KEY not in str(raised.value)
    assert str(raised.value).isprintable()
