"""One job in a process of its own: ``python -m sot.evals.latency.worker`` reads it from standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..child import run_child
from .job import NOTE, Job, run_job


def _do(job: str, tell: Callable[[str], None]) -> None:
    run_job(Job.model_validate_json(job), lambda note: tell(NOTE.dump_json(note).decode()))


if __name__ == "__main__":
    sys.exit(run_child(_do))
