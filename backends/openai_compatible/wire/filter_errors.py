"""Recognition of refusals that come from an engine's content filter, among all other refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .error_shapes import error_kind

# Names of a content filter in an error's code or type: OpenAI, Azure, LiteLLM, DashScope, Bedrock, Gemini.
_KIND = re.compile(
    r"content_?filter|content_?policy|responsible_?ai|data_?inspection|guardrail|moderation|safety"
    r"|prohibited_?content|sensitive"
)
# Words of filters that give no such name: Azure, OpenAI, LiteLLM, OpenRouter, DeepSeek, Moonshot, Zhipu.
_WORDS = re.compile(
    r"content[ _-]?(?:management )?(?:filter|policy)|contentpolicyviolation|content exists risk"
    r"|flagged (?:as|by|for)|requires moderation|considered high risk|blocked by (?:the |our )?safety"
    r"|不安全或敏感|敏感内容|违规内容",
    re.IGNORECASE,
)
_BY_WORDS = (400, 403, 422, 451)  # elsewhere the words may be about something else
_NEVER = (401, 404, 429)


def is_filter_error(status: int, fields: Mapping[str, Any], words: str) -> bool:
    """Return whether a refusal comes from a content filter.

    Args:
        status: Its HTTP status, or what an error inside a stream stands for.
        fields: Fields of the error object.
        words: Its message.
    """
    if status in _NEVER:
        return False
    if _KIND.search(error_kind(fields)) or any(_KIND.search(kind) for kind in _inner_kinds(fields)):
        return True
    if status not in _BY_WORDS:
        return False
    return bool(_WORDS.search(words)) or _is_flagged(fields)


def _inner_kinds(fields: Mapping[str, Any]) -> list[str]:
    """Return the codes of the errors inside an error (Azure)."""
    inner = [fields.get(name) for name in ("innererror", "inner_error")]
    return [error_kind(error) for error in inner if isinstance(error, dict)]


def _is_flagged(fields: Mapping[str, Any]) -> bool:
    """Whether the error says what was flagged (OpenRouter)."""
    metadata = fields.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("reasons") or metadata.get("flagged_input"))
