"""What judges are asked: templates and aspects of the folder ``prompts/judge``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sot.errors import ConfigError
from sot.types import Message

GENERAL = "general"
_TEMPLATE = "pair.j2"
_FILE = "judge.toml"


@dataclass(frozen=True, slots=True)
class Aspect:
    """A respect in which answers are compared.

    Args:
        name: As ``--aspects`` and the records call it.
        title: For people.
        criterion: The question a judge decides.
    """

    name: str
    title: str
    criterion: str


class JudgePrompts:
    """The loaded folder. Templates run in Jinja2's sandbox with ``StrictUndefined``, as prompt packs do.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        raw = tomllib.loads((folder / _FILE).read_text(encoding="utf-8"))
        self.system: str = raw["system"]
        self.prefill: str = raw["prefill"]
        self.aspects: Mapping[str, Aspect] = {
            name: Aspect(name, entry["title"], entry["criterion"]) for name, entry in raw["aspects"].items()
        }
        environment = ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined, autoescape=False
        )
        self._template = environment.get_template(_TEMPLATE)
        template = (folder / _TEMPLATE).read_text(encoding="utf-8")
        criteria = [f"{aspect.name}: {aspect.criterion}" for aspect in self.aspects.values()]
        self._asked = "\0".join((self.system, self.prefill, template, *criteria))

    def fingerprint(self, *, explain: bool) -> str:
        """Tells verdicts given under other prompts apart.

        Args:
            explain: Whether reasons are asked for.
        """
        return hashlib.sha256(f"{self._asked}\0{explain}".encode()).hexdigest()[:12]

    def messages(
        self,
        aspect: Aspect,
        *,
        question: str,
        first: str,
        second: str,
        reference: str | None,
        explain: bool,
    ) -> tuple[Message, ...]:
        """The conversation that asks for one verdict.

        All aspects of one pair in one order share everything before the criterion, so a prefix cache serves
        it. The marks around the answers hang on their texts: an answer cannot know them and so cannot
        close its own frame.

        Args:
            aspect: In what respect.
            question: The question.
            first: The answer in the first place.
            second: The answer in the second place.
            reference: The right answer, where there is one.
            explain: Ask for reasons before the verdict.
        """
        values: dict[str, Any] = {
            "mark": hashlib.sha256(f"{question}\0{first}\0{second}".encode()).hexdigest()[:8],
            "question": question,
            "first": first,
            "second": second,
            "reference": reference,
            "criterion": aspect.criterion,
            "explain": explain,
        }
        return Message("system", self.system), Message("user", self._template.render(values).strip())


@cache
def judge_prompts() -> JudgePrompts:
    """The judge's prompts that come with the project."""
    import sot.prompts

    return JudgePrompts(Path(sot.prompts.__path__[0]) / "judge")


def chosen_aspects(text: str) -> tuple[Aspect, ...]:
    """The aspects that an option names.

    Args:
        text: Names with commas, or ``all``.

    Raises:
        ConfigError: There is no such aspect.
    """
    known = judge_prompts().aspects
    names = list(known) if text.strip() == "all" else [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"no aspect {unknown[0]!r}: there are {', '.join(known)}, and all")
    return tuple(known[name] for name in dict.fromkeys(names))
