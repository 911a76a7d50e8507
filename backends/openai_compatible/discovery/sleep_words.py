"""Sleep mode of a vLLM server, as its development endpoints show it."""

from __future__ import annotations

import re

from .asking import Reply
from .findings import Findings

_NO_MODE = re.compile(r"""enable_sleep_mode["']?\s*[:=]\s*["']?false""", re.IGNORECASE)
_NO_ANSWER = (0, 502, 503, 504)


def can_sleep(sleeping: Reply, info: Reply) -> bool | None:
    """Return whether a server can be put to sleep; ``None`` where it did not answer.

    Args:
        sleeping: The reply of ``/is_sleeping``, which is there in vLLM's development mode alone.
        info: The reply of ``/server_info``, which shows how the server was started.
    """
    if sleeping.status in _NO_ANSWER:
        return None
    if not isinstance(sleeping.fields.get("is_sleeping"), bool):
        return False
    if info.status in _NO_ANSWER:
        return None
    return not (info.status == 200 and _NO_MODE.search(info.text))


def sleep_findings(sleeping: Reply, info: Reply) -> Findings:
    """Return whether a server can be put to sleep, with the evidence; nothing where it did not answer."""
    able = can_sleep(sleeping, info)
    if able is None:
        return {}
    if able:
        return {"sleeps": (True, f"/is_sleeping answers: {sleeping.fields['is_sleeping']}")}
    if sleeping.status == 200:
        return {"sleeps": (False, "/server_info: enable_sleep_mode false")}
    said = (
        f"/is_sleeping answers {sleeping.status}: VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode turn it on"
    )
    return {"sleeps": (False, said)}


__all__ = ["can_sleep", "sleep_findings"]
