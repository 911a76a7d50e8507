"""Page that shows pairs in a browser of this machine: only 127.0.0.1, only with the address that was printed.

Answers are text on it and nothing else. The address holds a random token; requests under another host name,
from another site, or without the token are refused, so that no other page can read pairs or give verdicts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jinja2
from markupsafe import Markup

from sot.terminal import safe_text

from .human import DECISIONS, HumanSession

_FOLDER = Path(__file__).parent / "page"
_LONGEST_FORM = 1000
_PATIENCE_S = 10


class PageServer(ThreadingHTTPServer):
    """Web server of a session, until all pairs are judged; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, session: HumanSession, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.session = session
        self.deciding = threading.Lock()
        self.path = f"/{secrets.token_urlsafe(24)}/"
        self.port = int(self.server_address[1])
        self.hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        self.url = f"http://{self.hosts[0]}{self.path}"
        self.finished = threading.Event()
        style, script, page = (
            (_FOLDER / f"pair.{end}").read_text("utf-8") for end in ("css", "js", "html.j2")
        )
        self.policy = (
            f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        self._template = jinja2.Environment(
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            finalize=lambda value: safe_text(value) if type(value) is str else value,
        ).from_string(page)
        # our own files, not anybody's text
        self._fixed = {"action": self.path, "style": Markup(style), "script": Markup(script)}

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

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has left: a page reloaded or closed; all else is told as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def page(self) -> str:
        """The page of the current pair."""
        task, number = self.session.current, self.session.judged + 1
        return self._template.render(self._fixed, task=task, number=number, total=self.session.total)


class _Handler(BaseHTTPRequestHandler):
    server: PageServer  # pyright: ignore[reportIncompatibleVariableOverride] - no other server uses it
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        if not self._allowed():
            return
        with self.server.deciding:
            body = self.server.page()
            over = self.server.session.current is None
        self._reply(200, body)
        if over:
            self.server.finished.set()

    def do_POST(self) -> None:
        if not self._allowed():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > 9 or int(length) > _LONGEST_FORM:
            self._reply(400)
            return
        form = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
        decision, number = (form.get(name, [""])[0] for name in ("decision", "number"))
        with self.server.deciding:
            session = self.server.session
            # a form sent twice, or from a page that is no longer the current one, decides nothing
            if decision in DECISIONS and session.current is not None and number == str(session.judged + 1):
                session.decide(decision)
        self.send_response(303)
        self.send_header("Location", self.server.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _allowed(self) -> bool:
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin", f"http://{host}")
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        other_site = self.command == "POST" and (site, origin) != ("same-origin", f"http://{host}")
        if host not in self.server.hosts or other_site:
            self._reply(403)
            return False
        if not hmac.compare_digest(self.path.encode(), self.server.path.encode()):
            self._reply(404)
            return False
        return True

    def _reply(self, status: int, page: str = "") -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"text/{'html' if page else 'plain'}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.server.policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "same-origin")  # the address is a secret
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the address is a secret."""


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
