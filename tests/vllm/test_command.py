"""Programs that use the engine: the command line, a script without a guard, Ctrl-C, a killed program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PATIENCE, START_S

QUESTION = "What are the most effective ways to deal with stress?"
SOT = str(Path(sys.executable).with_name("sot"))
# No `if __name__ == "__main__"`: the processes of vLLM do not run this file again.
SCRIPT = """
import asyncio
from sot import SkeletonOfThought

async def main():
    async with SkeletonOfThought("vllm:", backend_settings={"engine_args": {"max_model_len": 1024}}) as sot:
        async for text in sot.stream_text("Write a very long story.", strategy="normal"):
            print(text, end="", flush=True)

print("begin", flush=True)
asyncio.run(main())
"""


def environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("VLLM_", "SOT_"))}
    cache = {"SOT_CACHE": os.environ["SOT_CACHE"]} if "SOT_CACHE" in os.environ else {}
    return {**env, **cache}


def started(command: list[str]) -> subprocess.Popen[str]:
    """A program in a session of its own, so that its processes can be told from others."""
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def family(pid: int) -> set[int]:
    """All processes that descend from one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def gone(pids: set[int]) -> bool:
    """Return whether processes end soon; a zombie has ended."""
    end = time.monotonic() + PATIENCE
    while left := {pid for pid in pids if alive(pid)}:
        if time.monotonic() > end:
            print("left behind:", left)
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def read_until_text(process: subprocess.Popen[str], skip: str = "") -> None:
    """Wait for the answer's first text."""
    assert process.stdout is not None
    for expected in skip:
        assert process.stdout.read(1) == expected
    assert process.stdout.read(1), process.stderr and process.stderr.read()


def test_sot_ask_prints_a_whole_answer_as_json_and_nothing_else():
    command = [SOT, "ask", QUESTION, "--backend", "vllm:", "--strategy", "skeleton", "--json"]
    command += ["--engine-arg", "max_model_len=2048", "--engine-arg", "max-num-seqs=16"]
    process = started(command)
    out, err = process.communicate(timeout=START_S)
    assert process.returncode == 0, err
    assert err == ""
    shown = json.loads(out)
    assert shown["backend"].startswith("vllm:SmolLM2-135M-Instruct")
    assert len(shown["points"]) >= 2
    for point in shown["points"]:
        assert 0 < point["usage"]["cached_tokens"] <= point["usage"]["prompt_tokens"]
    assert shown["usage"]["requests"] >= len(shown["points"]) + 1


def test_ctrl_c_ends_soon_and_leaves_no_process_behind():
    process = started([SOT, "ask", "Write a very long story.", "-s", "normal", "-b", "vllm:"])
    read_until_text(process)
    children = family(process.pid)
    assert len(children) >= 2
    before = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.strip().startswith("sot: interrupted: the answer breaks off after ")
    print(f"ended {time.monotonic() - before:.1f} s after Ctrl-C")
    assert gone(children)


def imports_the_engine(process: subprocess.Popen[str]) -> bool:
    return "libtorch_cpu" in Path(f"/proc/{process.pid}/maps").read_text()


def has_just_spawned(process: subprocess.Popen[str]) -> bool:
    """Its interpreter starts: before the engine's process has left the terminal."""
    return any("spawn_main" in command_of(child) for child in family(process.pid))


def loads_the_model(process: subprocess.Popen[str]) -> bool:
    return any("EngineCore" in command_of(child) for child in family(process.pid))


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has just ended
        return ""


@pytest.mark.parametrize("begun", [imports_the_engine, has_just_spawned, loads_the_model])
def test_ctrl_c_while_the_engine_starts(begun):
    process = started([SOT, "ask", "Write a very long story.", "-s", "normal", "-b", "vllm:"])
    end = time.monotonic() + START_S
    while not begun(process):
        assert time.monotonic() < end
        time.sleep(0.02)  # nothing announces it
    children = family(process.pid)
    before = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert err.strip() == "sot: interrupted"
    assert gone(children)
    print(f"ended {time.monotonic() - before:.1f} s after Ctrl-C")


def test_a_script_needs_no_guard_and_no_process_outlives_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = started([sys.executable, str(script)])
    read_until_text(process, skip="begin\n")
    children = family(process.pid)
    assert len(children) >= 2
    process.kill()  # it cannot tidy up
    out, _ = process.communicate(timeout=PATIENCE)
    assert "begin" not in out
    assert gone(children)
