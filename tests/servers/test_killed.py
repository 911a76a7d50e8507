"""Real servers that die while they answer: an error or an incomplete answer, never a hang."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from cli_server import SOT, environment
from conftest import LONG, LONG_TOKENS

from sot.errors import SotError
from sot.events import Finished, TextDelta

POINTS = "What are the most important inventions? Explain each in a long text with every detail."
QUESTIONS = {"normal": LONG, "skeleton": POINTS}  # the skeleton last: its points are soon written
PATIENCE_S = 120.0


async def read(sot, strategy, begun):
    """Read an answer to its end; returns it, or its error."""
    last = None
    try:
        stream = sot.stream(
            QUESTIONS[strategy], strategy=strategy, max_tokens=LONG_TOKENS, max_point_tokens=LONG_TOKENS
        )
        async with aclosing(stream):
            async for event in stream:
                if isinstance(event, TextDelta):
                    begun.set()
                if isinstance(event, Finished):
                    last = event.answer
    except SotError as error:
        return error
    return last


async def answers_while_it_dies(sot, server, victim):
    """Kill a server once two answers and one of the command line have begun; returns how each ended."""
    command = ["ask", LONG, "--backend", server.url, "--model", server.model, "--strategy", "normal"]
    command += ["--temperature", "0", "--max-tokens", str(LONG_TOKENS)]
    program = await asyncio.create_subprocess_exec(
        SOT,
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(OPENAI_API_KEY=server.key),
    )
    assert program.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            if not await program.stdout.read(1):
                _, said = await program.communicate()
                pytest.fail(said.decode(), pytrace=False)
            readers = []
            for strategy in QUESTIONS:
                begun = asyncio.Event()
                readers.append(asyncio.create_task(read(sot, strategy, begun)))
                await begun.wait()
            await asyncio.to_thread(victim.kill)
            _, said = await program.communicate()
            return await asyncio.gather(*readers), program.returncode, said.decode()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


def check(ends, code, said):
    """Check how the answers and the command ended."""
    for end in ends:
        if isinstance(end, SotError):
            assert "\n" not in str(end)
        else:
            assert end is not None
            assert not end.complete
    assert code == 1
    assert "Traceback" not in said
    assert said.strip()


@pytest.mark.parametrize("kept", ["litellm"], indirect=True)
async def test_a_killed_engine_behind_a_gateway(sot, server):
    check(*await answers_while_it_dies(sot, server, server.behind))


async def test_a_killed_server(sot, server):
    check(*await answers_while_it_dies(sot, server, server))
