"""Prompt packs: folders with a Jinja2 template for each stage and a small ``pack.toml``.

The built-in packs and a user's own folder are read by the same code. Templates run in Jinja2's
sandbox with ``StrictUndefined``: a misspelt variable is an error with file and line, not a silent gap,
and text from outside reaches a template only as the value of a variable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConfigError, PromptPackError
from .packfile import Demonstration, PackFile
from .plan import Span

if TYPE_CHECKING:
    from jinja2 import Environment, Template

STAGES = (
    "route",
    "skeleton",
    "point",
    "skeleton_compact",
    "point_compact",
    "skeleton_paper",
    "point_paper",
    "cot",
    "plan",
    "heading",
    "missing",
    "length",
    "scope",
    "closing",
)
_ADDED = frozenset({"length", "scope", "closing"})  # a pack without it takes the built-in one

# A value for every variable, and the variables of every template. Each template is rendered with them when
# the pack is loaded, so that a broken pack is reported before the first question, not during it.
_SAMPLE: Mapping[str, Any] = {
    "question": "?",
    "min_points": 3,
    "max_points": 10,
    "index": 1,
    "title": "-",
    "outline": "1. -",
    "reason": "-",
    "length": "-",
    "language": "",
    "mark": "numbers",
    "audience": "-",
    "sentences": Span(1, 2),
    "words": Span(None, 30),
    "depth": "usual",
    "scopes": True,
    "covers": "-",
    "needs": (1, 2),
    "needed": "1. -",
    "demonstrations": (Demonstration(question="?", points=("-",), point=1, text="-"),),
}
_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "route": ("question",),
    "skeleton": (
        "question",
        "min_points",
        "max_points",
        "prefilled",
        "foreign",
        "language",
        "scopes",
        "demonstrations",
    ),
    "point": (
        "question",
        "index",
        "title",
        "outline",
        "prefilled",
        "foreign",
        "language",
        "length",
        "audience",
        "covers",
        "needs",
        "needed",
    ),
    "cot": ("question", "foreign", "language"),
    "plan": ("question", "foreign", "language"),
    "heading": ("index", "title", "mark"),
    "length": ("sentences", "words", "depth"),
    "missing": ("reason",),
    "scope": ("title", "covers", "needs"),
    "closing": ("question", "outline", "foreign", "language"),
}


class PromptPack:
    """Loaded prompt pack.

    Args:
        folder: Folder that the pack was read from.
        file: Content of its ``pack.toml``.
        templates: Compiled template of every stage.
    """

    def __init__(self, folder: Path, file: PackFile, templates: Mapping[str, Template]) -> None:
        self.folder = folder
        self.file = file
        self._templates = templates

    @property
    def language(self) -> str:
        """Language code of the pack, for example ``en``."""
        return self.file.language

    def template(self, stage: str) -> Template:
        """Return the compiled template of a stage."""
        return self._templates[stage]

    def asks_scopes(self, stage: str) -> bool:
        """Return whether the template of a skeleton can ask for scopes, and all demonstrations show them.

        Args:
            stage: ``skeleton``, ``skeleton_compact`` or ``skeleton_paper``.
        """
        if not all(demonstration.covers for demonstration in self.file.demonstrations):
            return False
        sample = _sample(_VARIABLES["skeleton"])
        asked, plain = (self.render(stage, **sample | {"scopes": scopes}) for scopes in (True, False))
        return asked != plain

    def render(self, stage: str, /, **values: Any) -> str:
        """Render the template of a stage.

        Args:
            stage: One of `STAGES`.
            values: Variables of the template.

        Raises:
            PromptPackError: The template fails; the error names file and line.
        """
        import jinja2

        try:
            return self._templates[stage].render(**values).strip("\n")
        except jinja2.TemplateError as error:
            raise _template_error(self.folder, stage, error) from None
        except Exception as error:  # noqa: BLE001 - a template can raise anything, such as TypeError
            raise _template_error(self.folder, stage, error) from None


def builtin_packs() -> tuple[str, ...]:
    """Return the names of the packs that come with the project, for example ``("en", "ja")``."""
    return tuple(sorted(entry.parent.name for entry in _root().glob("*/pack.toml")))


def load_pack(name: str | Path) -> PromptPack:
    """Load a built-in pack by name, or a folder.

    Args:
        name: ``"en"``, ``"ja"`` …, or the path of a folder with ``pack.toml`` and the templates.

    Raises:
        ConfigError: There is no such pack.
        PromptPackError: The pack is broken; the error names file and line.
    """
    if isinstance(name, str) and name in builtin_packs():
        return _load_folder(_root() / name)
    folder = Path(name)
    if not folder.is_dir():
        raise ConfigError(
            f"no prompt pack {str(name)!r}: give one of {', '.join(builtin_packs())}, "
            "or a folder that holds pack.toml"
        )
    return _load_folder(folder.resolve())


def pack_for(language: str) -> PromptPack:
    """Load the built-in pack of a language; English where there is none."""
    return load_pack(language if language in builtin_packs() else "en")


def language_name(code: str, pack: PromptPack) -> str:
    """Return a language's name in the language of a pack; in English, or empty, where no pack has one.

    Args:
        code: ISO 639 code of the language.
        pack: The pack, which may be older than its table of languages.
    """
    packs = (pack, pack_for(pack.language), pack_for("en"))
    return next((other.file.languages[code] for other in packs if code in other.file.languages), "")


def _root() -> Path:
    import sot.prompts

    return Path(sot.prompts.__path__[0])


@lru_cache(maxsize=16)
def _load_folder(folder: Path) -> PromptPack:
    """Load a pack, and check it by rendering every template with sample values."""
    file = _read_toml(folder / "pack.toml")
    environment = _environment(folder)
    templates = {stage: _compile(environment, folder, stage) for stage in STAGES if _own(folder, stage)}
    if missing := set(STAGES) - templates.keys():
        other = pack_for(file.language)
        templates |= {stage: other.template(stage) for stage in missing}
    pack = PromptPack(folder, file, templates)
    for stage in STAGES:
        for flag in (False, True):
            changed: dict[str, Any] = {"prefilled": flag, "foreign": flag, "language": "-" if flag else ""}
            if flag:
                changed |= {"audience": None, "sentences": None, "words": None}
                changed |= {"scopes": False, "covers": "", "needs": (), "needed": ""}
            pack.render(stage, **_sample(_VARIABLES[stage.partition("_")[0]], changed))
    return pack


def _sample(names: Iterable[str], changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a value for each of a template's variables."""
    values = {**_SAMPLE, "prefilled": True, "foreign": True, **(changed or {})}
    return {name: values[name] for name in names}


