"""The manifest of a run: what it was made with, and the refusal to mix it with anything unlike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot import __version__
from sot.errors import ConfigError
from sot.prompting.packs import builtin_packs, load_pack
from sot.terminal import shown_spec
from sot.types import BackendInfo

from ..records import Manifest, Question, QuestionSetInfo, Session
from .answering import utc_now


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call of the command asks for.

    Args:
        questions: The question set.
        chosen: The questions of it to ask.
        strategies: The strategies.
        repeat: How often.
        seed: Of order and sampling.
        settings: The settings of all answers.
        prompts: The prompt pack chosen, by name or folder.
    """

    questions: QuestionSetInfo
    chosen: tuple[Question, ...]
    strategies: tuple[str, ...]
    repeat: int
    seed: int | None
    settings: Mapping[str, Any]
    prompts: str | None = None


def new_manifest(asked: Asked, info: BackendInfo, session: Session, *, shown: str | None = None) -> Manifest:
    """The manifest of a run that begins.

    Args:
        asked: What is asked for.
        info: What the engine says of itself.
        session: This start.
        shown: The backend spec, where it is known in the form that a manifest has.
    """
    return Manifest(
        sot_version=__version__,
        backend=shown or shown_spec(info.backend),
        model=info.model,
        strategies=list(asked.strategies),
        questions=asked.questions,
        question_ids=[question.id for question in asked.chosen],
        repeat=asked.repeat,
        seed=asked.seed,
        settings=dict(asked.settings),
        prompts=pack_hashes(asked.prompts),
        sessions=[session],
        created_at=utc_now(),
    )


def extended(before: Manifest, now: Manifest) -> Manifest:
    """The manifest of a run that goes on, with more questions, strategies or repetitions if asked for.

    Args:
        before: The manifest in the folder.
        now: That of what is asked for.
    """
    return before.model_copy(
        update={
            "strategies": list(dict.fromkeys([*before.strategies, *now.strategies])),
            "question_ids": list(dict.fromkeys([*before.question_ids, *now.question_ids])),
            "repeat": max(before.repeat, now.repeat),
            "sessions": [*before.sessions, *now.sessions],
        }
    )


def refuse_unlike(folder: Path, before: Manifest, now: Manifest) -> None:
    """See to it that only like runs share a folder.

    Args:
        folder: The folder.
        before: The manifest in it.
        now: That of what is asked for.

    Raises:
        ConfigError: They are unlike; names what differs.
    """
    for what, old, new in _compared(before, now):
        if old != new:
            raise ConfigError(
                f"{folder} holds a run with another {what} ({_shown(old)} there, {_shown(new)} now): "
                "unlike runs are not mixed; choose another --out"
            )


def _compared(before: Manifest, now: Manifest) -> list[tuple[str, object, object]]:
    pairs: list[tuple[str, object, object]] = [
        ("model", before.model, now.model),
        ("backend", before.backend, now.backend),
        ("version of sot", before.sot_version, now.sot_version),
        ("--seed", before.seed, now.seed),
    ]
    if before.questions.sha256 != now.questions.sha256:
        pairs.append(("question set", _named(before.questions), _named(now.questions)))
    for name in sorted(before.settings.keys() | now.settings.keys()):
        pairs.append((f"setting {name}", before.settings.get(name), now.settings.get(name)))
    for name in sorted(before.prompts.keys() | now.prompts.keys()):
        pairs.append((f"prompt pack {name}", before.prompts.get(name), now.prompts.get(name)))
    return pairs


def _named(questions: QuestionSetInfo) -> str:
    return f"{questions.name}, {questions.count} questions, {questions.sha256[:12]}"


def _shown(value: object) -> str:
    text = "none" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text


def pack_hashes(folder: str | None = None) -> dict[str, str]:
    """SHA-256 of every prompt pack that an answer may use, by name.

    Args:
        folder: The pack chosen, by name or folder; ``None`` for all built-in ones, of which the question's
            language chooses.
    """
    packs = [load_pack(folder)] if folder is not None else [load_pack(name) for name in builtin_packs()]
    return {pack.folder.name: _hash(pack.folder) for pack in packs}


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".j2", ".toml") and path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()
