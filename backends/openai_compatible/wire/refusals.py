"""What a refusal (400 or 422) complains about: a field, a value of it, or the started turn."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from .error_shapes import error_fields, error_words
from .request import CONTINUE_FIELDS, USAGE_SO_FAR
from .schema_field import SCHEMA
from .thinking_fields import EFFORT, TEMPLATE

# Other names of a field in messages, as patterns.
_ALIASES: Mapping[str, str] = {
    USAGE_SO_FAR: USAGE_SO_FAR,
    "stream_options": r"stream_?options|include_?usage",
    "max_tokens": r"max_?(?:completion_?|output_?|new_?)?tokens",
    "max_completion_tokens": r"max_?(?:completion_?|output_?|new_?)?tokens",
    "top_p": r"top_?p",
    "stop": r"stop(?:[ _]?(?:sequence|word|string)s?)?",
    EFFORT: r"reasoning[_. ]?effort|reasoning\.effort|think(?:ing)?_level",
    SCHEMA: r"response[_ ]?format|json_schema|structured[_ ]?outputs?",
    TEMPLATE: r"chat_template_kwargs|chat_template_args|enable_thinking",
}
_REFUSED = re.compile(
    r"un(?:supported|known|recogni[sz]ed|expected|available)"
    r"|not (?:yet |currently )?(?:supported?|permitted|allowed|available|recogni[sz]ed|implemented|accepted)"
    r"|not (?:a )?valid\b|not enabled|(?:doesn'?t|does not|do not|cannot|can't) (?:support|accept|allow|take)"
    r"|only the default|default value|extra (?:inputs?|fields?)|extra_forbidden|additional propert"
    r"|forbidd?en|deprecated|removed|no longer|\binstead\b|incompatible",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"\bbetween\b|\brange\b|at (?:most|least)|up to|too (?:large|small|high|low|big|many)"
    r"|(?:less|greater|smaller|larger|lower|higher|more)[ _](?:than|or)"
    r"|\b(?:maximum|minimum)\b|exceed|positive|negative|[<>≤≥]",
    re.IGNORECASE,
)
_AN_END = r"(?:with|in) (?:(?:a|an|the|role) )?['\"`]?"
_PREFILL = re.compile(
    r"|".join(
        (
            *CONTINUE_FIELDS,
            r"\bpre-?fill|\b(?:response|assistant|message) prefix",
            r"(?:last|final|latest) (?:message|turn|role|entry|assistant)\b",
            r"assistant .{0,30}\b(?:be|come|is) (?:the )?(?:last|final)",
            rf"(?:must|should|has to|have to|needs? to) end {_AN_END}(?:user|tool|human)",
            rf"(?:must|should|can) ?not end {_AN_END}assistant|end(?:s|ing)? {_AN_END}assistant",
            r"roles? must alternate|alternate (?:between )?user",
            r"(?:two|2) or more assistant messages",
            r"(?:assistant|model) (?:message|turn|role)s?.{0,40}\b(?:at the end|last|partial|prefix)",
            r"expected .{0,30}\buser\b.{0,60}\bgot .{0,10}assistant",
            r"partial (?:mode|message|assistant)|continu(?:e|ing) (?:a|an|the) (?:final|last|assistant)",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
_SCHEMA = re.compile(
    r"schema|grammar|response[_ ]?format|structured[_ ]?output|guided[_ ]?(?:json|decoding)", re.IGNORECASE
)
_THIS_SCHEMA = re.compile(
    r"(?:invalid|bad|malformed|unrecogni[sz]ed|unsupported) (?:json )?(?:schema|grammar)"
    r"|schema (?:is|must|should)\b|schema conversion"
    r"|grammar (?:error|spec)|compil|nest|additionalprop|keyword|\$ref|\$defs|regex|pattern"
    r"|too (?:complex|deep|large|long|many)",
    re.IGNORECASE,
)
_MOST = re.compile(r"maximum|at most|less|lower|<|≤|exceed|range", re.IGNORECASE)
_LEAST = re.compile(r"minimum|at least|greater|more than|too (?:small|low)|>|≥", re.IGNORECASE)


def refuses_prefill(status: int, words: str) -> bool:
    """Return whether a response says that the server does not continue a started assistant turn.

    Args:
        words: Its message, to a request with such a turn.
    """
    # 500: llama.cpp and others, for an error raised by the chat template
    return status in (400, 422, 500, 501) and bool(_PREFILL.search(words))


def speaks_of_schema(text: str) -> bool:
    """Return whether a refusal speaks of the JSON schema that the request carried, or of its field."""
    return bool(_SCHEMA.search(_message(text))) or any(path[:1] == [SCHEMA] for path in _all_paths(text))


def refuses_schemas(text: str) -> bool:
    """Return whether a refusal that speaks of the schema refuses every schema, and not only this one."""
    words = _message(text)
    if _THIS_SCHEMA.search(words):
        return False
    return bool(_REFUSED.search(words)) or any(path[:1] == [SCHEMA] for path in _all_paths(text))


def named_fields(text: str, own: Collection[str], known: Collection[str]) -> list[str]:
    """Return those of a request's fields that a refusal complains about, the likeliest first.

    An OpenAI error's ``param`` and a FastAPI error's ``loc`` name the fields for certain; else the message is
    searched, where a name in quotes counts for more than a bare word.

    Args:
        text: Body of the refusal.
        own: Fields that this client added by itself.
        known: All fields of the request: if it is one of the others, nothing is returned.
    """
    fields = error_fields(text)
    words = error_words(fields)
    if USAGE_SO_FAR in own and USAGE_SO_FAR in text:
        return [USAGE_SO_FAR]
    paths = _paths(fields, text)
    certain = [path[0] for path in paths if path and path[0] in own]
    if certain:
        return sorted(set(certain))
    if any(path and path[0] in known for path in paths):
        return []  # the caller's own
    found: list[tuple[bool, int, str]] = []
    for name in own:
        pattern = rf"(?<![\w.])(['\"`]?)\b(?:{_ALIASES.get(name, re.escape(name))})\b"
        if match := re.search(pattern, words, re.IGNORECASE):
            found.append((not match[1], match.start(), name))
    return [name for _, _, name in sorted(found)]


def is_range(text: str) -> bool:
    """Return whether a refusal speaks of a range of values."""
    return bool(_RANGE.search(_message(text)))


def is_range_alone(text: str) -> bool:
    """Return whether a refusal finds a value out of range, and does not refuse the field as such."""
    return is_range(text) and not _REFUSED.search(_message(text))


def named_bound(text: str, value: int) -> int | None:
    """Return the number that a refusal names as the largest, or else the least, that it accepts.

    Args:
        text: Body of the refusal.
        value: The number that was sent.
    """
    words = _message(text)
    numbers = [int(re.sub(r"\D", "", n)[:12]) for n in re.findall(r"(?<![\w.-])\d[\d,_]*\b(?!\.\d)", words)]
    below = [number for number in numbers if 1 <= number < value]
    above = [number for number in numbers if number > value]
    least = bool(_LEAST.search(words))
    if below and (_MOST.search(words) or not least):
        return max(below)
    return min(above) if above and least else None


def _message(text: str) -> str:
    return error_words(error_fields(text))


def _all_paths(text: str) -> list[list[str]]:
    return _paths(error_fields(text), text)


def _paths(fields: Mapping[str, Any], text: str) -> list[list[str]]:
    """Return the paths of fields that a refusal names in so many words, as lists of names."""
    paths: list[list[str]] = []
    if isinstance(param := fields.get("param"), str) and param:
        paths.append(re.findall(r"\w+", param))
    # As JSON (FastAPI), and as Python's repr of it inside a message (vLLM)
    decoded = text if "\\" not in text else _unescaped(text)
    for loc in re.findall(r"""['"]loc['"]\s*:\s*[\[(]([^\])]{0,80})[\])]""", decoded):
        paths.append(re.findall(r"[\w.-]+", loc))
    return [[part for part in path if part != "body"] for path in paths]


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).replace('\\"', '"')
    except (ValueError, RecursionError):
        return text
