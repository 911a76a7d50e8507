"""Groups of commands, whose help is in ``help.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typer

from sot.cli.typer_adapter import add_command, command_group


def command_group_of(name: str, commands: Mapping[str, tuple[type[Any], str]]) -> typer.Typer:
    """Make a group, which prints its help when it is called without a command.

    Args:
        commands: The options dataclass of each, and ``module:function`` of what takes it.
    """
    texts = tomllib.loads(files("sot.evals.cli").joinpath("help.toml").read_text("utf-8"))[name]
    app = command_group(name, texts["about"], invoke_without_command=True)

    @app.callback()
    def top(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            print(context.get_help())

    for command, (options, target) in commands.items():
        add_command(app, command, options, target, help=texts[command])
    return app
