"""What a release needs: one version everywhere, a citation, issue templates that can be read."""

from __future__ import annotations

import pytest
import yaml
from cli_server import ROOT

from tests.project.release import problems, versions

VERSIONS = dict.fromkeys(("pyproject.toml", "sot/__init__.py", "CITATION.cff", "CHANGELOG.md"), "1.2.0")


def test_all_places_state_one_version() -> None:
    assert problems(versions(ROOT), []) == []


@pytest.mark.parametrize(
    ("changed", "tags", "said"),
    [
        ({}, ["v1.2.0", "nightly"], []),
        ({"CITATION.cff": "1.1.0"}, [], ["CITATION.cff says 1.1.0, not 1.2.0"]),
        ({"CHANGELOG.md": ""}, [], ["CHANGELOG.md says nothing, not 1.2.0"]),
        ({}, ["v1.1.0"], ["the commit has the tag v1.1.0, not v1.2.0"]),
    ],
)
def test_what_does_not_agree_is_named(changed: dict[str, str], tags: list[str], said: list[str]) -> None:
    assert problems({**VERSIONS, **changed}, tags) == said


def test_the_citation_has_what_the_format_requires() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= citation.keys()
    assert "2307.15337" in str(citation["references"])


def test_issue_templates_ask_for_what_doctor_prints() -> None:
    templates = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
        if path.name != "config.yml"
    ]
    assert len(templates) == 2
    assert all({"name", "description", "body"} <= template.keys() for template in templates)
    assert all("sot doctor" in str(template["body"]) for template in templates)
