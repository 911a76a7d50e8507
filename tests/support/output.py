"""Output of a program that runs to its end, and what a test does once a certain text was shown."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fault_server import PATIENCE


def output_of(
    command: Sequence[str | Path],
    variables: Mapping[str, str],
    *,
    shown: str = "",
    then: Callable[[], None] = lambda: None,
) -> str:
    """Run a program that must end well and say nothing on standard error; returns what it prints.

    Args:
        command: The program and its arguments.
        variables: Its environment.
        shown: Text that it must print before ``then`` is called.
        then: Called once.
    """
    process = subprocess.Popen(
        command, env=dict(variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    overdue = threading.Timer(2 * PATIENCE, process.kill)
    overdue.start()
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        output = ""
        while shown not in output and (piece := process.stdout.read(1)):
            output += piece
        then()  # in any case, so that the program can end
        rest, errors = process.communicate()
        overdue.cancel()
    output += rest
    assert (process.returncode, errors) == (0, "")
    assert shown in output
    return output
