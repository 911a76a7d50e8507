"""What is looked at beside an answer's own events: engine counters and energy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .recording import RecordingBackend
from .scripted_text import ScriptedText

# Tokens that speculative decoding proposed so far, and those of them that the model took.
Drafts = tuple[int, int]


async def _no_drafts() -> Drafts | None:
    return None


@dataclass(frozen=True, slots=True)
class Probes:
    """Where a measurement looks.

    Args:
        recorder: Takes the time of every piece; it stands around the engine that answers.
        scripted: Forces lengths, in the length-controlled comparison.
        drafts: Reads the engine's counters of speculative decoding; ``None`` where it has none.
        joules: Reads the energy used so far; ``None`` where nothing can be read.
    """

    recorder: RecordingBackend | None = None
    scripted: ScriptedText | None = None
    drafts: Callable[[], Awaitable[Drafts | None]] = _no_drafts
    joules: Callable[[], float | None] = lambda: None
