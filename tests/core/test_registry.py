"""Which engine a backend spec names."""

from __future__ import annotations

from typing import Any

import pytest

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.registry import EngineEntry, create_backend, engine_entry, resolve_spec


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOT_BACKEND", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What engines would have been made: kind, arguments, settings."""
    calls: list[tuple[Any, ...]] = []

    def make(entry: EngineEntry, *args: Any, **settings: Any) -> Any:
        calls.append((entry.kind, args, settings))
        return object()

    monkeypatch.setattr(EngineEntry, "make", make)
    return calls


def test_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_spec(None) == "torch:"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://openai/v1")
    assert resolve_spec(None) == "http://openai/v1"
    monkeypatch.setenv("SOT_BACKEND", " http://sot/v1 ")
    assert resolve_spec(None) == "http://sot/v1"
    assert resolve_spec("torch:x") == "torch:x"
    monkeypatch.setenv("SOT_BACKEND", "  ")
    assert resolve_spec(" ") == "http://openai/v1"


@pytest.mark.parametrize(
    ("spec", "model", "call"),
    [
        ("http://host:8000/v1", "Qwen", ("http", ("http://host:8000/v1",), {"model": "Qwen", "a": 1})),
        ("https://host/v1", None, ("http", ("https://host/v1",), {"model": None, "a": 1})),
        ("torch:", None, ("torch", ("",), {"a": 1})),
        ("torch:org/name", None, ("torch", ("org/name",), {"a": 1})),
        ("TORCH:C:/models/x.gguf", None, ("torch", ("C:/models/x.gguf",), {"a": 1})),
        ("torch:org/name", "other", ("torch", ("other",), {"a": 1})),
        (None, None, ("torch", ("",), {"a": 1})),
        ("vllm:Qwen/Qwen3-8B", None, ("vllm", ("Qwen/Qwen3-8B",), {"a": 1})),
    ],
)
def test_a_spec_names_its_engine(
    made: list[tuple[Any, ...]], spec: str | None, model: str | None, call: tuple[Any, ...]
) -> None:
    create_backend(spec, model=model, a=1)
    assert made == [call]


def test_the_environment_is_used_by_the_api(
    made: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOT_BACKEND", "http://sot/v1")
    SkeletonOfThought(model="m", backend_settings={"api_key": "k"})
    assert made == [("http", ("http://sot/v1",), {"model": "m", "api_key": "k"})]


@pytest.mark.parametrize("spec", ["localhost:8000/v1", "10.0.0.1:8000", "[::1]:8000/v1", "gpu-7.lan/v1"])
def test_an_address_without_its_scheme(spec: str) -> None:
    with pytest.raises(ConfigError) as raised:
        engine_entry(spec)
    assert str(raised.value).endswith(f"did you mean http://{spec}?")


def test_a_password_is_not_shown() -> None:
    with pytest.raises(ConfigError) as raised:
        engine_entry("me:hunter22@host:8000/v1")
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    "spec", ["nonsense:", "nonsense:x", "torch", "localhost", "ftp://host/v1", ":", "/models"]
)
def test_what_names_no_engine(spec: str) -> None:
    with pytest.raises(ConfigError, match="no engine for the backend") as raised:
        create_backend(spec)
    assert repr(spec) in str(raised.value)
    assert "torch:MODEL" in str(raised.value)


def test_the_http_engine_is_the_real_one() -> None:
    backend = create_backend("http://127.0.0.1:9/v1", model="m", api_key="k")
    assert type(backend).__name__ == "OpenAICompatibleBackend"


def test_vllm_without_a_colon_says_how_a_server_is_reached() -> None:
    with pytest.raises(ConfigError, match="running vLLM server is used through its http address"):
        create_backend("vllm")


@pytest.mark.parametrize("spec", ["torch:", "http://127.0.0.1:9/v1", "vllm:", "replay:profile.json"])
def test_a_setting_that_the_engine_does_not_have_is_named(spec: str) -> None:
    with pytest.raises(ConfigError, match="have no setting made_up; it has "):
        create_backend(spec, made_up=1)
