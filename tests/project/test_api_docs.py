"""``docs/api.md`` lists the public names, all of them and nothing else.

After a change on purpose, write the lists anew and look at the difference:

    UPDATE_DOCS=1 python -m pytest tests/project/test_api_docs.py
"""

from __future__ import annotations

import importlib
import inspect
import os

import pytest
from cli_server import ROOT

PAGE = ROOT / "docs" / "api.md"
MODULES = (
    "sot",
    "sot.types",
    "sot.events",
    "sot.errors",
    "sot.options",
    "sot.session",
    "sot.router",
    "sot.strategies",
    "sot.strategies.base",
    "sot.registry",
    "sot.load.profile",
    "sot.stages",
    "sot.price",
    "sot.skeleton",
    "sot.server",
    "sot.backends.in_process.chat_template",
)


def listed(module: str) -> str:
    """A module's section of names: each with the first line of its docstring."""
    loaded = importlib.import_module(module)
    lines = [f"### `{module}`", ""]
    for name in loaded.__all__:
        value = getattr(loaded, name)
        documented = getattr(value, "__name__", "") == name  # not an alias or a constant
        about = (inspect.getdoc(value) or "").partition("\n")[0] if documented else ""
        lines.append(f"- `{name}`" + (f": {about}" if about else ""))
    return "\n".join(lines)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_listed(module: str) -> None:
    before, after = section_of(module)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(before + listed(module) + "\n" + after, encoding="utf-8")
        before, after = section_of(module)
    page = PAGE.read_text(encoding="utf-8")
    assert page == before + listed(module) + "\n" + after


def test_nothing_else_is_listed() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("### ")] == [f"### `{module}`" for module in MODULES]


def section_of(module: str) -> tuple[str, str]:
    """What stands before and after a module's section."""
    page = PAGE.read_text(encoding="utf-8")
    before, heading, rest = page.partition(f"### `{module}`\n")
    assert heading, f"docs/api.md has no section {module}"
    end = rest.find("\n### ")
    return before, "" if end < 0 else rest[end:]
