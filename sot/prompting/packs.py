"""Prompt packs: folders with a Jinja2 template for each stage and a small ``pack.toml``.

The built-in packs and a user's own folder are read by the same code. Templates run in a sandbox
(`sot.prompting.sandbox`) with ``StrictUndefined``: a misspelt variable is an error with file and line, not a
silent gap, and text from outside reaches a template only as the value of a variable.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .packfile import Demonstration, PackFile
from .plain import plain
from .plan import Span
from .reading import read_pack_file
from .templates import compile_template, environment_of, render_template

if TYPE_CHECKING:
    from jinja2 import Template

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
    "values",
    "field",
    "item",
)
# A pack without one of these takes the built-in one.
_ADDED = frozenset({"length", "scope", "closing", "values", "field", "item"})

_FORM = {
    "kind": "text",
    "options": "-",
    "least": 1,
    "most": 9,
    "null": True,
    "schema": "-",
    "low": "1",
    "high": "9",
}
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
    "instruction": "-",
    "header": "-",
    "items": ("-", "-"),
    "about": "-",
    "fields": ({"name": "-", "about": "-", "form": _FORM},),
    "keys": ("-",),
    "name": "-",
    "form": _FORM,
    "encoded": True,
    "problem": "-",
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
    "item": ("instruction", "header", "items", "foreign"),
    "values": ("question", "about", "fields", "keys", "problem", "foreign", "language"),
    "field": (
        "name",
        "about",
        "form",
        "length",
        "encoded",
        "prefilled",
        "problem",
        "audience",
        "foreign",
        "language",
    ),
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
        self._demonstrations = plain(file.demonstrations)  # the same at each request

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
        asked, simple = (self.render(stage, **sample | {"scopes": scopes}) for scopes in (True, False))
        return asked != simple

    def render(self, stage: str, /, **values: Any) -> str:
        """Render the template of a stage.

        Args:
            stage: One of `STAGES`.
            values: Variables of the template.

        Raises:
            PromptPackError: The template fails; the error names file and line.
        """
        shared = self.file.demonstrations
        given = {
            name: self._demonstrations if value is shared else plain(value) for name, value in values.items()
        }
        return render_template(self._templates[stage], self.folder, stage, given)


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
    if not os.path.isdir(folder):  # unlike the method it raises nothing, whatever the name
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
    file = read_pack_file(folder)
    environment = environment_of(folder)
    templates = {
        stage: compile_template(environment, folder, stage) for stage in STAGES if _own(folder, stage)
    }
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
                changed |= {"about": "", "keys": (), "problem": "", "encoded": False}
            pack.render(stage, **_sample(_VARIABLES[stage.partition("_")[0]], changed))
    return pack


def _sample(names: Iterable[str], changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a value for each of a template's variables."""
    values = {**_SAMPLE, "prefilled": True, "foreign": True, **(changed or {})}
    return {name: values[name] for name in names}


def _own(folder: Path, stage: str) -> bool:
    """Return whether a pack must have the template of a stage, or has it."""
    return stage not in _ADDED or (folder / f"{stage}.j2").exists()
