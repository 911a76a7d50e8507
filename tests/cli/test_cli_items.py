"""Given items in pipes, on terminals and in conversations, against an engine double."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_here import sot_here
from cli_server import Gate
from item_engine import ANSWER, ITEMS, LIST, ItemEngine

pytest.importorskip("pty")

from pseudo_terminal import Terminal


@pytest.fixture(scope="module")
def running() -> Iterator[ItemEngine]:
    with ItemEngine() as server:
        yield server


@pytest.fixture
def engine(running: ItemEngine) -> Iterator[ItemEngine]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


def test_a_list_in_a_pipe(engine: ItemEngine) -> None:
    done = sot_here("ask", "-", "-b", engine.url, "--strategy", "items", stdin=LIST.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{ANSWER}\n"
    assert len(engine.completions) == len(ITEMS)


def test_items_fill_in_side_by_side(engine: ItemEngine) -> None:
    held = Gate()
    engine.answers = {item: [answer, held] for item, answer in ITEMS.items()}
    with Terminal("ask", LIST, "-b", engine.url, "--strategy", "items", columns=120) as terminal:
        held.wait_reached()
        terminal.until("items are given · 3 items, 3 being written, 0 done")
        terminal.until(lambda screen: all(item in screen.text for item in ITEMS))
        held.open()
        assert terminal.end() == 0
    lines = [line.strip() for line in terminal.screen.text.splitlines() if line.strip()]
    assert [line.partition(" ")[2] for line in lines[1:-1]] == list(ITEMS.values())
    assert lines[-1].startswith("3 items · first text ")


def test_a_conversation_goes_on_after_it(engine: ItemEngine) -> None:
    quoted = " ".join(f'"{item}"' for item in ITEMS)
    typed = f"Translate each of these into French: {quoted}\n/points\n"
    done = sot_here("chat", "--strategy", "items", "-b", engine.url, stdin=typed.encode())
    assert done.returncode == 0
    assert all(answer in done.stdout.decode() for answer in ITEMS.values())
    assert b"the last answer has no points" in done.stderr
