"""Our own server behind this one: it must not make skeletons of the parts of a skeleton."""

from __future__ import annotations

from collections.abc import Sequence

from sot.errors import ConfigError

from ..wire.payloads import ServedModel
from .words import owner_name

_NORMAL = "normal"  # the model name by which our server decodes normally


def inner_model(models: Sequence[ServedModel], name: str | None, server: str) -> ServedModel | None:
    """Return the model to ask our own server for: the one that decodes normally, whatever was asked for.

    Args:
        models: The server's list.
        name: The caller's choice; a name that is not served is left to the server to refuse.
        server: Address of the server, for messages.

    Returns:
        ``None`` where the server is none of ours.

    Raises:
        ConfigError: It does not offer normal decoding.
    """
    names = {model.name for model in models if owner_name(model.engine) == "sot"}
    if not names or (name is not None and name not in names):
        return None
    if _NORMAL not in names:
        said = f"is a Skeleton-of-Thought server without the model {_NORMAL!r}"
        hint = "give the address of the engine behind it"
        raise ConfigError(f"{server} {said}: {hint}", public=f"the engine {said}: {hint}")
    return ServedModel(_NORMAL, "skeleton-of-thought")
