"""Commands made of options dataclasses (`sot.command.option_fields`): the one place that speaks to Typer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from inspect import Parameter, Signature
from pkgutil import resolve_name
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ..command.option_fields import Argument
from ..errors import ConfigError
from ..registry import engine_entries
from ..strategies import strategy_entries, strategy_names
from .config_defaults import PROFILE, apply_configuration, withhold_key
from .text_input import check_argument

# What a command returns is run after Typer has let go: it would turn Ctrl-C and a closed pipe into exit
# codes of its own, without a word.
Command = Callable[[], None]

# What help texts say of the registries is looked up when help is printed: it reads the installed packages.
_LISTED: Mapping[str, Callable[[], str]] = {
    "{strategies}": lambda: ", ".join(strategy_names()),
    "{labels}": lambda: ", ".join(f"{entry.name} ({entry.label})" for entry in strategy_entries()),
    "{engines}": lambda: ", ".join(entry.form for entry in engine_entries()),
}


class Group(TyperGroup):
    """A group of commands whose help says what each does, in a whole sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [
            (name, _listed((command.help or "").partition("\n")[0]) or "")
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _with_engine_profile(command: Any, words: list[str]) -> Iterator[str]:
    """Yield the words, with ``--profile FILE.json`` as what it was before profiles of `sot.toml`."""
    takes = any("--engine-profile" in parameter.opts for parameter in command.params)
    for word, value in zip(words, [*words, ""][1:], strict=True):
        named, equals, given = word.partition("=")
        is_file = (given if equals else value).endswith(".json")
        if takes and named == "--profile" and is_file:
            yield f"--engine-profile{equals}{given}"
        else:
            yield word


_PROFILE = Parameter(
    PROFILE,
    Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Option("--profile", help="A profile of the configuration files (sot.toml).", metavar="NAME"),
    ],
)


def command_group(name: str, help: str, **more: Any) -> typer.Typer:
    """An empty group of commands.

    Args:
        name: Its name.
        help: Its help.
        more: Further arguments of ``typer.Typer``.
    """
    return typer.Typer(
        name=name,
        cls=more.pop("cls", Group),
        help=help,
        add_completion=more.pop("add_completion", False),
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        **more,
    )


def add_command(app: typer.Typer, name: str, options: type[Any], target: str, *, help: str) -> None:
    """Add a command to a group.

    Args:
        app: The group.
        name: The command's name.
        options: The dataclass of its options.
        target: ``module:function`` of what takes such an object and does the work; imported only then.
        help: Its help.
    """

    def parsed(**typed: Any) -> Command:
        return partial(_run, target, _made(options, typed))

    # Typer reads the options off the signature.
    shown = list(_parameters(options))
    if not any(_takes(each, "--profile") for each in shown):  # else there is `sot --profile NAME COMMAND`
        shown.append(_PROFILE)
    setattr(parsed, "__signature__", Signature(shown))  # noqa: B010 - functions do not declare it
    app.command(name, cls=_Command, help=help)(parsed)


class _Command(TyperCommand):
    """A command whose help names what the registries list, and whose defaults may stand in files."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        args = list(_with_engine_profile(self, args))
        broken = None
        try:
            apply_configuration(self, ctx, args)
        except ConfigError as error:
            broken = error
        rest = super().parse_args(ctx, args)  # where help is asked for, it ends here
        if ctx.resilient_parsing:  # the shell completes what is typed
            return rest
        if broken is not None:
            raise broken
        withhold_key(ctx, self)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        ctx.default_map = None  # what files set may be secret, or a stranger's
        self.help = _listed(self.help)
        for parameter in self.params:
            if (text := getattr(parameter, "help", None)) is not None:
                setattr(parameter, "help", _listed(text))  # noqa: B010 - not every parameter declares it
        super().format_help(ctx, formatter)


def _listed(text: str | None) -> str | None:
    for name, listed in _LISTED.items():
        if text is not None and name in text:
            text = text.replace(name, listed())
    return text


def _run(target: str, options: Any) -> None:
    resolve_name(target)(options)


def _made(options: type[Any], typed: Mapping[str, Any]) -> Any:
    """The options object of what was typed."""
    values: dict[str, Any] = {}
    for name, hint in _hints(options).items():
        if _is_group(hint):
            values[name] = _made(hint, typed)
        else:
            values[name] = tuple(typed[name] or ()) if _repeatable(hint) else typed[name]
            _check_text(name, hint, values[name])
    return options(**values)


def _check_text(name: str, hint: Any, value: Any) -> None:
    """Refuse bytes that are no text; a file's name may hold them."""
    shown = "an argument" if isinstance(get_args(hint)[1], Argument) else f"--{name.replace('_', '-')}"
    for each in cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,)):
        if isinstance(each, str):
            check_argument(each, shown)


def _parameters(options: type[Any]) -> Iterator[Parameter]:
    hints = _hints(options)
    for field in fields(options):
        hint = hints[field.name]
        if _is_group(hint):
            yield from _parameters(hint)
        else:
            yield _parameter(field.name, hint, Parameter.empty if field.default is MISSING else field.default)


def _takes(parameter: Parameter, flag: str) -> bool:
    shown = get_args(parameter.annotation)[1]
    # Typer keeps the first flag apart until it reads the signature.
    return flag in (getattr(shown, "default", None), *(getattr(shown, "param_decls", None) or ()))


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    kind, declared = get_args(hint)
    if _repeatable(hint):
        kind, default = list[get_args(kind)[0]] | None, default or None
    if isinstance(declared, Argument):
        shown = typer.Argument(help=declared.help, metavar=declared.metavar, show_default=False)
    else:
        flags = _flags(name, declared.flags, kind, default)
        limits = {"min": declared.least, "max": declared.most}
        shown = typer.Option(*flags, help=declared.help, metavar=declared.metavar, **limits)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, shown])


def _flags(name: str, given: tuple[str, ...], kind: Any, default: Any) -> tuple[str, ...]:
    """Return an option's flags, with its long one: some releases of Typer derive none from the name."""
    if any(flag.startswith("--") for flag in given):
        return given
    flag = f"--{name.replace('_', '-')}"
    either = (kind is bool and default is not False and not given) or kind == (bool | None)
    return (f"{flag}/--no-{name.replace('_', '-')}" if either else flag, *given)


def _repeatable(hint: Any) -> bool:
    return get_origin(get_args(hint)[0]) is tuple


def _is_group(hint: Any) -> bool:
    """Whether a field stands for the options of another class."""
    return is_dataclass(hint)


def _hints(options: type[Any]) -> dict[str, Any]:
    return get_type_hints(options, include_extras=True)
