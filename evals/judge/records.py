"""A verdict as it stands in ``DIR/judgements.jsonl``, one a line, append-only.

Several records may share a key (a request that failed and was sent again): the last one counts. A record
only counts for the very texts it was given about, so an answer that was made again is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel

from sot.serialise import UsageJson

from ..statistics.net_win import Place

JUDGEMENTS = "judgements.jsonl"
HUMAN = "human"

ShownFirst = Literal["strategy", "baseline"]
JudgementStatus = Literal["done", "unparsable", "failed", "identical", "skipped"]


class JudgementKey(NamedTuple):
    """What a verdict is about, and whose it is."""

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
        question_id: With ``repeat`` and the strategies: which answers.
        repeat: Which repetition, from 1.
        category: Of the question.
        strategy: Whose net win it counts for.
        baseline: Against whom.
        aspect: In what respect.
        shown_first: Whose answer stood in the first place.
        texts: Fingerprint of both answers.
        status: ``done``; ``unparsable``: the reply has no readable verdict; ``failed``: no reply;
            ``identical``: nobody was asked, because the answers are the same; ``skipped`` by a human.
        verdict: Which place was better; ``None`` unless ``done`` or ``identical``.
        reply: What the model wrote.
        error: Why there is no verdict, in one line.
        usage: Tokens of the request.
        seconds: How long it took.
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
        """What this is the verdict on."""
        return JudgementKey(
            self.judge,
            self.prompts,
            self.question_id,
            self.repeat,
            self.strategy,
            self.baseline,
            self.aspect,
            self.shown_first,
        )


def latest_judgements(judgements: Iterable[Judgement]) -> Mapping[JudgementKey, Judgement]:
    """The record that counts for each key: the last one.

    Args:
        judgements: Records in the order of the file.
    """
    return {judgement.key: judgement for judgement in judgements}
