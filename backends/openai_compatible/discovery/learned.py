"""Memory of the process: what the answers of one server and one model have shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..wire.token_estimate import TokenEstimate
from .observed import Observed


@dataclass(slots=True)
class Learned:
    """Memory of one model at one server, from its answers; shared by all backends of the process.

    Attributes:
        refused: Names of request fields that the server refused, and without which it answered.
        minima: Least value that the server accepts, by field.
        maxima: Largest value that the server accepts, by field.
        values: Value that the server accepts in place of ours, by field.
        continues_turn: Whether it continues a started assistant turn; ``None`` where nothing showed it.
        thinks: Whether the model reasons before it answers.
        stops_thinking: Whether ``GenerateConfig.think = False`` keeps it from thinking.
        opens_thinking: Whether its chat template opens the thinking block.
        constrains: ``False`` once a text did not follow the JSON schema of its request.
        evidence: Evidence for these fields, in words, by field name.
        observed: What the times and the usage of its answers show.
        tokens: How many tokens its prompts have.
    """

    refused: set[str] = field(default_factory=set[str])
    minima: dict[str, int] = field(default_factory=dict[str, int])
    maxima: dict[str, int] = field(default_factory=dict[str, int])
    values: dict[str, str] = field(default_factory=dict[str, str])
    continues_turn: bool | None = None
    thinks: bool | None = None
    stops_thinking: bool | None = None
    opens_thinking: bool | None = None
    constrains: bool | None = None
    evidence: dict[str, str] = field(default_factory=dict[str, str])
    observed: Observed = field(default_factory=Observed)
    tokens: TokenEstimate = field(default_factory=TokenEstimate)

    def note_thinking(self, *, told: bool | None, thought: bool, bare: bool) -> None:
        """Take note of how a completion began; see `sot.types.RemembersThinking`."""
        if thought:
            self.thinks = True
            self.evidence["thinks"] = "a completion had thoughts"
            self.opens_thinking = bare
            self.evidence["opens_thinking"] = (
                "thoughts ended in a closing mark without an opening one"
                if bare
                else "thoughts came apart from the text, or with both marks"
            )
            if told is False:
                self.stops_thinking = False
                self.evidence["stops_thinking"] = "a completion had thoughts although told not to think"
        elif told is None and self.thinks is None:
            self.thinks = False
            self.evidence["thinks"] = "a completion had no thoughts"
        elif told is False and self.thinks is not False:
            self.stops_thinking = True
            self.evidence["stops_thinking"] = "a completion told not to think had no thoughts"


_known: dict[tuple[str, str], Learned] = {}


def learned_of(base_url: str, model: str) -> Learned:
    """Return the process-wide memory of one model at one server.

    Args:
        base_url: The server's address, without query and key.
        model: The model's name in requests.
    """
    known = _known.get((base_url, model))
    return known if known is not None else _known.setdefault((base_url, model), Learned())


def forget_all() -> None:
    """Forget everything, as a new process would."""
    _known.clear()
