"""Code of the project's documents, for tests that run it."""

from __future__ import annotations

import re
import shlex


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [code for name, code in found if name == language]


def commands(text: str) -> list[list[str]]:
    """The command lines of a document, without their comments."""
    lines = [line for block in blocks(text, "") for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]
