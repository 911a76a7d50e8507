"""What engines say of themselves, asked of servers that answer in their shapes (test doubles)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import httpx
import pytest
from engine_endpoints import Template, listed, llamacpp, ollama, posted, sglang, vllm
from fault_server import Exchange, FaultServer, delta, event, status, stream

import sot.backends.openai_compatible.backend as module
from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.openai_compatible.discovery.asking import is_private
from sot.errors import ConfigError
from sot.types import BackendInfo, GenerateConfig, Message

QUESTION = [Message("user", "How are you?")]
Make = Callable[..., OpenAICompatibleBackend]


@pytest.fixture
async def make(server: FaultServer) -> AsyncGenerator[Make, None]:
    """Makes clients that are closed after the test."""
    made: list[OpenAICompatibleBackend] = []

    def make(**options: Any) -> OpenAICompatibleBackend:
        made.append(OpenAICompatibleBackend(server.url, **{"api_key": "", "max_retries": 0, **options}))
        return made[-1]

    yield make
    for backend in made:
        await backend.aclose()


def asked(server: FaultServer) -> list[str]:
    """The paths that were asked, beside completions."""
    return [exchange.path for exchange in server.seen if not exchange.path.endswith("/chat/completions")]


def told(info: BackendInfo, *fields: str) -> tuple[Any, ...]:
    """Values of fields; each has to have evidence."""
    for field in fields:
        assert info.evidence[field]
    return tuple(getattr(info, field) for field in fields)


class TestLlamaCpp:
    async def test_slots_context_and_prefix_cache(self, server: FaultServer, make: Make) -> None:
        listed(server, "llamacpp", meta={"n_ctx_train": 131072, "n_params": 8030261248})
        llamacpp(server, Template(), slots=6, context=3072)
        info = await make().info()
        assert told(info, "name", "parallel", "context_length") == ("llamacpp", 6, 3072)
        assert told(info, "caches_prefixes", "continues_turn", "thinks") == ("idle", True, False)
        assert told(info, "parameters") == (8030261248,)
        assert info.takes_think

    @pytest.mark.parametrize("prefill", [True, False, "without thinking"])
    async def test_a_started_turn_is_verified(self, server: FaultServer, make: Make, prefill: Any) -> None:
        listed(server, "llamacpp")
        llamacpp(server, Template(prefill=prefill))
        info = await make().info()
        assert info.continues_turn is bool(prefill)
        assert "/apply-template" in info.evidence["continues_turn"]

    async def test_a_started_turn_that_is_always_refused(self, server: FaultServer, make: Make) -> None:
        listed(server, "llamacpp")
        llamacpp(server, Template())
        render = Template().render
        server.other["/apply-template"] = posted(
            lambda body: (
                None
                if body["messages"][-1]["role"] == "assistant"
                else {"prompt": render(body["messages"], None)}
            )
        )
        assert not (await make().info()).continues_turn

    async def test_behind_another_owner(self, server: FaultServer, make: Make) -> None:
        listed(server, "some-hub")
        llamacpp(server, Template(), slots=2)
        backend = make()
        info = await backend.info()
        assert told(info, "name", "parallel", "continues_turn") == ("llamacpp", 2, True)
        async for _ in backend.stream(QUESTION, GenerateConfig(repetition_penalty=1.1), prefill="1."):
            pass
        body = server.completions[-1].body
        assert body["messages"][-1] == {"role": "assistant", "content": "1."}
        assert body["repeat_penalty"] == 1.1, "its dialect, not that of an unknown server"


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        # thinks, stops_thinking, opens_thinking
        ("unless told", (True, True, False)),
        ("when told", (False, True, False)),
        ("opens", (True, False, True)),
        ("opens unless told", (True, True, True)),
        ("by itself", (None, None, False)),
    ],
)
@pytest.mark.parametrize("engine", ["llamacpp", "vllm"])
async def test_thinking_by_the_chat_template(
    server: FaultServer, make: Make, engine: str, thinking: Any, expected: tuple[bool | None, ...]
) -> None:
    listed(server, engine)
    {"llamacpp": llamacpp, "vllm": vllm}[engine](server, Template(thinking))
    info = await make().info()
    assert (info.thinks, info.stops_thinking, info.opens_thinking) == expected


async def test_an_end_of_turn_that_others_close_thoughts_with(server: FaultServer, make: Make) -> None:
    """Phi ends its turns with ``<|end|>``, and gpt-oss its thoughts."""
    listed(server, "llamacpp")
    llamacpp(server, Template())
    server.other["/props"] = status(200, {"total_slots": 4, "chat_template": "{{ content }}<|end|>"})

    def phi(body: dict[str, Any]) -> object:
        turns = "".join(f"<|{turn['role']}|>{turn['content']}<|end|>" for turn in body["messages"])
        return {"prompt": f"{turns}<|assistant|>"}

    server.other["/apply-template"] = posted(phi)
    info = await make().info()
    assert (info.thinks, info.stops_thinking, info.opens_thinking) == (False, None, False)


async def test_a_mark_with_a_suffix(server: FaultServer, make: Make) -> None:
    listed(server, "llamacpp")
    llamacpp(server, Template())
    server.other["/apply-template"] = posted(
        lambda body: {"prompt": f"{body['messages'][0]['content']}<think:open></think:open>"}
    )
    info = await make().info()
    assert (info.thinks, info.stops_thinking) == (False, True)


async def test_harmony(server: FaultServer, make: Make) -> None:
    listed(server, "llamacpp")
    llamacpp(server, Template())
    source = "<|start|>assistant<|channel|>analysis<|message|>{{ thinking }}<|end|>"
    server.other["/props"] = status(200, {"total_slots": 4, "chat_template": source})
    info = await make().info()
    assert told(info, "thinks", "stops_thinking") == (True, False)


class TestVllm:
    @pytest.mark.parametrize(("caching", "expected"), [(True, "running"), (False, "no")])
    async def test_metrics(self, server: FaultServer, make: Make, caching: bool, expected: str) -> None:
        listed(server, "vllm", max_model_len=2048)
        vllm(server, Template(), caching=caching, max_num_seqs=24)
        info = await make().info()
        assert told(info, "caches_prefixes", "parallel", "context_length") == (expected, 24, 2048)
        assert "enable_prefix_caching" in info.evidence["caches_prefixes"]

    @pytest.mark.parametrize("none", [0, 10**12])
    async def test_a_number_that_is_none(self, server: FaultServer, make: Make, none: int) -> None:
        listed(server, "vllm")
        vllm(server, Template(), caching=True, max_num_seqs=none)
        assert (await make().info()).parallel is None

    @pytest.mark.parametrize("prefill", [True, False])
    async def test_a_started_turn_is_verified(self, server: FaultServer, make: Make, prefill: bool) -> None:
        listed(server, "vllm")
        vllm(server, Template(prefill=prefill))
        assert (await make().info()).continues_turn is prefill

    async def test_an_old_server_without_these_endpoints(self, server: FaultServer, make: Make) -> None:
        listed(server, "vllm")
        info = await make().info()
        assert told(info, "continues_turn", "caches_prefixes") == (True, "running")
        assert (info.parallel, info.thinks) == (None, None)


class TestSglang:
    @pytest.mark.parametrize("path", ["/get_server_info", "/server_info"])
    async def test_server_info(self, server: FaultServer, make: Make, path: str) -> None:
        listed(server, "sglang")
        sglang(server, path=path, context_length=8192, dp_size=2, reasoning_parser="qwen3")
        info = await make().info()
        assert told(info, "parallel", "context_length", "thinks") == (256, 8192, True)
        assert told(info, "caches_prefixes", "continues_turn") == ("running", True)

    async def test_no_radix_cache(self, server: FaultServer, make: Make) -> None:
        listed(server, "somebody")
        sglang(server, disable_radix_cache=True, internal_states=[], max_running_requests=3)
        info = await make().info()
        assert told(info, "name", "caches_prefixes", "parallel") == ("sglang", "no", 3)


class TestOllama:
    async def test_a_model_that_thinks(self, server: FaultServer, make: Make) -> None:
        listed(server, "library")
        ollama(server, capabilities=("completion", "tools", "thinking"), loaded=4096)
        info = await make().info()
        assert told(info, "name", "thinks", "stops_thinking") == ("ollama", True, True)
        assert told(info, "context_length", "continues_turn", "caches_prefixes") == (4096, False, "idle")
        assert info.parallel is None

    async def test_levels_of_thinking_that_have_no_none(self, server: FaultServer, make: Make) -> None:
        listed(server, "library")
        ollama(server, capabilities=("completion", "thinking"), family="gptoss")
        assert (await make().info()).stops_thinking is False

    async def test_of_another_owner_not_loaded(self, server: FaultServer, make: Make) -> None:
        listed(server, "me")
        ollama(server, parameters='stop           "<|im_end|>"\nnum_ctx        16384\n')
        info = await make().info()
        assert told(info, "name", "thinks", "context_length") == ("ollama", False, 16384)
        assert told(info, "parameters") == (8190735360,)


class TestGateways:
    async def test_litellm_says_openai_whatever_is_behind_it(self, server: FaultServer, make: Make) -> None:
        listed(server, "openai")
        server.other["/health/liveliness"] = status(200, '"I\'m alive!"')
        info = await make().info()
        assert told(info, "name", "continues_turn") == ("litellm", False)

    async def test_litellm_by_its_header(self, server: FaultServer, make: Make) -> None:
        listed(server, "openai")
        server.other["/metrics"] = status(404, "", {"x-litellm-version": "1.2.3"})
        info = await make().info()
        assert info.name == "litellm"
        assert "1.2.3" in info.evidence["name"]

    @pytest.mark.parametrize("owner", ["openai", "some-hub", None])
    async def test_nothing_is_claimed_of_an_unknown_engine(
        self, server: FaultServer, make: Make, owner: str | None
    ) -> None:
        listed(server, owner)
        info = await make().info()
        assert told(info, "continues_turn", "caches_prefixes") == (False, "unknown")
        assert (info.name, info.parallel, info.thinks, info.takes_think) == ("", None, None, False)
        if owner is not None:
            assert owner in info.evidence["continues_turn"]


class TestAsking:
    async def test_it_happens_once(self, server: FaultServer, make: Make) -> None:
        listed(server, "vllm")
        vllm(server, Template())
        backend = make()
        await asyncio.gather(*(backend.info() for _ in range(8)))
        assert asked(server).count("/v1/models") == asked(server).count("/metrics") == 1

    async def test_an_answer_alone_asks_nothing(self, server: FaultServer, make: Make) -> None:
        async for _ in make(model="m").stream(QUESTION, GenerateConfig()):
            pass
        assert asked(server) == []

    async def test_a_paid_api_is_asked_for_its_models_alone(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "is_private", lambda url: False)
        listed(server, "openai")
        info = await make().info()
        assert asked(server) == ["/v1/models"]
        assert info.name == ""

    async def test_an_own_engine_elsewhere_is_asked(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "is_private", lambda url: False)
        listed(server, "llamacpp")
        llamacpp(server, Template(), slots=3)
        assert (await make().info()).parallel == 3
        assert set(asked(server)) == {"/v1/models", "/props", "/apply-template"}

    async def test_an_endpoint_that_hangs_fails_nothing_and_is_asked_again(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(exchange: Exchange) -> None:
            await exchange.gone()

        listed(server, "sglang")
        server.other["/get_server_info"] = hang
        monkeypatch.setattr(module, "_WORDS_SECONDS", 0.05)
        monkeypatch.setattr(module, "_ASK_AGAIN_SECONDS", 0.0)
        backend = make()
        info = await backend.info()
        assert (info.name, info.continues_turn, info.parallel) == ("sglang", True, None)
        monkeypatch.setattr(module, "_WORDS_SECONDS", 30.0)
        sglang(server)
        assert (await backend.info()).parallel == 128

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>no</html>",
            b"[]",
            b"null",
            b'{"total_slots": "many"}',
            b'{"total_slots": -1}',
            b"\xff",
        ],
    )
    async def test_nonsense_tells_nothing(self, server: FaultServer, make: Make, body: bytes) -> None:
        async def babble(exchange: Exchange) -> None:
            await exchange.start(200, {"content-type": "application/json"})
            await exchange.send(body)
            await exchange.end()

        for owner in ("llamacpp", "vllm", "sglang", "library", "skeleton-of-thought"):
            listed(server, owner, name="normal")
            for path in (
                *("/props", "/apply-template", "/metrics", "/tokenize", "/detokenize", "/server_info"),
                *("/get_server_info", "/api/show", "/api/ps", "/sot/about"),
            ):
                server.other[path] = babble
            info = await make().info()
            assert (info.parallel, info.thinks, info.context_length) == (None, None, None)

    @pytest.mark.parametrize(
        ("url", "private"),
        [
            ("http://127.0.0.1:8000/v1", True),
            ("http://[::1]:8000/v1", True),
            ("http://10.1.2.3/v1", True),
            ("http://192.168.178.20:11434/v1", True),
            ("http://[fd00::5]/v1", True),
            ("http://localhost:8080/v1", True),
            ("http://gpu-box:8000/v1", True),
            ("http://vllm.models.svc.cluster.local/v1", True),
            ("https://LLM.Internal./v1", True),
            ("https://api.openai.com/v1", False),
            ("https://8.8.8.8/v1", False),
            ("https://localhost.example.com/v1", False),
            ("https://my-name.openai.azure.com/openai/v1", False),
        ],
    )
    def test_what_counts_as_private(self, url: str, private: bool) -> None:
        assert is_private(httpx.URL(url)) is private


def own_server(server: FaultServer, *names: str) -> None:
    """Answer as our own server does."""
    entries = [{"id": name, "object": "model", "owned_by": "skeleton-of-thought"} for name in names]
    server.other["/v1/models"] = status(200, {"object": "list", "data": entries})
    engine = {"name": "vllm", "model": "real", "context_length": 2048, "thinks": False, "parallel": 99}
    about = {"version": "0", "backend": "http://e/v1", "model": "real", "engine": engine}
    server.other["/sot/about"] = status(200, {**about, "strategies": list(names)})


class TestOwnServer:
    @pytest.mark.parametrize("model", [None, "auto", "skeleton", "real"])
    async def test_it_is_asked_for_normal_decoding(
        self, server: FaultServer, make: Make, model: str | None
    ) -> None:
        own_server(server, "auto", "normal", "skeleton", "real")
        backend = make(model=model)
        info = await backend.info()
        assert told(info, "name", "model", "context_length") == ("sot", "real", 2048)
        assert told(info, "continues_turn", "caches_prefixes") == (False, "unknown")
        assert info.parallel is None
        async for _ in backend.stream(QUESTION, GenerateConfig()):
            pass
        async with backend.forward({"model": "auto", "messages": []}) as forwarded:
            async for _ in forwarded.pieces:
                pass
        assert [exchange.body["model"] for exchange in server.completions] == ["normal", "normal"]

    async def test_a_model_that_is_not_there_is_left_to_it_to_refuse(
        self, server: FaultServer, make: Make
    ) -> None:
        own_server(server, "auto", "normal", "real")
        backend = make(model="nothing")
        await backend.info()
        async for _ in backend.stream(QUESTION, GenerateConfig()):
            pass
        assert server.completions[-1].body["model"] == "nothing"

    async def test_one_without_normal_decoding(self, server: FaultServer, make: Make) -> None:
        own_server(server, "auto", "skeleton")
        with pytest.raises(ConfigError, match="the engine behind it"):
            await make().info()


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"continues_turn": "no"}, {"continues_turn": False}),
            ({"parallel": "12", "thinks": True}, {"parallel": 12, "thinks": True}),
            ({"caches_prefixes": "Running"}, {"caches_prefixes": "running"}),
            ({"caches_prefixes": False}, {"caches_prefixes": "no"}),
            ({"refuses": "stop, seed"}, {"refuses": ("seed", "stop")}),
            ({"context_length": 999, "takes_think": "off"}, {"context_length": 999, "takes_think": False}),
            (
                {"stops_thinking": "yes", "opens_thinking": 0},
                {"stops_thinking": True, "opens_thinking": False},
            ),
        ],
    )
    async def test_they_win_over_all_that_is_found_out(
        self, server: FaultServer, make: Make, given: Mapping[str, Any], expected: Mapping[str, Any]
    ) -> None:
        listed(server, "llamacpp")
        llamacpp(server, Template("opens"))
        info = await make(engine_can=given).info()
        assert {field: getattr(info, field) for field in expected} == expected
        for field in expected:
            assert "engine_can" in info.evidence[field]

    async def test_refused_fields_are_not_sent(self, server: FaultServer, make: Make) -> None:
        backend = make(model="m", engine_can={"refuses": "stop,seed"})
        async for _ in backend.stream(QUESTION, GenerateConfig(stop=("x",), seed=1, max_tokens=3)):
            pass
        body = server.completions[-1].body
        assert "stop" not in body
        assert "seed" not in body
        assert body["max_tokens"] == 3

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"continue_turn": "yes"}, "continues_turn, caches_prefixes, parallel"),
            ({"continues_turn": "maybe"}, "yes or no, not 'maybe'"),
            ({"parallel": "0"}, "a number from 1 on, not '0'"),
            ({"parallel": True}, "a number from 1 on"),
            ({"caches_prefixes": "some"}, "running, idle, no, unknown, not 'some'"),
        ],
    )
    async def test_wrong_ones_are_named(self, make: Make, given: Mapping[str, Any], says: str) -> None:
        with pytest.raises(ConfigError, match=says):
            make(engine_can=given)

    async def test_the_shorthands(self, server: FaultServer, make: Make) -> None:
        listed(server, None)
        info = await make(can_prefill=True, caches_prefixes=False).info()
        assert told(info, "continues_turn", "caches_prefixes") == (True, "no")


class TestStartedTurns:
    @pytest.mark.parametrize(
        "pieces",
        [("1. Walk", " daily"), ("1", ".", " Walk", " daily"), ("\n1. ", "Walk daily"), ("1. Walk daily",)],
    )
    async def test_one_that_is_repeated_is_taken_out_and_remembered(
        self, server: FaultServer, make: Make, pieces: tuple[str, ...]
    ) -> None:
        listed(server, "vllm")
        server.default = stream([*map(delta, pieces), delta(finish="stop"), "[DONE]"])
        backend = make()
        assert (await backend.info()).continues_turn
        got = [chunk async for chunk in backend.stream(QUESTION, GenerateConfig(), prefill="1. ")]
        assert "".join(chunk.text for chunk in got).strip() == "Walk daily"
        for known in (backend, make()):  # another client of the process knows it, too
            info = await known.info()
            assert not info.continues_turn
            assert "repeated" in info.evidence["continues_turn"]

    async def test_a_model_that_repeats_it_where_the_template_continues_it(
        self, server: FaultServer, make: Make
    ) -> None:
        listed(server, "llamacpp")
        llamacpp(server, Template())
        server.default = stream([delta("1. Walk"), delta(" daily"), delta(finish="stop"), "[DONE]"])
        backend = make()
        await backend.info()
        got = [chunk async for chunk in backend.stream(QUESTION, GenerateConfig(), prefill="1. ")]
        assert "".join(chunk.text for chunk in got).strip() == "Walk daily"
        assert (await backend.info()).continues_turn  # as the template shows

    async def test_one_that_begins_alike_is_left_whole(self, server: FaultServer, make: Make) -> None:
        listed(server, "vllm")
        server.default = stream([*map(delta, ("1", ".", "5 km", " a day")), delta(finish="stop"), "[DONE]"])
        backend = make()
        got = [chunk async for chunk in backend.stream(QUESTION, GenerateConfig(), prefill="1. Walk")]
        assert "".join(chunk.text for chunk in got) == "1.5 km a day"
        assert (await backend.info()).continues_turn

    async def test_text_that_is_all_held_back_comes_at_the_end(self, server: FaultServer, make: Make) -> None:
        listed(server, "vllm")
        server.default = stream([delta("1"), delta("."), delta(finish="length"), "[DONE]"])
        got = [chunk async for chunk in make().stream(QUESTION, GenerateConfig(), prefill="1. Walk")]
        assert "".join(chunk.text for chunk in got) == "1."
        assert [chunk.finish_reason for chunk in got if chunk.finish_reason] == ["length"]

    @pytest.mark.parametrize(
        "first", [delta(reasoning_content="Let me see"), delta("<|im_start|>assistant\nWell")]
    )
    async def test_thoughts_or_a_new_turn(
        self, server: FaultServer, make: Make, first: dict[str, Any]
    ) -> None:
        listed(server, "vllm")
        server.default = stream([first, delta("Walk"), delta(finish="stop"), "[DONE]"])
        backend = make()
        async for _ in backend.stream(QUESTION, GenerateConfig(), prefill="1. "):
            pass
        assert not (await backend.info()).continues_turn


class TestAnswers:
    async def test_one_after_another_is_noticed_and_told_once(
        self, server: FaultServer, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        listed(server, "library")
        one_at_a_time = asyncio.Semaphore(1)

        async def decode(exchange: Exchange) -> None:
            async with one_at_a_time:
                await exchange.start()
                for _ in range(12):
                    await asyncio.sleep(0.008)  # a decoding step
                    await exchange.send(event(delta("word ")))
            await exchange.send(event(delta(finish="stop")) + event("[DONE]"))
            await exchange.end()

        server.default = decode
        backend = make()

        async def ask() -> None:
            async for _ in backend.stream(QUESTION, GenerateConfig()):
                pass

        for _ in range(200):  # on a busy machine the pieces may all be read at the same time
            await asyncio.gather(*(ask() for _ in range(4)))
            if (await backend.info()).parallel == 1:
                break
        info = await backend.info()
        assert told(info, "parallel") == (1,)
        assert "one after another" in info.evidence["parallel"]
        await asyncio.gather(*(ask() for _ in range(4)))
        assert caplog.text.count("decodes requests one after another") == 1

    async def test_no_prefix_cache(self, server: FaultServer, make: Make) -> None:
        listed(server, "vllm")
        usage = {"prompt_tokens": 600, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 0}}
        server.default = stream([delta("a"), delta(finish="stop"), {"choices": [], "usage": usage}, "[DONE]"])
        backend = make()
        assert (await backend.info()).caches_prefixes == "running", "as vLLM usually does"
        for number in range(4):
            question = [Message("user", "A long history. " * 200), Message("user", f"Question {number}?")]
            async for _ in backend.stream(question, GenerateConfig()):
                pass
        info = await backend.info()
        assert told(info, "caches_prefixes") == ("no",)
        assert "cached_tokens" in info.evidence["caches_prefixes"]
