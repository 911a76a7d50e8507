"""How a run was made, as names and values for people."""

from __future__ import annotations

from ..records import Manifest
from .run_data import RunData


def run_facts(run: RunData) -> list[tuple[str, str]]:
    """The facts of the manifest and of the judges.

    Args:
        run: The run.
    """
    manifest = run.manifest
    first = manifest.sessions[0]
    machine = first.machine
    memory = [f"{machine.memory_gib:g} GiB memory"] if machine.memory_gib else []
    settings = ", ".join(f"{name} {value}" for name, value in manifest.settings.items() if _told(value))
    packages = ", ".join(f"{name} {version}" for name, version in first.packages.items())
    facts = [
        ("Model", manifest.model),
        ("Engine", manifest.backend),
        ("Questions", f"{manifest.questions.name} ({manifest.questions.count} in the set)"),
        ("Question set", f"SHA-256 {manifest.questions.sha256}"),
        ("Answers to each question", str(manifest.repeat)),
        ("Seed", "none" if manifest.seed is None else str(manifest.seed)),
        ("Settings", settings or "defaults"),
        ("Machine", ", ".join([machine.cpu, f"{machine.cores} cores", *memory, *machine.gpus])),
        ("Software", f"sot {manifest.sot_version}, Python {first.python}, {packages}; {first.platform}"),
        ("Prompt packs", ", ".join(f"{name} {digest[:12]}" for name, digest in manifest.prompts.items())),
        ("Begun", f"{manifest.created_at}, in {_starts(manifest)}"),
    ]
    return [*facts, *_judges(run)]


def _judges(run: RunData) -> list[tuple[str, str]]:
    names = dict.fromkeys((entry.judge, entry.prompts) for entry in run.judged)
    return [("Judge", f"{judge}, prompts {prompts}" if prompts else judge) for judge, prompts in names]


def _starts(manifest: Manifest) -> str:
    count = len(manifest.sessions)
    return "one go" if count == 1 else f"{count} starts"


def _told(value: object) -> bool:
    return value is not None and value not in ("", [], {})
