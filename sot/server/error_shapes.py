"""Errors in the shape that the clients of an address know: OpenAI's, or that of the Messages API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import Scope

from .failures import Failure

Shape = Callable[[Failure], Mapping[str, object]]

_MESSAGES = "/v1/messages"
_KINDS: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def is_messages(scope: Scope) -> bool:
    """Return whether a request is one of the Messages API."""
    path = below_root(scope)
    return path == _MESSAGES or path.startswith(f"{_MESSAGES}/")


def below_root(scope: Scope) -> str:
    """Return the path below the application's mount point."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


def error_shape(scope: Scope) -> Shape:
    """Return the encoder of a request's errors."""
    return messages_error if is_messages(scope) else Failure.body


def messages_error(failure: Failure) -> dict[str, object]:
    """Return an error as the Messages API has it, with the field and the code beside it."""
    usual = "api_error" if failure.status >= 500 else "invalid_request_error"
    kind = _KINDS.get(failure.status, usual)
    error = {"type": kind, "message": failure.message, "param": failure.param, "code": failure.code}
    return {"type": "error", "error": error}
