"""ASGI application of the server: routes, middleware, error handlers."""

from __future__ import annotations

import time
from collections.abc import Mapping
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
from ..strategies import strategy_entries
from .auth import AccessMiddleware
from .chat import Answers
from .chat_format import ChatFormat
from .error_shapes import error_shape
from .event_stream import EventStream, RevisionStream
from .failures import Failure, failure_of
from .messages_count import TokenCounts
from .messages_format import MessagesFormat
from .metrics import CONTENT_TYPE
from .openai_format import encoded
from .openapi import openapi
from .page_files import PageFiles
from .pass_on import PassOn, no_address
from .paths import PathMiddleware
from .proof import LONGEST_WORD, PROOF_PATH, proof_of
from .request_ids import RequestIdMiddleware
from .request_models import strategy_models
from .responses_format import ResponsesFormat
from .served_models import ServerOfModels
from .service import Service
from .settings import ServerSettings


def create_app(
    sot: SkeletonOfThought | Mapping[str, SkeletonOfThought], settings: ServerSettings | None = None
) -> Starlette:
    """Create the server's ASGI application, to run with uvicorn or to mount in another one.

    Args:
        sot: Core that answers, or several by the name of their model; the caller closes them.
        settings: Server settings; the defaults unless given.

    Returns:
        The application; its ``state.service`` is the `sot.server.service.Service`.

    Raises:
        ConfigError: The name of a model cannot be used.
    """
    settings = settings or ServerSettings()
    several = isinstance(sot, Mapping)
    service: Service = ServerOfModels(sot, settings) if several else Service(sot, settings)
    info = _InfoEndpoints(service)
    page = PageFiles()
    middleware = [Middleware(PathMiddleware), Middleware(AccessMiddleware, settings=settings)]
    if settings.cors_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),  # OpenAI's client in a browser sends a dozen of its own
            expose_headers=("x-request-id", "request-id", "x-sot-strategy"),
        )
        middleware.insert(0, cors)
    middleware.insert(0, Middleware(RequestIdMiddleware))
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", service.endpoint(_chat, names_model=True), methods=["POST"]),
            Route("/v1/responses", service.endpoint(_responses, names_model=True), methods=["POST"]),
            Route("/v1/messages", service.endpoint(_messages, names_model=True), methods=["POST"]),
            Route(
                "/v1/messages/count_tokens",
                service.endpoint(TokenCounts, names_model=True),
                methods=["POST"],
            ),
            Route("/v1/models", info.models),
            Route("/v1/models/{name:path}", info.model),
            Route("/v1/{path:path}", PassOn(service), methods=["GET", "POST"]),
            Route("/sot/events", service.endpoint(EventStream), methods=["POST"]),
            Route("/sot/revise", service.endpoint(RevisionStream), methods=["POST"]),
            Route("/sot/about", info.about),
            Route(PROOF_PATH, info.proof),
            Route("/health", info.health),
            Route("/ready", info.ready),
            Route("/metrics", info.metrics),
            Route("/openapi.json", info.schema),
            Route("/", page.index),
            Route("/page/{name}", page.file),
        ],
        middleware=middleware,
        exception_handlers={
            Failure: cast("ExceptionHandler", info.on_error),
            SotError: cast("ExceptionHandler", info.on_error),
            HTTPException: cast("ExceptionHandler", _on_http_error),
        },
    )
    app.router.redirect_slashes = False  # an unknown path gets 404, not a redirect
    app.state.service = service
    return app


def _chat(service: Service) -> Answers:
    return Answers(service, ChatFormat())


def _responses(service: Service) -> Answers:
    return Answers(service, ResponsesFormat())


def _messages(service: Service) -> Answers:
    return Answers(service, MessagesFormat())


class _Json(JSONResponse):
    """JSON of which lone surrogates, which an engine's name of its model may have, are replaced."""

    def render(self, content: Any) -> bytes:
        return encoded(content)


class _InfoEndpoints:
    """GET endpoints about the server: models, engine, health, readiness, metrics, API schema."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._created = int(time.time())
        self._schema = openapi()

    async def models(self, request: Request) -> Response:
        names = await self._service.model_names()
        return _Json({"object": "list", "data": [self._entry(name) for name in names]})

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in await self._service.model_names():
            raise Failure(404, f"there is no model {name[:200]!r} here", "model_not_found", "model")
        return _Json(self._entry(name))

    async def about(self, request: Request) -> Response:
        await self._service.ready()
        info = await self._service.info()
        return _Json(
            {
                "version": __version__,
                "backend": self._service.view.backend(info),
                "model": info.model,
                "strategies": list(strategy_models()),
                "labels": {entry.name: entry.label for entry in strategy_entries()},
                "parts": {entry.name: entry.part for entry in strategy_entries() if entry.part},
                "need_schema": [entry.name for entry in strategy_entries() if entry.makes_json],
                "engine": self._service.view.engine(info),
                "step_times": self._step_times(),
                "stages": self._stages(),
                **({"models": choices} if (choices := self._service.choices) else {}),
                "needs_key": bool(self._service.settings.api_keys),
            }
        )

    def _step_times(self) -> dict[str, float] | None:
        """Return what a batch costs and what a skeleton gains by it; ``None`` while it is not known."""
        times = self._service.sot.gain.times
        if times is None:
            return None
        return {"ratio": round(times.ratio, 2), "speed_up": round(times.speed_up, 2)}

    def _stages(self) -> dict[str, str]:
        """Return the models of stages that have engines of their own, as far as they are known, by stage."""
        return {
            name: self._service.view.model(model) for name, model in self._service.sot.stage_models().items()
        }

    async def health(self, request: Request) -> Response:
        return _Json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        await self._service.ready()
        return _Json({"status": "ready"})

    async def proof(self, request: Request) -> Response:
        secret, word = self._service.settings.own_secret, request.query_params.get("word", "")
        if secret is None or not 0 < len(word) <= LONGEST_WORD:
            raise no_address()
        return _Json({"proof": proof_of(secret, word)}, headers={"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        of_all = self._service.metrics_of_all
        text = self._service.metrics.text() if of_all is None else await of_all.text()
        return Response(text, headers={"content-type": CONTENT_TYPE})

    async def schema(self, request: Request) -> Response:
        return _Json(self._schema)

    async def on_error(self, request: Request, error: Exception) -> Response:
        failure = failure_of(error, self._service.view)
        return _Json(
            error_shape(request.scope)(failure), status_code=failure.status, headers=failure.headers()
        )

    def _entry(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": self._created, "owned_by": "skeleton-of-thought"}


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers=error.headers)
    if error.status_code == 404:
        failure = no_address()
    else:
        words = {405: "this address does not take this method"}
        failure = Failure(error.status_code, words.get(error.status_code, error.detail), "not_found")
    return _Json(error_shape(request.scope)(failure), failure.status, headers=error.headers)
