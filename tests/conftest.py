"""Which tests run in which environment, and in how many processes."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from own_cache import forget_measurements, take_own_cache
from plain_environment import WORDS_S, forget_choices
from surroundings import Surroundings
from tls_memory import remember_authorities

_vllm = importlib.util.find_spec("vllm")
_has_vllm = _vllm is not None and _vllm.origin is not None  # without an origin: the folder beside this file
_ray = importlib.util.find_spec("ray")
_has_ray = _ray is not None and _ray.origin is not None

# A shell ignores Ctrl-C in what it starts in the background, and every program started from there would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Or each program that a test starts would compile the whole package anew, which is half of its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

forget_choices()
os.environ["SOT_CONFIG"] = "off"  # whoever runs the tests may have a file of defaults
os.environ["SOT_HISTORY"] = "off"
os.environ["SOT_WARM"] = "off"

remember_authorities()
_cache = take_own_cache()
_surroundings = Surroundings()

_has_hypothesis = importlib.util.find_spec("hypothesis") is not None  # not where the tests of vLLM run

# They have environments of their own, because vLLM pins other versions of what it needs, and Ray brings much.
collect_ignore = [*([] if _has_vllm else ["vllm"]), *([] if _has_ray else ["ray"])]
_SERVERS = Path(__file__).with_name("servers")
_CLIENTS = Path(__file__).with_name("clients")
_OPEN_WEBUI = Path(__file__).with_name("open_webui")

_MOST_PROCESSES = 4  # each may come to hold PyTorch and a model: 1 to 2 GB
_MODEL = "the real model"
# All of these run in one process, one after the other: so many models at once would take turns on the cores.
_ON_THE_MODEL = (
    "tests/backends/test_torch_adapters.py::TestRealModel",
    "tests/backends/test_torch_engine.py",
    "tests/cli/test_cli_ask.py::TestDefaultModel",
    "tests/core/test_traces.py::test_the_real_model",
    "tests/cli/test_cli_terminal.py::TestInterrupt::test_while_the_model_loads",
    "tests/cli/test_cli_warm.py::TestRealModel",
    "tests/evals/test_calibrate.py::test_the_built_in_model",
    "tests/evals/test_eval_judge.py::test_the_embedded_model",
    "tests/server/test_page_browser.py::test_a_race_on_the_real_model",
    "tests/server/test_server_clients.py",
)
# What takes longest begins first, so that all processes end at about the same time.
_FIRST = (
    _MODEL,
    "tests/load/test_load_router.py",
    "tests/server/test_page_browser.py",
    "tests/server/test_page_points.py",
    "tests/backends/test_torch_prepared.py",
    "tests/evals/test_latency_bench.py",
    "tests/evals/test_fleet.py",
    "tests/evals/test_load_side_by_side.py",
    "tests/evals/test_bench_load.py",
    "tests/server/test_server_schema.py",
    "tests/server/test_server_workers.py",
    "tests/backends/test_real_templates.py",
    "tests/evals/test_eval_resume.py",
    "tests/backends/test_torch_native.py",
    "tests/router/test_router_trained.py",
    "tests/cli/test_cli_terminal.py",
    "tests/server/test_server_process.py",
    "tests/evals/test_run_killed.py",
    "tests/server/test_server_connections.py",
    "tests/server/test_server_secrets.py",
    "tests/chaos/test_fault_kinds.py",
    "tests/router/test_router_train.py",
    "tests/backends/test_torch_adapter.py",
    "tests/evals/test_eval_statistics.py",
    "tests/evals/test_gpu_check.py",
    "tests/skeleton/test_skeleton.py",
)


@pytest.fixture(autouse=True)
def _surroundings_as_before() -> Iterator[None]:
    """See that a test leaves this process as it found it."""
    _surroundings.begin()
    yield
    if changes := _surroundings.changes():
        pytest.fail("the test has left something behind: " + "; ".join(changes), pytrace=False)


@pytest.fixture(autouse=True)
def _no_memory_of_servers() -> Iterator[None]:
    """Forget after a test what was learned of servers: others use the same ports.

    Doubles of servers have longer to tell about themselves than real ones: the machine may be busy.
    """
    if backend := sys.modules.get("sot.backends.openai_compatible.backend"):
        vars(backend)["_WORDS_SECONDS"] = WORDS_S
    yield
    if learned := sys.modules.get("sot.backends.openai_compatible.discovery.learned"):
        learned.forget_all()
    forget_measurements(_cache)


def _unit(nodeid: str) -> str:
    """What runs in one process: a file, or all tests of the real model."""
    return _MODEL if nodeid.startswith(_ON_THE_MODEL) else nodeid.partition("::")[0]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of real servers, clients and Open WebUI, unless they are asked for.

    Servers start one after the other, and all have environments of their own.
    """
    apart = collection_path in (_SERVERS, _CLIENTS, _OPEN_WEBUI)
    return True if apart and not _asks_for(collection_path, config) else None


