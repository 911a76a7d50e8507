"""Which tests run in which environment."""

from __future__ import annotations

import importlib.util
import signal

_vllm = importlib.util.find_spec("vllm")
_has_vllm = _vllm is not None and _vllm.origin is not None  # without an origin: the folder beside this file

# A shell ignores Ctrl-C in what it starts in the background, and every program started from there would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# They have an environment of their own, because vLLM pins other versions of what it needs.
collect_ignore = [] if _has_vllm else ["vllm"]


def pytest_report_header() -> str | None:
    """Say so at the top of the run."""
    return None if _has_vllm else "tests/vllm: not part of this run; `make test-vllm` runs them on real vLLM"
