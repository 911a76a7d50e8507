"""Verdicts as they stand in ``DIR/judgements.jsonl``, one a line, append-only.

Several records may share a key (a request that failed and was sent again): the last one counts. A record
only counts for the very texts it was given about, so an answer that was made again is judged again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from sot.serialise import UsageJson

from ..run.folder import RunFolder, read_manifest
from ..run.log import RecordLog, read_log
from ..run.machine import utc_now
from ..run.manifest import EvalManifest
from ..stats.net_win import Place
from .pairs import ShownFirst, Task

JUDGEMENTS = "judgements.jsonl"
HUMAN = "human"
_AGAIN = "without this line it is judged again"
_KEY = ("judge", "prompts", "question_id", "repeat", "strategy", "baseline", "texts", "aspect", "shown_first")

Judge = tuple[str, str]  # name, and fingerprint of its prompts


class Judgement(BaseModel):
    """One line of ``judgements.jsonl``.

    Args:
        judge: The judge model's name, or ``human``.
        prompts: Fingerprint of what the judge was asked with; empty for a human.
        strategy: Whose net win it counts for.
        shown_first: Whose answer stood in the first place.
        texts: Fingerprint of both answers.
        status: ``done``; ``unparsable``: the reply has no readable verdict; ``failed``: no reply;
            ``identical``: nobody was asked, because the answers are the same; ``skipped`` by a human.
        verdict: Which place was better; ``None`` unless ``done`` or ``identical``.
        error: Why there is no verdict, in one line.
        judged_at: ISO 8601, UTC.
    """

    judge: str
    prompts: str = ""
    question_id: str
    repeat: int = 1
    category: str = ""
    strategy: str
    baseline: str
    aspect: str
    shown_first: ShownFirst
    texts: str
    status: Literal["done", "unparsable", "failed", "identical", "skipped"]
    verdict: Place | None = None
    reply: str = ""
    error: str | None = None
    usage: UsageJson | None = None
    seconds: float = 0.0
    judged_at: str

    @property
    def key(self) -> tuple[Any, ...]:
        """Identity of the verdict, ``shown_first`` last."""
        return tuple(getattr(self, name) for name in _KEY)


def key_of(judge: Judge, task: Task) -> tuple[Any, ...]:
    """Key of the verdict that a judge gives on a task."""
    pair = task.pair
    asked = (pair.question_id, pair.repeat, *pair.comparison, pair.texts)
    return (*judge, *asked, task.aspect.name, task.shown_first)


def judgement(judge: Judge, task: Task, **fields: Any) -> Judgement:
    """Record of a verdict given now."""
    key = dict(zip(_KEY, key_of(judge, task), strict=True))
    return Judgement(**key, category=task.pair.category, judged_at=utc_now(), **fields)


def read_judgements(folder: Path) -> list[Judgement]:
    """Read all verdicts of a run, in the order of the file; none where nothing has been judged."""
    return read_log(folder / JUDGEMENTS, Judgement, _AGAIN)


@contextmanager
def judgement_log(folder: Path) -> Iterator[RecordLog[Judgement]]:
    """Hold the verdicts of a run for writing, by this process alone.

    The lock is that of the run: answers that change while they are judged would be judged for nothing.
    """
    read_manifest(folder)  # a folder that holds no run is left as it is
    with RunFolder(folder, EvalManifest) as run:
        yield run.open_log(JUDGEMENTS, Judgement, _AGAIN)
