"""Manifests: what makes the answers of a folder comparable, and the refusal to mix unlike ones.

DIR/manifest.json    one `Manifest`: what was run, with what, where
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from sot import __version__
from sot.errors import ConfigError
from sot.prompting.packs import builtin_packs, load_pack

from ..dataset.question import QuestionSetInfo
from .machine import Session, utc_now

FORMAT = 2
MANIFEST = "manifest.json"


class Manifest(BaseModel):
    """What all answers of a folder share. Each command has a subclass with a default of ``command``.

    Args:
        format: Of the folder's files.
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

    def compared(self) -> dict[str, object]:
        """Return all that runs in one folder have in common, by the name that a refusal gives it."""
        return {"version of sot": self.sot_version, **self.identity}

    def refuse_unlike(self, now: Manifest, folder: Path) -> None:
        """See to it that only like runs share a folder."""
        before, after = self.compared(), now.compared()
        for what in dict.fromkeys([*before, *after]):
            old, new = before.get(what), after.get(what)
            if old != new:
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

    def compared(self) -> dict[str, object]:
        return {
            **super().compared(),
            "model": self.model,
            "backend": self.backend,
            "--seed": self.seed,
            "question set": self.questions,
            **{f"setting {name}": value for name, value in sorted(self.settings.items())},
            **_as_identity(self.prompts),
        }

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


def pack_hashes(chosen: str | None = None) -> dict[str, str]:
    """Return the SHA-256 of every prompt pack that an answer may use, by name.

    Args:
        chosen: Name or folder of the pack; ``None``: all built-in ones, of which the language chooses.
    """
    folders = [load_pack(name).folder for name in (builtin_packs() if chosen is None else [chosen])]
    return {folder.name: _hash(folder) for folder in folders}


def identity_of_packs() -> dict[str, str]:
    """Return the hashes of all built-in prompt packs, as values of a manifest's identity."""
    return _as_identity(pack_hashes())


def _as_identity(packs: dict[str, str]) -> dict[str, str]:
    return {f"prompt pack {name}": digest for name, digest in packs.items()}


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".j2", ".toml") and path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _shown(value: object) -> str:
    text = "none" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text
