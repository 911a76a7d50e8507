"""The options that say how questions are answered: ask, chat and serve share them all, others some."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .asking import Asking

Backend = Annotated[
    str | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="SPEC",
        help="http(s)://HOST/v1, torch: (built-in small model), torch:MODEL or vllm:MODEL.",
    ),
]
Model = Annotated[str | None, typer.Option("--model", "-m", help="The model's name at the backend.")]
Strategy = Annotated[
    str, typer.Option("--strategy", "-s", metavar="NAME", help="auto, skeleton, normal, cot or plan.")
]
RouterName = Annotated[
    str,
    typer.Option("--router", metavar="NAME", help="hybrid, rules, trained, or llm (asks the model itself)."),
]
Hedge = Annotated[
    bool,
    typer.Option(
        "--hedge", help="Start answering while a slow router (llm) decides; the losers are aborted."
    ),
]
Adapt = Annotated[
    bool, typer.Option("--adapt", help="Where the engine is busy, fewer points at once, then none.")
]
Profile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="How fast the engine is, for --adapt (sot bench calibrate)."),
]
System = Annotated[str | None, typer.Option("--system", metavar="TEXT", help="A system prompt.")]
Style = Annotated[str, typer.Option(metavar="NAME", help="Prompt layout: auto, aligned, compact or paper.")]
Pipeline = Annotated[
    bool, typer.Option("--pipeline/--no-pipeline", help="Start points while the skeleton is being written.")
]
Prompts = Annotated[
    str | None, typer.Option(metavar="DIR", help="A prompt pack's name (en, ja) or a folder.")
]
MaxPoints = Annotated[int, typer.Option(metavar="N", help="Most points of a skeleton.")]
MaxPointTokens = Annotated[int, typer.Option(metavar="N", help="Most tokens of one point.")]
MaxTokens = Annotated[int, typer.Option(metavar="N", help="Most tokens of a normally decoded answer.")]
Temperature = Annotated[
    float | None, typer.Option(metavar="T", help="0 is greedy; the engine's own unless given.")
]
TopP = Annotated[float | None, typer.Option("--top-p", metavar="P", help="Nucleus sampling, in (0, 1].")]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Makes sampling repeatable where the engine can.")
]
ExtraBody = Annotated[
    str | None,
    typer.Option(metavar="JSON", help="Further request fields for an HTTP engine, as a JSON object."),
]
EngineArg = Annotated[
    list[str] | None,
    typer.Option("--engine-arg", metavar="KEY=VALUE", help="An engine option by vLLM's name (repeatable)."),
]


def asking_of(
    backend: Backend = None,
    model: Model = None,
    strategy: Strategy = "auto",
    router: RouterName = "hybrid",
    hedge: Hedge = False,
    adapt: Adapt = False,
    profile: Profile = None,
    system: System = None,
    style: Style = "auto",
    pipeline: Pipeline = True,
    prompts: Prompts = None,
    max_points: MaxPoints = 10,
    max_point_tokens: MaxPointTokens = 192,
    max_tokens: MaxTokens = 1024,
    temperature: Temperature = None,
    top_p: TopP = None,
    seed: Seed = None,
    extra_body: ExtraBody = None,
    engine_arg: EngineArg = None,
) -> Asking:
    """What the options say. The parameters are the options."""
    from .asking import Asking

    return Asking(
        backend=backend,
        model=model,
        router=router,
        system=system,
        extra_body=extra_body,
        engine_args=tuple(engine_arg or ()),
        profile=profile,
        settings={
            "strategy": strategy,
            "route": "hedge" if hedge else "first",
            "adapt": adapt,
            "style": style,
            "pipeline": pipeline,
            "prompts": prompts,
            "max_points": max_points,
            "max_point_tokens": max_point_tokens,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
        },
    )


def takes_asking(*left_out: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that gives a command the options of `asking_of` in place of its parameter ``asking``.

    Args:
        left_out: Options that the command does not have, by the names of their parameters.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        shared = [option for option in _parameters(asking_of) if option.name not in left_out]

        def run(**given: Any) -> Any:
            asking = asking_of(**{option.name: given.pop(option.name) for option in shared})
            return command(asking=asking, **given)

        options: list[Parameter] = []
        for own in _parameters(command):
            options += shared if own.name == "asking" else [own]
        # Typer reads the options off the signature.
        keywords = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in options]
        setattr(run, "__signature__", Signature(keywords))  # noqa: B010 - functions do not declare it
        run.__name__ = command.__name__
        return run

    return decorate


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    """With annotations as Typer wants them; only the options' own count."""
    return list(signature(function, eval_str=True, locals={"Asking": Any}).parameters.values())
