"""Usage that an engine reports in a forwarded response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from ..types import Usage

_MOST_TOKENS = 2**53  # more cannot be counted exactly
_NEAR = 4096  # bytes after the field's name that are looked at
_DECODER = json.JSONDecoder()


def usage_of_stream(tail: bytes) -> Usage:
    """Return the usage of a stream by its last bytes; one request without tokens where there is none."""
    for line in reversed(tail.splitlines()):
        if line.startswith(b"data:") and b'"usage"' in line:
            usage = usage_in(line[5:])
            if usage.prompt_tokens:
                return usage
    return usage_in(tail)  # the last event of a response holds all of it, and begins before the tail


def usage_in(raw: bytes) -> Usage:
    """Return the usage of a completion or a chunk; one request without tokens where there is none.

    Only the field itself is parsed: a response may be large.
    """
    begin = raw.rfind(b'"usage"')
    text = raw[begin + 7 : begin + _NEAR].decode("utf-8", "replace").lstrip().removeprefix(":").lstrip()
    try:
        payload: object = _DECODER.raw_decode(text)[0] if begin >= 0 else None
    except (ValueError, RecursionError):
        payload = None
    told = _object(payload)
    read, wrote = ("input", "output") if "output_tokens" in told else ("prompt", "completion")
    details = _object(told.get(f"{read}_tokens_details"))
    written = _object(told.get(f"{wrote}_tokens_details"))
    # A message's tokens from a cache are no input tokens; gateways put the same names into OpenAI's usage.
    is_message = read == "input" and not details
    apart = _count(told.get("cache_read_input_tokens")) if is_message else 0
    stored = _count(told.get("cache_creation_input_tokens")) if is_message else 0
    return Usage(
        _count(told.get(f"{read}_tokens")) + apart + stored,
        _count(details.get("cached_tokens")) + apart,
        _count(told.get(f"{wrote}_tokens")),
        1,
        _count(written.get("reasoning_tokens")),
    )


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST_TOKENS else 0
