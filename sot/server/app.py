"""The application: which address leads where."""

from __future__ import annotations

import time
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from .. import __version__
from ..api import SkeletonOfThought
from ..errors import SotError
from .auth import Guard
from .chat import ChatCompletions
from .event_stream import Watch
from .failures import Failure, failure_of
from .metrics import CONTENT_TYPE
from .openapi import openapi
from .page_files import PageFiles
from .request_reader import STRATEGY_MODELS
from .service import Service
from .settings import ServerSettings


def create_app(sot: SkeletonOfThought, settings: ServerSettings | None = None) -> Starlette:
    """The server as an ASGI application, to run with uvicorn or to mount in another one.

    Args:
        sot: Answers questions; stays the caller's to close.
        settings: The settings.

    Returns:
        The application; its ``state.service`` is the `sot.server.service.Service`.
    """
    settings = settings or ServerSettings()
    service = Service(sot, settings)
    about = _About(service)
    page = PageFiles()
    middleware = [Middleware(Guard, settings=settings)]
    if settings.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("authorization", "content-type"),
        )
        middleware.insert(0, cors)
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", service.endpoint(ChatCompletions(service)), methods=["POST"]),
            Route("/v1/models", about.models),
            Route("/v1/models/{name:path}", about.model),
            Route("/sot/events", service.endpoint(Watch(service)), methods=["POST"]),
            Route("/sot/about", about.about),
            Route("/health", about.health),
            Route("/ready", about.ready),
            Route("/metrics", about.metrics),
            Route("/openapi.json", about.schema),
            Route("/", page.index),
            Route("/page/{name}", page.file),
        ],
        middleware=middleware,
        exception_handlers={
            Failure: cast("ExceptionHandler", _failed),
            SotError: cast("ExceptionHandler", _failed),
            HTTPException: cast("ExceptionHandler", _unknown),
        },
    )
    app.router.redirect_slashes = False  # an address that is not here is told so
    app.state.service = service
    return app


class _About:
    """What can be asked of the server itself."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._created = int(time.time())
        self._schema = openapi()

    async def models(self, request: Request) -> Response:
        names = await self._names()
        return JSONResponse({"object": "list", "data": [self._entry(name) for name in names]})

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in await self._names():
            raise Failure(404, f"there is no model {name[:200]!r} here", "model_not_found", "model")
        return JSONResponse(self._entry(name))

    async def about(self, request: Request) -> Response:
        await self._service.ready()
        info = await self._service.info()
        return JSONResponse(
            {
                "version": __version__,
                "backend": info.backend,
                "model": info.model,
                "strategies": list(STRATEGY_MODELS),
                "caches_prefixes": info.caches_prefixes,
                "can_prefill": info.can_prefill,
                "max_batch": info.max_batch,
                "needs_key": bool(self._service.settings.api_keys),
            }
        )

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        await self._service.ready()
        return JSONResponse({"status": "ready"})

    async def metrics(self, request: Request) -> Response:
        return Response(self._service.metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def schema(self, request: Request) -> Response:
        return JSONResponse(self._schema)

    async def _names(self) -> list[str]:
        info = await self._service.info()
        return list(dict.fromkeys([*STRATEGY_MODELS, info.model]))

    def _entry(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": self._created, "owned_by": "skeleton-of-thought"}


async def _failed(request: Request, error: Exception) -> Response:
    failure = failure_of(error)
    return JSONResponse(failure.body(), status_code=failure.status, headers=failure.headers())


async def _unknown(request: Request, error: HTTPException) -> Response:
    words = {404: "there is nothing at this address", 405: "this address does not take this method"}
    failure = Failure(error.status_code, words.get(error.status_code, error.detail), "not_found")
    return JSONResponse(failure.body(), status_code=failure.status, headers=error.headers)
