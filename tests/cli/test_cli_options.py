"""Commands made of options dataclasses: what is offered, what is made of what was typed."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any

import pytest
from cli_server import ScriptServer
from fault_server import Exchange
from typer.main import get_command

import sot.cli.typer_adapter as commands
from sot.cli import main
from sot.cli.app import app
from sot.cli.command_options import ServeOptions
from sot.cli.typer_adapter import add_command, command_group
from sot.command.engine import EngineOptions
from sot.command.http_options import HttpOptions
from sot.command.option_fields import Argument, Option
from sot.errors import ConfigError
from sot.server import ServerSettings

TAKEN: list[Any] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOptions:
    left: Annotated[int, Option("Left.", "N", least=0)] = 1
    right: Annotated[str | None, Option("Right, of {strategies}.", "NAME", ("-r",))] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryKind:
    words: Annotated[tuple[str, ...], Argument("Words.")] = ()
    pair: PairOptions = field(default_factory=PairOptions)
    place: Annotated[Path | None, Option("A place.", "DIR", ("--where", "-w"))] = None
    off: Annotated[bool, Option("A switch.")] = False
    on: Annotated[bool, Option("Two switches.")] = True
    many: Annotated[tuple[str, ...], Option("Several.", "TEXT")] = ()


def take(options: EveryKind) -> None:
    TAKEN.append(options)


def parsed(*arguments: str) -> EveryKind:
    """What a command with every kind of option makes of arguments."""
    group = command_group("test", "Nothing.")
    add_command(group, "every", EveryKind, f"{__name__}:take", help="Every kind.")
    run = get_command(group).main(list(arguments), standalone_mode=False)
    TAKEN.clear()
    run()
    return TAKEN[0]


def test_defaults_are_those_of_the_class() -> None:
    assert parsed() == EveryKind()


def test_every_kind_of_option_is_read() -> None:
    words = (
        "a",
        "b",
        "--left",
        "3",
        "-r",
        "x",
        "-w",
        "here",
        "--off",
        "--no-on",
        "--many",
        "1",
        "--many",
        "2",
    )
    assert parsed(*words) == EveryKind(
        words=("a", "b"),
        pair=PairOptions(left=3, right="x"),
        place=Path("here"),
        off=True,
        on=False,
        many=("1", "2"),
    )
    assert parsed("--where", "there").place == Path("there")


def test_help_lists_what_the_registry_knows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "strategy_names", lambda: ("normal", "debate"))
    group = command_group("test", "Nothing.")
    add_command(group, "every", EveryKind, f"{__name__}:take", help="Of {strategies}.")
    get_command(group).main(["--help"], standalone_mode=False)
    text = capsys.readouterr().out
    assert "Of normal, debate." in text
    assert "Right, of normal, debate." in text
    assert "--on / --no-on" in text
    assert "--no-off" not in text
    assert "x>=0" in text


def groups() -> list[Any]:
    names = ("sot.evals.cli.eval_commands:eval_app", "sot.evals.cli.bench_commands:bench_app")
    return [app, *(resolve_name(name) for name in names)]


def test_every_command_leads_to_a_function_that_takes_its_options() -> None:
    found = 0
    for group in groups():
        for command in group.registered_commands:
            known = inspect.getclosurevars(command.callback).nonlocals
            (parameter,) = inspect.signature(
                resolve_name(known["target"]), eval_str=False
            ).parameters.values()
            assert parameter.annotation == known["options"].__name__
            found += 1
    assert found == 17


def test_the_servers_limits_are_the_librarys() -> None:
    offered, settings = ServeOptions(), ServerSettings()
    assert (offered.max_answers, offered.max_waiting) == (settings.max_answers, settings.max_waiting)
    assert (offered.grace, offered.log_questions) == (settings.grace_s, settings.log_questions)


class TestEngineOptions:
    def test_an_engine_gets_the_settings_that_it_takes(self) -> None:
        wanted = {"max_retries": 0}
        assert EngineOptions(backend="http://127.0.0.1:9/v1").settings(max_retries=0, unknown=1) == wanted
        assert EngineOptions(backend="torch:").settings(**wanted) == {}

    def test_engine_args_are_for_engines_that_take_them(self) -> None:
        words = ("max_model_len=512",)
        taken = EngineOptions(backend="vllm:x", engine_args=words).settings()
        assert taken == {"engine_args": words}
        with pytest.raises(ConfigError, match="--engine-arg is for torch:, vllm: backends"):
            EngineOptions(backend="http://127.0.0.1:9/v1", engine_args=words).settings()

    def test_engine_args_of_the_torch_engine_are_settings_of_their_own(self) -> None:
        words = ("adapter=my=folder", "device=cpu")
        taken = EngineOptions(backend="torch:", engine_args=words).settings()
        assert taken == {"adapter": "my=folder", "device": "cpu"}

    @pytest.mark.parametrize("word", ["max_model_len=512", "adapter", "", "=x"])
    def test_the_torch_engine_takes_no_other_engine_args(self, word: str) -> None:
        with pytest.raises(
            ConfigError,
            match="a torch: backend takes adapter, adapter_stages, adapters, device, kernels, as NAME=VALUE",
        ):
            EngineOptions(backend="torch:", engine_args=(word,)).settings()

    def test_what_an_engine_can_headers_and_time_limits(self) -> None:
        http = HttpOptions(
            engine_can=("continues_turn=yes", "refuses=stop,seed"),
            headers=("api-key=a=b", "X-Team = red"),
            connect_timeout=2.5,
            between_token_timeout=9,
        )
        assert EngineOptions(backend="http://127.0.0.1:9/v1", http=http).settings() == {
            "engine_can": {"continues_turn": "yes", "refuses": "stop,seed"},
            "headers": {"api-key": "a=b", "X-Team": "red"},
            "connect_timeout": 2.5,
            "between_token_timeout": 9,
        }

    @pytest.mark.parametrize("seconds", [0, -1, float("nan")])
    def test_a_time_limit_is_above_0(self, seconds: float) -> None:
        with pytest.raises(ConfigError, match=r"--between-token-timeout is .* above 0"):
            HttpOptions(between_token_timeout=seconds).settings()

    @pytest.mark.parametrize(
        ("http", "flag"),
        [
            (HttpOptions(engine_can=("parallel=8",)), "--engine-can"),
            (HttpOptions(headers=("a=b",)), "--header"),
            (HttpOptions(first_token_timeout=3), "--first-token-timeout"),
        ],
    )
    @pytest.mark.parametrize("spec", ["torch:", "vllm:x", "replay:x.json"])
    def test_they_are_for_servers(self, http: HttpOptions, flag: str, spec: str) -> None:
        with pytest.raises(ConfigError, match=f"{flag} is for servers.*not for {spec.partition(':')[0]}:"):
            EngineOptions(backend=spec, http=http).settings()


class TestServers:
    """Commands with options for servers; every one of them asks nothing before it has read them."""

    @pytest.mark.parametrize(
        "command",
        [
            ("ask", "Why?"),
            ("chat",),
            ("route", "Why?", "--router", "llm"),
            ("doctor",),
            ("serve",),
            ("bench", "latency"),
            ("bench", "load"),
            ("bench", "calibrate", "--out", "x.json"),
            ("eval", "run", "--out", "x"),
        ],
    )
    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("--engine-can", "continues=yes"), "continues_turn, caches_prefixes, parallel, thinks"),
            (("--engine-can", "thinks=perhaps"), "thinks is yes or no"),
            (("--engine-can", "parallel"), "--engine-can is not NAME=VALUE"),
            (("--header", "a=b", "--header", "secret-0123456789"), "number 2 of --header is not NAME=VALUE"),
        ],
    )
    def test_wrong_ones_are_named_by_every_command(
        self,
        command: tuple[str, ...],
        words: tuple[str, ...],
        says: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main([*command, "--backend", "http://127.0.0.1:9/v1", *words]) == 2
        shown = capsys.readouterr()
        assert says in shown.err
        assert "0123456789" not in shown.err + shown.out

    def test_a_header_reaches_the_engine(self, capsys: pytest.CaptureFixture[str]) -> None:
        with ScriptServer() as server:
            words = ("--header", "api-key=secret-0123456789", "--header", "x-team=red")
            code = main(["ask", "What is tea?", "-s", "normal", "--backend", server.url, *words, "--json"])
            assert code == 0
            assert all(each.headers["api-key"] == "secret-0123456789" for each in server.seen)
            assert server.completions[-1].headers["x-team"] == "red"
        shown = capsys.readouterr()
        assert "0123456789" not in shown.out + shown.err

    def test_a_time_limit(self, capsys: pytest.CaptureFixture[str]) -> None:
        async def hang(exchange: Exchange) -> None:
            await exchange.gone()

        with ScriptServer() as server:
            server.default = hang
            limit = ("--first-token-timeout", "0.05")
            arguments = [
                "route",
                "What is tea?",
                "--router",
                "llm",
                "--backend",
                server.url,
                "-m",
                "m",
                *limit,
            ]
            main(arguments)
        shown = capsys.readouterr()
        assert "0.05 s (first_token_timeout)" in shown.out + shown.err


def test_help_names_strategies_and_engines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "normal (Normal decoding), cot (Chain of thought)" in text
    assert "http(s)://HOST/v1, torch:" in text
