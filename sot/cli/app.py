"""The commands and their options."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ..errors import ConfigError
from .answer_options import Backend, Model, RouterName, takes_asking
from .failure import INTERRUPTED, guarded

if TYPE_CHECKING:
    from .asking import Asking

# Groups of commands that are imported when they are asked for: a command's name, its module and its app.
_LATER: Mapping[str, tuple[str, str]] = {
    "eval": ("sot.evals.cli.eval_commands", "eval_app"),
    "bench": ("sot.evals.cli.bench_commands", "bench_app"),
}


class _Commands(TyperGroup):
    """The commands of this file, and those of `_LATER`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _LATER:
            module, name = _LATER[cmd_name]
            return get_command(getattr(import_module(module), name))
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="sot",
    cls=_Commands,
    help="Long answers of language models several times sooner: a skeleton first, then every point at once.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# What a command returns is run after Typer has let go: it would turn Ctrl-C and a closed pipe into exit
# codes of its own, without a word.
Command = Callable[[], None]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer: no progress, no notes.")]

_ASK = """Answer one question.

On a terminal the points fill in side by side while they are written, and the ordered answer
stands there at the end. In a pipe it is plain text, in order, as it comes.

Examples:

  sot ask "How can I sleep better?"

  sot ask "How can I sleep better?" --backend http://localhost:8000/v1

  sot ask "Why is the sky blue?" --strategy normal --json

  git log -5 | sot ask - --system "Explain what changed."
"""


@app.command(help=_ASK)
@takes_asking()
def ask(
    question: Annotated[
        str | None,
        typer.Argument(help="The question; - or nothing reads it from standard input.", show_default=False),
    ] = None,
    *,
    asking: Asking,
    as_json: AsJson = False,
    quiet: Quiet = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also save the terminal view as an SVG picture.")
    ] = None,
) -> Command:
    from .ask import run_ask

    return lambda: run_ask(_from_input(question), asking, as_json=as_json, quiet=quiet, svg=svg)


_CHAT = """Hold a conversation. Only questions and final answers are remembered, not skeletons.

Commands in it: /reset forgets the conversation, /quit (or Ctrl-D) ends. Ctrl-C stops an answer.

Examples:

  sot chat

  sot chat --system "Answer briefly."
"""


@app.command(help=_CHAT)
@takes_asking()
def chat(
    asking: Asking,
    quiet: Quiet = False,
) -> Command:
    from .chat import run_chat

    return partial(run_chat, asking, quiet=quiet)


_ROUTE = """Say which strategy questions would be answered with, why, and how sure the router is.

Without questions they are read from standard input: one a line, or JSON Lines with a "question" field.

Examples:

  sot route "How can I sleep better?" "What is 17 + 25?"

  sot route --json < questions.jsonl

  sot route --eval labelled.jsonl

  sot route --router llm --backend http://localhost:8000/v1 "How can I sleep better?"
"""


@app.command(help=_ROUTE)
def route(
    questions: Annotated[list[str] | None, typer.Argument(help="Questions.", show_default=False)] = None,
    router: RouterName = "hybrid",
    backend: Backend = None,
    model: Model = None,
    evaluate: Annotated[
        Path | None,
        typer.Option("--eval", metavar="FILE", help="Measure the router on labelled questions (JSON Lines)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> Command:
    from .route import run_evaluation, run_route

    if evaluate is not None:
        if questions or as_json:
            raise ConfigError("--eval reads its questions from the file: leave out questions and --json")
        return partial(run_evaluation, evaluate, router, backend, model)
    asked = [_decoded(question) for question in questions or []]
    return partial(run_route, asked, router, backend, model, as_json=as_json)


_SERVE = """Serve an OpenAI-compatible endpoint whose long answers arrive sooner, and a page to watch it.

Apps change one line, their base_url. The models are auto, skeleton, normal, cot, plan, or the engine's own
name (the same as auto). The page is at /. Stops with Ctrl-C, after the running answers have finished.

Examples:

  sot serve

  sot serve --backend http://localhost:8000/v1 --port 8400

  sot serve --backend vllm:Qwen/Qwen3-8B --host 0.0.0.0 --api-key-file keys.txt
"""


@app.command(help=_SERVE)
@takes_asking("strategy", "hedge", "system", "temperature", "top_p", "seed")
def serve(
    asking: Asking,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 takes a free one.")] = 8400,
    api_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keys that clients must show, one a line; else SOT_API_KEY."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow other machines, and any host name, without a key.")
    ] = False,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="A web origin whose pages may call this (repeatable)."),
    ] = None,
    max_answers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Answers in the making at the same time.")
    ] = 64,
    max_waiting: Annotated[
        int, typer.Option(metavar="N", min=0, help="Answers that may wait; more get 429.")
    ] = 256,
    grace: Annotated[
        float, typer.Option(metavar="S", min=0, help="Seconds that answers have to finish at the end.")
    ] = 30.0,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Write questions to the log; they stay out otherwise.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No line for each answer.")] = False,
) -> Command:
    from .serve import Serving, run_serve

    serving = Serving(
        host=host,
        port=port,
        api_key_file=api_key_file,
        insecure=insecure,
        cors_origins=tuple(cors_origin or ()),
        limits={
            "max_answers": max_answers,
            "max_waiting": max_waiting,
            "grace_s": grace,
            "log_questions": log_questions,
        },
        quiet=quiet,
    )
    return partial(run_serve, asking, serving)


_DOCTOR = """Show what is installed, which engines answer, and what the default would be.

Examples:

  sot doctor

  sot doctor --backend http://localhost:8000/v1
"""


@app.command(help=_DOCTOR)
def doctor(
    backend: Backend = None,
    model: Model = None,
    as_json: AsJson = False,
) -> Command:
    from .doctor import run_doctor

    return partial(run_doctor, backend, model, as_json=as_json)


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


def _from_input(question: str | None) -> str:
    if question is None or question == "-":
        if sys.stdin.isatty():
            raise ConfigError('no question given; for example: sot ask "How can I sleep better?"')
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return _decoded(question)


def _decoded(argument: str) -> str:
    """An argument of the process, with bytes that are not UTF-8 replaced."""
    return os.fsencode(argument).decode("utf-8", "replace")
