"""Proxies, certificates and addresses, as environments and people write them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from fault_server import HELLO, FaultServer, SocketServer, event, response
from http_client import Make, failure, text

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.openai_compatible.transport.environment import certificates, proxy_for
from sot.errors import BackendConnectionError, ConfigError

FAR = httpx.URL("http://engine.example:8000/v1")
FAR_TLS = httpx.URL("https://engine.example/v1")
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
SECRET = "hunter22-hunter22"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, *(name.upper() for name in NAMES)):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def refusing() -> Iterator[SocketServer]:
    """A proxy that lets nobody through."""
    with SocketServer(
        lambda *_: response(b"no", status="407 Proxy Authentication Required"), graceful=True
    ) as proxy:
        yield proxy


def chosen(url: httpx.URL, environ: dict[str, str]) -> str | None:
    proxy = proxy_for(url, environ)
    return None if proxy is None else str(proxy.url)


class TestProxies:
    @pytest.mark.parametrize(
        ("url", "environ", "proxy"),
        [
            (FAR, {}, None),
            (FAR, {"HTTP_PROXY": "http://p:3128"}, "http://p:3128"),
            (FAR, {"http_proxy": "http://low:1", "HTTP_PROXY": "http://up:1"}, "http://low:1"),
            (FAR, {"http_proxy": "", "ALL_PROXY": "http://p:3128"}, "http://p:3128"),
            (FAR, {"HTTPS_PROXY": "http://p:3128"}, None),
            (FAR_TLS, {"HTTPS_PROXY": "http://p:3128", "ALL_PROXY": "http://q:1"}, "http://p:3128"),
            (FAR_TLS, {"all_proxy": " p:3128 "}, "http://p:3128"),
            (FAR, {"HTTP_PROXY": "http://p:3128", "REQUEST_METHOD": "GET"}, None),
            (FAR, {"HTTP_PROXY": f"http://me:{SECRET}@p:3128"}, f"http://me:{SECRET}@p:3128"),
            (FAR, {"HTTP_PROXY": "http://[fd00::1]:3128"}, "http://[fd00::1]:3128"),
        ],
    )
    def test_choice(self, url: httpx.URL, environ: dict[str, str], proxy: str | None) -> None:
        assert chosen(url, environ) == proxy

    @pytest.mark.parametrize(
        ("host", "exceptions", "direct"),
        [
            ("http://engine.example:8000", "engine.example", True),
            ("http://engine.example:8000", "other, EXAMPLE", True),
            ("http://engine.example:8000", ".example", True),
            ("http://engine.example:8000", "*.example other", True),
            ("http://engine.example:8000", "engine.example:8000", True),
            ("http://engine.example:8000", "engine.example:9000", False),
            ("http://engine.example:8000", "http://engine.example", True),
            ("http://engine.example:8000", "ngine.example", False),
            ("http://engine.example:8000", "*", True),
            ("http://engine.example:8000", "[::1], fd00::/8, 300.1.1.1/99, [x]:y, :, /, *.", False),
            ("http://10.1.2.3:8000", "10.0.0.0/8", True),
            ("http://10.1.2.3:8000", "10.1.2.3", True),
            ("http://11.1.2.3:8000", "10.0.0.0/8,2001:db8::/32", False),
            ("http://[2001:db8::5]:8000", "2001:db8::/32", True),
            ("http://[2001:db8::5]:8000", "[2001:db8::5]", True),
            ("http://[2001:db8::5]:8000", "[2001:db8:0::5]:8000", True),
            ("http://[2001:db8::5]:8000", "[2001:db8::5]:9000", False),
            ("http://[2001:db8::5]:8000", "10.0.0.0/8", False),
        ],
    )
    def test_exceptions(self, host: str, exceptions: str, direct: bool) -> None:
        environ = {"ALL_PROXY": "http://p:3128", "NO_PROXY": exceptions}
        assert (chosen(httpx.URL(host), environ) is None) == direct

    @pytest.mark.parametrize(
        "host", ["localhost", "LOCALHOST.", "engine.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "0.0.0.0"]
    )
    def test_this_machine_is_reached_directly(self, host: str) -> None:
        environ = {"ALL_PROXY": "http://p:3128", "HTTP_PROXY": "nonsense://"}
        assert chosen(httpx.URL(f"http://{host}:8000/v1"), environ) is None

    @pytest.mark.parametrize(
        "value",
        ["http://", "http://:3128", "http://[::1", "::::", "ftp://p:1", "socks4://p:1", "http://p:x", "a b"],
    )
    def test_nonsense(self, value: str) -> None:
        with pytest.raises(ConfigError, match=r"^all_proxy is not the address of a proxy") as caught:
            proxy_for(FAR, {"all_proxy": value})
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize("scheme", ["socks", "socks5", "SOCKS5h"])
    @pytest.mark.skipif(find_spec("socksio") is not None, reason="SOCKS proxies work here")
    def test_socks_without_its_package(self, scheme: str) -> None:
        with pytest.raises(ConfigError, match=r"ALL_PROXY .* socks5h?://p:1080,.*pip install") as caught:
            proxy_for(FAR, {"ALL_PROXY": f"{scheme}://me:{SECRET}@p:1080"})
        assert SECRET not in str(caught.value)

    async def test_a_request_goes_through_it(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        with SocketServer(lambda *_: response(b"".join(event(e) for e in HELLO))) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
            backend = make("http://engine.example/v1")
            assert await text(backend) == "Hello"
            await backend.aclose()
        head = proxy.seen[0][2]
        assert head.startswith("POST http://engine.example/v1/chat/completions HTTP/1.1\r\n")
        assert "proxy-authorization: basic " in head.lower()

    async def test_but_not_one_to_this_machine(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        assert await text(make()) == "Hello"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_its_refusal_is_told_as_its_own(
        self,
        make: Make,
        monkeypatch: pytest.MonkeyPatch,
        refusing: SocketServer,
        waits: list[float],
        scheme: str,
    ) -> None:
        monkeypatch.setenv("ALL_PROXY", f"http://me:{SECRET}@127.0.0.1:{refusing.port}")
        backend = make(f"{scheme}://engine.example/v1")
        message = str(await failure(backend))
        await backend.aclose()
        assert f"the proxy http://127.0.0.1:{refusing.port} (ALL_PROXY)" in message
        assert "407" in message
        assert SECRET not in message
        assert waits == []

    async def test_a_page_that_may_be_its(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        page = response(b"<h1>Blocked by policy</h1>", status="403 Forbidden")
        with SocketServer(lambda *_: page) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
            backend = make("http://engine.example/v1")
            message = str(await failure(backend))
            await backend.aclose()
        assert "Blocked by policy" in message
        assert "HTTP_PROXY" in message

    async def test_one_that_is_not_there(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        error = await failure(make("https://engine.example/v1", max_retries=0))
        assert isinstance(error, BackendConnectionError)
        assert "https_proxy" in str(error)

    async def test_nonsense_ends_a_request(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "nonsense://x")
        assert isinstance(await failure(make("http://engine.example/v1")), ConfigError)


class TestCertificates:
    @pytest.mark.parametrize(
        "name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
    )
    @pytest.mark.parametrize("content", [None, "", "no certificates"])
    async def test_what_cannot_be_read_is_named(
        self, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: str | None
    ) -> None:
        place = tmp_path / "authorities"
        if content is not None:
            place.write_text(content)
        monkeypatch.setenv(name, str(place))
        error = await failure(make())
        assert isinstance(error, ConfigError)
        assert name in str(error)
        assert str(place) in str(error)

    def test_also_where_another_counts(self, tmp_path: Path) -> None:
        environ = {"SSL_CERT_DIR": str(tmp_path), "REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}
        with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
            certificates(environ)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
            certificates({"SSL_CERT_FILE": str(tmp_path)})

    def test_a_key_log_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="SSLKEYLOGFILE"):
            certificates({"SSLKEYLOGFILE": str(tmp_path / "none" / "keys")})

    def test_what_can_be_read(self, tmp_path: Path) -> None:
        import certifi

        (tmp_path / "all.pem").write_bytes(Path(certifi.where()).read_bytes())
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            assert certificates({name: str(tmp_path / "all.pem")}).get_ca_certs()
        certificates({"SSL_CERT_DIR": f"{tmp_path / 'none'}:{tmp_path}"})
        assert certificates({"SSL_CERT_FILE": ""}).get_ca_certs()


class TestAddresses:
    @pytest.mark.parametrize("end", ["/chat/completions", "/completions/", "/models", "/responses", "/"])
    async def test_an_endpoint_at_the_end(self, server: FaultServer, make: Make, end: str) -> None:
        backend = make(f"{server.url}{end}?api-version=2")
        assert await text(backend) == "Hello"
        (seen,) = server.completions
        assert (seen.path, seen.query) == ("/v1/chat/completions", "api-version=2")
        assert (await backend.info()).backend == server.url

    async def test_a_base_that_only_looks_like_one(self, server: FaultServer, make: Make) -> None:
        await text(make(server.url.replace("/v1", "/models")))
        assert server.completions[0].path == "/models/chat/completions"

    def test_a_forgotten_scheme(self) -> None:
        with pytest.raises(ConfigError, match=r"did you mean http://localhost:8000/v1\?"):
            OpenAICompatibleBackend("localhost:8000/v1")
        with pytest.raises(ConfigError) as caught:
            OpenAICompatibleBackend(f"me:{SECRET}@host:8000/v1")
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("name", ["api-key", "API-Key", "x-api-key", "Authorization"])
    async def test_a_header_with_the_key_takes_the_place_of_the_bearer_token(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "another-key")
        await text(make(api_key=None, headers={name: "azure-key-123"}))
        headers = server.completions[0].headers
        assert headers[name.lower()] == "azure-key-123"
        assert headers.get("authorization", "azure-key-123") == "azure-key-123"
