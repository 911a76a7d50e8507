"""Configuration files: defaults of the commands' options, from the folder at hand and from the user's own.

    backend = "http://localhost:8000/v1"     # an option of any command, by its long name
    max-points = 6

    [serve]                                  # options of one command
    port = 8401

    [profiles.big]                           # chosen with --profile big
    backend = "https://gpu.example/v1"

An option on the command line wins over the environment, that over ``sot.toml`` in the folder at hand, and
that over the user's own file. A profile that is asked for wins over the environment as well.

A folder may come from a stranger. So its file cannot set what could run code or open a server, and an engine
that it names does not get the user's key unless the user's own file lists the address below ``trust``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..errors import ConfigError
from ..terminal import one_line
from .config_rules import TYPED, Groups, may_set
from .user_folders import is_off, user_folder

NAME = "sot.toml"
_PROFILES, _TRUST = "profiles", "trust"
_LARGEST = 100_000  # bytes


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One configuration file.

    Args:
        path: The file, as it is shown.
        own: Whether it is the user's own, and not that of the folder at hand.
        values: Its content.
    """

    path: str
    own: bool
    values: Mapping[str, Any]

    def tables(self, profile: str | None) -> Iterator[Mapping[str, Any]]:
        """Yield its defaults, the weakest first: those for all runs, then those of a profile."""
        yield {name: value for name, value in self.values.items() if name not in (_PROFILES, _TRUST)}
        if profile is not None and profile in self.profiles:
            yield self.profiles[profile]

    @property
    def profiles(self) -> Mapping[str, Mapping[str, Any]]:
        """The profiles, by name."""
        return cast("Mapping[str, Mapping[str, Any]]", self.values.get(_PROFILES, {}))

    @property
    def trust(self) -> tuple[str, ...]:
        """Addresses that may get the user's key although a folder's file names them."""
        return tuple(self.values.get(_TRUST, ())) if self.own else ()


@dataclass(frozen=True, slots=True)
class Default:
    """One option's default out of a file.

    Args:
        value: The value, as TOML has it.
        path: The file, as it is shown.
        own: Whether it is the user's own.
    """

    value: Any
    path: str
    own: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """All configuration files, and the profile that was asked for.

    Args:
        files: The files, the weakest first.
        profile: Name of the profile; ``None`` without one.
    """

    files: tuple[ConfigFile, ...] = ()
    profile: str | None = None

    @property
    def profiles(self) -> tuple[str, ...]:
        """Names of the profiles of all files."""
        return tuple(sorted({name for file in self.files for name in file.profiles}))

    def trusts(self, address: str) -> bool:
        """Return whether the user's own file lists an address below ``trust``."""
        return any(address.rstrip("/") == each.rstrip("/") for file in self.files for each in file.trust)

    def defaults(self, command: Sequence[str], options: Sequence[str]) -> dict[str, Default]:
        """Return the defaults of a command's options, by the options' long names without dashes in front.

        Args:
            command: The command, such as ``("bench", "latency")``.
            options: Long names of its options.

        Raises:
            ConfigError: A table of this command has an option that it does not have, or a folder's file sets
                one that only the user's own may set.
        """
        found: dict[str, Default] = {}
        strong: dict[str, Default] = {}  # of the profile
        for file in self.files:
            for number, table in enumerate(file.tables(self.profile)):
                into = strong if number else found
                values = dict(_of_command(file, table, command, options))
                if "backend" in values:  # a model's name belongs to its engine
                    into.pop("model", None)
                into |= {name: Default(value, file.path, file.own) for name, value in values.items()}
        if "backend" in strong:
            found.pop("model", None)
        if "backend" not in strong and any(
            os.environ.get(name) for name in ("SOT_BACKEND", "OPENAI_BASE_URL")
        ):
            found.pop("backend", None)
            found.pop("model", None)
        return found | strong


def read_configuration(
    profile: str | None = None, *, known: frozenset[str] | None = None, groups: Groups | None = None
) -> Configuration:
    """Read the configuration files: ``sot.toml`` in the user's folder, then in the folder at hand.

    ``SOT_CONFIG`` names one file in place of both, or ``off``; ``SOT_PROFILE`` a profile.

    Args:
        profile: The profile that was asked for.
        known: Names that may stand outside of a command's table; ``None`` checks none.
        groups: Names of the commands of each group, as far as they are known; the empty path is the program.

    Raises:
        ConfigError: A file cannot be read, or there is no such profile.
    """
    profile = profile or os.environ.get("SOT_PROFILE") or None
    files = tuple(_read(path, own, known, groups or {}) for path, own in _places())
    found = Configuration(files, profile)
    if profile is not None and profile not in found.profiles:
        known_profiles = ", ".join(one_line(name) for name in found.profiles)
        where = f"there are {known_profiles}" if known_profiles else f"no {NAME} has one"
        raise ConfigError(f"no profile {one_line(profile)!r}: {where}")
    return found


