"""Two real vLLM engines behind vLLM's router, and a measurement of what its policies do to prefix caches.

By hand, after ``tests/servers/setup.sh`` (4 GB of memory; ten to fifteen minutes on two cores):

    .venv/bin/python tests/servers/routed.py --out routed.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import IO

from launches import ENVIRONMENTS, MODEL, ROOT
from own_counts import Counts, own_counts
from real_servers import RealServer, free_port
from tied import tied

from sot import Options, SkeletonOfThought
from sot.types import Answer

_START_S = 240.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_OPTIONS = Options(
    opening=False,
    temperature=0,
    max_points=6,
    max_skeleton_tokens=96,
    max_point_tokens=40,
    max_tokens=64,
    demonstrations=True,
)
_QUESTIONS = ROOT / "evals" / "dataset" / "questions" / "suitable.txt"
_NOTES = ROOT / "docs" / "answers.md"
_PAGE_LETTERS = 4000
_ITEMS = "\n- ".join(
    ["", "patience", "courage", "honesty", "kindness", "humour", "curiosity", "modesty", "loyalty"]
).strip()
POLICIES = ("round_robin", "cache_aware", "consistent_hash", "consistent_hash+key")


@dataclass(frozen=True, slots=True)
class Router:
    """Addresses of a running router.

    Args:
        url: For a client, ending in ``/v1``.
        metrics: Its own metrics.
    """

    url: str
    metrics: str


@contextmanager
def router(engines: Sequence[RealServer], *options: str) -> Iterator[Router]:
    """Run vLLM's router before these engines.

    Raises:
        RuntimeError: It does not start; with the end of its log.
    """
    port, metrics_port = free_port(), free_port()
    command = [ENVIRONMENTS / "router" / "bin" / "vllm-router", *options, "--host", "127.0.0.1"]
    command += ["--port", port, "--prometheus-host", "127.0.0.1", "--prometheus-port", metrics_port]
    command += ["--worker-urls", *(engine.root for engine in engines)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            tied([str(word) for word in command]),
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/readiness", log)
            yield Router(f"http://127.0.0.1:{port}/v1", f"http://127.0.0.1:{metrics_port}/metrics")
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, number)
                    process.wait(10)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: IO[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), DIRECT.open(address, timeout=5):
            return
        time.sleep(0.2)  # a server in another process tells by answering alone
    log.seek(0)
    raise RuntimeError(f"the router did not start:\n{log.read()[-4000:].decode('utf-8', 'replace')}")


@contextmanager
def engine_pair(*options: str) -> Iterator[list[RealServer]]:
    """Run two vLLM servers of the built-in model, with one thread each."""
    set_here = {
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_SERVER_DEV_MODE": "1",  # has /reset_prefix_cache
    }
    before = {name: os.environ.get(name) for name in set_here}
    os.environ.update(set_here)
    try:
        with ExitStack() as stack:
            engines = [RealServer("vllm", extra=options) for _ in range(2)]
            for engine in engines:
                stack.callback(engine.__exit__, None, None, None)
            with ThreadPoolExecutor() as pool:  # both at once
                list(pool.map(RealServer.ensure_running, engines))
            yield engines
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def client(url: str, key: str = "") -> SkeletonOfThought:
    """Make a client for one answer, whose requests carry this session key, or none."""
    settings = {} if key else {"session_header": "off"}
    options = replace(_OPTIONS, session_key=key or None)
    return SkeletonOfThought(url, model=MODEL, backend_settings=settings, options=options)


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one run.

    Args:
        policy: The router's policy, with ``+key`` where the requests of an answer carry one.
        kind: ``skeleton``: short questions, answered by skeletons; ``items``: a list of eight items, each
            answered by one request, below a page of notes that is another in every question.
        answers: Answers.
        engines: What each engine counted itself, requests that were ended early included.
        prompt_tokens: Prompt tokens by the answers' usage.
        cached_tokens: Those of them that a prefix cache served, likewise.
        first_text_s: Median TTFT, seconds.
        total_s: Median time of the whole answer, seconds.
        wall_s: Time of the run, seconds.
    """

    policy: str
    kind: str
    answers: int
    engines: Sequence[Counts]
    prompt_tokens: int
    cached_tokens: int
    first_text_s: float
    total_s: float
    wall_s: float

    def line(self) -> str:
        """Return the row of a table in Markdown."""
        read = sum(each.prompt_tokens for each in self.engines)
        own = sum(each.cached_tokens for each in self.engines)
        cells = [
            self.policy,
            self.kind,
            self.answers,
            " / ".join(f"{each.prompt_tokens:,.0f}" for each in self.engines),
            f"{own / read:.1%}",
            f"{read - own:,.0f}",
            f"{self.cached_tokens / self.prompt_tokens:.1%}",
            f"{self.first_text_s:.2f}",
            f"{self.total_s:.2f}",
            f"{self.wall_s:.0f}",
        ]
        return "| " + " | ".join(map(str, cells)) + " |"


