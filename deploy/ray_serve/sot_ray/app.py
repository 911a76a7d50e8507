"""The application: ``serve run`` and ``serve deploy`` call `build`."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

# Without `from __future__ import annotations`: Serve reads the type of `args` from the signature.

from ray import serve
from ray.serve import Application
from ray.serve.config import RequestRouterConfig
from ray.serve.schema import LoggingConfig

from sot.errors import SotError
from sot.options import Options
from sot.registry import engine_entry

from .engine import Engine
from .ingress import Ingress
from .router import AnswerRouter
from .settings import Args, server_settings

ENGINE, INGRESS = "Engine", "Ingress"


def build(args: Args) -> Application:
    """Build the application; numbers of replicas and the like come from ``deployments`` of the configuration.

    Args:
        args: ``args`` of the configuration, or ``NAME=VALUE`` behind ``serve run``.

    Raises:
        ValueError: A setting is wrong.
    """
    try:  # what is wrong shows here, and not in a replica that is started again and again
        engine_entry(args.backend)
        server_settings(args.server, None)
        Options().changed(args.answers)
    except SotError as error:
        raise ValueError(str(error)) from None
    engine = serve.deployment(
        Engine,
        name=ENGINE,
        max_ongoing_requests=128,
        health_check_period_s=5,
        health_check_timeout_s=30,
        graceful_shutdown_timeout_s=60,
        logging_config=LoggingConfig(enable_access_log=False),  # the ingress logs answers
        request_router_config=RequestRouterConfig(request_router_class=AnswerRouter),
    )
    ingress = serve.deployment(
        Ingress,
        name=INGRESS,
        max_ongoing_requests=512,  # it refuses by itself what is too much
        graceful_shutdown_timeout_s=60,
    )
    engines = engine.bind(args.backend, args.model, args.engine, args.gather_s, args.stall_s)
    return ingress.bind(engines, args)


__all__ = ["build"]
