"""A run killed at any moment, or interrupted, goes on where it was: real processes, really killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_server import Gate, ScriptServer, environment, run_sot
from fault_server import Exchange
from made_run import write_run
from quick_start import QuickStart

from sot.errors import ConfigError
from sot.evals.run.folder import RunFolder, read_answers
from sot.evals.run.manifest import EvalManifest
from sot.evals.run.records import AnswerRecord, Key, latest

COUNT = 10
STRATEGIES = ("normal", "skeleton", "auto", "cot")
EXPECTED = {
    Key(f"questions-{number}", strategy, 1) for number in range(1, COUNT + 1) for strategy in STRATEGIES
}


class KillServer(ScriptServer):
    """Calls `at` when it has sent a number of pieces since `arm`: a moment anywhere in a client's work."""

    def reset(self) -> None:
        super().reset()
        self._pieces = 0
        self._at: Callable[[], None] | None = None
        self._plain = self.default
        self.default = self._counted

    def arm(self, pieces: int, at: Callable[[], None]) -> None:
        """Call `at` before the piece with this number is sent."""
        self._pieces = pieces
        self._at = at

    async def _counted(self, exchange: Exchange) -> None:
        send = exchange.send

        async def counting(data: bytes) -> None:
            self._pieces -= 1
            if self._pieces == 0 and self._at is not None:
                self._at()
            await send(data)

        exchange.send = counting
        await self._plain(exchange)


@pytest.fixture(scope="module")
def running() -> Iterator[KillServer]:
    with KillServer() as server:
        yield server


