"""Checks of the values of settings: each raises a `ConfigError` that names the setting and what it takes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ..errors import ConfigError
from ..keys import LONGEST_KEY

MOST_STOPS = 32
"""Most stop sequences of one answer."""

LONGEST_STOP = 256
"""Most characters of a stop sequence."""

_GREATEST = sys.float_info.max
_SHOWN = 60  # most characters of a wrong value in a message


def check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Require one of some words."""
    if not isinstance(value, str) or value not in allowed:
        raise ConfigError(f"{name} is {shown(value)}; it must be one of {', '.join(allowed)}")


def check_flag(name: str, value: object) -> None:
    """Require true or false."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} is {shown(value)}; it must be True or False")


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Require a whole number from ``least`` to ``most``; a truth value is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{name} is {shown(value)}; it must be a whole number")
    if value < least:
        raise ConfigError(f"{name} is {shown(value)}; it must be at least {shown(least)}")
    if most is not None and value > most:
        raise ConfigError(f"{name} is {shown(value)}; it must be at most {shown(most)}")


def check_number(
    name: str, value: object, least: float, most: float | None = None, *, above: bool = False
) -> None:
    """Require a finite number from ``least`` to ``most``.

    Args:
        name: The setting's name.
        value: Its value.
        least: The least number.
        most: The greatest number; ``None``: any.
        above: Whether it must be above ``least``.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(f"{name} is {shown(value)}; it must be a number")
    inside = value > least if above else value >= least
    if inside and (value <= (_GREATEST if most is None else most)):
        return
    if most is None:
        wanted = f"a finite number {'above' if above else 'of at least'} {least:g}"
        raise ConfigError(f"{name} is {shown(value)}; it must be {wanted}")
    wanted = f"be above {least:g} and at most {most:g}" if above else f"lie between {least:g} and {most:g}"
    raise ConfigError(f"{name} is {shown(value)}; it must {wanted}")


def check_stops(name: str, value: object) -> None:
    """Require a tuple or a list of stop sequences, of limited number and length."""
    if not isinstance(value, tuple | list):  # a string is a sequence too: of one-letter stop sequences
        raise ConfigError(f"{name} is {shown(value)}; it must be a tuple of texts")
    stops = cast("Sequence[object]", value)
    if len(stops) > MOST_STOPS:
        raise ConfigError(f"{name} has {len(stops)} texts; it must have at most {MOST_STOPS}")
    for text in stops:
        if not isinstance(text, str):
            raise ConfigError(f"{name} has {shown(text)}; it must be a tuple of texts")
        if len(text) > LONGEST_STOP:
            raise ConfigError(f"{name} has a text of {len(text)} characters, more than {LONGEST_STOP}")


def check_fields(name: str, value: object) -> None:
    """Require a mapping with names as its keys."""
    keys = cast("Mapping[object, object]", value) if isinstance(value, Mapping) else (None,)
    if not all(isinstance(key, str) for key in keys):
        raise ConfigError(f"{name} is {shown(value)}; it must be a mapping from field names to values")


def check_mapping(name: str, value: object) -> None:
    """Require a mapping with names as its keys, or ``None``; its values, maybe secret, are in no message."""
    keys = cast("Mapping[object, object]", value) if isinstance(value, Mapping) else (None,)
    if value is not None and not all(isinstance(key, str) for key in keys):
        raise ConfigError(
            f"{name} is {_described(cast('object', value))}; it must be a mapping with names as its keys"
        )


def check_engine_settings(name: str, value: object) -> None:
    """Require a mapping with the names of an engine's settings as its keys, or ``None``."""
    check_mapping(name, value)
    for other in ("spec", "model"):  # which engines are made with, too
        if value is not None and other in cast("Mapping[str, object]", value):
            raise ConfigError(f"{name} has {other!r}, which is no setting: it is an argument of its own")


def check_object(name: str, value: object, method: str, wanted: str) -> None:
    """Require an object with a method.

    Args:
        name: The argument's name.
        value: Its value.
        method: The method's name.
        wanted: What the argument takes, for the message.
    """
    if not callable(getattr(value, method, None)):
        raise ConfigError(f"{name} is {_described(value)}; it must be {wanted}")


def check_key(name: str, value: object) -> None:
    """Require a key that an HTTP header can carry, or ``None``."""
    if value is None:
        return
    if not isinstance(value, str) or not value.strip() or not (value.isascii() and value.isprintable()):
        raise ConfigError(f"{name} is {shown(value)}; it must be a text of printable ASCII characters")
    if len(value) > LONGEST_KEY:
        raise ConfigError(f"{name} has {len(value)} characters; it must have at most {LONGEST_KEY}")


def check_path(name: str, value: object) -> None:
    """Require a name or a path, or ``None``."""
    if value is not None and not isinstance(value, str | Path):
        raise ConfigError(f"{name} is {shown(value)}; it must be a name or a path")


def shown(value: Any) -> str:
    """Return a wrong value as it stands in a message: its beginning, if it is long."""
    if isinstance(value, int) and value.bit_length() > 4 * _SHOWN:  # too long to be written out
        return f"a number of {value.bit_length()} bits"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - one without an end, or that holds such a number, or of a class that has none
        text = _described(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _described(value: object) -> str:
    return f"an object of the class {type(value).__name__}"
