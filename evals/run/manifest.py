"""Manifests: what makes the answers of a folder comparable, and the refusal to mix unlike ones.

DIR/manifest.json    one `Manifest`: what was run, with what, where
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from sot import __version__
from sot.errors import ConfigError
from sot.prompting.packs import builtin_packs, load_pack
from sot.terminal import shown_spec
from sot.types import BackendInfo

from ..dataset.question import Question, QuestionSetInfo
from .machine import Session, utc_now

FORMAT = 2
MANIFEST = "manifest.json"


class Manifest(BaseModel):
    """What all answers of a folder share. Each command has a subclass with a default of ``command``.

    Args:
        format: Of the folder's files.
        command: The command that wrote the folder, such as ``sot eval run``.
        identity: Named values that every start of the command must repeat to go on in the folder.
        sessions: Every start of the command, the first one first.
        created_at: When the run began (ISO 8601, UTC).
    """

    format: int = FORMAT
    command: str = ""
    sot_version: str = __version__
    identity: dict[str, Any] = Field(default_factory=dict[str, Any])
    sessions: list[Session] = Field(default_factory=list[Session])
    created_at: str = Field(default_factory=utc_now)

    def unlike(self, now: Manifest) -> Iterator[tuple[str, object, object]]:
        """Yield the names and both values of what differs in a later start."""
        if self.sot_version != now.sot_version:
            yield "version of sot", self.sot_version, now.sot_version
        yield from different("", self.identity, now.identity)

    def refuse_unlike(self, now: Manifest, folder: Path) -> None:
        """See to it that only like runs share a folder.

        Raises:
            ConfigError: They are unlike; names what differs.
        """
        for what, old, new in self.unlike(now):
            raise ConfigError(
                f"{folder} holds a run with another {what} ({_shown(old)} there, {_shown(new)} now): "
                "unlike runs are not mixed; choose another --out"
            )

    def extended(self, now: Manifest) -> Self:
        """Return the manifest of a run that goes on as ``now`` asks for."""
        return self.model_copy(update={"sessions": [*self.sessions, *now.sessions]})


class EvalManifest(Manifest):
    """Manifest of ``sot eval run``.

    Args:
        backend: The backend spec as the engine states it, without any key.
        strategies: Asked for so far.
        question_ids: The questions chosen so far, in the order they are asked.
        repeat: How often each question is answered by each strategy.
        seed: Of the order and of sampling; ``None``: the order's is 0, sampling's is the engine's own.
        settings: The settings of all answers.
        prompts: SHA-256 of every prompt pack that may be used, by name.
    """

    command: str = "sot eval run"
    backend: str
    model: str
    strategies: list[str]
    questions: QuestionSetInfo
    question_ids: list[str]
    repeat: int = 1
    seed: int | None = None
    settings: dict[str, Any]
    prompts: dict[str, str]

    def unlike(self, now: Manifest) -> Iterator[tuple[str, object, object]]:
        assert isinstance(now, EvalManifest)
        yield from super().unlike(now)
        for what, name in _COMPARED.items():
            if getattr(self, name) != getattr(now, name):
                yield what, getattr(self, name), getattr(now, name)
        if self.questions.sha256 != now.questions.sha256:
            yield "question set", _named(self.questions), _named(now.questions)
        yield from different("setting ", self.settings, now.settings)
        yield from different(_PACK, self.prompts, now.prompts)

    def extended(self, now: Manifest) -> Self:
        assert isinstance(now, EvalManifest)
        return self.model_copy(
            update={
                "strategies": list(dict.fromkeys([*self.strategies, *now.strategies])),
                "question_ids": list(dict.fromkeys([*self.question_ids, *now.question_ids])),
                "repeat": max(self.repeat, now.repeat),
                "sessions": [*self.sessions, *now.sessions],
            }
        )


_COMPARED = {"model": "model", "backend": "backend", "--seed": "seed"}
_PACK = "prompt pack "


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call of ``sot eval run`` asks for; the fields of the manifest, and the questions chosen."""

    questions: QuestionSetInfo
    chosen: tuple[Question, ...]
    strategies: tuple[str, ...]
    repeat: int
    seed: int | None
    settings: Mapping[str, Any]
    prompts: str | None = None

    def manifest(self, info: BackendInfo, session: Session, *, shown: str | None = None) -> EvalManifest:
        """Return the manifest of a run that begins.

        Args:
            shown: The backend spec, where it is known in the form that a manifest has.
        """
        return EvalManifest(
            backend=shown or shown_spec(info.backend),
            model=info.model,
            strategies=list(self.strategies),
            questions=self.questions,
            question_ids=[question.id for question in self.chosen],
            repeat=self.repeat,
            seed=self.seed,
            settings=dict(self.settings),
            prompts=pack_hashes(self.prompts),
            sessions=[session],
        )


def different(
    prefix: str, before: Mapping[str, object], now: Mapping[str, object]
) -> Iterator[tuple[str, object, object]]:
    """Yield the names, with a prefix, and both values of what differs between two mappings."""
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"{prefix}{name}", before.get(name), now.get(name)


def pack_hashes(chosen: str | None = None) -> dict[str, str]:
    """Return the SHA-256 of every prompt pack that an answer may use, by name.

    Args:
        chosen: Name or folder of the pack; ``None``: all built-in ones, of which the language chooses.
    """
    packs = [load_pack(chosen)] if chosen is not None else [load_pack(name) for name in builtin_packs()]
    return {pack.folder.name: _hash(pack.folder) for pack in packs}


def identity_of_packs() -> dict[str, str]:
    """Return the hashes of all built-in prompt packs, as values of a manifest's identity."""
    return {f"{_PACK}{name}": digest for name, digest in pack_hashes().items()}


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".j2", ".toml") and path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _named(questions: QuestionSetInfo) -> str:
    return f"{questions.name}, {questions.count} questions, {questions.sha256[:12]}"


def _shown(value: object) -> str:
    text = "none" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text
