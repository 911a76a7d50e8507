"""Mapping of HTTP statuses and error objects to the errors of `sot.errors`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from sot.errors import (
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ServerError,
    SotError,
)

from .context_errors import context_numbers, is_context_error
from .error_shapes import error_fields, error_kind, error_words
from .filter_errors import is_filter_error

Clean = Callable[[str], str]
"""Sanitiser of a server's text for error messages: one short line, without keys."""

_RETRYABLE_4XX = (408, 409, 425)


class StatusNotOk(Exception):
    """Response with a status outside 200 to 299, not yet mapped to an error. Never leaves the backend.

    Args:
        status: HTTP status, or what an error object inside a stream stands for.
        text: Body of the response, or the error object.
        headers: Headers of the response.
        streamed: Whether the error came inside a response that began with a 2xx.
    """

    def __init__(
        self, status: int, text: str, headers: Mapping[str, str] | None = None, *, streamed: bool = False
    ) -> None:
        super().__init__(status)
        self.status = status
        self.text = text
        self.headers: Mapping[str, str] = headers or {}
        self.streamed = streamed


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
    fields = error_fields(text)
    words = error_words(fields)
    message = prefix + (clean(words) or "no explanation") + hint
    kind = error_kind(fields)
    if status in (400, 413, 422, 500) and is_context_error(kind, words):
        prompt, context = context_numbers(fields, words)
        return ContextLengthError(prompt_tokens=prompt, context_length=context, message=message)
    if is_filter_error(status, fields, words):
        return ContentFilterError(message, status=status)
    if status in (401, 403):
        return AuthenticationError(message, status=status)
    if status == 429:
        error = RateLimitError(message, status=status, retry_after=retry_after)
        error.retryable = "insufficient_quota" not in kind  # waiting does not fill an empty account
        return error
    if status >= 500:
        return ServerError(message, status=status, retry_after=retry_after)
    return BadRequestError(message, status=status, retryable=status in _RETRYABLE_4XX)


def is_loading(status: int, text: str) -> bool:
    """Return whether a response says that the model is still being loaded, so that waiting helps.

    Args:
        text: Body of the response.
    """
    words = error_words(error_fields(text))
    return status in _LOADING_STATUSES and bool(_LOADING.search(words)) and not _FAILED.search(words)


_LOADING_STATUSES = (425, 429, 500, 502, 503)
_LOADING = re.compile(
    r"\b(?:down)?loading (?:the )?(?:model|weights|engine)|still (?:being )?load|(?:currently|is|being) load"
    r"|warming[ -]?up|\bwarm[ -]?up\b|cold[ -]?start|not (?:yet )?(?:ready|(?:fully )?loaded|initiali[sz]ed)"
    r"|(?:model|server|engine|service) (?:is |are )?(?:still )?(?:starting|initiali[sz]ing|being started)"
    r"|\bstarting up\b|to be loaded|model (?:is )?load(?:ing|s)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(r"\b(?:fail(?:ed|ure)?|error|unable|could not|cannot|can't|no such)\b", re.IGNORECASE)
