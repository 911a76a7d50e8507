"""Keys and the engine's address, taken out of bytes that the engine sends and a client gets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable
from urllib.parse import quote, urlsplit

from ..types import BackendInfo

_REDACTED = b"[redacted]"
_LEAST_CHARS = 6  # of a secret: shorter ones would be found in any text
# Whatever looks like a key, in an engine's error.
_ANY_KEY = re.compile(rb"\b(?:sk|pk|rk)-[A-Za-z0-9_*-]{8,}|\b[Bb]earer\s+[^\s\"\\]{6,}")


@runtime_checkable
class HoldsSecrets(Protocol):
    """Optional protocol of backends that send keys to their engine."""

    @property
    def secrets(self) -> Iterable[str]:
        """Keys and values of headers that no client may see."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """What may not reach a client.

    Args:
        keys: Keys, in every form in which JSON and URLs write them; taken out everywhere.
        addresses: The engine's address in its forms; taken out of errors.
    """

    keys: tuple[bytes, ...] = ()
    addresses: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, backend: object, info: BackendInfo, *, debug: bool) -> Self:
        """Collect a backend's secrets; with ``debug`` the address is none."""
        keys = [os.environ.get("OPENAI_API_KEY", "").strip()]
        if isinstance(backend, HoldsSecrets):
            keys += backend.secrets
        url = urlsplit(info.backend)
        shown = (info.backend, url.netloc) if url.netloc and not debug else ()
        return cls(_forms(keys), _forms(shown))

    def error(self, raw: bytes) -> bytes:
        """Return an engine's error without keys, whatever looks like one, and the engine's address."""
        return _ANY_KEY.sub(_REDACTED, _without(_without(raw, self.keys), self.addresses))

    def text(self, raw: bytes) -> bytes:
        """Return a whole response without keys."""
        return _without(raw, self.keys)

    def holds(self, value: str) -> bool:
        """Return whether a header's value has something that a client may not see."""
        raw = value.encode("utf-8", "replace")
        return self.error(raw) != raw


class StreamRedactor:
    """Redaction of a stream, piece by piece.

    Text that may be the beginning of a key is held back until more is known; everything else passes at once.
    From the first ``error`` on, the engine's address is taken out as well.

    Args:
        secrets: What may not reach the client.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._sought = secrets.keys
        self._held = b""
        self._tail = b""

    def feed(self, piece: bytes) -> bytes:
        """Take the next piece; returns what may go to the client."""
        if self._sought is self._secrets.keys and b'"error"' in self._tail + piece:
            both = self._secrets.keys + self._secrets.addresses
            self._sought = tuple(sorted(both, key=len, reverse=True))
        self._tail = (self._tail + piece)[-8:]
        raw, shown, at = self._held + piece, b"", 0
        while True:
            undecided = len(raw) - _beginning(raw, at, self._sought)
            begin, end = _first(raw, at, self._sought)
            if begin >= undecided:  # there is none, or a longer one may follow from there
                self._held = raw[undecided:]
                return shown + raw[at:undecided]
            shown, at = shown + raw[at:begin] + _REDACTED, end

    def close(self) -> bytes:
        """Return what was held back, at the end of the stream."""
        held, self._held = self._held, b""
        return _without(held, self._sought)


def _forms(values: Iterable[str]) -> tuple[bytes, ...]:
    """Return values as JSON and URLs write them, the longest first."""
    forms: set[bytes] = set()
    for value in values:
        if len(value) >= _LEAST_CHARS:
            plain = json.dumps(value)[1:-1]
            forms |= {
                form.encode() for form in (value, plain, plain.replace("/", "\\/"), quote(value, safe=""))
            }
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _first(raw: bytes, at: int, secrets: Iterable[bytes]) -> tuple[int, int]:
    """Return the place of the first secret from a position on, of several there the longest."""
    found = [(begin, -len(secret)) for secret in secrets if (begin := raw.find(secret, at)) >= 0]
    begin, size = min(found, default=(len(raw), 0))
    return begin, begin - size


def _without(raw: bytes, secrets: Sequence[bytes]) -> bytes:
    """Return bytes without secrets, of which the longest come first."""
    if not any(secret in raw for secret in secrets):
        return raw
    return re.sub(b"|".join(map(re.escape, secrets)), _REDACTED, raw)


def _beginning(raw: bytes, at: int, secrets: Iterable[bytes]) -> int:
    """Return how many bytes at the end, from a position on, may be the beginning of a secret."""
    longest = 0
    for secret in secrets:
        for length in range(min(len(secret) - 1, len(raw) - at), longest, -1):
            if raw.endswith(secret[:length]):
                longest = length
                break
    return longest
