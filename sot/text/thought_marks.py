"""Marks with which reasoning models set their thoughts apart from the text: one table for all readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PAIRS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),  # most models; also <think:SUFFIX>
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reason>", "</reason>"),
    ("<reasoning>", "</reasoning>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<antThinking>", "</antThinking>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),  # MiniMax
    ("<ifm|think>", "</ifm|think>"),  # K2, one mark for each effort
    ("<ifm|think_fast>", "</ifm|think_fast>"),
    ("<ifm|think_faster>", "</ifm|think_faster>"),
    ("[THINK]", "[/THINK]"),  # Mistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker, Sky-T1
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("<|channel>", "<channel|>"),  # Gemma 4, with the channel's name in the block
    ("<unused94>", "<unused95>"),  # MedGemma
    ("[unused16]", "[unused17]"),  # openPangu
    ("<|plamo:begin_think:plamo|>", "<|plamo:end_think:plamo|>"),
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),  # Kimi K3
)
"""Opening and closing mark of a block of thoughts.

Messages with channels (harmony and its like) are not among them, since their closing mark ends any message.
"""

WRAPPERS: tuple[tuple[str, str], ...] = (
    ("<answer>", "</answer>"),
    ("<response>", "</response>"),
    ("<output>", "</output>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|START_TEXT|>", "<|END_TEXT|>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]"),
    ("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
)
"""Opening and closing mark of the answer, dropped only where they directly follow a block of thoughts."""

Kind = Literal["open", "close", "wrap", "unwrap", "header", "message", "end", "final", "skip"]

HARMONY = "harmony"
"""Family of the blocks that a message header opens and an end token closes."""
DROPPED_TOKENS = "harmony without its special tokens"
"""Family of ``analysis…assistantfinal``, which is left where a server drops the special tokens."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark in a text.

    Attributes:
        kind: ``open`` and ``close`` a block of thoughts; ``wrap`` and ``unwrap`` the answer; ``header``,
            ``message`` and ``end`` of a message whose header names its channel; ``final``: the answer
            begins; ``skip``: nothing to the reader.
        family: What a closing mark has in common with its opening mark.
        text: The mark as it was written.
    """

    kind: Kind
    family: str
    text: str