HEAD = (
    "| policy | answers by | answers | prompt tokens by engine | cached (engines) | prompt tokens computed "
    "| cached (usage) | TTFT p50, s | whole answer p50, s | wall, s |\n" + "|---" * 10 + "|"
)


async def measure(
    engines: Sequence[RealServer], url: str, name: str, kind: str, questions: Sequence[str], *, together: int
) -> Row:
    """Ask all questions, some at the same time, from cold prefix caches."""
    for engine in engines:
        engine.post("/reset_prefix_cache", {})
    before = [own_counts(engine) for engine in engines]
    places, begun = asyncio.Semaphore(together), time.monotonic()

    async def ask(question: str) -> Answer:
        async with places, client(url, str(uuid.uuid4()) if name.endswith("+key") else "") as sot:
            return await sot.answer(question, strategy=kind)

    answers = await asyncio.gather(*map(ask, questions))
    wall = time.monotonic() - begun
    return Row(
        name,
        kind,
        len(answers),
        [own_counts(engine) - old for engine, old in zip(engines, before, strict=True)],
        sum(answer.usage.prompt_tokens for answer in answers),
        sum(answer.usage.cached_tokens for answer in answers),
        median(answer.timing.first_text_s or 0 for answer in answers),
        median(answer.timing.total_s for answer in answers),
        wall,
    )


def _questions(number: int, kind: str) -> list[str]:
    if kind == "skeleton":
        return _QUESTIONS.read_text("utf-8").splitlines()[:number]
    text = _NOTES.read_text("utf-8")
    pages = [text[at : at + _PAGE_LETTERS] for at in range(0, number * _PAGE_LETTERS, _PAGE_LETTERS)]
    return [f"My notes:\n{page}\n\nExplain each of these words in one sentence:\n{_ITEMS}" for page in pages]


async def _warm_up(engines: Sequence[RealServer]) -> None:
    for engine in engines:
        async with client(engine.url) as sot:
            await sot.answer(_questions(1, "items")[0], strategy="items")


def main() -> None:
    """Measure every policy, short and long prompts, interleaved; print a table and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=8)
    parser.add_argument("--together", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows: list[Row] = []
    print(HEAD)
    with engine_pair() as engines:
        asyncio.run(_warm_up(engines))
        for turn in range(given.rounds):
            for kind in ("skeleton", "items"):
                questions = _questions(given.questions, kind)
                for name in given.policies.split(",")[:: 1 if turn % 2 == 0 else -1]:
                    with router(engines, "--policy", name.removesuffix("+key")) as front:
                        row = asyncio.run(
                            measure(engines, front.url, name, kind, questions, together=given.together)
                        )
                    rows.append(row)
                    print(row.line(), flush=True)
                    if given.out:
                        given.out.write_text(json.dumps([asdict(each) for each in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
