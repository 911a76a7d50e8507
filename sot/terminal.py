"""Makes text from a model safe for a terminal."""

from __future__ import annotations

import re

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
