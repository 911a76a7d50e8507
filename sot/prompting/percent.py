"""Size of what the ``%`` operator and the ``format`` filter make, known before they run."""

from __future__ import annotations

import re

from .budget import BudgetError

_SPEC = re.compile(r"[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?")
_MAX_DIGITS = 3  # of a width or a precision
_LONGEST_CHARACTER = 10  # as ``%a`` shows it: backslash, U and 8 digits


def formatted_size(text: str, longest: int) -> int:
    """Return the most characters that formatting makes beside the text itself.

    Args:
        text: The format.
        longest: Characters of the longest value.

    Raises:
        BudgetError: A width has more than 3 digits, or is itself one of the values.
    """
    fields = 0
    at = text.find("%")
    while at >= 0:
        fields += 1
        start = _after_name(text, at + 1)
        spec = _SPEC.match(text, start)
        widths = spec.groups(default="") if spec else ()
        if any(width == "*" or len(width) > _MAX_DIGITS for width in widths):
            raise BudgetError(f"a width in a format has more than {_MAX_DIGITS} digits, or is a *")
        after = spec.end() if spec else start
        at = text.find("%", after + (text[after : after + 1] == "%"))
    return fields * (_LONGEST_CHARACTER * longest + 2 * 10**_MAX_DIGITS)


def _after_name(text: str, at: int) -> int:
    """Return where a field goes on behind its name in parentheses, if it has one."""
    if text[at : at + 1] != "(":
        return at
    depth = 0
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if not depth:
            break
    return at
