"""Main module of vLLM's child processes, in place of the program that started them.

Python starts such a process (``spawn``) by importing the program's main module again, which fails in scripts
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
    """Detach this process from the terminal, and tie its life to its parent's."""
    # Ctrl-C in a terminal goes to every process of its group, but the program decides whether the engine ends
    # (`sot chat` stops one answer and goes on).
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # forgets one that came before, while they were blocked
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
    # If the program ends without cleaning up, Python's resource tracker frees what vLLM shares between its
    # processes, and warns about it: into the log, not on the program's terminal.
    tracker: Any = resource_tracker._resource_tracker
    if _SETTLED not in os.environ and tracker._fd is not None:
        os.close(tracker._fd)
        tracker._fd = None  # another one starts when it is needed
    os.environ[_SETTLED] = "1"  # processes that this one starts share its tracker


def leave() -> None:
    """Exit at once when the work is done, unless an exception is still to be reported.

    Tearing the interpreter down with all of torch in it costs several seconds, for nothing.
    """
    if sys.exc_info()[0] in (None, SystemExit):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__mp_main__":
    settle()
    util.Finalize(None, leave, exitpriority=-1000)  # the last finalizer of multiprocessing
