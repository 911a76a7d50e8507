"""Every error this project raises on purpose.

    SotError
    ├── ConfigError                     the caller's mistake: exit code 2
    │   ├── PromptPackError             a prompt pack is broken: file and line
    │   └── ContextLengthError          the request does not fit the model's context
    ├── MissingDependencyError          an extra is not installed: names the pip command
    ├── MissingPointError               a point could not be written (only when asked to raise)
    └── BackendError                    the engine's failure; ``retryable`` says whether a retry may help
        ├── BackendConnectionError      no connection, or it broke
        ├── BackendTimeoutError         connected, but too slow
        ├── MalformedResponseError      the answer is not what the protocol promises
        ├── EngineError                 an in-process engine failed or was closed
        └── BackendStatusError          an HTTP status of 400 or above
            ├── BadRequestError         400, 404, 413, 422 …
            ├── AuthenticationError     401, 403
            ├── RateLimitError          429, with ``retry_after`` in seconds
            └── ServerError             5xx

Messages are one line, name what to do where that is known, and never carry a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast


class SotError(Exception):
    """The root of the tree: ``except SotError`` catches all that is raised on purpose."""


class ConfigError(SotError):
    """The caller asked for something that does not exist or makes no sense."""


class PromptPackError(ConfigError):
    """A prompt pack cannot be used.

    Args:
        message: What is wrong.
        file: The file at fault, as shown to the user.
        line: The line at fault, counted from 1, where known.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None) -> None:
        self.file = file
        self.line = line
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {message}")


class ContextLengthError(ConfigError):
    """A prompt does not fit the model's context.

    Args:
        prompt_tokens: Length of the prompt in tokens, where known.
        context_length: The model's context in tokens, where known.
        message: A ready message, where the engine gave one.
    """

    def __init__(
        self,
        *,
        prompt_tokens: int | None = None,
        context_length: int | None = None,
        message: str | None = None,
    ) -> None:
        self.prompt_tokens = prompt_tokens
        self.context_length = context_length
        super().__init__(
            message
            or f"the prompt has {prompt_tokens} tokens and the model's context holds {context_length}: "
            "shorten the question or choose a model with a longer context"
        )


class MissingDependencyError(SotError):
    """A package that this feature needs is not installed.

    Args:
        package: The import name that is missing.
        install: The exact command that installs it.
    """

    def __init__(self, package: str, install: str) -> None:
        self.package = package
        self.install = install
        super().__init__(f"this needs the package {package!r}: {install}")


class MissingPointError(SotError):
    """A point of the skeleton could not be written, and the caller chose to be told by an error.

    Args:
        index: The point's number, from 1.
        title: The point's title.
        reason: Why, in one line.
    """

    def __init__(self, index: int, title: str, reason: str) -> None:
        self.index = index
        self.title = title
        self.reason = reason
        super().__init__(f"point {index} ({title}) could not be written: {reason}")


class BackendError(SotError):
    """The engine failed.

    Args:
        message: One line.
        retryable: Whether the same request may succeed later.
    """

    retryable: bool = False

    def __init__(self, message: str, *, retryable: bool | None = None) -> None:
        if retryable is not None:
            self.retryable = retryable
        super().__init__(message)


class BackendConnectionError(BackendError):
    """The engine cannot be reached, or the connection broke."""

    retryable = True


class BackendTimeoutError(BackendError):
    """The engine took longer than a time limit allows."""

    retryable = True


class MalformedResponseError(BackendError):
    """The engine's answer is not what its protocol promises."""


class EngineError(BackendError):
    """An engine in this process failed or was closed while the request was waiting."""


class BackendStatusError(BackendError):
    """The engine answered with an HTTP error status.

    Args:
        message: One line, from the engine's error object where it has one.
        status: The HTTP status code.
    """

    def __init__(self, message: str, *, status: int, retryable: bool | None = None) -> None:
        self.status = status
        super().__init__(message, retryable=retryable)


class BadRequestError(BackendStatusError):
    """The engine refused the request as wrong (400, 404, 413, 422 …)."""


class AuthenticationError(BackendStatusError):
    """The key is missing or wrong, or does not allow this (401, 403)."""


class RateLimitError(BackendStatusError):
    """Too many requests (429).

    Args:
        retry_after: Seconds the engine asks to wait, where it says.
    """

    retryable = True

    def __init__(self, message: str, *, status: int = 429, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, status=status)


class ServerError(BackendStatusError):
    """The engine failed inside (5xx)."""

    retryable = True


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error behind a task group's: ours before a stranger's, else the earliest."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, SotError)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", error))
        else:
            yield error
