"""Faults that come as a status: refusals, overload, pages in place of an answer."""

from __future__ import annotations

import gzip
import json
import time
from email.utils import formatdate

from .fault_kinds import kind
from .marked_text import LEAK
from .reply import Reply

_PAGE = f"<!DOCTYPE html><html><head><title>{LEAK}</title></head><body><h1>{LEAK}</h1></body></html>"


@kind()
async def status_429(reply: Reply) -> None:
    """Refuse for the rate, without a time."""
    reply.refuse("429 Too Many Requests", "slow down")


@kind()
async def status_429_in_seconds(reply: Reply) -> None:
    """Refuse for the rate, and name the seconds to wait."""
    seconds = reply.rng.choice(("0", "0.01", "0.05", "0.2"))
    reply.refuse("429 Too Many Requests", "slow down", f"retry-after: {seconds}")


@kind()
async def status_429_with_a_date(reply: Reply) -> None:
    """Refuse for the rate until a date."""
    date = formatdate(time.time() + reply.rng.choice((-30, 0)), usegmt=True)
    reply.refuse("429 Too Many Requests", "slow down", f"retry-after: {date}")


@kind()
async def status_429_absurd(reply: Reply) -> None:
    """Refuse for the rate, with a time that makes no sense."""
    absurd = ("3600", "1e308", "99999999999999999999", "-5", "inf", "nan", "soon", "", "1,5", "२")
    value = reply.rng.choice(absurd).encode()
    body = json.dumps({"error": {"message": f"slow down {LEAK}"}}).encode()
    head = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: %b\r\ncontent-length: %d\r\n\r\n"
    reply.wire.send(head % (value, len(body)) + body)
    reply.keeps_open = True


@kind()
async def no_credit(reply: Reply) -> None:
    """Refuse for an empty account, which no repair can cure."""
    reply.refuse("429 Too Many Requests", "You exceeded your current quota", code="insufficient_quota")


@kind()
async def status_500(reply: Reply) -> None:
    """Fail."""
    reply.refuse("500 Internal Server Error", "out of memory")


@kind()
async def status_502_page(reply: Reply) -> None:
    """Fail behind a proxy, which sends a page."""
    reply.whole_body("502 Bad Gateway", "text/html", _PAGE)


@kind()
async def status_503(reply: Reply) -> None:
    """Be overloaded, and say for how long."""
    reply.refuse("503 Service Unavailable", "overloaded", "retry-after-ms: 20")


@kind()
async def status_504_empty(reply: Reply) -> None:
    """Fail without a word."""
    reply.whole_body("504 Gateway Timeout", "text/plain", "")


@kind()
async def status_401(reply: Reply) -> None:
    """Refuse the key."""
    reply.refuse("401 Unauthorized", "Incorrect API key provided")


@kind()
async def status_403(reply: Reply) -> None:
    """Refuse the region."""
    reply.refuse("403 Forbidden", "not from your country")


@kind()
async def status_404(reply: Reply) -> None:
    """Know nothing of the model."""
    reply.refuse("404 Not Found", "The model does not exist", code="model_not_found")


@kind()
async def status_400(reply: Reply) -> None:
    """Refuse the request for no reason that a client could mend."""
    reply.refuse("400 Bad Request", "something is wrong")


@kind()
async def status_413(reply: Reply) -> None:
    """Refuse the request's size."""
    reply.refuse("413 Payload Too Large", "too large")


@kind()
async def context_too_long(reply: Reply) -> None:
    """Refuse a prompt that does not fit."""
    words = "This model's maximum context length is 40 tokens. However, you requested 90 tokens"
    reply.refuse("400 Bad Request", words, code="context_length_exceeded")


@kind()
async def refused_by_the_filter(reply: Reply) -> None:
    """Refuse the prompt by a content filter."""
    reply.refuse("400 Bad Request", "The prompt was filtered", code="content_filter")
    reply.record.ending = "content_filter"


@kind()
async def redirect(reply: Reply) -> None:
    """Send the client elsewhere."""
    reply.whole_body("302 Found", "text/html", _PAGE, f"location: http://127.0.0.1:9/{LEAK}")


@kind()
async def status_999(reply: Reply) -> None:
    """Answer with a status that does not exist."""
    reply.whole_body("999 Odd", "text/plain", LEAK)


@kind()
async def no_content(reply: Reply) -> None:
    """Answer with success and nothing else."""
    reply.wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")
    reply.keeps_open = True


@kind()
async def page_as_answer(reply: Reply) -> None:
    """Send a page with a good status, as captive portals do."""
    reply.whole_body("200 OK", "text/html; charset=utf-8", _PAGE)


@kind()
async def plain_text_as_answer(reply: Reply) -> None:
    """Send plain text with a good status."""
    reply.whole_body("200 OK", "text/plain", f"OK {LEAK}")


@kind()
async def compressed_error_page(reply: Reply) -> None:
    """Fail with a compressed page."""
    reply.whole_body("500 Oh", "text/html", gzip.compress(_PAGE.encode() * 500), "content-encoding: gzip")


@kind()
async def broken_compression(reply: Reply) -> None:
    """Send what is not compressed as compressed."""
    reply.whole_body("200 OK", "text/event-stream", f"data: {LEAK}\n\n", "content-encoding: gzip")
