"""What is shown of things that may hold secrets or tricks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..terminal import one_line, safe_text


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
