"""Bodies, paths and headers in the forms in which clients send them."""

from __future__ import annotations

import gzip
import http.client
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from cli_server import QUESTION, TEXT
from engine_server import PATIENCE, EngineServer
from server_process import COMPLETIONS, ServedApp, body

from sot.server import ServerSettings

LIMIT = 5000
JSON = {"content-type": "application/json"}
ASKED = {**body(), "messages": [{"role": "user", "content": "Où dort-on mieux?"}]}


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url, ServerSettings(max_body_bytes=LIMIT)) as served:
        yield served


def send(served: ServedApp, content: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        served.address + COMPLETIONS, content=content, headers={**JSON, **named}, timeout=PATIENCE
    )


def bare_deflate(raw: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(raw) + packer.flush()


class TestCompression:
    @pytest.mark.parametrize(
        ("encoding", "pack"),
        [
            ("gzip", gzip.compress),
            ("X-GZip", gzip.compress),
            ("deflate", zlib.compress),
            ("deflate", bare_deflate),
            ("deflate, gzip", lambda raw: gzip.compress(zlib.compress(raw))),
            ("identity", bytes),
            ("gzip", lambda raw: gzip.compress(raw[:20]) + gzip.compress(raw[20:])),
        ],
        ids=range(7),
    )
    def test_a_compressed_body_is_read(
        self, served: ServedApp, engine: EngineServer, encoding: str, pack: Callable[[bytes], bytes]
    ) -> None:
        asked = send(served, pack(json.dumps(body()).encode()), content_encoding=encoding)
        assert asked.json()["choices"][0]["message"]["content"] == TEXT

    @pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "nonsense"])
    def test_another_compression_is_named(
        self, served: ServedApp, engine: EngineServer, encoding: str
    ) -> None:
        refused = send(served, b"\x00\x01", content_encoding=encoding)
        assert refused.status_code == 415
        assert refused.headers["accept-encoding"] == "gzip, deflate"
        assert encoding.split(", ")[-1] in refused.json()["error"]["message"]

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    def test_a_body_that_grows_too_large_is_refused(
        self, served: ServedApp, engine: EngineServer, encoding: str
    ) -> None:
        pack = gzip.compress if encoding == "gzip" else zlib.compress
        packed = pack(b" " * 1_000_000 + json.dumps(body()).encode())
        assert len(packed) < LIMIT
        assert send(served, packed, content_encoding=encoding).status_code == 413
        assert engine.completions == []

    @pytest.mark.parametrize("cut", [slice(-9), slice(3, None), slice(0)])
    def test_a_broken_body_is_the_clients_mistake(
        self, served: ServedApp, engine: EngineServer, cut: slice
    ) -> None:
        refused = send(served, gzip.compress(json.dumps(body()).encode())[cut], content_encoding="gzip")
        assert refused.status_code == 400
        assert engine.completions == []


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_json_in_every_form_of_unicode(
        self, served: ServedApp, engine: EngineServer, encoding: str
    ) -> None:
        assert send(served, json.dumps(ASKED, ensure_ascii=False).encode(encoding)).status_code == 200
        assert "Où dort-on mieux?" in json.dumps(engine.asked(), ensure_ascii=False)

    def test_a_charset_that_the_header_names(self, served: ServedApp, engine: EngineServer) -> None:
        raw = json.dumps(ASKED, ensure_ascii=False).encode("latin-1")
        asked = send(served, raw, content_type="application/json; charset=ISO-8859-1")
        assert asked.status_code == 200
        assert "Où dort-on mieux?" in json.dumps(engine.asked(), ensure_ascii=False)

    def test_bytes_that_are_no_text(self, served: ServedApp, engine: EngineServer) -> None:
        refused = send(served, json.dumps(ASKED, ensure_ascii=False).encode("latin-1"))
        assert refused.status_code == 400
        assert "UTF-8" in refused.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("number", "says"), [("NaN", "NaN"), ("-Infinity", "-Infinity"), ("1e999", "too large")]
    )
    def test_a_number_that_is_none_is_named(
        self, served: ServedApp, engine: EngineServer, number: str, says: str
    ) -> None:
        raw = json.dumps({**body(), "top_k": "HERE"}).replace('"HERE"', number)
        refused = send(served, raw.encode())
        assert refused.status_code == 400
        assert says in refused.json()["error"]["message"]

    def test_of_a_field_given_twice_the_last_counts(self, served: ServedApp, engine: EngineServer) -> None:
        raw = json.dumps(body()).replace('{"model"', '{"model": "nonsense", "model"', 1)
        assert send(served, raw.encode()).status_code == 200

    def test_pieces_without_a_length(self, served: ServedApp, engine: EngineServer) -> None:
        raw = json.dumps(body()).encode()
        assert send(served, iter((raw[:7], raw[7:8], raw[8:]))).status_code == 200

    @pytest.mark.parametrize(
        "kind", ["application/problem+json", "text/json", 'application/json;charset="utf-8"']
    )
    def test_other_names_of_json(self, served: ServedApp, engine: EngineServer, kind: str) -> None:
        assert send(served, json.dumps(body()).encode(), content_type=kind).status_code == 200

    @pytest.mark.parametrize(("field", "value"), [("stream", "true"), ("n", "1"), ("max_tokens", 0)])
    def test_a_wrong_type_is_named(
        self, served: ServedApp, engine: EngineServer, field: str, value: object
    ) -> None:
        response = served.post({**body(), field: value})
        if field == "n":  # the engine's own field: it decides
            assert response.headers["x-sot-strategy"] == "direct"
            return
        assert response.status_code == 400
        assert response.json()["error"]["param"] == field


