"""What vLLM's processes run first, in place of the program that started them.

Python's way to start such a process imports the program's main module again, which fails in scripts
without an ``if __name__ == "__main__"`` guard and is of no use to vLLM. This module stands in for it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from multiprocessing import resource_tracker, util
from typing import Any

LOG_VARIABLE = "SOT_VLLM_LOG_FILE"
_SETTLED = "SOT_VLLM_SETTLED"
_PR_SET_PDEATHSIG = 1


def settle() -> None:
    """Keep this process off the terminal, and tie its life to its parent's."""
    # Ctrl-C in a terminal goes to every process of its group; whether the engine ends is for the
    # program to decide (`sot chat` stops one answer and goes on).
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # it has died before the line above
        os._exit(1)
    # Standard output belongs to the answer.
    log = os.environ.get(LOG_VARIABLE)
    target = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if log else 2
    os.dup2(target, 1)
    os.dup2(target, 2)
    # Should the program end without tidying up, what vLLM shares between its processes is cleaned up by
    # Python's resource tracker, which complains about it: into the log, not into the program's terminal.
    tracker: Any = resource_tracker._resource_tracker
    if _SETTLED not in os.environ and tracker._fd is not None:
        os.close(tracker._fd)
        tracker._fd = None  # another one starts when it is needed
    os.environ[_SETTLED] = "1"  # the processes that this one starts share it


def leave() -> None:
    """End this process as soon as its work is done, where no error is still to be reported.

    Taking the interpreter down with all of torch in it costs several seconds, for nothing.
    """
    if sys.exc_info()[0] in (None, SystemExit):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__mp_main__":
    settle()
    util.Finalize(None, leave, exitpriority=-1000)  # the last thing that multiprocessing does
