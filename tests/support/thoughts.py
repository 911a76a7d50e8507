"""Completions of models that think, in every form of the marks around their thoughts."""

from __future__ import annotations

from sot.text.thought_marks import PAIRS

FINAL = "<|start|>assistant<|channel|>final<|message|>"

FORMS: tuple[tuple[str, str], ...] = (
    *PAIRS,
    ("<THINK>", "</Think>"),
    ("<think >", "</think >"),
    ('<thinking effort="low">', "</thinking>"),
    ("<think:model>", "</think:model>"),
    ("[think]", "[/think]"),
    ("<think>", "</think>\n<answer>\n"),
    ("<think>", "</think><response>"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>\n\n<|begin_of_solution|>"),
    ("<|open|>think<|sep|>", "<|close|>think<|sep|><|open|>response<|sep|>"),
    ("<|channel|>analysis<|message|>", f"<|end|>{FINAL}"),
    ("<|start|>assistant<|channel|>analysis<|message|>", f"<|end|>{FINAL}"),
    ("assistant<|channel|>analysis<|message|>", f"<|end|>{FINAL}"),
    (
        "<|channel|>analysis<|message|>",
        f"<|end|><|start|>assistant<|channel|>commentary<|message|>Now.<|end|>{FINAL}",
    ),
    ("<|channel|>analysis<|message|>", "<|end|><|channel|>final <|constrain|>json<|message|>"),
    ("<|channel|>analysis<|message|>", FINAL),
    ("<|begin|>assistant<|think|>", "<|end|><|begin|>assistant<|content|>"),
    ("to=self<|message|>", "<|eom|><|start|>assistant to=user<|message|>"),
    ("<|message_model|><|content_thinking|>", "<|end_message|><|message_model|><|content_text|>"),
    ("analysis", "assistantfinal"),
    ("analysis", "assistantcommentaryNow.assistantfinal"),
)
"""What stands before the thoughts, and what stands between them and the answer."""


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into pieces of a size."""
    return [text[at : at + size] for at in range(0, len(text), size)]
