"""The ``vllm:`` spec where vLLM is not installed, and how its options are read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from sot.backends.vllm_engine.arguments import engine_arguments, fits_one_process, parse_words, with_defaults
from sot.backends.vllm_engine.launch import Launch
from sot.cli import main
from sot.errors import ConfigError, MissingDependencyError
from sot.registry import create_backend

INSTALL = 'pip install -e ".[vllm]"'


@pytest.fixture
def _no_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "vllm" else find(name, *rest)
    )


@pytest.mark.usefixtures("_no_vllm")
def test_without_the_package_the_error_names_the_command() -> None:
    with pytest.raises(MissingDependencyError) as raised:
        create_backend("vllm:Qwen/Qwen3-8B")
    assert INSTALL in str(raised.value)
    assert raised.value.package == "vllm"


@pytest.mark.usefixtures("_no_vllm")
def test_the_command_line_says_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is tea?", "--backend", "vllm:Qwen/Qwen3-8B"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert INSTALL in shown.err


def test_a_folder_of_that_name_is_not_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vllm").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    with pytest.raises(MissingDependencyError):
        create_backend("vllm:Qwen/Qwen3-8B")


def test_the_processes_start_without_our_packages() -> None:
    """The file that vLLM's processes begin with is run by its path, so it imports only Python's own."""
    child = Path(__file__).parents[2] / "backends" / "vllm_engine" / "child.py"
    imports = [line for line in child.read_text().splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in imports if "sot" in line or "from ." in line]


def test_words_are_json_where_they_can_be() -> None:
    words = [
        "tensor-parallel-size=2",
        "--dtype=half",
        'speculative_config={"method": "ngram"}',
        "seed=",
        "a=b=c",
    ]
    assert parse_words(words, "here") == {
        "tensor_parallel_size": 2,
        "dtype": "half",
        "speculative_config": {"method": "ngram"},
        "seed": "",
        "a": "b=c",
    }


@pytest.mark.parametrize("word", ["x", "=1", "a b=1", ""])
def test_a_word_of_another_form_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="is not of the form key=value"):
        parse_words([word], "here")


@pytest.mark.parametrize(
    "text",
    [
        '{"max-model-len": 1024, "dtype": "half"}',
        "max_model_len=1024 dtype=half",
        "--max-model-len=1024 --dtype='half'",
    ],
)
def test_the_environment_gives_options_and_the_caller_overrules_them(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOT_VLLM_ARGS", text)
    assert engine_arguments(None) == {"max_model_len": 1024, "dtype": "half"}
    assert engine_arguments({"max-model-len": 2048}) == {"max_model_len": 2048, "dtype": "half"}


@pytest.mark.parametrize("text", ["{", "[1]", "dtype", "'", pytest.param('{"a":' * 5_000, id="deep")])
def test_an_environment_that_cannot_be_read_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOT_VLLM_ARGS", text)
    with pytest.raises(ConfigError, match="SOT_VLLM_ARGS"):
        engine_arguments(None)


def test_what_the_caller_says_wins_over_the_defaults() -> None:
    chosen = with_defaults({"block_size": 64, "enable_prefix_caching": False}, cpu_cores=2, embedded=True)
    assert (chosen["block_size"], chosen["enable_prefix_caching"], chosen["dtype"]) == (64, False, "bfloat16")
    assert chosen["override_generation_config"]["temperature"] == 0
    assert "dtype" not in with_defaults({}, cpu_cores=None, embedded=False)


def test_on_few_cores_the_engines_process_computes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VLLM_CPU_OMP_THREADS_BIND", "VLLM_CPU_NUM_OF_RESERVED_CPU"):
        monkeypatch.delenv(name, raising=False)
    chosen = with_defaults({}, cpu_cores=2, embedded=False)
    assert chosen["distributed_executor_backend"].endswith(".FewCoresExecutor")
    own = with_defaults({"distributed_executor_backend": "mp"}, cpu_cores=2, embedded=False)
    assert own["distributed_executor_backend"] == "mp"
    assert "distributed_executor_backend" not in with_defaults({}, cpu_cores=None, embedded=False)
    monkeypatch.setenv("VLLM_CPU_OMP_THREADS_BIND", "0-1")
    assert "distributed_executor_backend" not in with_defaults({}, cpu_cores=2, embedded=False)


@pytest.mark.parametrize(
    ("arguments", "environment", "cores", "fits"),
    [
        ({}, {}, 1, True),
        ({"tensor_parallel_size": 1}, {"OMP_NUM_THREADS": "2"}, 2, True),
        ({}, {}, 16, False),
        ({"tensor_parallel_size": 2}, {}, 2, False),
        ({"data_parallel_size": 2}, {}, 2, False),
        ({}, {"VLLM_CPU_OMP_THREADS_BIND": "0-1"}, 2, False),
        ({}, {"VLLM_CPU_NUM_OF_RESERVED_CPU": "0"}, 2, False),
    ],
)
def test_a_worker_process_stays_where_there_are_several_or_the_user_chose_the_cores(
    arguments: dict[str, int], environment: dict[str, str], cores: int, fits: bool
) -> None:
    assert fits_one_process(arguments, environment, cores) is fits


def test_engine_options_of_the_command_line_are_for_engines_in_this_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        main(["ask", "What is tea?", "--backend", "http://127.0.0.1:9/v1", "--engine-arg", "dtype=half"]) == 2
    )
    assert "--engine-arg is for torch:, vllm: backends" in capsys.readouterr().err
    assert engine_arguments(["dtype=half"]) == {"dtype": "half"}
    with pytest.raises(ConfigError, match="--engine-arg: 'dtype'"):
        engine_arguments(["dtype"])


def test_the_cause_of_a_failure_is_the_last_error_that_is_no_consequence(tmp_path: Path) -> None:
    launch = Launch("", {})
    assert launch.cause(RuntimeError("See root cause above.")) == "RuntimeError: See root cause above."
    launch._log = tmp_path / "vllm.log"
    launch._log.write_text(
        "(Worker pid=7) ERROR Traceback\n"
        "(Worker pid=7) ValueError: No available memory for the cache blocks.\n"
        "Exception: WorkerProc initialization failed due to an exception. See stack trace for root cause.\n"
        "RuntimeError: Engine core initialization failed. See root cause above.\n"
    )
    cause = launch.cause(RuntimeError("See root cause above."))
    assert cause == f"ValueError: No available memory for the cache blocks. (more in {launch._log})"
