"""A command in front of a server under test, which ends with the test run that has started it.

A run that is killed cannot end its servers, which would run on for ever. So `tied` puts this file in front of
a server's command: it leaves a small watcher behind and becomes the server, under the same process id. The
watcher waits for the end of the run or of the server, and ends the server's process group after the run.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

_GRACE_MS = 20_000


def tied(command: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return a command that ends with this process, for `subprocess.Popen` with ``start_new_session``.

    On Linux alone; elsewhere the command itself.
    """
    words = [os.fspath(word) for word in command]
    if sys.platform != "linux":
        return words
    # -S, -E: without packages, which is quick, and whatever the server's own environment says.
    return [sys.executable, "-S", "-E", __file__, str(os.getpid()), *words]


def _main(run: int, command: list[str]) -> None:
    server = os.getpid()
    if os.getpgrp() != server:
        sys.exit("tied: the command needs a process group of its own (start_new_session=True)")
    try:
        ends = os.pidfd_open(run), os.pidfd_open(server)
    except (AttributeError, OSError):  # an old kernel: the server is not tied then
        os.execvp(command[0], command)
    if os.getppid() != run:
        sys.exit("tied: the run has ended")
    between = os.fork()  # so that the watcher is no child of the server
    if between == 0:
        if os.fork() == 0:
            with suppress(BaseException):
                _watch(*ends, server)
        os._exit(0)
    os.waitpid(between, 0)
    os.execvp(command[0], command)  # which closes both `ends`


def _watch(run: int, server: int, group: int) -> None:
    """Wait for the end of the run or of the server, given as descriptors; end the group after the run."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # a pipe's reader waits for the server alone
        os.dup2(nowhere, stream)
    waits = select.poll()
    waits.register(run, select.POLLIN)
    waits.register(server, select.POLLIN)
    if server in [ended for ended, _ in waits.poll()]:
        return
    waits.unregister(run)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(group, number)
        waits.poll(_GRACE_MS)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
