"""Paths below a server's address to which requests are passed on, and what leads elsewhere."""

from __future__ import annotations

import pytest

from sot.backends.openai_compatible.transport.address import checked_path
from sot.errors import ConfigError


def test_a_path_leads_nowhere_else() -> None:
    for path in ("/embeddings", "/audio/speech", "/v1.5/a_b-c~d"):
        assert checked_path(path) == path
    for path in (
        "",
        "/",
        "embeddings",
        "/..",
        "/a/../b",
        "/a/.",
        "//host",
        "/a//b",
        "/a?b",
        "/a%2fb",
        "/a\\b",
    ):
        with pytest.raises(ConfigError):
            checked_path(path)
    with pytest.raises(ConfigError):
        checked_path("/a\n")