@pytest.fixture
def server(running: KillServer) -> Iterator[KillServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.txt"
    path.write_text("".join(f"What are good ways to learn skill number {n}?\n" for n in range(1, COUNT + 1)))
    return path


def arguments(server: ScriptServer, questions: Path, out: Path, *more: str) -> list[str]:
    return [
        *("eval", "run", "-b", server.url, "-q", str(questions), "-o", str(out), "--no-warm-up", "--quiet"),
        # Beside the skeleton, a short normal text may be over first: which one stands would be chance.
        *("--no-opening", "--strategies", ",".join(STRATEGIES), *more),
    ]


def start(*options: str) -> QuickStart:
    return QuickStart(options, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def done_keys(out: Path) -> Counter[Key]:
    return Counter(record.key for record in read_answers(out) if record.status == "done")


@pytest.mark.parametrize(("concurrency", "kills"), [(1, 4), (3, 10)])
def test_killed_at_random_moments_it_loses_and_repeats_nothing(
    server: KillServer, questions: Path, tmp_path: Path, concurrency: int, kills: int
) -> None:
    out = tmp_path / "out"
    options = arguments(server, questions, out, "--concurrency", str(concurrency))
    moments = random.Random(concurrency)
    before: Counter[Key] = Counter()
    for _ in range(kills):
        process = start(*options)
        server.arm(moments.randint(1, 150), process.kill)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
        kept = done_keys(out)
        assert before <= kept, "something complete was lost"
        assert set(kept.values()) <= {1}, "something complete was made again"
        before = kept
    server.arm(0, lambda: None)
    assert before, "the kills let nothing through"
    assert set(before) < EXPECTED

    resumed = run_sot(*options)
    assert resumed.returncode == 0, resumed.stderr
    undisturbed = run_sot(
        *arguments(server, questions, tmp_path / "whole", "--concurrency", str(concurrency))
    )
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert done_keys(out) == done_keys(tmp_path / "whole") == Counter(EXPECTED)
    assert all(record.status == "done" for record in read_answers(out))
    texts, whole = ({r.key: r.text for r in read_answers(path)} for path in (out, tmp_path / "whole"))
    assert texts == whole


TORN = """
import os, signal, sys
whole = os.write
written = 0
def torn(file, data):
    global written
    written += 1
    if written <= {before}:
        return whole(file, data)
    whole(file, bytes(data)[:{size}])
    os.kill(os.getpid(), signal.SIGKILL)
os.write = torn
from sot.cli import console
sys.argv = ["sot", *sys.argv[1:]]
console()
"""


@pytest.mark.parametrize("size", [0, 1, 300])
def test_killed_in_the_middle_of_a_write(
    server: KillServer, questions: Path, tmp_path: Path, size: int
) -> None:
    out = tmp_path / "out"
    options = arguments(server, questions, out, "--limit", "2")
    code = TORN.format(before=3, size=size)
    killed = subprocess.run(
        [sys.executable, "-c", code, *options], env=environment(), check=False, timeout=180
    )
    assert killed.returncode == -signal.SIGKILL
    content = (out / "answers.jsonl").read_bytes()
    assert len(content.rpartition(b"\n")[2]) == size
    assert len(read_answers(out)) == 3, "a reader passes the torn line over"

    resumed = run_sot(*(option for option in options if option != "--quiet"))
    assert resumed.returncode == 0
    assert (b"the last line was torn" in resumed.stderr) == (size > 0)
    assert content[: len(content) - size] == (out / "answers.jsonl").read_bytes()[: len(content) - size]
    assert done_keys(out) == Counter(
        key for key in EXPECTED if key.question_id in ("questions-1", "questions-2")
    )


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(
    server: KillServer, questions: Path, tmp_path: Path
) -> None:
    gate = Gate()
    out = tmp_path / "out"
    server.points = {1: ["One.", gate], 2: "Two.", 3: "Three."}
    options = arguments(server, questions, out, "--limit", "3")
    with start(*options) as process:
        gate.wait_reached()
        process.send_signal(signal.SIGINT)
        gate.wait_left()  # the request has been ended at the server
        _, err = process.communicate()
    assert process.returncode == 130
    kept = done_keys(out)
    first, last = err.decode().splitlines()
    assert (
        first == f"stopped, {len(kept)} of 12 answers are kept in {out}: the same command goes on from there"
    )
    assert last == "sot: interrupted"
    server.reset()
    assert run_sot(*options).returncode == 0
    assert kept <= done_keys(out)
    assert len(done_keys(out)) == 12


def record(number: int, **changes: object) -> AnswerRecord:
    fields: dict[str, object] = {
        "question_id": f"q{number}",
        "strategy": "normal",
        "question": "Why\u2028 not\x85?",
        "status": "done",
        "answer": {"text": "Because\n\u2028 of this 日本.", "fell_back": None},
        "started_at": "2025-01-01T00:00:00+00:00",
    }
    return AnswerRecord.model_validate({**fields, **changes})


FEEDER = """
import sys
from pathlib import Path
from sot.errors import ConfigError
from sot.evals.run.folder import RunFolder
from sot.evals.run.manifest import EvalManifest
from sot.evals.run.records import AnswerRecord
path, name, line = sys.argv[1:]
record = AnswerRecord.model_validate_json(line)
written = 0
while written < 100:
    try:
        with RunFolder(Path(path), EvalManifest) as folder:
            for _ in range(10):
                folder.append(record.model_copy(update={"question_id": f"{name}{written}"}))
                written += 1
    except ConfigError as error:
        assert "is being written by another run" in str(error), error
"""


class TestFolder:
    def test_what_is_written_comes_back(self, tmp_path: Path) -> None:
        with RunFolder(tmp_path / "a" / "b", EvalManifest) as folder:
            for number in range(3):
                folder.append(record(number))
        found = read_answers(tmp_path / "a" / "b")
        assert found == [record(number) for number in range(3)]
        assert found[0].answer == {"text": "Because\n\u2028 of this 日本.", "fell_back": None}

    def test_many_at_once_are_forced_to_the_disk_together(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with RunFolder(tmp_path, EvalManifest) as folder:
            folder.append(record(0))
            synced: list[int] = []
            monkeypatch.setattr(os, "fsync", synced.append)
            folder.append(*(record(number) for number in range(1, 1000)))
            assert len(synced) == 1
            assert len(folder.records) == 1000
        assert read_answers(tmp_path) == [record(number) for number in range(1000)]

    def test_two_processes_that_feed_one_folder(self, tmp_path: Path) -> None:
        """Each takes the folder when it is free; while it has it, the other one is refused."""
        write_run(tmp_path / "run", [])
        feeders = [
            subprocess.Popen(
                [sys.executable, "-c", FEEDER, str(tmp_path / "run"), name, record(1).model_dump_json()],
                env=environment(),
            )
            for name in ("a", "b")
        ]
        assert [feeder.wait(120) for feeder in feeders] == [0, 0]
        keys = Counter(found.question_id for found in read_answers(tmp_path / "run"))
        assert keys == Counter(f"{name}{number}" for name in ("a", "b") for number in range(100))

    def test_cut_anywhere_in_the_last_line_the_others_stay(self, tmp_path: Path) -> None:
        write_run(tmp_path, [])
        with RunFolder(tmp_path, EvalManifest) as folder:
            folder.append(record(1))
            folder.append(record(2))
        path = tmp_path / "answers.jsonl"
        whole = path.read_bytes()
        first = whole.index(b"\n") + 1
        for length in (*range(first, len(whole), 7), len(whole) - 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            assert read_answers(tmp_path) == [record(1)]
            with RunFolder(tmp_path, EvalManifest) as folder:
                assert folder.cut_off == length - first
                assert folder.records == [record(1)]
                assert path.read_bytes() == whole[:length], "nothing is cut off before a record is added"
                folder.append(record(3))
            assert read_answers(tmp_path) == [record(1), record(3)]

    def test_a_last_line_of_zeros_is_cut_off(self, tmp_path: Path) -> None:
        write_run(tmp_path, [])
        with RunFolder(tmp_path, EvalManifest) as folder:
            folder.append(record(1))
        with (tmp_path / "answers.jsonl").open("ab") as file:
            file.write(bytes(50) + b"\n")  # what a power cut can leave
        with RunFolder(tmp_path, EvalManifest) as folder:
            assert (folder.cut_off, folder.records) == (51, [record(1)])
            folder.append(record(2))
        assert read_answers(tmp_path) == [record(1), record(2)]

    @pytest.mark.parametrize("damage", [b"{", b"[]", b'{"question_id": "x"}', b"\xff"])
    def test_damage_in_the_middle_is_named_with_its_line(self, tmp_path: Path, damage: bytes) -> None:
        write_run(tmp_path, [])
        with RunFolder(tmp_path, EvalManifest) as folder:
            folder.append(record(1))
            folder.append(record(2))
        path = tmp_path / "answers.jsonl"
        first, second, _ = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join((first, damage, second, b"")))
        with pytest.raises(
            ConfigError, match=r"answers.jsonl:2: damaged \(.*\); without this line its answer"
        ):
            read_answers(tmp_path)
        with pytest.raises(ConfigError, match="damaged"), RunFolder(tmp_path, EvalManifest):
            pass
        path.write_bytes(first + b"\n" + second + b"\n")  # the line taken out, the folder is free again
        with RunFolder(tmp_path, EvalManifest) as folder:
            assert len(folder.records) == 2

    def test_one_writer_at_a_time(self, tmp_path: Path) -> None:
        with RunFolder(tmp_path, EvalManifest):
            with (
                pytest.raises(ConfigError, match=rf"written by another run \(process {os.getpid()}\)"),
                RunFolder(tmp_path, EvalManifest),
            ):
                pass
            assert read_answers(tmp_path) == []
        with RunFolder(tmp_path, EvalManifest):
            pass

    def test_the_last_record_of_a_key_counts(self) -> None:
        failed = record(1, status="failed", answer=None, error="gone")
        again = record(1, attempt=2)
        assert latest([failed, record(2), again]) == {again.key: again, Key("q2", "normal", 1): record(2)}
