"""Who may ask, what may be asked, and what never leaves the server."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from cli_server import TEXT, one_line, run_sot
from engine_server import PATIENCE, EngineServer
from fault_server import status
from server_process import COMPLETIONS, ServedApp, ServeProcess, body
from starlette.applications import Starlette
from starlette.routing import Mount

from sot.server import ServerSettings

KEY, OTHER = "key-one-0123456789", "key-two-9876543210"
EVENTS = ("/sot/events", "/sot/revise")
ENGINE_KEY = "sk-engine-0123456789"


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert running.at_rest()


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url, ServerSettings(max_body_bytes=2000)) as served:
        yield served


@pytest.fixture(scope="module")
def locked(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url, ServerSettings(api_keys=(KEY, OTHER))) as served:
        yield served


def get(served: ServedApp, path: str) -> tuple[int, bytes]:
    """Ask for a path as it is written."""
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


class TestBinding:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.org"])
    def test_other_machines_need_a_key(self, engine: EngineServer, host: str) -> None:
        done = run_sot("serve", "--backend", engine.url, "--host", host, "--port", "0")
        assert done.returncode == 2
        assert "--api-key-file" in one_line(done.stderr)
        assert "--insecure" in one_line(done.stderr)

    @pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
    def test_unless_told_otherwise(self, engine: EngineServer, host: str) -> None:
        with ServeProcess(engine.url, "--host", host, "--insecure") as served:
            address = served.address.replace("0.0.0.0", "127.0.0.1")
            asked = httpx.post(
                address + COMPLETIONS, json=body(), headers={"host": "box.example"}, timeout=PATIENCE
            )
            assert asked.status_code == 200

    def test_a_key_is_enough(self, engine: EngineServer, tmp_path: Path) -> None:
        file = tmp_path / "keys.txt"
        file.write_text(f"# for the two apps\n\n  {KEY}\t\n{OTHER}\n#{ENGINE_KEY}\n")
        options = ("--host", "0.0.0.0", "--api-key-file", file, "--log-questions")
        with ServeProcess(engine.url, *options, OPENAI_API_KEY=ENGINE_KEY) as served:
            address = served.address.replace("0.0.0.0", "127.0.0.1")
            for key, expected in (
                (KEY, 200),
                (OTHER, 200),
                (None, 401),
                (ENGINE_KEY, 401),
                (f"#{ENGINE_KEY}", 401),
                ("# for the two apps", 401),
            ):
                headers = {"host": "box.example", **({"authorization": f"Bearer {key}"} if key else {})}
                asked = httpx.post(address + COMPLETIONS, json=body(), headers=headers, timeout=PATIENCE)
                assert asked.status_code == expected
        assert {got.headers["authorization"] for got in engine.completions} == {f"Bearer {ENGINE_KEY}"}
        for key in (KEY, OTHER, ENGINE_KEY):
            assert key not in served.log

    def test_a_key_can_come_from_the_environment(self, engine: EngineServer) -> None:
        with ServeProcess(engine.url, SOT_API_KEY=KEY) as served:
            assert httpx.get(served.url + "/models", timeout=60).status_code == 401
            right = httpx.get(served.url + "/models", headers={"authorization": f"Bearer {KEY}"}, timeout=60)
            assert right.status_code == 200

    @pytest.mark.parametrize(("content", "says"), [(b"# none\n\n", "no key in it"), (b"\xff", "not text")])
    def test_a_key_file_without_a_key(
        self, engine: EngineServer, tmp_path: Path, content: bytes, says: str
    ) -> None:
        file = tmp_path / "keys.txt"
        file.write_bytes(content)
        file.chmod(0o600)
        done = run_sot("serve", "--backend", engine.url, "--api-key-file", str(file))
        assert done.returncode == 2
        assert says in one_line(done.stderr)


class TestKey:
    @pytest.mark.parametrize(
        "given",
        ["", "Bearer", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", f"Basic {KEY}", KEY, "Bearer \xe9"],
    )
    @pytest.mark.parametrize("path", [COMPLETIONS, *EVENTS, "/v1/models", "/sot/about", "/metrics"])
    def test_what_is_not_a_key_is_refused(self, locked: ServedApp, path: str, given: str) -> None:
        headers = httpx.Headers([(b"authorization", given.encode("latin-1"))] if given else [])
        method = "POST" if path in (COMPLETIONS, *EVENTS) else "GET"
        response = httpx.request(method, locked.address + path, headers=headers, timeout=60)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "invalid_api_key"
        assert KEY not in response.text

    @pytest.mark.parametrize("key", [KEY, OTHER])
    def test_every_key_opens(self, locked: ServedApp, engine: EngineServer, key: str) -> None:
        for scheme in ("Bearer", "bearer"):
            response = locked.post(body(), headers={"authorization": f"{scheme} {key}"})
            assert response.json()["choices"][0]["message"]["content"] == TEXT
        assert all("authorization" not in got.headers for got in engine.completions)

    @pytest.mark.parametrize("path", ["/", "/page/app.js", "/health", "/ready", "/openapi.json"])
    def test_what_holds_no_secret_is_open(self, locked: ServedApp, engine: EngineServer, path: str) -> None:
        assert locked.get(path).status_code == 200

    @pytest.mark.parametrize("path", ["/page/../metrics", "/page/..%2fmetrics", "//metrics", "/metrics/"])
    def test_no_detour_leads_in(self, locked: ServedApp, path: str) -> None:
        status, content = get(locked, path)
        assert status in (401, 404)
        assert b"sot_answers" not in content

    @pytest.mark.parametrize("at", ["/llm", "/page"])
    def test_it_holds_where_the_app_is_mounted(self, engine: EngineServer, at: str) -> None:
        settings = ServerSettings(api_keys=(KEY,))
        right = {"authorization": f"Bearer {KEY}"}
        with ServedApp(engine.url, settings, inside=lambda app: Starlette(routes=[Mount(at, app)])) as served:
            assert served.get(f"{at}/v1/models").status_code == 401
            assert served.get(f"{at}/metrics").status_code == 401
            for path in ("/", "/page/app.js", "/health", "/ready"):
                assert served.get(at + path).status_code == 200, path
            asked = served.post(body(), at + COMPLETIONS, headers=right)
            assert asked.json()["choices"][0]["message"]["content"] == TEXT


class TestEngineKey:
    @pytest.mark.parametrize("fields", [{"model": "skeleton"}, {"model": "normal"}, {"tools": [{}]}])
    @pytest.mark.parametrize("code", [401, 403])
    def test_a_refusal_is_the_servers_trouble(
        self, engine: EngineServer, code: int, fields: dict[str, object]
    ) -> None:
        says = {"error": {"message": f"Incorrect API key provided: {ENGINE_KEY}"}}
        engine.default = status(code, says)
        with ServedApp(engine.url, api_key=ENGINE_KEY) as served:
            refused = served.post(body(**fields))
        assert refused.status_code == 502
        assert refused.json()["error"]["code"] == "backend_refused_key"
        assert ENGINE_KEY not in refused.text


class TestBrowsers:
    """Pages of other sites, which a browser on this machine may show."""

    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]", ""]
    )
    def test_a_name_of_theirs_is_refused(self, served: ServedApp, engine: EngineServer, host: str) -> None:
        headers = {"host": host}
        for response in (served.get("/", headers=headers), served.post(body(), headers=headers)):
            assert response.status_code == 403
            assert response.json()["error"]["code"] == "host_not_allowed"
        assert engine.completions == []

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8400", "127.0.0.1:1", "[::1]:8400", "[::1]"])
    def test_the_names_of_loopback_are_served(self, served: ServedApp, host: str) -> None:
        assert served.get("/health", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
    )
    @pytest.mark.parametrize("path", [COMPLETIONS, *EVENTS])
    def test_what_a_form_can_send_is_refused(
        self, served: ServedApp, engine: EngineServer, kind: str | None, path: str
    ) -> None:
        headers = {} if kind is None else {"content-type": kind}
        response = httpx.post(
            served.address + path, content=json.dumps(body()).encode(), headers=headers, timeout=60
        )
        assert response.status_code == 415
        assert engine.completions == []

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
    def test_json_is_taken(self, served: ServedApp, engine: EngineServer, kind: str) -> None:
        content = json.dumps(body()).encode()
        headers = {"content-type": kind}
        assert (
            httpx.post(served.address + COMPLETIONS, content=content, headers=headers, timeout=60).status_code
            == 200
        )

    def test_no_origin_is_allowed_unless_asked(self, served: ServedApp, engine: EngineServer) -> None:
        origin = {"origin": "https://app.example"}
        preflight = {**origin, "access-control-request-method": "POST"}
        for response in (
            served.get("/v1/models", headers=origin),
            served.post(body(stream=True), headers=origin),
            httpx.options(served.address + COMPLETIONS, headers=preflight, timeout=60),
        ):
            assert not [name for name in response.headers if name.startswith("access-control-")]

    def test_an_allowed_origin(self, engine: EngineServer) -> None:
        settings = ServerSettings(api_keys=(KEY,), cors_origins=("https://app.example",))
        origin = {"origin": "https://app.example"}
        with ServedApp(engine.url, settings) as served:
            preflight = {
                **origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            }
            asked = httpx.options(served.address + COMPLETIONS, headers=preflight, timeout=60)
            assert asked.status_code == 200
            assert asked.headers["access-control-allow-origin"] == "https://app.example"
            assert "authorization" in asked.headers["access-control-allow-headers"].lower()
            for headers in (origin, {**origin, "authorization": f"Bearer {KEY}"}):
                response = served.post(body(), headers=headers)  # its errors can be read as well
                assert response.headers["access-control-allow-origin"] == "https://app.example"
            other = {"origin": "https://other.example"}
            assert "access-control-allow-origin" not in served.get("/health", headers=other).headers

    def test_the_page_cannot_be_framed_or_run_strange_scripts(self, served: ServedApp) -> None:
        for path in ("/", "/page/app.js", "/page/style.css"):
            response = served.get(path)
            policy = response.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["x-content-type-options"] == "nosniff"


class TestSize:
    LARGE = json.dumps(body("x" * 3000)).encode()

    def test_a_body_that_says_it_is_too_large(self, served: ServedApp, engine: EngineServer) -> None:
        response = served.post(body("x" * 3000))
        assert response.status_code == 413
        assert response.json()["error"]["message"] == "the request's body is larger than 2000 bytes"
        assert engine.completions == []

    def test_a_body_that_does_not_say(self, served: ServedApp, engine: EngineServer) -> None:
        pieces = (self.LARGE[start : start + 100] for start in range(0, len(self.LARGE), 100))
        headers = {"content-type": "application/json"}
        response = httpx.post(served.address + COMPLETIONS, content=pieces, headers=headers, timeout=60)
        assert response.status_code == 413
        assert engine.completions == []

    def test_one_that_never_ends_is_not_read_to_its_end(self, served: ServedApp) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)) as connection:
            connection.putrequest("POST", COMPLETIONS)
            connection.putheader("content-type", "application/json")
            connection.putheader("content-length", str(10**12))
            connection.endheaders()
            assert connection.getresponse().status == 413


class TestHostileJson:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"text"',
            b"\xff\xfe",
            b'{"model": "auto", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b"[" * 1_000_000,
            b'{"model": "auto", "seed": ' + b"9" * 10_000 + b"}",
            b'{"model": "auto", "messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
            b'{"model": "auto", "messages": [{"role": "user", "content": "x"}], "odd": Infinity}',
            b'{"model": "auto", "messages": [{"role": "user", "content": "x"}], "seed": 1e999}',
        ],
        ids=range(12),
    )
    def test_it_is_refused(self, locked: ServedApp, engine: EngineServer, content: bytes) -> None:
        headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
        response = httpx.post(locked.address + COMPLETIONS, content=content, headers=headers, timeout=60)
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"
        assert engine.completions == []

    @pytest.mark.parametrize("stream", [False, True])
    def test_half_a_surrogate_pair_is_replaced(self, served: ServedApp, stream: bool) -> None:
        content = json.dumps(body("half \ud83d", model="cot", stream=stream)).encode()
        headers = {"content-type": "application/json"}
        assert (
            httpx.post(served.address + COMPLETIONS, content=content, headers=headers, timeout=60).status_code
            == 200
        )


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/page/..%2f",
            "/page/..%2f..%2fapp.py",
            "/page/../app.py",
            "/page/%2e%2e/app.py",
            "/page/__init__.py",
            "/page/",
            "/page//etc/passwd",
            "/page/app.js%00.css",
            "/..%5c..%5capp.py",
            "/v1/models/..%2f..%2fetc",
            "/%ff%fe",
        ],
    )
    def test_only_the_pages_files_are_served(self, served: ServedApp, path: str) -> None:
        status, content = get(served, path)
        assert status == 404
        assert json.loads(content)["error"]["type"] == "invalid_request_error"
