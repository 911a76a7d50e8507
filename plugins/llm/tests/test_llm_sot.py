"""The plug-in in the real ``llm``, with the built-in model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import llm
import pytest

QUESTION = "How can I sleep better?"
SMALL = {"strategy": "skeleton", "max_points": 2}


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    monkeypatch.setenv("SOT_BACKEND", "torch:")
    # The built-in model's package brings a plug-in of its own along, which needs llama-cpp-python.
    monkeypatch.setenv("LLM_LOAD_PLUGINS", "llm-skeleton-of-thought")
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "llm", *arguments],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_command_streams_logs_and_goes_on() -> None:
    options = [word for name, value in SMALL.items() for word in ("-o", name, str(value))]
    done = run("-m", "sot", *options, QUESTION)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("**") >= 4, "two points with bold titles"
    again = run("-m", "sot", "-c", "-o", "strategy", "normal", "Say that in five words.")
    assert again.returncode == 0, again.stderr
    first, second = json.loads(run("logs", "-n", "2", "--json").stdout)
    assert first["response_json"]["strategy"] == "skeleton"
    assert len(first["response_json"]["points"]) == 2
    assert first["output_tokens"] > 0
    assert second["conversation_id"] == first["conversation_id"]


def test_the_library_answers_in_both_ways() -> None:
    response = llm.get_model("sot").prompt(QUESTION, **SMALL)
    assert "".join(response) == response.text()
    assert response.usage().output > 0


async def test_async() -> None:
    response = llm.get_async_model("sot").prompt(QUESTION, **SMALL)
    pieces = [piece async for piece in response]
    assert len(pieces) > 1
    assert response.response_json["complete"] in (True, False)


def test_what_cannot_be_answered_is_an_error_of_llm() -> None:
    done = run("-m", "sot", "-o", "strategy", "none-such", QUESTION)
    assert done.returncode == 1
    assert "strategy" in done.stderr
    assert "Traceback" not in done.stderr
