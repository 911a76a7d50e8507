"""Shapes of error objects, as servers and gateways send them: which object is an error, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# In this order: the first that holds something is the message.
_MESSAGE_FIELDS = (
    "message",
    "msg",
    "detail",
    "error_msg",
    "error_message",
    "errmsg",
    "status_msg",
    "error_description",
    "description",
    "reason",
    "title",
    "text",
)
_CODE_FIELDS = ("code", "status", "status_code", "error_code", "errcode")
_TELLTALES = ("error_code", "errcode", "error_msg", "error_message", "errmsg", "error_description", "errors")
_TAG = re.compile(r"<(/?\w*+)[^<>]*>")
# All that is looked at of a message, so that no pattern has more to search.
_FIRST_WORDS, _LAST_WORDS = 1536, 512
_MOST_WORDS = 2048
_MOST_NAME = 200  # characters of a code or type
_MOST_TEXT = 64 * 1024
_FINE = (None, 0, 200, "", "0", "200", "ok", "success", "succeeded", "completed", "in_progress", "processing")
_KINDS: tuple[tuple[str, int], ...] = (
    (r"rate_?limit|quota|resource_exhausted|too_many", 429),
    (r"authenti|permission|api_?key|unauthorized|forbidden", 401),
    (r"overloaded|unavailable|loading", 503),
    (r"content_?filter|content_?policy|moderation", 400),
    (r"invalid|bad_?request|context|unsupported|unprocessable|validation", 400),
    (r"not_?found", 404),
)


def error_fields(text: str) -> dict[str, Any]:
    """Return the fields of an error response's body, with the message as ``message``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"message": page_text(text)}  # an error page of a proxy
    return _fields(value)


def error_words(fields: Mapping[str, Any]) -> str:
    """Return the message of an error's fields as text; of a very long one its beginning and its end."""
    words = fields.get("message")
    words = words if isinstance(words, str) else as_json(words)
    return words if len(words) <= _MOST_WORDS else f"{words[:_FIRST_WORDS]} … {words[-_LAST_WORDS:]}"


def error_kind(fields: Mapping[str, Any]) -> str:
    """Return an error's code and type in lower case, to be searched for names of errors."""
    return " ".join(_plain(fields.get(name)) for name in ("code", "type", "status")).lower()


def error_text(event: Mapping[str, Any]) -> str:
    """Return an error object as JSON text of bounded length, which `error_fields` reads."""
    text = as_json(event)
    if len(text) <= _MOST_TEXT:
        return text
    fields = _fields(dict(event))
    short = {name: _plain(fields.get(name)) for name in ("code", "type", "status", "param")}
    return as_json({"error": {**short, "message": error_words(fields)}})


def as_json(value: Any) -> str:
    """Return a value of a server's JSON as JSON text; empty for one that is nested too deeply."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def page_text(page: str) -> str:
    """Return the text of an HTML page, without its tags, styles and scripts."""
    pieces: list[str] = []
    at, inside = 0, ""
    for tag in _TAG.finditer(page):
        if not inside:
            pieces.append(page[at : tag.start()])
        at, name = tag.end(), tag[1].lower()
        if not inside and name in ("style", "script"):
            inside = name
        elif name == f"/{inside}":
            inside = ""
    return " ".join(pieces if inside else [*pieces, page[at:]])


def _plain(value: Any) -> str:
    """Return a code or a name as text of bounded length; empty where it is something else."""
    if isinstance(value, str):
        return value[:_MOST_NAME]
    return str(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**63) else ""


def error_status(event: Mapping[str, Any]) -> int | None:
    """Return the HTTP status that an error object inside a 200 response stands for.

    That is the object's code where that is one, else what its type suggests, else 500.

    Returns:
        ``None`` where the object is no error.
    """
    if not _is_error(event):
        return None
    fields = _fields(dict(event))
    for name in _CODE_FIELDS:
        try:
            code = int(_plain(fields.get(name)) or 0)
        except ValueError:
            continue
        if 400 <= code < 600:
            return code
    kind = error_kind(fields)
    return next((status for pattern, status in _KINDS if re.search(pattern, kind)), 500)


def _is_error(event: Mapping[str, Any]) -> bool:
    if event.get("error") or "error" in (event.get("object"), event.get("type")):
        return True
    base = event.get("base_resp")  # MiniMax
    if isinstance(base, dict) and base.get("status_code") not in _FINE:
        return True
    if event.get("choices"):
        return False
    if any(event.get(name) not in _FINE for name in _TELLTALES) or event.get("detail"):
        return True
    says = any(isinstance(event.get(name), str) for name in ("message", "msg"))
    return says and any(_code(event.get(name)) not in _FINE for name in _CODE_FIELDS)


def _code(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _fields(value: Any) -> dict[str, Any]:
    if isinstance(value, list) and value and isinstance(value[0], dict):  # Gemini
        value = value[0]
    if not isinstance(value, dict):
        return {"message": value}
    inner = value.get("error") or value.get("errors") or value.get("base_resp")
    if isinstance(inner, list) and inner:
        inner = inner[0]
    if isinstance(inner, str) and value.get("message"):  # Spring: "error" is the status in words
        inner = None
    if inner and not isinstance(inner, bool):
        value = inner
    if not isinstance(value, dict):
        return {"message": value}
    message = next((value[name] for name in _MESSAGE_FIELDS if value.get(name)), value)
    return {**value, "message": message}
