"""Names of the models of one server, by which a request chooses a model, a strategy, or both."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..errors import ConfigError
from ..options import AUTO
from .failures import Failure
from .request_models import strategy_models

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN = 200  # characters of the caller's own text quoted in an error message


class ModelNames:
    """Names of several models: ``a`` for itself, ``a:skeleton`` with a strategy.

    Args:
        names: The models' names; the first also has the plain names of the strategies.
        known_as: Returns the name that a model has at its engine; ``None`` while it is not known.

    Raises:
        ConfigError: A name cannot be used.
    """

    def __init__(self, names: Sequence[str], known_as: Callable[[str], str | None]) -> None:
        for name in names:
            check_name(name)
        self._names, self._known_as = tuple(names), known_as

    def all(self) -> list[str]:
        """Return every name."""
        found = [*strategy_models()]
        for name in self._names:
            found += [name, *(f"{name}:{strategy}" for strategy in strategy_models() if strategy != AUTO)]
            found += [known] if (known := self._known_as(name)) is not None else []
        return list(dict.fromkeys(found))

    def find(self, name: str) -> tuple[str, str]:
        """Return the model and the strategy that a name stands for.

        Raises:
            Failure: There is no such model (404).
        """
        base, colon, strategy = name.partition(":")
        if base in self._names and (not colon or strategy in strategy_models()):
            return base, strategy or AUTO
        if name in strategy_models():
            return self._names[0], name
        for each in self._names:
            if self._known_as(each) == name:
                return each, AUTO
        there = ", ".join(self._names)
        message = f"there is no model {name[:_SHOWN]!r} here: there are {there}, each also as NAME:STRATEGY"
        raise Failure(404, message, "model_not_found", "model")


def check_name(name: str) -> None:
    """Check a model's name.

    Raises:
        ConfigError: It cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name[:_SHOWN]!r} cannot be a model's name: letters, digits and . _ - can")
    if name in strategy_models():
        raise ConfigError(f"{name!r} cannot be a model's name: it is a strategy's")
