"""Rules of the configuration files: a folder's file may come from a stranger."""

from __future__ import annotations

from collections.abc import Collection, Mapping

Groups = Mapping[tuple[str, ...], Collection[str]]
"""Names of the commands of each group; the empty path is the program."""
USER_ONLY = frozenset(
    {
        *("engine-arg", "header", "extra-body"),
        *("host", "api-key-file", "insecure", "cors-origin", "debug", "cache-salt-by", "log-questions"),
        "pass-on",
        *("traces", "trace-content"),
        *("svg", "out", "to"),
        *("route-backend", "skeleton-backend", "point-backend", "judge-backend"),
        *("continue", "questions", "schema", "eval", "trace"),
    }
)
"""Options that the file of a folder cannot set: they run code, open a server or weaken it, write files, lead
keys (``SOT_POINT_API_KEY`` …) to another server, send it what is kept or stands in a file, or have the user's
own engine do more than answer (``--extra-body``: tools)."""
TYPED = frozenset({"all", "profile"})
"""Options that no file can set."""


def may_set(name: str, value: object) -> bool:
    """Return whether the file of a folder may set an option to a value.

    Args:
        name: The option's long name.
        value: The value, as TOML has it.
    """
    if name in ("history", "env-key"):  # it may keep and send less than the user wishes, and not more
        return value is False
    if name == "engine-can":  # what keeps a server's tenants apart is nothing to be claimed
        return "separates" not in str(value)
    return name not in USER_ONLY


__all__ = ["TYPED", "USER_ONLY", "Groups", "may_set"]
