"""Static files of the web page, from the folder ``page``."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from .failures import Failure

_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


class PageFiles:
    """Endpoints of the page's files. The folder is read once, so no request can name another file."""

    def __init__(self) -> None:
        self._files = {
            entry.name: (_KINDS[kind], entry.read_bytes())
            for entry in files("sot.server").joinpath("page").iterdir()
            if (kind := entry.name.rpartition(".")[2]) in _KINDS
        }

    async def index(self, request: Request) -> Response:
        """Serve the page itself."""
        return self._response("index.html")

    async def file(self, request: Request) -> Response:
        """Serve a file of the page.

        Raises:
            Failure: There is no such file (404).
        """
        return self._response(request.path_params["name"])

    def _response(self, name: str) -> Response:
        if name not in self._files:
            raise Failure(404, "there is no such file", "not_found")
        kind, content = self._files[name]
        return Response(content, media_type=kind, headers=_HEADERS)
