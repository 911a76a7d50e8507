"""Metrics of all ingress replicas as those of one server, with the load of each engine replica."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

from ray.serve.handle import DeploymentHandle

from sot.errors import SotError
from sot.server.merged_metrics import merged

from .backend import RayBackend

_TELL_S = 5.0
_LOAD = "sot_engine_load"


class ReplicaMetrics:
    """Metrics of the whole application; any ingress replica tells them.

    Args:
        ingress: Handle of the ingress deployment.
        backend: The engine replicas.
    """

    def __init__(self, ingress: DeploymentHandle, backend: RayBackend) -> None:
        self._ingress = ingress
        self._backend = backend

    async def text(self) -> bytes:
        """Return the metrics in Prometheus's text format; of a replica that ends at that moment, none."""
        asked = self._ingress.broadcast("own_metrics")
        told = await asked.results_async(timeout_s=_TELL_S, return_exceptions=True)
        return merged([text for text in told if isinstance(text, bytes)]) + await self._engines()

    async def _engines(self) -> bytes:
        try:
            loads = await self._backend.loads()
        except SotError:
            loads = []
        lines = [
            f"# HELP {_LOAD} Requests at an engine replica, running and waiting.",
            f"# TYPE {_LOAD} gauge",
        ]
        for name, load in sorted(loads, key=lambda one: one[0]):
            lines.append(f'{_LOAD}{{replica="{name}",state="running"}} {load.running}')
            lines.append(f'{_LOAD}{{replica="{name}",state="waiting"}} {load.waiting}')
        return "".join(f"{line}\n" for line in lines).encode()


__all__ = ["ReplicaMetrics"]
