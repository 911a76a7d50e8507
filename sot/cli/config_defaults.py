"""Defaults of a command's options out of the configuration files, handed to Typer."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from ..command.config_file import Default, in_effect, read_configuration
from ..command.stage_options import VARIABLES
from ..errors import ConfigError
from ..registry import engine_entry
from ..server.proof import is_loopback
from ..stages.make import KEY_VARIABLES
from ..terminal import one_line, shown_spec

PROFILE = "config_profile"
"""Name of the parameter that holds the profile."""
_ENV_KEY, _HEADERS, _EXTRA_BODY = "env_key", "headers", "extra_body"


def apply_configuration(command: Any, ctx: Any, arguments: Sequence[str]) -> None:
    """Give a command's context the defaults of the configuration files.

    Args:
        command: The command.
        ctx: Its context, before its arguments are parsed.
        arguments: What was typed.

    Raises:
        ConfigError: A file is broken, or there is no such profile.
    """
    typed, _, _ = command.make_parser(ctx).parse_args(list(arguments))
    profile = typed.get(PROFILE) or ctx.find_root().params.get(PROFILE)
    configuration = read_configuration(
        profile, known=_known_names(ctx.find_root(), command), groups=_groups(ctx)
    )
    options = {_long_name(each): each for each in command.params if _long_name(each)}
    path = ctx.command_path.split()[1:]
    defaults = configuration.defaults(path, list(options))
    backend = options.get("backend")
    if backend is not None and typed.get(backend.name) is not None:
        defaults.pop("model", None)  # it belongs to the engine that the file names
    in_effect.configuration, in_effect.defaults = configuration, defaults
    ctx.default_map = {
        options[name].name: _fitting(options[name], name, default) for name, default in defaults.items()
    }


def withhold_key(ctx: Any, command: Any) -> None:
    """Keep the user's keys and headers from an engine that only the folder's file names, and tell of it.

    Args:
        ctx: The command's context, after its arguments were parsed.
        command: The command.
    """
    default = in_effect.defaults.get("backend")
    if default is None or default.own or _ENV_KEY not in ctx.params:
        return
    if not _in_a_file(ctx, command, "backend"):
        return
    value = cast("object", default.value)
    given = cast("list[object]", value) if isinstance(value, list) else [value]
    foreign = [address for each in given if (address := _address(str(each)))]
    foreign = [address for address in foreign if not in_effect.configuration.trusts(address)]
    if not foreign:
        return
    withheld = ["OPENAI_API_KEY"] if ctx.params[_ENV_KEY] and os.environ.get("OPENAI_API_KEY") else []
    ctx.params[_ENV_KEY] = False
    for stage, variable in KEY_VARIABLES.items():  # of a stage without a server of its own
        elsewhere = ctx.params.get(f"{stage.removesuffix('s')}_backend") or os.environ.get(VARIABLES[stage])
        if not elsewhere and os.environ.pop(variable, ""):
            withheld.append(variable)
    if ctx.params.get(_HEADERS) and _in_a_file(ctx, command, "header"):
        ctx.params[_HEADERS] = []
        withheld.append("--header of your own file")
    if ctx.params.get(_EXTRA_BODY) and _in_a_file(ctx, command, "extra-body"):
        ctx.params[_EXTRA_BODY] = None
        withheld.append("--extra-body of your own file")
    if not withheld and all(map(_is_here, foreign)):
        return
    shown = ", ".join(one_line(shown_spec(address)) for address in foreign)
    kept = f"{' and '.join(withheld)} {'is' if len(withheld) == 1 else 'are'} not sent to "
    print(
        f"sot: {kept if withheld else 'the engine is '}{shown}, which {default.path} of this folder names: "
        f"list the address below trust in your own file to {'send it' if withheld else 'hear no more of it'}",
        file=sys.stderr,
    )


def _is_here(address: str) -> bool:
    """Return whether an address is one of this machine."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or is_loopback(host)


def _in_a_file(ctx: Any, command: Any, option: str) -> bool:
    """Return whether an option's value comes from a configuration file."""
    names = [each.name for each in command.params if _long_name(each) == option]
    return any(ctx.get_parameter_source(name).name == "DEFAULT_MAP" for name in names)


def _address(spec: str) -> str:
    """Return the address in a backend spec, which may have a name in front; empty where it has none."""
    spec = re.sub(r"\A[\w.-]+=", "", spec.strip()).strip()
    try:
        return spec if spec and engine_entry(spec).remote else ""
    except ConfigError:
        return ""  # of no engine


def _groups(ctx: Any) -> dict[tuple[str, ...], list[str]]:
    """Return the names of the commands in the groups on the way to the command at hand."""
    found: dict[tuple[str, ...], list[str]] = {}
    above = ctx.parent
    while above is not None:
        found[tuple(above.command_path.split()[1:])] = above.command.list_commands(above)
        above = above.parent
    return found


def _known_names(root: Any, command: Any) -> frozenset[str]:
    """Return the long names of all options of the core's commands and of the command at hand."""
    commands = [*getattr(root.command, "commands", {}).values(), command]
    return frozenset(_long_name(parameter) for each in commands for parameter in each.params)


def _long_name(parameter: Any) -> str:
    """Return an option's long name without its dashes; empty for an argument."""
    flags = cast("list[str]", parameter.opts) if parameter.param_type_name == "option" else []
    return next((flag[2:] for flag in flags if flag.startswith("--")), "")


def _fitting(parameter: Any, name: str, default: Default) -> Any:
    """Return a default as Typer wants it.

    Raises:
        ConfigError: It is of another type than the option.
    """
    value = default.value
    if parameter.multiple:
        values = cast("list[object]", value) if isinstance(value, list) else [cast("object", value)]
        if all(isinstance(each, str) for each in values):
            return values
        raise ConfigError(f"{default.path}: {name} must be a text or a list of texts")
    flag = bool(parameter.is_flag)
    if isinstance(value, bool) != flag or isinstance(value, list):
        wanted = "true or false" if flag else "a text or a number"
        raise ConfigError(f"{default.path}: {name} must be {wanted}")
    return value if isinstance(value, (bool, int, float, str)) else str(value)
