"""Mapping of HTTP statuses and error objects to the errors of `sot.errors`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sot.errors import (
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    RateLimitError,
    ServerError,
    SotError,
)

Clean = Callable[[str], str]
"""Sanitiser of a server's text for error messages: one short line, without keys."""

_RETRYABLE_4XX = (408, 409, 425)


def one_line(text: str, secrets: Collection[str] = (), limit: int = 300) -> str:
    """Reduce untrusted text to one short line of printable characters.

    Args:
        secrets: Strings to redact, besides anything that looks like an OpenAI key.
        limit: Most characters.
    """
    printable = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(printable.split())
    for secret in secrets:
        line = line.replace(secret, "[redacted]")
    line = re.sub(r"\bsk-[\w-]{8,}", "[redacted]", line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def stream_error(event: dict[str, Any], clean: Clean) -> SotError:
    """Map an ``error`` object inside a 200 response to an error.

    The status is the object's ``code`` where that is one, else what its type suggests, else 500.
    """
    error = event.get("error")
    fields = error if isinstance(error, dict) else event
    kind = f"{fields.get('code')} {fields.get('type')}".lower()
    status = 500
    try:
        code = int(fields.get("code") or 0)
    except (TypeError, ValueError):
        code = 0
    if 400 <= code < 600:
        status = code
    elif "rate_limit" in kind or "quota" in kind:
        status = 429
    elif "authentication" in kind or "permission" in kind or "api_key" in kind:
        status = 401
    elif "invalid" in kind or "badrequest" in kind or "context" in kind:
        status = 400
    return status_error(status, json.dumps(event), clean, prefix="the stream ended in an error: ")


def status_error(
    status: int,
    text: str,
    clean: Clean,
    *,
    prefix: str = "",
    hint: str = "",
    retry_after: float | None = None,
) -> SotError:
    """Map an HTTP status and its body to an error.

    Args:
        status: 400 or above.
        text: Body of the response.
        prefix: Put before the server's message.
        hint: Advice for the user, put after it.
        retry_after: Seconds the server asks to wait.
    """
    fields = _error_fields(text)
    words = fields.get("message")
    words = words if isinstance(words, str) else json.dumps(words)
    message = prefix + (clean(words) or "no explanation") + hint
    kind = f"{fields.get('code')} {fields.get('type')}".lower()
    if status in (400, 413, 422, 500) and _is_context_error(kind, words):
        prompt, context = _context_numbers(fields, words)
        return ContextLengthError(prompt_tokens=prompt, context_length=context, message=message)
    if status in (401, 403):
        return AuthenticationError(message, status=status)
    if status == 429:
        error = RateLimitError(message, status=status, retry_after=retry_after)
        error.retryable = "insufficient_quota" not in kind  # waiting does not fill an empty account
        return error
    if status >= 500:
        return ServerError(message, status=status)
    return BadRequestError(message, status=status, retryable=status in _RETRYABLE_4XX)


def _error_fields(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # An error page of a proxy: its text without the tags.
        return {"message": re.sub(r"(?is)<(style|script)\b.*?</\1>|<[^<>]*>", " ", text)}
    fields = value.get("error", value) if isinstance(value, dict) else value
    if isinstance(fields, dict):
        message = fields.get("message") or fields.get("detail") or fields
        return {**fields, "message": message}
    return {"message": fields}


_CONTEXT_KINDS = re.compile(r"context_length_exceeded|exceed_context_size|context_window_exceeded")
_CONTEXT_WORDS = re.compile(
    r"maximum context length"  # vLLM, OpenAI
    r"|longer than the (?:maximum model length|model'?s context length)"  # vLLM's engine, SGLang
    r"|exceeds? (?:the )?(?:available )?context (?:size|window|length)"  # llama.cpp, llama-cpp-python
    r"|context (?:size|length|window) (?:has been |is )?exceeded",
    re.IGNORECASE,
)
_PROMPT_NUMBER = re.compile(
    r"has (?:at least )?(\d+) input tokens|\((\d+) in the messages|resulted in (\d+) tokens"
    r"|input \((\d+) tokens\)|request \((\d+) tokens\)|prompt \(length (\d+)\)|Requested tokens \((\d+)\)"
)
_CONTEXT_NUMBER = re.compile(
    r"maximum context length is (?:only )?(\d+)|maximum model length of (\d+)|context length \((\d+)"
    r"|context size \((\d+)|context window of (\d+)"
)


def _is_context_error(kind: str, words: str) -> bool:
    return bool(_CONTEXT_KINDS.search(kind) or _CONTEXT_WORDS.search(words))


def _context_numbers(fields: Mapping[str, Any], words: str) -> tuple[int | None, int | None]:
    """Return prompt tokens and context length, from the fields (llama.cpp) or the message."""

    def found(pattern: re.Pattern[str]) -> int | None:
        match = pattern.search(words)
        return int(match[match.lastindex or 0][:12]) if match else None

    prompt = count(fields.get("n_prompt_tokens")) or found(_PROMPT_NUMBER)
    return prompt, count(fields.get("n_ctx")) or found(_CONTEXT_NUMBER)


def count(value: Any) -> int:
    """Read a token count of a server's JSON; 0 for anything else than a number."""
    return max(0, int(value)) if isinstance(value, int | float) and abs(value) < 2**53 else 0