def user_file() -> Path | None:
    """Return the place of the user's own file; ``None`` for a user without a home."""
    folder = user_folder("XDG_CONFIG_HOME", ".config", windows="APPDATA")
    return None if folder is None else folder / "sot" / NAME


def _places() -> Iterator[tuple[Path, bool]]:
    """Yield the files that there are, and whether they are the user's own."""
    named = os.environ.get("SOT_CONFIG", "")
    if is_off(named):
        return
    if named:
        yield Path(os.path.expanduser(named)), True
        return
    own, here = user_file(), Path(NAME)
    has_own = own is not None and os.path.isfile(own)  # false for what may not be looked at
    if own is not None and has_own:
        yield own, True
    if os.path.isfile(here) and not (own is not None and has_own and here.samefile(own)):
        yield here, False


def _read(path: Path, own: bool, known: frozenset[str] | None, groups: Groups) -> ConfigFile:
    shown = one_line(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ConfigError(f"{shown}: larger than {_LARGEST} bytes")
        values: dict[str, Any] = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown}: not TOML: {one_line(str(error))}") from None
    profiles = _tables(values.get(_PROFILES, {}))
    if profiles is None:
        raise ConfigError(f"{shown}: {_PROFILES} must be tables, such as [{_PROFILES}.big]")
    trust = cast("object", values.get(_TRUST, []))
    if not isinstance(trust, list) or not all(isinstance(each, str) for each in cast("list[object]", trust)):
        raise ConfigError(f"{shown}: {_TRUST} must be a list of addresses")
    if trust and not own:
        raise ConfigError(f"{shown}: {_TRUST} belongs into the user's own file, {_own_place()}")
    file = ConfigFile(shown, own, values)
    if known is not None:
        for table in (values, *profiles.values()):
            _check_names(file, table, known)
            _check_tables(file, table, (), groups)
    return file


def _tables(value: object) -> dict[str, dict[str, Any]] | None:
    """Return a table of tables; ``None`` where it is something else."""
    if not isinstance(value, dict):
        return None
    tables = cast("dict[str, object]", value)
    if not all(isinstance(each, dict) for each in tables.values()):
        return None
    return cast("dict[str, dict[str, Any]]", tables)


def _check_names(file: ConfigFile, table: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse options of no command, such as misspelt ones."""
    for name, value in table.items():
        if name in (_PROFILES, _TRUST) or isinstance(value, dict):
            continue
        if (option := _dashed(name)) in TYPED:
            raise ConfigError(f"{file.path}: --{option} is for the command line alone")
        if option in known:
            continue
        raise ConfigError(
            f"{file.path}: there is no option --{one_line(_dashed(name))} (those of one command belong into "
            "its table, such as [bench.latency])"
        )


def _check_tables(file: ConfigFile, table: Mapping[str, Any], path: tuple[str, ...], groups: Groups) -> None:
    """Refuse tables of no command, such as misspelt ones, whose options would be passed over."""
    commands = groups.get(path)
    if commands is None:
        return
    for name, value in table.items():
        if not isinstance(value, dict) or (not path and name == _PROFILES):
            continue
        if name not in commands:
            shown = ".".join(map(one_line, (*path, name)))
            raise ConfigError(f"{file.path}: [{shown}] is the table of no command and no profile")
        _check_tables(file, cast("Mapping[str, Any]", value), (*path, name), groups)


def _of_command(
    file: ConfigFile, table: Mapping[str, Any], command: Sequence[str], options: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """Yield the options of a command that a table sets: those outside of all commands, then its own."""
    own: Mapping[str, Any] = table
    for name in command:
        inner = cast("object", own.get(name, {}))
        own = cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}
    for values, must_have in ((table, False), (own, True)):
        for key, value in values.items():
            name = _dashed(key)
            if must_have and name in TYPED:
                raise ConfigError(f"{file.path}: --{name} is for the command line alone")
            if isinstance(value, dict):
                if must_have:
                    raise ConfigError(
                        f"{file.path}: [{' '.join(command)}] {one_line(key)} must not be a table"
                    )
                continue
            if name not in options:
                if must_have:
                    raise ConfigError(
                        f"{file.path}: sot {' '.join(command)} has no option --{one_line(name)}"
                    )
                continue
            if not file.own and not may_set(name, value):
                raise ConfigError(
                    f"{file.path}: --{name} can only be set in the user's own file, {_own_place()}"
                )
            yield name, value


def _own_place() -> str:
    return one_line(str(user_file() or "which needs a home"))


def _dashed(name: str) -> str:
    return name.replace("_", "-")


@dataclass(slots=True)
class InEffect:
    """Configuration of the command that runs, for `sot doctor` to show.

    Args:
        configuration: The files and the profile.
        defaults: Defaults of the command's options, by name.
    """

    configuration: Configuration = field(default_factory=Configuration)
    defaults: Mapping[str, Default] = field(default_factory=dict[str, Default])


in_effect = InEffect()
"""Configuration of the command that this process runs."""
