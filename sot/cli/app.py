"""The program ``sot`` and its commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.main import get_command

from ..errors import ConfigError
from ..terminal import INTERRUPTED, guarded
from .command_options import AskOptions, ChatOptions, DoctorOptions, RouteOptions, ServeOptions
from .history_options import DeleteOptions, ExportOptions, LogsOptions, ShowOptions
from .typer_adapter import Command, Group, add_command, command_group

# Groups of commands that are imported when they are asked for: a command's name, its module and its app.
_LATER: Mapping[str, tuple[str, str]] = {
    "eval": ("sot.evals.cli.eval_commands", "eval_app"),
    "bench": ("sot.evals.cli.bench_commands", "bench_app"),
}


class _Commands(Group):
    """The commands of this file, and those of `_LATER`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _LATER:
            module, name = _LATER[cmd_name]
            return get_command(getattr(import_module(module), name))
        return super().get_command(ctx, cmd_name)


app = command_group(
    "sot",
    "Long answers of language models several times sooner: a skeleton first, then every point at once.",
    cls=_Commands,
    add_completion=True,
)

_ASK = """Answer one question.

On a terminal the points fill in side by side while they are written, and the ordered answer
stands there at the end. In a pipe it is plain text, in order, as it comes.

Ctrl-C keeps what was written, and says how far it came; a second one ends the program at once.

Examples:

  sot ask "How can I sleep better?"

  sot ask "How can I sleep better?" --backend http://localhost:8000/v1

  sot ask "Why is the sky blue?" --strategy normal --json

  git log -5 | sot ask - --system "Explain what changed."

  sot ask "A vegetable soup for four." --schema recipe.json > soup.json
"""
add_command(app, "ask", AskOptions, "sot.cli.ask:run_ask", help=_ASK)

_CHAT = """Hold a conversation. Only questions and final answers are remembered, not skeletons.

Commands in it: /points shows and changes the points of the last answer, /reset forgets the conversation,
/help says more, /quit (or exit, or Ctrl-D) ends. Ctrl-C stops an answer. A pasted text is one question,
whatever lines it has; Alt-Enter begins a further line.

Examples:

  sot chat

  sot chat --system "Answer briefly."
"""
add_command(app, "chat", ChatOptions, "sot.cli.chat:run_chat", help=_CHAT)

_ROUTE = """Say which strategy questions would be answered with, why, and how sure the router is.

Without questions they are read from standard input: one a line, or JSON Lines with a "question" field.

Examples:

  sot route "How can I sleep better?" "What is 17 + 25?"

  sot route --json < questions.jsonl

  sot route --eval labelled.jsonl

  sot route --router llm --backend http://localhost:8000/v1 "How can I sleep better?"
"""
add_command(app, "route", RouteOptions, "sot.cli.route:run_route", help=_ROUTE)

_SERVE = """Serve an OpenAI-compatible endpoint whose long answers arrive sooner, and a page to watch it.

Apps change one line, their base_url. The models are auto, {strategies}, or the engine's own
name (the same as auto). The page is at /. Stops with Ctrl-C, after the running answers have finished.

Examples:

  sot serve

  sot serve --backend http://localhost:8000/v1 --port 8400

  sot serve --backend vllm:Qwen/Qwen3-8B --host 0.0.0.0 --api-key-file keys.txt
"""
add_command(app, "serve", ServeOptions, "sot.cli.serve:run_serve", help=_SERVE)

_DOCTOR = """Show what is installed, which engines answer, what the default would be and what it can do.

What an engine can do comes with the evidence, and with warnings about what keeps skeletons from paying there.
--probe sends it thirteen short requests, to find out what it does not tell of itself. What is found out
wrongly can be set by hand, for every command.

Examples:

  sot doctor

  sot doctor --backend http://localhost:8000/v1 --probe

  sot doctor --backend http://localhost:8080/v1 --engine-can continues_turn=no --engine-can parallel=8

  sot ask --backend https://NAME.openai.azure.com/openai/v1 --model NAME --header api-key=KEY "How to sleep?"
"""
add_command(app, "doctor", DoctorOptions, "sot.cli.doctor:run_doctor", help=_DOCTOR)

logs = command_group("logs", "Show, export and delete what was asked and answered on this machine.")
app.add_typer(logs)


@logs.callback(invoke_without_command=True)
def logs_top(context: typer.Context) -> None:
    """Show, export and delete what was asked and answered on this machine."""
    if context.invoked_subcommand is None:
        print(context.get_help())


_LOGS = """It is kept in one file that only you can read; nothing leaves the machine. SOT_HISTORY=off keeps
nothing."""
add_command(
    logs,
    "list",
    LogsOptions,
    "sot.cli.history:run_list",
    help=f"""List conversations, the newest last.

{_LOGS}

Examples:

  sot logs list

  sot logs list --search sleep -n 5
""",
)
add_command(
    logs,
    "show",
    ShowOptions,
    "sot.cli.history:run_show",
    help="""Show a conversation.

Examples:

  sot logs show

  sot logs show 12
""",
)
add_command(
    logs,
    "export",
    ExportOptions,
    "sot.cli.history:run_export",
    help="""Print turns as JSON Lines, or as Markdown.

Examples:

  sot logs export > history.jsonl

  sot logs export 12 --markdown > answer.md
""",
)
add_command(
    logs,
    "delete",
    DeleteOptions,
    "sot.cli.history:run_delete",
    help="""Delete a conversation, or all of them.

Examples:

  sot logs delete 12

  sot logs delete --all
""",
)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        print(f"sot {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    config_profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="A profile of the configuration files (sot.toml)."),
    ] = None,
) -> None: ...


def run(arguments: list[str]) -> int:
    """Run the command line with these arguments; returns the exit code."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # the caller has closed it (>&-)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the exit
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    return guarded(partial(_dispatch, arguments))


def _dispatch(arguments: list[str]) -> None:
    # Typer's usage errors derive from one class that it does not export by itself.
    usage_error = cast("type[Exception]", typer.BadParameter.__base__)
    try:
        result = get_command(app).main(arguments or ["--help"], prog_name="sot", standalone_mode=False)
    except usage_error as error:
        raise ConfigError(f"{cast('Any', error).format_message()} (see `sot --help`)") from None
    if result == INTERRUPTED:
        raise KeyboardInterrupt
    if callable(result):
        cast("Command", result)()
