"""Untrusted text made safe for a terminal, and specs shown without their secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# All control characters but line feed and tab; the C1 range; characters that reorder or hide text
# (bidirectional overrides, zero-width marks); line and paragraph separators; lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def safe_text(text: str) -> str:
    """The text without anything that could move the cursor, set colours, hide or reorder text.

    Args:
        text: Any text.
    """
    return _UNSAFE.sub("", text)


def one_line(text: str) -> str:
    """The text as one safe line, white space folded."""
    spaced = " ".join(text.split())  # first: line separators part words, and are then dropped
    return " ".join(safe_text(spaced).split())


def shown_spec(spec: str) -> str:
    """The spec as one safe line, without an address's user, password and query: they may be secret.

    Args:
        spec: A backend spec.
    """
    if "://" in spec:
        spec = re.sub(r"://[^/]*@", "://", re.sub(r"[?#].*", "", spec, flags=re.DOTALL))
    return one_line(spec)


def json_line(value: Mapping[str, Any]) -> str:
    """The value as one line of JSON, in which what could play tricks on a terminal is escaped.

    Args:
        value: What JSON can hold.
    """
    line = json.dumps(value, ensure_ascii=False)
    if safe_text(line) == line:
        return line
    return "".join(char if safe_text(char) else f"\\u{ord(char):04x}" for char in line)
