"""Refusals of content filters, told apart from other refusals, and waits that a busy server asks for."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest
from fault_server import FaultServer, delta, status, stream
from http_client import NOW, Make, failure

from sot.errors import (
    AuthenticationError,
    BackendStatusError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ServerError,
    SotError,
)

AZURE = {
    "error": {
        "message": "The response was filtered. Please modify your prompt and retry.",
        "type": None,
        "code": "content_filter",
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}
FILTERS: list[tuple[int, Any]] = [
    (400, AZURE),
    (
        400,
        {"error": {"message": "No.", "code": "bad", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    ),
    (400, {"error": {"message": "Your request was rejected.", "code": "content_policy_violation"}}),
    (400, {"error": {"message": "Your prompt was flagged as potentially violating our usage policy."}}),
    (400, {"error": {"message": "litellm.ContentPolicyViolationError: no", "code": "400"}}),
    (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}),
    (400, {"error": {"message": "Input data may be bad.", "code": "data_inspection_failed"}}),
    (400, {"code": "DataInspectionFailed", "message": "Output data may be bad."}),
    (400, {"error": {"message": "Violated the guardrail.", "code": "guardrail_intervened"}}),
    (403, {"error": {"message": "Flagged.", "code": 403, "metadata": {"reasons": ["violence"]}}}),
    (400, {"error": {"code": "1301", "message": "输入或生成内容可能包含不安全或敏感内容"}}),
]
OTHERS: list[tuple[int, Any, type[SotError]]] = [
    (400, {"error": {"message": "temperature must be below 2"}}, BadRequestError),
    (401, {"error": {"message": "a wrong key", "code": "content_filter"}}, AuthenticationError),
    (403, {"error": {"message": "this key may not use the model"}}, AuthenticationError),
    (429, {"error": {"message": "the content filter takes no more requests"}}, RateLimitError),
    (500, {"error": {"message": "the content filter is down"}}, ServerError),
    (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, ContextLengthError),
]


@pytest.mark.parametrize(("code", "payload"), FILTERS)
async def test_a_refusal_by_a_content_filter(
    server: FaultServer, make: Make, code: int, payload: Any
) -> None:
    server.default = status(code, payload)
    error = await failure(make())
    assert isinstance(error, ContentFilterError)
    assert (error.status, error.retryable) == (code, False)
    assert len(server.completions) == 1


async def test_a_refusal_by_a_content_filter_in_the_middle_of_a_stream(
    server: FaultServer, make: Make
) -> None:
    server.default = stream([delta("Hel"), AZURE])
    assert isinstance(await failure(make()), ContentFilterError)
    assert len(server.completions) == 1


@pytest.mark.parametrize(("code", "payload", "kind"), OTHERS)
async def test_other_refusals_are_what_they_were(
    server: FaultServer, make: Make, waits: list[float], code: int, payload: Any, kind: type[SotError]
) -> None:
    server.default = status(code, payload)
    error = await failure(make(max_retries=0))
    assert type(error) is kind


@pytest.mark.parametrize("code", [429, 500, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("3600", 3600.0), (formatdate(NOW + 90, usegmt=True), 90.0), (None, None)],
)
async def test_errors_tell_how_long_the_server_asks_to_wait(
    server: FaultServer, make: Make, waits: list[float], code: int, header: str | None, seconds: float | None
) -> None:
    server.default = status(code, headers={} if header is None else {"retry-after": header})
    error = await failure(make(max_retries=0))
    assert isinstance(error, BackendStatusError)
    assert error.retry_after == seconds
