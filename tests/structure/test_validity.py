"""Checks of values against schemas: reasons in one line, bounded work, nothing fetched."""

from __future__ import annotations

from typing import Any

import pytest

from sot.errors import ConfigError
from sot.structure.validity import Checker, shown_path


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2024-02-29", "2024-02-30"),
        ("date-time", "2024-02-29T10:00:00Z", "2024-02-29"),
        ("time", "10:30:00", "25:00"),
        ("duration", "P3DT4H", "three days"),
        ("email", "a@example.com", "nobody"),
        ("uuid", "12345678-1234-1234-1234-123456789abc", "1234"),
        ("ipv4", "127.0.0.1", "127.0.0.300"),
        ("ipv6", "::1", "1"),
        ("hostname", "example.com", "a b"),
        ("uri", "https://example.com/a", "not a link"),
    ],
)
def test_formats(form: str, good: str, bad: str) -> None:
    checker = Checker({"type": "string", "format": form})
    assert checker.problem(good) is None
    problem = checker.problem(bad)
    assert problem is not None
    assert form in problem.reason


def test_a_problem_names_its_place() -> None:
    steps = {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}}
    problem = Checker({"type": "object", "properties": {"steps": steps}}).problem(
        {"steps": [{}, {"text": 1}]}
    )
    assert problem is not None
    assert shown_path(problem.path) == "steps[1].text"


def test_a_reason_is_one_line_of_bounded_length() -> None:
    problem = Checker({"type": "integer"}).problem("a\nb" * 5000)
    assert problem is not None
    assert "\n" not in problem.reason
    assert len(problem.reason) <= 300


HOSTILE = "a" * 60 + "!"
DOUBLING = {
    **{f"d{at}": {"anyOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(40)},
    "d40": {"type": "string"},
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "pattern": r"^(a+)+$"}, HOSTILE),
        (
            {"type": "object", "patternProperties": {r"^(a+)+$": {}}, "additionalProperties": False},
            {HOSTILE: 1},
        ),
        ({"$defs": DOUBLING, "$ref": "#/$defs/d0"}, 1),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, 1),
        ({"multipleOf": 0.01}, 10**400),
    ],
)
def test_schemas_that_would_take_for_ever_end_with_a_problem(schema: dict[str, Any], value: Any) -> None:
    assert Checker(schema).problem(value) is not None


def test_properties_by_pattern() -> None:
    checker = Checker(
        {
            "type": "object",
            "properties": {"a": {}},
            "patternProperties": {"^n_": {"type": "integer"}},
            "additionalProperties": {"type": "string"},
        }
    )
    assert checker.problem({"a": None, "n_1": 3, "x": "text"}) is None
    assert checker.problem({"n_1": "3"}) is not None
    assert checker.problem({"x": 3}) is not None


def test_an_invalid_schema() -> None:
    with pytest.raises(ConfigError, match=r"the schema is invalid at properties\.a\.type"):
        Checker({"properties": {"a": {"type": 3}}})
