"""What of a backend spec may be shown."""

from __future__ import annotations

import re

from ..terminal import one_line


def shown_spec(spec: str) -> str:
    """The spec as one safe line, without an address's user, password and query: they may be secret.

    Args:
        spec: A backend spec.
    """
    if "://" in spec:
        spec = re.sub(r"://[^/]*@", "://", re.sub(r"[?#].*", "", spec, flags=re.DOTALL))
    return one_line(spec)
