"""The command line in this process, for what its start and end have no part in: a start costs a second."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from cli_server import environment

from sot.backends.openai_compatible.discovery import learned
from sot.cli import main


def sot_here(*arguments: str, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as `cli_server.run_sot` does, but in this process, which has no terminal.

    Args:
        arguments: Its arguments.
        stdin: Its input.
        variables: Environment variables; ``PYTHONIOENCODING`` is heeded as by the interpreter.
    """
    encoding, _, errors = variables.get("PYTHONIOENCODING", "utf-8").partition(":")
    shown, said = io.BytesIO(), io.BytesIO()
    typed = io.TextIOWrapper(io.BytesIO(stdin), encoding, errors or "strict")
    output = io.TextIOWrapper(shown, encoding, errors or "strict", write_through=False)
    complaints = io.TextIOWrapper(said, encoding, "backslashreplace", line_buffering=True)
    learned.forget_all()  # as a new process has
    with (
        patch.dict(os.environ, environment(**variables), clear=True),
        patch.object(sys, "stdin", typed),
        redirect_stdout(output),
        redirect_stderr(complaints),
    ):
        code = main(list(arguments))
    output.flush()
    complaints.flush()
    return subprocess.CompletedProcess([*arguments], code, shown.getvalue(), said.getvalue())
