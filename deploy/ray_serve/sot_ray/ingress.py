"""Ingress replica: the server's own application, on the engine replicas."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle
from starlette.applications import Starlette

from sot.api import SkeletonOfThought
from sot.errors import ConfigError
from sot.server import create_app
from sot.server.service import Service

from .backend import RayBackend
from .inlet import Inlet
from .replica_metrics import ReplicaMetrics
from .settings import Args, server_settings

_PER_ANSWER = 8  # requests in flight, on average, that an answer may have


@serve.ingress()
class Ingress:
    """Deployment of ingress replicas: they read requests and make the answers, and hold no state.

    Args:
        engines: Handle of the engine deployment.
        args: Settings of the application.
    """

    async def __init__(self, engines: DeploymentHandle, args: Args) -> None:
        _log()
        self._args = args
        self._settings = server_settings(args.server, args.api_key_file)
        inlet = Inlet(ray.util.get_node_ip_address())
        await inlet.address()  # an address that cannot be had shows here
        self._backend = RayBackend(engines, inlet, first_token_s=args.first_token_s, between_s=args.between_s)
        self._app = create_app(self._core({}), self._settings)
        context = serve.get_replica_context()
        own = serve.get_deployment_handle(context.deployment, context.app_name)
        self._service.metrics_of_all = ReplicaMetrics(own, self._backend)  # type: ignore[assignment]
        await asyncio.to_thread(self._service.sot.warm_up)

    def __serve_build_asgi_app__(self) -> Starlette:
        """Return the server's application."""
        return self._app

    def reconfigure(self, user_config: Mapping[str, Any]) -> None:
        """Take over changed settings of answers, for the answers that begin from now on.

        Raises:
            ConfigError: There is no such setting, or a value is out of range.
        """
        unknown = sorted(user_config.keys() - {"answers"})
        if unknown:
            raise ConfigError(f"user_config of the ingress: unknown {', '.join(unknown)}; known is answers")
        self._service.sot = self._core(user_config.get("answers", {}))

    async def own_metrics(self) -> bytes:
        """Return this replica's metrics in Prometheus's text format."""
        return self._service.metrics.text()

    @property
    def _service(self) -> Service:
        return self._app.state.service

    def _core(self, changed: Mapping[str, Any]) -> SkeletonOfThought:
        in_flight = self._settings.max_answers * _PER_ANSWER
        answers = {"max_in_flight": in_flight, **self._args.answers, **changed}
        return SkeletonOfThought(self._backend, router=self._args.router, **answers)


def _log() -> None:
    """Log answers to the replica's own log file, as `sot serve` does to its terminal: never a question."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("sot.server").setLevel(logging.INFO)


__all__ = ["Ingress"]
