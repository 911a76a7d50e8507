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
        ("hostname", "localhost", "a..b"),
        ("date", "2024-12-31", "20241231"),
        ("date", "2024-12-31", "2024-W01-1"),
        ("date-time", "2024-02-29T10:00:00", "2024-01-01T10"),
        ("date-time", "2024-02-29t10:00:00.123+09:00", "2024-W01-1T10:00"),
        ("date-time", "2024-02-29 10:00:00z", "2024-02-30T10:00:00Z"),
        ("time", "10:30:00.5Z", "10"),
        ("time", "23:59:59-05:00", "٢٣:59:59"),
        ("email", "a.b+c@localhost", "@"),
        ("email", '"a b"@example.com', "a..b@example.com"),
        ("email", "a@[127.0.0.1]", "a@b@c"),
        ("uri", "https://example.com/a", "not a link"),
    ],
)
def test_formats(form: str, good: str, bad: str) -> None:
    checker = Checker({"type": "string", "format": form})
    assert checker.problem(good) is None
    problem = checker.problem(bad)
    assert problem is not None
    assert form in problem.reason


def test_the_reason_shows_the_form_of_a_format() -> None:
    problem = Checker({"type": "string", "format": "date-time"}).problem("2024-01-01T10")
    assert problem is not None
    assert problem.reason == "'2024-01-01T10' is not a 'date-time', such as 2024-01-31T10:00:00Z"


@pytest.mark.parametrize(
    ("step", "good", "bad"),
    [
        (0.01, (19.99, 4.35, 0.29, 1.1, -0.07, 3, 10**400, 1e300), (19.999, 0.001)),
        (0.1, (0.3, 1e22), (0.35,)),
        (1e-300, (1e300, 0), ()),
        (3, (6, 6.0), (7, 6.5)),
    ],
)
def test_multiples_are_those_of_the_digits(
    step: float, good: tuple[float, ...], bad: tuple[float, ...]
) -> None:
    checker = Checker({"multipleOf": step})
    assert [value for value in good if checker.problem(value) is not None] == []
    assert [value for value in bad if checker.problem(value) is None] == []
    assert checker.problem("no number") is None


def test_names_of_odd_properties_are_shown_as_they_are_unless_they_cannot_be_seen() -> None:
    assert shown_path(("🍲", 0, "a.b", "")) == '["🍲"][0]["a.b"][""]'
    assert shown_path(('q"uote', "\u202eb\n")) == '["q\\"uote"]["\\u202eb\\n"]'


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
