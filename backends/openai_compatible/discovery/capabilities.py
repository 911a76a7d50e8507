"""Capabilities of a server's model: settings by hand, then what was learned, then what the engine says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from sot.errors import ConfigError
from sot.types import BackendInfo, PrefixCaching

from .findings import Findings, value_of
from .learned import Learned

_YES = ("yes", "true", "on", "1")
_NO = ("no", "false", "off", "0")


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _YES + _NO:
        raise ConfigError(f"engine_can: {name} is yes or no, not {value!r}")
    return text in _YES


def _number(name: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ConfigError(f"engine_can: {name} is a number from 1 on, not {value!r}")
    return number


def _caching(name: str, value: Any) -> PrefixCaching:
    for choice in get_args(PrefixCaching):
        if value == choice or (isinstance(value, str) and value.strip().lower() == choice):
            return choice
    if isinstance(value, bool):
        return "running" if value else "no"
    raise ConfigError(f"engine_can: {name} is {', '.join(get_args(PrefixCaching))}, not {value!r}")


def _names(name: str, value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else list(value)
    return tuple(sorted({str(each).strip() for each in names} - {""}))


_SETTABLE: Mapping[str, Callable[[str, Any], Any]] = {
    "continues_turn": _flag,
    "caches_prefixes": _caching,
    "parallel": _number,
    "thinks": _flag,
    "stops_thinking": _flag,
    "opens_thinking": _flag,
    "takes_think": _flag,
    "constrains": _flag,
    "separates_tenants": _flag,
    "context_length": _number,
    "parameters": _number,
    "refuses": _names,
    "adapters": _names,
}


def settings_findings(
    engine_can: Mapping[str, Any] | None, can_prefill: bool | None, caches_prefixes: bool | None
) -> Findings:
    """Read the capabilities that are set by hand.

    Args:
        engine_can: Values by capability, in Python's types or as typed (``yes``, ``8``, ``stop,seed``).
        can_prefill: Shorthand for ``continues_turn``.
        caches_prefixes: Shorthand for ``caches_prefixes``: ``running`` or ``no``.

    Raises:
        ConfigError: A name or a value is none that a capability can have.
    """
    found: dict[str, tuple[Any, str]] = {}
    if can_prefill is not None:
        found["continues_turn"] = (can_prefill, "the setting can_prefill")
    if caches_prefixes is not None:
        found["caches_prefixes"] = (
            "running" if caches_prefixes else "no",
            "the setting caches_prefixes",
        )
    for name, value in (engine_can or {}).items():
        read = _SETTABLE.get(name)
        if read is None:
            raise ConfigError(f"engine_can: there is no {name!r}; it can be {', '.join(_SETTABLE)}")
        found[name] = (read(name, value), f"the setting engine_can {name}")
    return found


def learned_findings(learned: Learned, words: Findings) -> Findings:
    """Return what answers have shown, as far as it outweighs what the engine says.

    Args:
        words: The engine's own words. A model that thinks by its template is believed to, also where one
            answer went without.
    """
    found = {
        name: (value, learned.evidence.get(name, "its answers"))
        for name in ("continues_turn", "thinks", "stops_thinking", "opens_thinking", "constrains")
        if (value := getattr(learned, name)) is not None
    }
    if value_of(found, "thinks") is False and value_of(words, "thinks"):
        del found["thinks"]
    return found


def backend_info(address: str, model: str, findings: Findings) -> BackendInfo:
    """Describe an engine by what was found out; a value of ``None`` is no finding.

    Args:
        address: The server's address, without any key.
        model: The model's name in requests.
        findings: Values and evidence by field.
    """
    found = {name: finding for name, finding in findings.items() if finding[0] is not None}
    return BackendInfo(
        backend=address,
        forwards=True,
        sampling_fields=None,  # the server says what it refuses
        evidence={name: said for name, (_, said) in found.items()},
        **{"model": model, **{name: value for name, (value, _) in found.items()}},
    )