def _own(folder: Path, stage: str) -> bool:
    """Return whether a pack must have the template of a stage, or has it."""
    return stage not in _ADDED or (folder / f"{stage}.j2").exists()


def _read_toml(path: Path) -> PackFile:
    import pydantic

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PromptPackError("the file is missing", file=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PromptPackError(f"the file cannot be read: {error}", file=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise PromptPackError(str(error), file=str(path), line=_line_in(str(error))) from None
    try:
        return PackFile.model_validate(raw)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of_key(path, first["loc"])
        raise PromptPackError(f"{where}: {first['msg']}", file=str(path), line=line) from None


def _environment(folder: Path) -> Environment:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder, encoding="utf-8-sig"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # prompts are plain text; nothing here is shown as HTML
        keep_trailing_newline=False,
    )


def _compile(environment: Environment, folder: Path, stage: str) -> Template:
    import jinja2

    try:
        return environment.get_template(f"{stage}.j2")
    except jinja2.TemplateNotFound:
        raise PromptPackError("the file is missing", file=str(folder / f"{stage}.j2")) from None
    except (jinja2.TemplateError, UnicodeDecodeError) as error:
        raise _template_error(folder, stage, error) from None


def _template_error(folder: Path, stage: str, error: Exception) -> PromptPackError:
    """Build the error for a template that fails, with its file and line."""
    path = folder / f"{stage}.j2"
    line = cast("int | None", getattr(error, "lineno", None))
    trace = error.__traceback__
    while trace is not None:  # a run-time error has its line in the traceback, which Jinja2 rewrites
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return PromptPackError(str(error) or type(error).__name__, file=str(path), line=line)


def _line_in(message: str) -> int | None:
    """Extract the line number from the message of a TOML error."""
    _, found, rest = message.partition("at line ")
    digits = rest.split(",", 1)[0]
    return int(digits) if found and digits.isdigit() else None


def _line_of_key(path: Path, location: tuple[int | str, ...]) -> int | None:
    """Find the line of a TOML file at which a location stands, or the innermost table around it."""
    lines = [line.replace(" ", "") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    found, key = 0, ""
    for part in location:
        times = part if isinstance(part, int) else 1  # the header found stands for the first table
        key = key if isinstance(part, int) else part
        for _ in range(times):
            wanted = (f"{key}=", f"[{key}]", f"[[{key}]]")
            after = (
                number for number, line in enumerate(lines, 1) if number > found and line.startswith(wanted)
            )
            found = next(after, found)
    return found or None
