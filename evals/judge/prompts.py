"""Prompts of judges: templates and aspects of the folder ``prompts/judge``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sot.errors import ConfigError
from sot.types import Message

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Aspect:
    """Respect in which answers are compared; the criterion is the question a judge decides."""

    name: str
    title: str
    criterion: str


class JudgePrompts:
    """Folder of prompts; templates run in Jinja2's sandbox with ``StrictUndefined``, as prompt packs do."""

    def __init__(self, folder: Path) -> None:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        raw = tomllib.loads((folder / "judge.toml").read_text(encoding="utf-8"))
        self.prefill: str = raw["prefill"]
        self.aspects: Mapping[str, Aspect] = {
            name: Aspect(name, **entry) for name, entry in raw["aspects"].items()
        }
        self._system: str = raw["system"]
        template = (folder / "pair.j2").read_text(encoding="utf-8")
        environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
        self._template = environment.from_string(template)
        criteria = [f"{aspect.name}: {aspect.criterion}" for aspect in self.aspects.values()]
        self._asked = "\0".join((self._system, self.prefill, template, *criteria))

    def fingerprint(self, *, explain: bool) -> str:
        """Return what tells verdicts given under other prompts apart."""
        return hashlib.sha256(f"{self._asked}\0{explain}".encode()).hexdigest()[:12]

    def messages(self, aspect: Aspect, *, explain: bool, **shown: str | None) -> tuple[Message, ...]:
        """Return the conversation that asks for one verdict.

        All aspects of one pair in one order share everything before the criterion, so a prefix cache serves
        it. The marks around the answers hang on their texts: an answer cannot know them and so cannot
        close its own frame.

        Args:
            explain: Ask for reasons before the verdict.
            shown: The ``question``, the ``first`` and the ``second`` answer, and the ``reference`` if any.
        """
        texts = "\0".join(str(shown[name]) for name in ("question", "first", "second"))
        mark = hashlib.sha256(texts.encode()).hexdigest()[:8]
        asked = self._template.render(shown, mark=mark, criterion=aspect.criterion, explain=explain)
        return Message("system", self._system), Message("user", asked.strip())


@cache
def judge_prompts() -> JudgePrompts:
    """Load the prompts that come with the project."""
    import sot.prompts

    return JudgePrompts(Path(sot.prompts.__path__[0]) / "judge")


def chosen_aspects(text: str) -> tuple[Aspect, ...]:
    """Parse the aspects that an option names."""
    known = judge_prompts().aspects
    names = list(known) if text.strip() == "all" else [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"no aspect {unknown[0]!r}: there are {', '.join(known)}, and all")
    return tuple(known[name] for name in dict.fromkeys(names))
