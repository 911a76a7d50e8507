"""Servers of a test run that is killed: they end, too."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tied

# A run that starts a server and says its process id; the server says that of a child of its own.
RUN = """
import subprocess, sys
from tied import tied
command = tied(["sh", "-c", 'sleep 600 & echo "$!"; wait'])
server = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
print(server.pid, server.stdout.readline().decode().strip(), flush=True)
sys.stdin.read()
if sys.argv[1:]:
    server.kill()
    print(server.wait(), flush=True)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is in front of a command elsewhere")


def start(*arguments: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A run, and its server's processes as file descriptors."""
    env = {**os.environ, "PYTHONPATH": str(Path(tied.__file__).parent)}
    command = [sys.executable, "-c", RUN, *arguments]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert run.stdout is not None
    return run, [os.pidfd_open(int(word)) for word in run.stdout.readline().split()]


def test_a_killed_run_takes_its_servers_with_all_their_processes_along():
    run, processes = start()
    with run:
        run.send_signal(signal.SIGKILL)
        assert len(processes) == 2
        for process in processes:
            assert select.select([process], [], [], 60)[0], "it runs on"
            os.close(process)


def test_a_server_keeps_its_process_id_and_its_exit_code():
    run, (server, child) = start("wait")
    with run:
        told, _ = run.communicate("", timeout=60)
    assert int(told) == -signal.SIGKILL
    assert select.select([server], [], [], 60)[0]
    signal.pidfd_send_signal(child, signal.SIGKILL)
    for process in (server, child):
        os.close(process)


def test_a_command_without_a_group_of_its_own_is_refused():
    done = subprocess.run(tied.tied(["true"]), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "start_new_session" in done.stderr) == (1, True)
