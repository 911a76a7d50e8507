"""Short questions to a server's own endpoints, beside the OpenAI ones; one that fails is no answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl

import httpx

from sot.errors import SotError

from ..transport.address import url_path
from ..transport.http_session import Exchange, HttpSession
from ..transport.server import OpenAIServer

_MOST_BYTES = 2 * 1024 * 1024  # SGLang's server info has some 20 KB, vLLM's metrics some 100 KB
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".test")


@dataclass(frozen=True, slots=True)
class Reply:
    """Response of one endpoint.

    Args:
        status: HTTP status code.
        text: Body.
        headers: Headers by lower-case name.
    """

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body's JSON object; empty for an error status, or where the body is something else."""
        if self.status != 200:
            return {}
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


NOTHING = Reply(0, "", {})
"""Reply of an endpoint that could not be asked, or did not answer in time."""


class Asker:
    """Questions to one server, all within one deadline.

    Args:
        deadline: Time on the loop's clock, in seconds, after which no answer is waited for.

    Attributes:
        unanswered: Whether a question got no response at all, so that asking again may tell more.
    """

    def __init__(self, server: OpenAIServer, session: HttpSession, deadline: float) -> None:
        self._server = server
        self._session = session
        self._deadline = deadline
        self._root = url_path(server.metrics_url).removesuffix("/metrics")
        self.unanswered = False

    async def get(self, path: str) -> Reply:
        """Ask an endpoint beside ``/v1``, with a query where the path has one."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Reply:
        """Ask an endpoint beside ``/v1`` with a JSON object."""
        return await self._ask("POST", path, json.dumps(payload).encode())

    async def _ask(self, method: str, path: str, content: bytes | None) -> Reply:
        session, late = self._session, f"no answer from {path} in time"
        place, _, query = path.partition("?")
        url = self._server.metrics_url.copy_with(path=self._root + place)
        url = url.copy_merge_params(dict(parse_qsl(query))) if query else url
        request = session.client.build_request(method, url, content=content)
        if content is not None:
            request.headers["Content-Type"] = "application/json"
        try:
            async with Exchange(session, request) as exchange:
                response = await exchange.open(self._deadline, late)
                body = await exchange.read_all(self._deadline, late, _MOST_BYTES, truncate=True)
        except SotError:
            self.unanswered = True
            return NOTHING
        if response.status_code in (502, 503, 504):
            self.unanswered = True
        return Reply(response.status_code, body.decode("utf-8", "replace"), response.headers)


def is_private(url: httpx.URL) -> bool:
    """Return whether an address is of this machine or a private network, going by its name alone."""
    host = url.host.rstrip(".").lower()
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
    return address.is_loopback or address.is_private or address.is_link_local
