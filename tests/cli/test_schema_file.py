"""Reading `--schema FILE`: a schema, or one line that names the file and the place in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import QUESTION, one_line

from sot.cli.schema_file import MOST_BYTES, read_schema

SCHEMA = b'{"type": "object", "properties": {"body": {"type": "string"}}}'


def refused(*arguments: str, stdin: bytes = b"") -> str:
    """The complaint about a command that must not reach an engine."""
    done = sot_here("ask", *arguments, "--backend", "http://127.0.0.1:9/v1", stdin=stdin)
    assert done.returncode == 2, done.stderr
    assert done.stdout == b""
    return one_line(done.stderr)


def test_a_file_is_read_in_any_form_of_unicode(tmp_path: Path) -> None:
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16")):
        file = tmp_path / f"{number}.json"
        file.write_bytes('{"title": "Suppe für vier"}'.encode(encoding))
        assert read_schema(file) == {"title": "Suppe für vier"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"type":\n  oops}', "is not JSON: line 2, column 3: Expecting value"),
        (b"", "is not JSON: line 1, column 1: Expecting value"),
        (b'{"maximum": NaN}', "is not JSON: it holds NaN"),
        (b'["type"]', "must hold a JSON object, not a list"),
        (b"true", "must hold a JSON object, not a truth value"),
        (b"null", "must hold a JSON object, not null"),
        (b'{"a": ' * 100_000, "is nested too deeply"),
        (b'{"minimum": ' + b"1" * 5000 + b"}", "is not JSON that can be read: Exceeds the limit"),
        (b'{"a": "\xff"}', "is not text in UTF-8: byte 0xff at position 7"),
        (b" " * (MOST_BYTES + 1), f"is larger than {MOST_BYTES} bytes"),
    ],
    ids=["place", "empty", "nan", "list", "true", "null", "deep", "digits", "bytes", "large"],
)
def test_what_is_no_schema_is_refused_with_its_place(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "recipe.json"
    file.write_bytes(content)
    assert refused(QUESTION, "--schema", str(file)).startswith(f"sot: --schema {file} {problem}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "recipe.json"
    assert (
        refused(QUESTION, "--schema", str(missing)) == f"sot: --schema {missing}: No such file or directory"
    )
    assert refused(QUESTION, "--schema", str(tmp_path)) == f"sot: --schema {tmp_path}: Is a directory"


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in refused(QUESTION, "--schema", str(tmp_path / "a\x1b[2J"))


@pytest.mark.parametrize("question", [(), ("-",)], ids=["none", "dash"])
def test_standard_input_is_not_both(question: tuple[str, ...]) -> None:
    said = refused(*question, "--schema", "-", stdin=SCHEMA)
    assert said == "sot: standard input cannot be both the question and the schema"


def test_a_schema_goes_with_two_strategies_only(tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_bytes(SCHEMA)
    said = refused(QUESTION, "--schema", str(file), "--strategy", "skeleton")
    assert said == "sot: --schema is for the strategies fields and normal, not for skeleton"
