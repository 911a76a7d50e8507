"""`sot ask --schema`: JSON text in pipes, on real pseudo-terminals, and where it breaks off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_here import sot_here
from cli_server import SOT, Gate, environment, one_line, run_sot
from fault_server import status
from field_engine import ASKED, RECIPE, REQUESTS, SCHEMA, TEXTS, FieldEngine

pytest.importorskip("pty")

from pseudo_terminal import Terminal

HOSTILE = "a\x1b[2Jb\u202ec\x9b31m"
LONG = (
    "Cut everything into pieces of the same size, so that all of them are done together. "
    "Begin with the roots, which take the longest, and leave leaves and herbs for the last minutes. "
)


@pytest.fixture(scope="module")
def running() -> Iterator[FieldEngine]:
    with FieldEngine() as server:
        yield server


@pytest.fixture
def engine(running: FieldEngine) -> Iterator[FieldEngine]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(SCHEMA), encoding="utf-8")
    return file


def hostile(folder: Path) -> Path:
    """A schema with names, and descriptions, that would do things to a terminal."""
    file = folder / "hostile.json"
    properties = {HOSTILE: {"type": "string", "description": HOSTILE}, "end": {"type": "string"}}
    file.write_text(json.dumps({"type": "object", "properties": properties, "required": [HOSTILE, "end"]}))
    return file


def ask(engine: FieldEngine, schema: Path, *more: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    return sot_here("ask", ASKED, "--schema", str(schema), "--backend", engine.url, *more, **how)


class TestPipes:
    def test_the_json_text_and_nothing_else(self, engine: FieldEngine, schema: Path) -> None:
        done = ask(engine, schema)
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads(done.stdout) == RECIPE
        assert list(json.loads(done.stdout)) == list(RECIPE)
        assert done.stdout.startswith(b'{\n  "title": "Soup of the day",\n  "servings": 4,\n')
        assert done.stdout.endswith(b"\n}\n")
        assert len(engine.completions) == REQUESTS

    def test_another_program_reads_it(self, engine: FieldEngine, schema: Path) -> None:
        done = run_sot("ask", ASKED, "--schema", str(schema), "--backend", engine.url)
        read = subprocess.run(
            [sys.executable, "-m", "json.tool"],
            input=done.stdout,
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert json.loads(read.stdout) == RECIPE

    def test_the_schema_from_standard_input(self, engine: FieldEngine) -> None:
        done = ask(engine, Path("-"), stdin=json.dumps(SCHEMA).encode())
        assert json.loads(done.stdout) == RECIPE

    def test_the_question_from_standard_input(self, engine: FieldEngine, schema: Path) -> None:
        done = sot_here("ask", "-", "--schema", str(schema), "-b", engine.url, stdin=ASKED.encode())
        assert json.loads(done.stdout) == RECIPE
        assert all(ASKED in str(turns) for turns in engine.asked())

    def test_as_a_record(self, engine: FieldEngine, schema: Path) -> None:
        record = json.loads(ask(engine, schema, "--json").stdout)
        assert record["route"]["strategy"] == "fields"
        assert json.loads(record["text"]) == RECIPE
        assert [point["title"] for point in record["points"]] == list(RECIPE)
        assert record["complete"] is True

    def test_the_strategy_may_be_named(self, engine: FieldEngine, schema: Path) -> None:
        assert json.loads(ask(engine, schema, "--strategy", "fields").stdout) == RECIPE

    def test_normal_decoding_is_one_request(self, engine: FieldEngine, schema: Path) -> None:
        engine.normal = json.dumps(RECIPE)
        done = ask(engine, schema, "--strategy", "normal")
        assert json.loads(done.stdout) == RECIPE
        assert len(engine.completions) == 1

    def test_characters_that_the_output_lacks_are_escaped(self, engine: FieldEngine, schema: Path) -> None:
        engine.fields = {**TEXTS, "tips": "Für später: 塩 am Ende, \u202e nicht."}
        done = ask(engine, schema, PYTHONIOENCODING="latin-1")
        assert json.loads(done.stdout.decode("latin-1"))["tips"] == engine.fields["tips"]

    def test_a_hostile_name_stays_what_it_is(self, engine: FieldEngine, tmp_path: Path) -> None:
        done = ask(engine, hostile(tmp_path))
        assert done.returncode == 0
        assert set(json.loads(done.stdout)) == {HOSTILE, "end"}
        assert not {"\x1b", "\u202e", "\x9b"} & set(done.stdout.decode())


class TestFailures:
    def test_a_field_that_fails_is_named(self, engine: FieldEngine, schema: Path) -> None:
        engine.fields = {**TEXTS, "tips": ""}
        done = ask(engine, schema)
        assert done.returncode == 1
        assert "the field tips got no valid value" in one_line(done.stderr)
        assert done.stdout.decode().startswith('{\n  "title": "Soup of the day"')
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(done.stdout)  # nobody takes it for whole

    def test_before_any_text_nothing_is_printed(self, engine: FieldEngine, schema: Path) -> None:
        engine.default = status(400, {"error": {"message": "no"}})
        done = ask(engine, schema)
        assert (done.returncode, done.stdout) == (1, b"")
        one_line(done.stderr)

    def test_a_schema_that_cannot_be_used(self, engine: FieldEngine, tmp_path: Path) -> None:
        file = tmp_path / "recipe.json"
        file.write_text('{"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/a.json"}}}')
        done = ask(engine, file)
        assert (done.returncode, done.stdout) == (2, b"")
        assert "http://127.0.0.1:9/a.json" in one_line(done.stderr)
        assert not engine.completions

    def test_ctrl_c_keeps_the_text_so_far(self, engine: FieldEngine, schema: Path) -> None:
        held = Gate()
        engine.fields = {**TEXTS, "method": [LONG, held, "More."]}
        command = [SOT, "ask", ASKED, "--schema", schema, "-b", engine.url]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdout is not None
            shown = b""
            while b"Cut everything" not in shown:
                piece = os.read(process.stdout.fileno(), 65536)
                assert piece, "it ended before"
                shown += piece
            process.send_signal(2)
            rest, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert re.fullmatch(r"sot: interrupted: [34] of 5 fields done", one_line(said))
        held.wait_left()
        text = (shown + rest).decode()
        assert text.startswith('{\n  "title": "Soup of the day"')
        assert "Salt it late" not in text  # no continuation of the document


class TestTerminals:
    def test_fields_fill_in_side_by_side_and_the_json_stays(self, engine: FieldEngine, schema: Path) -> None:
        held = Gate()
        engine.fields = {name: [LONG, held, f"\n{text}"] for name, text in TEXTS.items()}
        with Terminal("ask", ASKED, "--schema", str(schema), "-b", engine.url, columns=120) as terminal:
            held.wait_reached()
            terminal.until("5 fields, 3 being written, 2 done")
            terminal.until(lambda screen: all(name in screen.text for name in RECIPE))
            held.open()
            assert terminal.end() == 0
        lines = terminal.screen.text.splitlines()
        assert lines[0].startswith("fields: chosen by the caller")
        assert lines[-1].startswith("5 fields · first text ")
        answer = json.loads("".join(lines[1:-1]))
        assert list(answer) == list(RECIPE)
        assert answer["tips"].endswith("Salt it late.")

    def test_quiet_streams_it_without_breaking_lines(self, engine: FieldEngine, schema: Path) -> None:
        engine.fields = {**TEXTS, "intro": LONG.strip()}
        with Terminal(
            "ask", ASKED, "--schema", str(schema), "-b", engine.url, "--quiet", columns=50
        ) as terminal:
            assert terminal.end() == 0
        assert json.loads(terminal.raw) == {**RECIPE, "intro": LONG.strip()}

    @pytest.mark.parametrize("quiet", [(), ("--quiet",)], ids=["live", "quiet"])
    def test_a_hostile_name_does_nothing(
        self, engine: FieldEngine, tmp_path: Path, quiet: tuple[str, ...]
    ) -> None:
        file = hostile(tmp_path)
        with Terminal("ask", ASKED, "--schema", str(file), "-b", engine.url, *quiet) as terminal:
            assert terminal.end() == 0  # the screen refuses sequences that are not ours
        assert r"\u001b[2J" in terminal.screen.text

    def test_a_failure_keeps_what_was_written(self, engine: FieldEngine, schema: Path) -> None:
        engine.fields = {**TEXTS, "tips": ""}
        with Terminal("ask", ASKED, "--schema", str(schema), "-b", engine.url) as terminal:
            assert terminal.end() == 1
        assert '"intro": "A warm soup for cold days."' in terminal.screen.text
        assert "the field tips got no valid value" in terminal.screen.text

    def test_a_picture(self, engine: FieldEngine, schema: Path, tmp_path: Path) -> None:
        picture = tmp_path / "answer.svg"
        assert ask(engine, schema, "--svg", str(picture)).returncode == 0
        assert "Soup" in picture.read_text(encoding="utf-8")


def test_a_conversation_needs_no_schema(engine: FieldEngine) -> None:
    done = sot_here("chat", "--strategy", "fields", "-b", engine.url)
    assert done.returncode == 2
    assert one_line(done.stderr) == "sot: the strategy fields needs a JSON schema: sot ask --schema FILE"


def test_the_help_has_an_example() -> None:
    text = sot_here("ask", "--help").stdout.decode()
    assert "--schema recipe.json" in text
    assert "fields (Parallel JSON fields)" in " ".join(text.split())
