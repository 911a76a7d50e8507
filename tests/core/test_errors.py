"""Errors outside the place where they were raised."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from rows import rows

from sot import errors
from sot.errors import SotError

RAISED = [
    SotError("a", public="for all"),
    errors.ConfigError("a"),
    errors.PromptPackError("a", file="pack.toml", line=3),
    errors.MissingDependencyError("torch", "pip install torch"),
    errors.MissingPointError(2, "Tea", "gone"),
    errors.InvalidFieldError("title", "no text"),
    errors.BackendError("a", retryable=True, public="for all"),
    errors.ContextLengthError(prompt_tokens=9000, context_length=8192),
    errors.BackendConnectionError("a", reached=False),
    errors.BackendTimeoutError("a"),
    errors.MalformedResponseError("a"),
    errors.EngineError("a"),
    errors.PrefillRefusedError("a"),
    errors.ThinkingError("a"),
    errors.EmptyAnswerError("a"),
    errors.BackendStatusError("a", status=418, retry_after=2.5),
    errors.BadRequestError("a", status=422),
    errors.ContentFilterError("a"),
    errors.AuthenticationError("a", status=403),
    errors.RateLimitError("a", retry_after=1.0),
    errors.ServerError("a", status=503, retryable=False),
]


def test_the_list_has_every_error() -> None:
    classes = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SotError)
    }
    assert {type(error) for error in RAISED} == classes


@rows("error", RAISED)
@pytest.mark.parametrize(
    "passed_on", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_passes_between_processes_whole(
    error: SotError, passed_on: Callable[[SotError], SotError]
) -> None:
    """As process pools and Ray do, which otherwise raise a `TypeError` or wait for ever."""
    again = passed_on(error)
    assert type(again) is type(error)
    assert (str(again), again.public_message) == (str(error), error.public_message)
    assert (again.args, vars(again)) == (error.args, vars(error))