class TestPaths:
    @pytest.mark.parametrize(
        "path", ["/v1/chat/completions/", "//v1/chat/completions", "/v1//chat///completions//"]
    )
    def test_a_slash_too_many(self, served: ServedApp, engine: EngineServer, path: str) -> None:
        answered = served.post(body(), f"{path}?api-version=1")
        assert answered.json()["choices"][0]["message"]["content"] == TEXT

    @pytest.mark.parametrize("path", ["/v1/models//", "/v1/models/auto/", "//health", "/sot/about/", "//"])
    def test_of_what_is_read_too(self, served: ServedApp, engine: EngineServer, path: str) -> None:
        assert served.get(path).status_code == 200

    def test_a_wrong_base_address_is_told(self, served: ServedApp) -> None:
        refused = served.post(body(), "/chat/completions")
        assert refused.status_code == 404
        assert "/v1" in refused.json()["error"]["message"]

    def test_a_slash_opens_no_locked_door(self, engine: EngineServer) -> None:
        with ServedApp(engine.url, ServerSettings(api_keys=("k",))) as locked:
            for path in ("//v1/models", "/page//../v1/models", "/v1/models/", "/page//..//metrics"):
                with closing(http.client.HTTPConnection("127.0.0.1", locked.port, timeout=60)) as connection:
                    connection.request("GET", path)
                    assert connection.getresponse().status in (401, 404)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("HEAD", "/v1/models", 200),
            ("HEAD", "/health/", 200),
            ("HEAD", COMPLETIONS, 405),
            ("OPTIONS", COMPLETIONS, 204),
            ("OPTIONS", "/v1/models", 204),
            ("OPTIONS", "/nowhere", 404),
            ("DELETE", "/v1/models", 405),
        ],
    )
    def test_other_methods(
        self, served: ServedApp, engine: EngineServer, method: str, path: str, status: int
    ) -> None:
        response = httpx.request(method, served.address + path, timeout=60)
        assert response.status_code == status
        if status in (204, 405):
            assert ("POST" if path == COMPLETIONS else "GET") in response.headers["allow"]


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": "bearer  k1"},
            {"AUTHORIZATION": "BEARER k1"},
            {"api-key": "k1"},
            {"x-api-key": "k1"},
        ],
        ids=range(4),
    )
    def test_a_key_in_other_forms(self, engine: EngineServer, headers: dict[str, str]) -> None:
        with ServedApp(engine.url, ServerSettings(api_keys=("k1",))) as locked:
            assert locked.get("/v1/models", headers=headers).status_code == 200
            wrong = {name: f"{value}x" for name, value in headers.items()}
            assert locked.get("/v1/models", headers=wrong).status_code == 401

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_client_of_http_1_0(self, served: ServedApp, engine: EngineServer, stream: bool) -> None:
        raw = json.dumps({**body(), "stream": stream}).encode()
        with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)) as connection:
            version: Any = {"_http_vsn": 10, "_http_vsn_str": "HTTP/1.0"}
            vars(connection).update(version)
            connection.request("POST", COMPLETIONS, raw, JSON)
            response = connection.getresponse()
            assert response.status == 200
            assert response.headers["transfer-encoding"] is None
            assert QUESTION not in (read := response.read().decode())
        assert read.endswith("data: [DONE]\n\n") if stream else json.loads(read)["choices"]
