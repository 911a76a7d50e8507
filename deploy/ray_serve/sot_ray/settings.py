"""Settings of the application: ``args`` in Serve's configuration file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sot.errors import ConfigError
from sot.server import ServerSettings


class Args(BaseModel):
    """Arguments of `sot_ray.app.build`."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    backend: str = Field("torch:", description="Backend spec of each engine replica")
    model: str | None = Field(None, description="The model's name, where the spec does not contain it")
    engine: dict[str, Any] = Field(default={}, description='Settings of the engine, such as {"threads": 1}')
    answers: dict[str, Any] = Field(default={}, description="Settings of answers (docs/answers.md)")
    server: dict[str, Any] = Field(default={}, description="Server settings (docs/server.md), but for keys")
    router: str = Field("hybrid", description="Router that chooses the strategy")
    api_key_file: Path | None = Field(None, description="File with the clients' keys, one a line")
    gather_s: float = Field(0.02, ge=0, description="Seconds for which chunks wait to travel together")
    first_token_s: float = Field(120.0, gt=0, description="Seconds until a request's first token, at most")
    between_s: float = Field(60.0, gt=0, description="Seconds between two tokens of a request, at most")
    stall_s: float = Field(120.0, gt=0, description="Seconds without a token until a replica is replaced")


def server_settings(given: Mapping[str, Any], key_file: Path | None) -> ServerSettings:
    """Return the settings of an ingress replica, which reads the keys itself: they are in no configuration.

    Raises:
        ConfigError: There is no such setting, a value is out of range, or the file cannot be read.
    """
    values = dict(given)
    if "api_keys" in values:
        raise ConfigError("keys are no part of the configuration: give api_key_file, or set SOT_API_KEY")
    if key_file is None:
        key = os.environ.get("SOT_API_KEY", "").strip()
        keys = (key,) if key else ()
    else:
        try:
            lines = key_file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ConfigError(f"api_key_file {key_file}: {error.strerror}") from None
        keys = tuple(key for line in lines if (key := line.strip()) and not key.startswith("#"))
        if not keys:
            raise ConfigError(f"api_key_file {key_file}: there is no key in it")
    for name in ("allowed_hosts", "cors_origins"):
        if isinstance(values.get(name), list):
            values[name] = tuple(values[name])
    try:
        return ServerSettings(api_keys=keys, **values)
    except TypeError as error:
        raise ConfigError(f"server: {error}") from None


__all__ = ["Args", "server_settings"]
