"""Verdicts as they stand in ``DIR/judgements.jsonl``, one a line, append-only.

Several records may share a key (a request that failed and was sent again): the last one counts. A record
only counts for the very texts it was given about, so an answer that was made again is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from sot.serialise import UsageJson

from ..run.folder import RunFolder, read_manifest
from ..run.log import RecordLog, read_log
from ..run.machine import utc_now
from ..run.manifest import EvalManifest
from ..stats.net_win import Place
from .pairs import Pair

JUDGEMENTS = "judgements.jsonl"
HUMAN = "human"
_AGAIN = "without this line it is judged again"

ShownFirst = Literal["strategy", "baseline"]
JudgementStatus = Literal["done", "unparsable", "failed", "identical", "skipped"]


class JudgementKey(NamedTuple):
    """Identity of a verdict: the judge, the answers, the aspect and their order."""

    judge: str
    prompts: str
    question_id: str
    repeat: int
    strategy: str
    baseline: str
    aspect: str
    shown_first: ShownFirst


class Judgement(BaseModel):
    """One line of ``judgements.jsonl``.

    Args:
        judge: The judge model's name, or ``human``.
        prompts: Fingerprint of what the judge was asked with; empty for a human.
        strategy: Whose net win it counts for.
        baseline: Against whom.
        shown_first: Whose answer stood in the first place.
        texts: Fingerprint of both answers.
        status: ``done``; ``unparsable``: the reply has no readable verdict; ``failed``: no reply;
            ``identical``: nobody was asked, because the answers are the same; ``skipped`` by a human.
        verdict: Which place was better; ``None`` unless ``done`` or ``identical``.
        reply: What the model wrote.
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
    status: JudgementStatus
    verdict: Place | None = None
    reply: str = ""
    error: str | None = None
    usage: UsageJson | None = None
    seconds: float = 0.0
    judged_at: str

    @property
    def key(self) -> JudgementKey:
        """Identity of the verdict."""
        return JudgementKey(*(getattr(self, name) for name in JudgementKey._fields))


def key_of(judge: str, prompts: str, pair: Pair, aspect: str, shown_first: ShownFirst) -> JudgementKey:
    """Return the key of a verdict on a pair."""
    strategy, baseline = pair.comparison
    return JudgementKey(
        judge, prompts, pair.question_id, pair.repeat, strategy, baseline, aspect, shown_first
    )


def judgement(key: JudgementKey, pair: Pair, status: JudgementStatus, **fields: Any) -> Judgement:
    """Make the record of a verdict given now."""
    return Judgement(
        **key._asdict(),
        category=pair.category,
        texts=pair.texts,
        status=status,
        judged_at=utc_now(),
        **fields,
    )


def latest_judgements(judgements: Iterable[Judgement]) -> Mapping[JudgementKey, Judgement]:
    """Return the record that counts for each key: the last one."""
    return {found.key: found for found in judgements}


def read_judgements(folder: Path) -> list[Judgement]:
    """Read all verdicts of a run, in the order of the file; none where nothing has been judged.

    Raises:
        ConfigError: A line is damaged; with file and line.
    """
    return read_log(folder / JUDGEMENTS, Judgement, _AGAIN)


@contextmanager
def judgement_log(folder: Path) -> Iterator[RecordLog[Judgement]]:
    """Hold the verdicts of a run for writing, by this process alone.

    The lock is that of the run: answers that change while they are judged would be judged for nothing.

    Raises:
        ConfigError: The folder holds no run, another process is writing to it, or a line is damaged.
    """
    read_manifest(folder)  # a folder that holds no run is left as it is
    with RunFolder(folder, EvalManifest) as run:
        yield run.open_log(JUDGEMENTS, Judgement, _AGAIN)
