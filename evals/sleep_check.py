"""Measurement of models that sleep: memory before, asleep and after, and the time to first text.

``python -m sot.evals.sleep_check torch: int8`` measures one engine in this process. ``… three`` serves three
number formats of the built-in model as three models with one awake, and asks 100 random questions at once.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from contextlib import aclosing, suppress
from pathlib import Path

import httpx

from sot import SkeletonOfThought
from sot.backends.torch_engine import TorchBackend
from sot.registry import create_backend
from sot.server import ServerSettings, create_app
from sot.types import Backend, GenerateConfig, Message, Sleeps

_QUESTION = "How can I sleep better?"
_TOKENS = 40
_ASKED = 100


def memory_mib() -> int:
    """Return the resident memory of this process and its children, in MiB; shared pages count once each."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    own = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    # The pages of these alone are counted: the kernel walks through all of a process's memory for it.
    return sum(map(_kib, own)) // 1024


def _kib(pid: int) -> int:
    with suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return 0


async def first_text_s(backend: Backend) -> tuple[float, str]:
    """Return the seconds to the first text of an answer, and its text."""
    began, first, text = time.perf_counter(), 0.0, ""
    chunks = backend.stream([Message("user", _QUESTION)], GenerateConfig(max_tokens=_TOKENS))
    async with aclosing(chunks):
        async for chunk in chunks:
            if chunk.text and not text:
                first = time.perf_counter() - began
            text += chunk.text
    return first, text


async def measure(spec: str, dtype: str | None) -> None:
    """Print memory and times of one engine in this process, which sleeps twice."""
    settings = {} if dtype is None else {"dtype": dtype}
    backend = create_backend(spec, sleep_after=3600.0, **settings)
    assert isinstance(backend, Sleeps)
    print(f"{spec} {dtype or ''}: before {memory_mib()} MiB", flush=True)
    first, text = await first_text_s(backend)
    warm, _ = await first_text_s(backend)
    print(f"  first start {first:.2f} s, warm {warm:.3f} s to first text; awake {memory_mib()} MiB")
    for _ in range(2):
        began = time.perf_counter()
        await backend.sleep()
        print(f"  asleep after {time.perf_counter() - began:.2f} s: {memory_mib()} MiB", flush=True)
        first, again = await first_text_s(backend)
        same = "the same text" if again == text else "another text"
        print(f"  woken: {first:.2f} s to first text, {same}; awake {memory_mib()} MiB", flush=True)
    await backend.aclose()


async def three() -> None:
    """Ask 100 random questions over three models, of which one is awake."""
    backends = {dtype: TorchBackend("", dtype=dtype) for dtype in ("int8", "bfloat16", "float32")}
    cores = {name: SkeletonOfThought(backend) for name, backend in backends.items()}
    app = create_app(
        cores, ServerSettings(max_awake=1, max_waiting=_ASKED, max_wait_s=600, allowed_hosts=None)
    )
    chance = random.Random(24)
    asked = [chance.choice(list(backends)) for _ in range(_ASKED)]
    print(f"before {memory_mib()} MiB")
    most, done = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, await asyncio.to_thread(memory_mib))
            await asyncio.sleep(0.2)

    answered: list[float] = []
    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://here", timeout=900
    ) as client:
        # Half of them at once, the others as they come.
        async def one(position: int) -> int:
            await asyncio.sleep(0 if position < _ASKED // 2 else chance.random() * 30)
            message = {"role": "user", "content": _QUESTION}
            # Normal decoding: 40 tokens an answer. Skeletons have twenty times as many, which takes an hour.
            body = {"model": f"{asked[position]}:normal", "messages": [message], "max_tokens": _TOKENS}
            status = (await client.post("/v1/chat/completions", json=body)).status_code
            answered.append(time.perf_counter() - began)
            if len(answered) % 10 == 0:
                print(f"  {len(answered)} answered after {answered[-1]:.0f} s", file=sys.stderr, flush=True)
            return status

        statuses = Counter(await asyncio.gather(*map(one, range(_ASKED))))
    done.set()
    await watching
    wakes = {name: backend.wakes for name, backend in backends.items()}
    print(
        f"{_ASKED} questions in {time.perf_counter() - began:.1f} s: statuses {dict(statuses)}, wakes {wakes}"
    )
    print(f"at most {most} MiB, at the end {memory_mib()} MiB")
    for backend in backends.values():
        await backend.sleep()
    print(f"all asleep {memory_mib()} MiB")
    for backend in backends.values():
        await backend.aclose()
    print(f"closed {memory_mib()} MiB")


if __name__ == "__main__":
    if sys.argv[1:] == ["three"]:
        asyncio.run(three())
    else:
        asyncio.run(measure(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
