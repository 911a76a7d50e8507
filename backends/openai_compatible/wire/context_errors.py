"""Recognition of errors that say: the prompt does not fit the model's context, in each server's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .usage import count

_KINDS = re.compile(r"context_length_exceeded|exceed_context_size|context_?window_?exceeded|prompt_too_long")
# Limits of rate, and of the completion alone, are told in like words.
_OTHER = re.compile(
    r"per[ _](?:minute|day|hour|second)|rate[ _-]?limit|\bTPM\b|concurren|\bquota\b", re.IGNORECASE
)
_SUBJECT = (
    r"(?:prompts?|inputs?|messages?|conversation|history|token count|context|sequence|number of tokens"
    r"|requested tokens?|tokens requested|request)\b"
)
_GAP = r"(?:(?!max_|output|completion).){0,80}?"  # not about the completion's limit
_WORDS = re.compile(
    r"|".join(
        (
            r"maximum (?:context|prompt|input|model) length",  # vLLM, OpenAI, xAI, Mistral, Fireworks
            # Anthropic, Bedrock, Fireworks, Ollama
            r"\b(?:prompt|input|request|context|messages?|conversation)s?(?: (?:text|length|size|content))?"
            r"(?: is| are)? (?:far )?too (?:long|large)\b",
            rf"\b(?:prompt|input)\b{_GAP}\btoo (?:long|large)\b",  # Mistral
            r"\btoo many (?:input |prompt )?tokens",  # Cohere
            r"\bmore tokens than",
            r"\b(?:total|sum of)\b.{0,30}\btokens?\b.{0,60}\bexceed",
            # "context length", "context window" and "exceeded" in any order
            r"(?:context|sequence)[ _-]?(?:size|length|window|limit)s?\b.{0,40}?"
            r"\b(?:exceed|overflow|too small)",
            r"(?:exceed|overflow|longer than|larger than|greater than|beyond|outside|more than)\w*\b.{0,60}?"
            r"\bcontext\b",
            r"context the overflows",  # LM Studio
            r"contextwindowexceeded",  # LiteLLM
            r"`?inputs`? (?:tokens \+ `?max_new_tokens`? must be|must have less than)",  # TGI
            r"reduce the length of (?:the|your) (?:messages|prompt|input)",  # Groq
            r"range of input length",  # DashScope
            r"\btoken count\b.{0,40}?\bonly supports",  # Vertex
            # Gemini, OpenAI, SGLang, Kimi, Azure, MLC, TensorRT-LLM
            rf"\b{_SUBJECT}{_GAP}\b(?:exceed\w*|(?:longer|larger|greater|more) than|only supports?)"
            rf"{_GAP}(?:tokens?\b|\blength|\blimit|\bmaximum|max_num_tokens|max_input)",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)


def _numbers(*sentences: str) -> re.Pattern[str]:
    """Compile sentences in which ``#`` stands for a number."""
    return re.compile("|".join(sentences).replace("#", r"(\d[\d,_]*)"), re.IGNORECASE)


_PROMPT_NUMBER = _numbers(
    r"has (?:at least )?# input tokens",
    r"\(# (?:in the messages|in your prompt|of text input)",
    r"resulted in # tokens",
    r"input \(# tokens\)|request \(# tokens\)|input length \(#|prompt length \(#|prompt \(length #\)",
    r"requested tokens \(#\)|\(requested: #\)",
    r"too long: #\b",
    r"token count (?:\(#\)|is #|of #)",
    r"given: #|received #\b",
    r"prompt contains # tokens|request contains # tokens|(?:prompt|message) has # tokens",
    r": # tokens from the input",
    r"keep the first # tokens",
)
_CONTEXT_NUMBER = _numbers(
    r"maximum (?:context|prompt) length is (?:only )?#",
    r"maximum model length of #|maximum context length of #|with # maximum context length",
    r"context length \(#|context size \(#|context window of #|context length:? (?:of )?(?:only )?#",
    r"must be <= #|must have less than #|cannot exceed #|> #\b",
    r"tokens? allowed \(#\)|allowed length \(#|maximum allowed #",
    r"(?:limit|maximum) of #|model token limit: #|length limit #",
    r"only supports? up to #|input length should be \[\d+, #\]",
)


def is_context_error(kind: str, words: str) -> bool:
    """Return whether an error says that the request exceeds the context.

    Args:
        kind: Its code and type, in lower case.
        words: Its message.
    """
    if _KINDS.search(kind):
        return True
    return bool(_WORDS.search(words)) and not _OTHER.search(words)


def context_numbers(fields: Mapping[str, Any], words: str) -> tuple[int | None, int | None]:
    """Return prompt tokens and context length, from the fields (llama.cpp) or the message."""
    prompt = count(fields.get("n_prompt_tokens")) or _first(_PROMPT_NUMBER, words)
    return prompt, count(fields.get("n_ctx")) or _first(_CONTEXT_NUMBER, words)


def _first(pattern: re.Pattern[str], words: str) -> int | None:
    match = pattern.search(words)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match[match.lastindex or 0])
    return int(digits[:12])
