"""One job in a process of its own: ``python -m sot.evals.latency.worker`` reads it from standard input.

What happens comes out as JSON, one object a line; whatever else the engine prints goes to standard error.
"""

from __future__ import annotations

import os
import sys

from sot.cli.failure import INTERRUPTED
from sot.errors import ConfigError, MissingDependencyError, SotError

from .job import NOTE, Failed, Job, Note, run_job


def main() -> int:
    """Do the job; returns the exit code, 0 also for a failure that was told."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(note: Note) -> None:
        out.write(NOTE.dump_json(note).decode() + "\n")
        out.flush()

    try:
        run_job(Job.model_validate_json(sys.stdin.read()), tell)
    except SotError as error:
        bad_use = isinstance(error, (ConfigError, MissingDependencyError))
        tell(Failed(reason=str(error), bad_use=bad_use))
    except BrokenPipeError:  # whoever started this has gone
        os._exit(1)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
