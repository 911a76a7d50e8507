"""Page that shows pairs in a browser of this machine: only 127.0.0.1, only with the address that was printed.

Answers are text on it and nothing else. The address holds a random token; requests under another host name,
from another site, or without the token are refused, so that no other page can read pairs or give verdicts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sot.terminal import safe_text

from .human import HumanSession, as_decision

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent / "page"
_LONGEST_FORM = 1000
_PATIENCE_S = 10


class PageServer(ThreadingHTTPServer):
    """Web server of a session, until all pairs are judged.

    Args:
        port: 0 takes a free one.

    Raises:
        OSError: The port is taken.
    """

    daemon_threads = True

    def __init__(self, session: HumanSession, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.session = session
        self.deciding = threading.Lock()
        self.path = f"/{secrets.token_urlsafe(24)}/"
        self.port = int(self.server_address[1])
        self.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        self.finished = threading.Event()

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://{self.hosts[0]}{self.path}"

    def serve(self) -> None:
        """Serve until all pairs are judged and the last page has been seen."""
        worker = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        worker.start()
        try:
            while not self.finished.wait(0.2):  # short waits, so that Ctrl-C comes through
                pass
        finally:
            self.shutdown()
            worker.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer  # pyright: ignore[reportIncompatibleVariableOverride] - no other server uses it
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        if not self._allowed():
            return
        with self.server.deciding:
            session = self.server.session
            body = _page(session, self.server.path)
            over = session.current is None
        self._reply(200, body.encode(), "text/html; charset=utf-8")
        if over:
            self.server.finished.set()

    def do_POST(self) -> None:
        if not self._allowed():
            return
        form = self._form()
        if form is None:
            self._refuse(400)
            return
        decision = as_decision(form.get("decision"))
        with self.server.deciding:
            session = self.server.session
            # a form sent twice, or from a page that is no longer the current one, decides nothing
            if decision and session.current is not None and form.get("number") == str(session.judged + 1):
                session.decide(decision)
        self.send_response(303)
        self.send_header("Location", self.server.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _allowed(self) -> bool:
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        other_site = self.command == "POST" and (
            site != "same-origin" or (origin is not None and origin != f"http://{host}")
        )
        if host not in self.server.hosts or other_site:
            self._refuse(403)
            return False
        if not hmac.compare_digest(self.path.encode(), self.server.path.encode()):
            self._refuse(404)
            return False
        return True

    def _form(self) -> dict[str, str] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LONGEST_FORM:
            return None
        fields = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
        return {name: values[0] for name, values in fields.items()}

    def _refuse(self, status: int) -> None:
        self._reply(status, b"", "text/plain; charset=utf-8")

    def _reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _policy())
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "same-origin")  # the address is a secret
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the address is a secret."""


def _page(session: HumanSession, path: str) -> str:
    from markupsafe import Markup

    return _template().render(
        blind=session.current,
        number=session.judged + 1,
        total=session.total,
        action=path,
        style=Markup(_content("pair.css")),  # our own files, not anybody's text
        script=Markup(_content("pair.js")),
    )


@cache
def _template() -> Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: safe_text(value) if type(value) is str else value,
    )
    return environment.get_template("pair.html.j2")


@cache
def _content(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _policy() -> str:
    return (
        f"default-src 'none'; style-src {_hash('pair.css')}; script-src {_hash('pair.js')}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(name: str) -> str:
    digest = hashlib.sha256(_content(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
