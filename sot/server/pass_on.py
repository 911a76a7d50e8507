"""Addresses below ``/v1`` that only the engine has, such as ``/v1/embeddings``: passed on to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from ..options import AUTO
from ..tracing.incoming import outgoing
from ..types import BackendInfo, ForwardsPaths
from .engine_paths import is_passed_on, is_public
from .error_shapes import error_shape
from .failures import Failure
from .forward import forward_request
from .metrics import RequestRecord
from .openai_format import encoded
from .redaction import Secrets
from .reply import Reply
from .request_json import json_object, off_the_loop
from .request_models import strategy_models
from .service import Service

ADDRESSES = (
    "POST /v1/chat/completions, POST /v1/responses, POST /v1/messages, GET /v1/models; of this server alone: "
    "POST /sot/events, POST /sot/revise, GET /sot/about, /health, /ready, /metrics, /openapi.json, /"
)
_SHARED = (
    "this server keeps tenants apart (--cache-salt-by), which it cannot at other addresses of the engine"
)
_POSTED = ("chat/completions", "responses", "messages", "messages/count_tokens")


class PassOn:
    """ASGI endpoint of all further addresses below ``/v1``, of which some are the engine's.

    Args:
        service: State shared by the endpoints.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path_params"]["path"]
        ours = path == "models" or path.startswith("models/")
        if allowed := "POST" if path in _POSTED else "GET, HEAD" if ours else "":
            raise HTTPException(405, headers={"allow": allowed})
        if not is_passed_on(path, self._service.settings.pass_on, public=True):  # of no engine
            await Reply(send, error_shape(scope)).fail(no_address())
            return
        if scope["method"] == "HEAD":
            raise HTTPException(405, headers={"allow": "GET, POST"})
        await self._service.handle(scope, receive, send, partial(self._handle, scope["method"], path))

    async def _handle(self, method: str, path: str, raw: bytes, reply: Reply, record: RequestRecord) -> None:
        """Pass one request on.

        Raises:
            Failure: There is no such address (404), tenants are kept apart (403), or the request is invalid
                (400).
            SotError: The engine failed.
        """
        fields = await off_the_loop(raw, json_object) if method != "GET" else None
        service = self._service.serving(None if fields is None else fields.get("model"))
        if not isinstance(service.sot.backend, ForwardsPaths):  # before it is loaded or woken
            raise no_address()
        async with service.awake_while():
            address = (await service.info()).backend
            if not is_passed_on(path, service.settings.pass_on, public=is_public(address)):
                raise no_address()
            await self.pass_on(method, path, None if fields is None else raw, reply, record, service)

    async def pass_on(
        self,
        method: str,
        path: str,
        raw: bytes | None,
        reply: Reply,
        record: RequestRecord,
        service: Service | None = None,
    ) -> None:
        """Pass one request on.

        Args:
            method: ``GET`` or ``POST``.
            path: Address below ``/v1``.
            raw: The request's body; ``None``: none.
            reply: The response.
            record: The request's record for the metrics.
            service: State of the model that answers, where the server has several.

        Raises:
            Failure: There is no such address (404), tenants are kept apart (403), or the request is invalid
                (400).
            SotError: The engine failed.
        """
        service = service or self._service
        info, backend = await service.info(), service.sot.backend
        if not (info.forwards and isinstance(backend, ForwardsPaths)):
            raise no_address()
        if raw is not None and service.settings.cache_salt_by is not None:
            raise Failure(403, _SHARED, "not_kept_apart")
        content = None if raw is None else await off_the_loop(raw, partial(self._content, info=info))
        record.strategy = reply.headers["x-sot-strategy"] = "direct"
        with service.sot.session() as session:
            async with session.forward() as spent:
                secrets = Secrets.of(backend, info, debug=service.settings.debug)
                traced = outgoing()
                sent = backend.forward_path(method, f"/{path}", content, answer=session.keys.answer, **traced)
                usage = await forward_request(sent, reply, record, secrets, missing=_missing, has_end=False)
                spent(usage)
        service.count_forwarded(usage, info.model, "direct")

    def _content(self, raw: bytes, info: BackendInfo) -> bytes:
        """Return the body for the engine, with its own name in place of one that only this server knows.

        Raises:
            Failure: It is no JSON object (400).
        """
        fields: Mapping[str, Any] = json_object(raw)
        named = fields.get("model")
        meant = dict(self._service.settings.aliases).get(named, named) if isinstance(named, str) else named
        ours = (AUTO, *strategy_models(), info.model, *self._service.choices)
        own = isinstance(meant, str) and (meant in ours or meant.partition(":")[0] in self._service.choices)
        if own and named != info.model:
            return encoded({**fields, "model": info.model})
        return json.dumps(fields).encode()


def _missing(said: bytes) -> Failure | None:
    """Return the failure of an engine without the address; where it says more than that, its words count."""
    return None if b'"error"' in said else no_address()


def no_address() -> Failure:
    """Make the failure of a request to an address that is not here."""
    message = f"there is nothing at this address; the base address for clients ends in /v1: {ADDRESSES}"
    return Failure(404, message, "not_found")