def _asks_for(folder: Path, config: pytest.Config) -> bool:
    given = [config.invocation_params.dir / arg.partition("::")[0] for arg in config.args]
    return any(path.resolve().is_relative_to(folder) for path in given)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say at the top of the run what is not part of it."""
    here = [] if _has_vllm else ["vllm: `make test-vllm` runs them on real vLLM"]
    here += [] if _has_ray else ["ray: `make test-ray` runs them on real Ray Serve"]
    servers, clients = _asks_for(_SERVERS, config), _asks_for(_CLIENTS, config)
    here += [] if servers else ["servers: `make test-servers` runs them on real servers"]
    here += [] if clients else ["clients: `make test-clients` runs them with real clients"]
    webui = _asks_for(_OPEN_WEBUI, config)
    here += [] if webui else ["open_webui: `make test-open-webui` runs them in real Open WebUI"]
    return [f"not part of this run: tests/{line}" for line in here]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for long runs of the property tests."""
    parser.addoption(
        "--fuzz",
        type=int,
        default=0,
        metavar="N",
        help="run the property tests alone, with N times as many examples, and other ones each time",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set up Hypothesis before a test module does."""
    if _has_hypothesis:
        import examples

        examples.load_profile(others=config.option.fuzz > 0)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run the whole suite in several processes, where pytest-xdist is there and nothing else was asked for.

    A part of it runs in this process, so that a debugger and ``-s`` work; ``-n 0`` has the whole suite do so.
    """
    if hasattr(config, "workerinput"):  # one of several: they would wait for each other's threads
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        return
    options = config.option
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    watched = options.usepdb or options.capture == "no"
    if whole and not watched and getattr(options, "numprocesses", 0) is None:
        options.numprocesses = "auto"
        options.dist = "loadfile"
        options.loadscopereorder = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process for each core; with one core none besides this."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES) if cores > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out files, and the tests of the real model as if they were one.

    The marker ``xdist_group`` would say the same, but pytest-xdist 3.8 does not see it with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _unit(nodeid)

    return Units(config, log) if config.option.dist == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector off while tests are collected, and off what was collected from then on.

    The thousands of tests and the modules they import stay until the end: looking through them for garbage
    would be a third of the collection's time, and half a second of every full pass later.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that were asked for, and put what goes to several processes into order."""
    if _has_hypothesis and config.option.fuzz > 0:
        import examples

        items[:] = examples.select(items, config.option.fuzz)
    if hasattr(config, "workerinput"):
        place = {unit: number for number, unit in enumerate(_FIRST)}
        items.sort(key=lambda item: place.get(_unit(item.nodeid), len(_FIRST)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """See that no test of the real model is elsewhere."""
    if item.get_closest_marker("model") and _unit(item.nodeid) != _MODEL:
        pytest.fail("it runs the real model: see _ON_THE_MODEL in tests/conftest.py", pytrace=False)
