"""Messages of errors for readers who are to see neither the engine's address nor its words."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from sot import errors
from sot.backends.openai_compatible.wire.payloads import ServedModel, choose_model
from sot.errors import (
    BackendConnectionError,
    BackendStatusError,
    ConfigError,
    ContextLengthError,
    MissingPointError,
    PromptPackError,
    SotError,
)

SECRET = "http://10.0.0.7:8000/v1 says: model /srv/weights is on fire"
KINDS = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), errors.BackendError)]


def made(kind: type[errors.BackendError]) -> errors.BackendError:
    """An error with an engine's words."""
    if issubclass(kind, ContextLengthError):
        return kind(prompt_tokens=9000, context_length=4096, message=SECRET)
    more: dict[str, Any] = {"status": 500} if "status" in inspect.signature(kind).parameters else {}
    return kind(SECRET, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_of_an_engine_shows_its_words(kind: type[errors.BackendError]) -> None:
    error = made(kind)
    assert SECRET in str(error)  # whoever writes a program against the engine sees them
    assert not any(word in error.public_message for word in ("10.0.0.7", "http", "weights", "says"))
    assert len(error.public_message) > 10
    if isinstance(error, BackendStatusError):
        assert str(error.status) in error.public_message


def test_what_the_reader_needs_is_told() -> None:
    assert "9000" in made(ContextLengthError).public_message
    assert "None" not in ContextLengthError(message=SECRET).public_message
    assert "reached" in BackendConnectionError(SECRET, reached=False).public_message
    assert "broke" in BackendConnectionError(SECRET).public_message
    assert MissingPointError(2, "Sleep", SECRET).public_message == "point 2 (Sleep) could not be written"
    assert "/srv" not in PromptPackError("odd", file="/srv/pack.toml", line=3).public_message


def test_a_mistake_of_the_caller_is_told_in_full() -> None:
    assert ConfigError("top_p is 3").public_message == "top_p is 3"
    assert SotError("odd").public_message == "odd"


@pytest.mark.parametrize("models", [[], [ServedModel("a"), ServedModel("b")]])
def test_a_choice_of_models_does_not_name_the_address(models: list[ServedModel]) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_model(models, None, "http://10.0.0.7:8000/v1", str)
    assert "10.0.0.7" in str(caught.value)
    assert caught.value.public_message.startswith("the engine ")
