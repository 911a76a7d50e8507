"""Commands made of options dataclasses: what is offered, what is made of what was typed."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any

import pytest
from typer.main import get_command

import sot.cli.typer_adapter as commands
from sot.cli import main
from sot.cli.app import app
from sot.cli.command_options import ServeOptions
from sot.cli.typer_adapter import add_command, command_group
from sot.command.engine import EngineOptions
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
    assert found == 14


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
        with pytest.raises(ConfigError, match="--engine-arg is for vllm: backends"):
            EngineOptions(backend="http://127.0.0.1:9/v1", engine_args=words).settings()


def test_help_names_strategies_and_engines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "normal (Normal decoding), cot (Chain of thought)" in text
    assert "http(s)://HOST/v1, torch:" in text
