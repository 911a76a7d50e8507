"""State of a server with several models: one `Service` for each, and places for those that are awake."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, cast

from ..api import SkeletonOfThought
from ..errors import ConfigError
from ..options import AUTO
from ..types import BackendInfo, Sleeps
from .awake import AwakeModel, AwakeModels
from .metrics import Metrics, RequestRecord
from .metrics_by_model import MetricsByModel
from .model_names import ModelNames
from .reply import Reply
from .request_json import json_object, off_the_loop
from .service import Handler, Service
from .settings import ServerSettings


class ServedModel(Service):
    """State of one of several models; places, limits and shutdown are those of the whole server."""

    def __init__(self, name: str, sot: SkeletonOfThought, settings: ServerSettings) -> None:
        super().__init__(sot, replace(settings, aliases=()))  # the whole server's, which has read them
        self.name = name
        sleeps = sot.backend if isinstance(sot.backend, Sleeps) else None
        self.awake = AwakeModel(name, sleeps)
        self.metrics = Metrics(self.awake, lambda: sot.gain.times, sleeps)
        self.places: AwakeModels | None = None

    def awake_while(self) -> AbstractAsyncContextManager[None]:
        """Wait for the model's place, and hold it."""
        return super().awake_while() if self.places is None else self.places.use(self.awake)


class ServerOfModels(Service):
    """State of a server with several models.

    Args:
        sots: Cores that answer, by the model's name; the first also has the plain names of the strategies.
        settings: Server settings.

    Raises:
        ConfigError: There is none, or a name cannot be used.
    """

    def __init__(self, sots: Mapping[str, SkeletonOfThought], settings: ServerSettings) -> None:
        if not sots:
            raise ConfigError("a server needs a model")
        self._names = ModelNames(tuple(sots), self._known_as)
        super().__init__(next(iter(sots.values())), settings)
        self._models = {name: ServedModel(name, sot, settings) for name, sot in sots.items()}
        self._first = next(iter(self._models.values()))
        self._aliases = dict(settings.aliases)
        of_models = {name: model.metrics for name, model in self._models.items()}
        self.metrics = MetricsByModel(Metrics(_NoModelYet(self)), of_models)
        self._places = AwakeModels(
            [model.awake for model in self._models.values()],
            settings.max_awake,
            settings.max_wait_s,
            self.capacity.too_many,
        )
        for model in self._models.values():
            model.places = self._places

    async def ready(self) -> None:
        """Check that the server could answer now, without loading or waking a model.

        Raises:
            Failure: It could not (503); the message says why.
        """
        for model in self._models.values():
            if model is self._first or model.known is not None:
                model.stopping = self.stopping
                await model.ready()

    async def start(self) -> BackendInfo:
        """Load as many models as may be awake, the last of them first; returns what the first one is.

        Raises:
            SotError: One cannot be loaded.
        """
        for model in reversed(list(self._models.values())[: self.settings.max_awake]):
            async with model.awake_while():
                await model.start()
        return await self._first.start()

    async def info(self) -> BackendInfo:
        """Return the first engine's identity and capabilities."""
        return await self._first.info()

    async def model_names(self) -> list[str]:
        """Return the names by which clients choose a model, a strategy, or both."""
        return [*self._names.all(), *self._aliases]

    def serving(self, model: object) -> Service:
        """Return the state of the model that a request names; for other requests, that of the first.

        Raises:
            Failure: There is no such model (404).
        """
        if not isinstance(model, str):
            return self._first
        return self._models[self._names.find(self._aliases.get(model, model))[0]]

    @property
    def choices(self) -> list[str]:
        """The models' own names."""
        return list(self._models)

    def handler(self, make: Callable[[Service], Handler], *, names_model: bool) -> Handler:
        """Make a handler that hands each request to its model's own.

        Args:
            make: Makes the handler of one model.
            names_model: Whether that takes the field ``model``, with a strategy's name; else it is taken out.
        """
        handlers = {name: make(model) for name, model in self._models.items()}

        def read(raw: bytes) -> tuple[str, bytes]:
            fields = json_object(raw)
            if not isinstance(named := fields.get("model"), str):
                return self._first.name, raw  # whose handler says what is wrong with it
            name, strategy = self._names.find(self._aliases.get(named, named))
            return name, json.dumps(_for_one(fields, strategy, names_model)).encode()

        async def handle(raw: bytes, reply: Reply, record: RequestRecord) -> None:
            name, body = await off_the_loop(raw, read)
            record.model = name
            async with self._models[name].awake_while():
                await handlers[name](body, reply, record)

        return handle

    def _known_as(self, name: str) -> str | None:
        known = self._models[name].known
        return None if known is None else known.model


def _for_one(fields: dict[str, Any], strategy: str, names_model: bool) -> dict[str, Any]:
    """Return a request as the handler of one model takes it."""
    if names_model:
        return {**fields, "model": strategy}
    own, rest = fields.get("sot"), {name: value for name, value in fields.items() if name != "model"}
    if strategy == AUTO or not isinstance(own or {}, dict):
        return rest
    given = cast("dict[str, Any]", own or {})
    said = {key: value for key, value in given.items() if value is not None}
    return {**rest, "sot": {"strategy": strategy, **said}}


class _NoModelYet:
    """Counts of requests that have no model yet."""

    running = 0

    def __init__(self, server: Service) -> None:
        self._server = server

    @property
    def waiting(self) -> int:
        """Number of requests that wait for one of the server's places."""
        return self._server.capacity.waiting
