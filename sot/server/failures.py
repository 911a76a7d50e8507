"""HTTP errors in OpenAI's format: a status and an ``error`` object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import (
    AuthenticationError,
    BackendConnectionError,
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    BadRequestError,
    ConfigError,
    ContentFilterError,
    ContextLengthError,
    EngineError,
    InvalidFieldError,
    MissingPointError,
    PromptPackError,
    RateLimitError,
    ServerError,
    SotError,
)
from ..terminal import one_line
from .public import PublicView

_TRY_AGAIN_S = 5
_LONGEST_S = 24 * 3600.0
_CLIENTS = PublicView()


@dataclass(eq=False)
class Failure(Exception):
    """HTTP error response to a request.

    Args:
        status: The HTTP status code.
        message: One line for people.
        code: Error code for programs.
        param: The request's field at fault.
        retry_after_s: Seconds after which the same request may succeed (``Retry-After``).
        accept_encoding: Compressions of a body that would be taken (``Accept-Encoding``).
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    retry_after_s: float | None = None
    accept_encoding: str | None = None

    def __post_init__(self) -> None:
        self.message = one_line(self.message)  # it may quote the names of a request's fields

    def body(self) -> dict[str, object]:
        """Return the JSON object of the response."""
        fields = {"message": self.message, "type": _kind(self.status), "param": self.param, "code": self.code}
        return {"error": fields}

    def headers(self) -> dict[str, str]:
        """Return the headers that apply: ``Retry-After``, ``Accept-Encoding``, ``WWW-Authenticate``."""
        if self.retry_after_s is not None:
            return {"retry-after": str(math.ceil(min(max(1.0, self.retry_after_s), _LONGEST_S)))}
        if self.accept_encoding is not None:
            return {"accept-encoding": self.accept_encoding}
        return {"www-authenticate": "Bearer"} if self.status == 401 else {}


def bad_request(message: str, *, param: str | None = None, code: str | None = None) -> Failure:
    """Make the failure of an invalid request (400)."""
    return Failure(400, message, code, param)


def failure_of(error: Exception, view: PublicView = _CLIENTS) -> Failure:
    """Convert an error of the core or of an engine into the client's HTTP error.

    A problem between the server and its engine, such as a refused key, never appears as the client's mistake.

    Args:
        error: The error.
        view: What clients may see of it.
    """
    if isinstance(error, Failure):
        return error
    message = view.error(error) if isinstance(error, SotError) else ""
    for kind, (status, code, retry_after_s) in _MEANING.items():
        if isinstance(error, kind):
            if isinstance(error, BackendStatusError) and status >= 429:
                retry_after_s = error.retry_after or retry_after_s
            param = "messages" if code == "context_length_exceeded" else None
            return Failure(status, message, code, param, retry_after_s)
    if isinstance(error, SotError):
        return Failure(500, message, "server_error")
    return Failure(500, "the server made a mistake; its log says more", "server_error")


_Meaning = tuple[int, str | None, float | None]
# In order: the first matching class counts.
_MEANING: Mapping[type[SotError], _Meaning] = {
    ContextLengthError: (400, "context_length_exceeded", None),
    PromptPackError: (500, "server_error", None),
    ConfigError: (400, None, None),
    MissingPointError: (502, "point_missing", None),
    InvalidFieldError: (502, "invalid_field", None),
    ContentFilterError: (400, "content_filter", None),
    BadRequestError: (400, None, None),
    AuthenticationError: (502, "backend_refused_key", None),
    RateLimitError: (429, "rate_limit_exceeded", _TRY_AGAIN_S),
    ServerError: (502, "backend_failed", None),
    BackendStatusError: (502, "backend_failed", None),
    BackendTimeoutError: (504, "backend_timeout", None),
    BackendConnectionError: (503, "backend_unavailable", _TRY_AGAIN_S),
    EngineError: (503, "backend_unavailable", _TRY_AGAIN_S),
    BackendError: (502, "backend_failed", None),
}


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    if status == 401:
        return "authentication_error"
    return "server_error" if status >= 500 else "invalid_request_error"
